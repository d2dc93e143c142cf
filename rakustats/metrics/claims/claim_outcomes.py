"""Outcomes of claims: won or not, made in time or not, and how much money came back."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Unpack

from rakustats.config.claim_windows import claim_windows
from rakustats.engine.database import Database
from rakustats.i18n.phrases import Phrase, phrase
from rakustats.marts.claim_cases import NOT_DECIDED, OWN_KEYS, case_steps
from rakustats.marts.needs import require
from rakustats.marts.question import CLAIMS, Keys, Period, Question, ask
from rakustats.marts.received import texts
from rakustats.marts.troubles import chosen
from rakustats.metrics.claims.case_keys import CASE_KEYS, PURCHASED
from rakustats.metrics.spec.documented import documented
from rakustats.metrics.spec.rates import Rates, Weighing
from rakustats.metrics.spec.reasons import matured
from rakustats.results.result import Result

TITLE = phrase(ja="認められたクレームの割合", en="Claims that brought money")
_ALL = "all claims"
_YEN = "of those valued, in yen at the order's rate"
OUTCOMES = Rates(
    n="claims decided",
    events="money granted",
    n_open="not decided",
    excluded={
        "withdrawn": "given up",
        "no_amount": "decided, but neither amount nor resolution is known",
    },
    extra={
        **matured(in_kind=("in_kind", "of ``n``: exchanged or sent again")),
        "n_in_window": ("status <> 'no_day' AND in_window", f"{_ALL} made in the agency's time"),
        "n_after_window": ("status <> 'no_day' AND NOT in_window", f"{_ALL} made after it"),
        "n_window_unknown": (
            "status <> 'no_day' AND in_window IS NULL",
            f"{_ALL} of which that is not known",
        ),
        **matured(valued=("valued", "of ``n``: value and grant known in yen")),
    },
    figures={
        "claimed_jpy, granted_jpy": f"{_YEN}, NULL where unknown",
        "return_jpy": "cost of sending back",
        "recovered_jpy": "granted less cost of sending back; may be negative",
        "granted_share, recovery_rate": "granted, recovered over claimed",
        "in_window_share": "in window over those of known window",
    },
)
_SUMS = ("claimed_jpy", "granted_jpy", "return_jpy")
_WEIGHING = Weighing(
    sums={name: f"sum({name}) FILTER (WHERE status = 'matured' AND valued)" for name in _SUMS},
    figures={
        **{name: f"c.{name}" for name in _SUMS},
        "recovered_jpy": "c.granted_jpy - c.return_jpy",
        "granted_share": "c.granted_jpy / nullif(c.claimed_jpy, 0)",
        "recovery_rate": "(c.granted_jpy - c.return_jpy) / nullif(c.claimed_jpy, 0)",
        "in_window_share": "CAST(c.n_in_window AS DOUBLE)"
        " / nullif(c.n_in_window + c.n_after_window, 0)",
    },
)


@documented(OUTCOMES.columns, by=CASE_KEYS, cohort=PURCHASED)
def claim_outcomes(
    db: Database,
    by: Keys = None,
    *,
    kinds: str | Sequence[str] | None = None,
    **period: Unpack[Period],
) -> Result:
    """Return how often decided claims brought money, and how much of the damage came back.

    Parameters
    ----------
    kinds : str or sequence of str, optional
        Only claims of these kinds.

    Notes
    -----
    Windows come from ``policies.toml``; one that nobody set is unknown, never a constant. A blank
    cost of sending back is none where any export brings such costs, and unknown where none does.

    Examples
    --------
    >>> won = rs.claim_outcomes(db, by="kind").frame()
    >>> bool((won["n_in_window"] + won["n_after_window"] == 0).all())  # no window was set
    True
    """
    asked = ask(db, by, period, TITLE, CLAIMS, also=OWN_KEYS)
    what = phrase(ja="クレームの結果", en="Outcomes of claims")
    require(db, what, ["claims.amount_granted"], ["claims.resolution"])
    only = "" if kinds is None else f" AND kind IN ({texts(chosen(kinds, 'kind'))})"
    returns = db.count("claims", "return_cost") > 0
    steps = [*case_steps(asked), ("units", _units(asked, only, returns))]
    return OUTCOMES.result(db, asked, steps, notes=_notes(returns), weighing=_WEIGHING)


def _units(asked: Question, only: str, returns: bool) -> str:
    """One row per claim; a resolution implies money where the amount itself is not stated."""
    money = "resolution IN ('refund_full', 'refund_partial')"
    cost = "coalesce(return_jpy, CASE WHEN return_cost IS NULL THEN 0.0 END)"
    known = "claimed_jpy IS NOT NULL AND granted_jpy IS NOT NULL"
    known += f" AND {cost} IS NOT NULL" if returns else ""
    status = asked.status(
        "cohort_day",
        ("withdrawn", "resolution = 'withdrawn'"),
        ("open", NOT_DECIDED),
        ("no_amount", "amount_granted IS NULL AND resolution IS NULL"),
        otherwise="matured",
    )
    return asked.rows(
        "cases",
        "cohort_day",
        f"coalesce(amount_granted > 0, {money}, FALSE) AS event",
        "coalesce(resolution IN ('exchange', 'resend'), FALSE) AS in_kind",
        *("in_window", "claimed_jpy", "granted_jpy"),
        f"{cost if returns else 'CAST(NULL AS DOUBLE)'} AS return_jpy",
        f"{known} AS valued",
        "seen_until",
        f"{status} AS status",
        where=only,
    )


def _notes(returns: bool) -> list[Phrase]:
    notes = []
    if not any(window.known for window in claim_windows()):
        notes.append(
            phrase(
                ja="申告期限は未設定。期限内かどうかは分からない（設定は data/policies.toml）。",
                en="Claim window unknown: none is set, so nobody can tell what was in time"
                " (data/policies.toml sets it).",
            )
        )
    if not returns:
        notes.append(
            phrase(
                ja="返送費用（claims.return_cost）の記載がないため、回収額は分からない。",
                en="No export brings costs of sending back (claims.return_cost), so what was"
                " recovered is unknown.",
            )
        )
    return notes
