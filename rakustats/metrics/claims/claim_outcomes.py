"""What comes of claims: won or not, made in time or not, and how much money came back."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime

from rakustats.config.claim_windows import claim_windows
from rakustats.engine.database import Database
from rakustats.i18n.phrases import Phrase, phrase
from rakustats.marts.claim_cases import OWN_KEYS, TABLES, case_steps
from rakustats.marts.keys import DAY_KEYS, cohort, day_columns, group_keys, key_names
from rakustats.marts.needs import require
from rakustats.marts.question import Question
from rakustats.marts.received import texts
from rakustats.marts.troubles import chosen
from rakustats.metrics.spec.rates import Weighing, rate_result
from rakustats.results.result import Result

EXCLUDED = ("withdrawn", "no_amount")
EXTRA = {
    "n_in_kind": "status = 'matured' AND in_kind",
    "n_in_window": "status <> 'no_day' AND in_window",
    "n_after_window": "status <> 'no_day' AND NOT in_window",
    "n_window_unknown": "status <> 'no_day' AND in_window IS NULL",
    "n_valued": "status = 'matured' AND valued",
}
_VALUED = "FILTER (WHERE status = 'matured' AND valued)"


def claim_outcomes(
    db: Database,
    by: str | Sequence[str] | None = None,
    *,
    since: str | date | None = None,
    until: str | date | None = None,
    as_of: str | date | datetime | None = None,
    kinds: str | Sequence[str] | None = None,
) -> Result:
    """Return how often decided claims brought money, and how much of the damage came back.

    Parameters
    ----------
    db : Database
        From :func:`rakustats.connect`.
    by : str or sequence of str, optional
        Keys: kind, stage_found, attributed_to, and seller, carrier, ship_method, mode,
        origin_region, dest_region, category, platform, inspection_level, leg (of the claim's line,
        else those on which the lines of its order agree), month, closure.
    since, until : str or date, optional
        Cohort days, until exclusive: the day on which the claim's order was purchased, else paid,
        else submitted.
    as_of : str, date or datetime, optional
        Look at what was known then; the database's own as-of by default.
    kinds : str or sequence of str, optional
        Only claims of these kinds.

    Returns
    -------
    Result
        One row per group, sorted by the keys: the keys, ``n`` (claims decided), ``events`` (money
        granted), ``rate``, ``estimate`` (rate drawn to the common one), ``lo``, ``hi`` (90 %
        interval of the estimate), ``expected_rank``, ``p_worst``, ``reliability``, ``flagged`` (as
        in :func:`delay_rates`; 1 wins most often), ``n_open`` (not decided), ``n_excluded`` (sum of
        ``n_withdrawn`` and ``n_no_amount``: decided, but neither amount nor resolution is known),
        ``n_in_kind`` (of ``n``: exchanged or sent again), ``n_in_window``, ``n_after_window``,
        ``n_window_unknown`` (all claims, by whether they were made in the agency's time),
        ``in_window_share`` (in window over those of known window), ``n_valued`` (of ``n``: value
        and grant known in yen) and of these ``claimed_jpy``, ``granted_jpy``, ``return_jpy`` (cost
        of sending back), ``recovered_jpy`` (granted less cost of sending back; may be negative),
        ``granted_share`` and ``recovery_rate`` (granted, recovered over claimed). Amounts are in
        yen at the order's rate, NULL where unknown.

    Raises
    ------
    UsageError
        If a key, kind or day is not valid, or no export brought decisions.

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
    keys = group_keys(by, also=OWN_KEYS)
    title = phrase(ja="認められたクレームの割合", en="Claims that brought money")
    noun = phrase(ja="クレーム", en="claims")
    asked = Question(keys, cohort(since, until), db.look_back(as_of), title, noun)
    told = phrase(ja="クレームの結果", en="Outcomes of claims")
    require(db, told, ["claims.amount_granted"], ["claims.resolution"])
    only = "" if kinds is None else f" AND kind IN ({texts(chosen(kinds, 'kind'))})"
    returns = db.count("claims", "return_cost") > 0
    steps = [
        *asked.look.steps(TABLES),
        *case_steps(asked.look, keys),
        ("units", _units(asked, only, returns)),
    ]
    weighing = Weighing(
        sums={
            name: f"sum({name}) {_VALUED}" for name in ("claimed_jpy", "granted_jpy", "return_jpy")
        },
        figures={
            "claimed_jpy": "c.claimed_jpy",
            "granted_jpy": "c.granted_jpy",
            "return_jpy": "c.return_jpy",
            "recovered_jpy": "c.granted_jpy - c.return_jpy",
            "granted_share": "c.granted_jpy / nullif(c.claimed_jpy, 0)",
            "recovery_rate": "(c.granted_jpy - c.return_jpy) / nullif(c.claimed_jpy, 0)",
            "in_window_share": "CAST(c.n_in_window AS DOUBLE)"
            " / nullif(c.n_in_window + c.n_after_window, 0)",
        },
    )
    return rate_result(db, asked, steps, EXCLUDED, EXTRA, _notes(returns), weighing)


def _units(asked: Question, only: str, returns: bool) -> str:
    """One row per claim; a resolution tells of money where the amount itself is not stated."""
    money = "resolution IN ('refund_full', 'refund_partial')"
    cost = "coalesce(return_jpy, CASE WHEN return_cost IS NULL THEN 0.0 END)"
    no_day = "WHEN cohort_day IS NULL THEN 'no_day' " if asked.days.bounded else ""
    plain = [k for k in asked.keys if k not in DAY_KEYS]
    sent_back = cost if returns else "CAST(NULL AS DOUBLE)"
    known = "claimed_jpy IS NOT NULL AND granted_jpy IS NOT NULL"
    known += f" AND {cost} IS NOT NULL" if returns else ""
    return f"""\
SELECT {key_names(plain)}coalesce(amount_granted > 0, {money}, FALSE) AS event,
  coalesce(resolution IN ('exchange', 'resend'), FALSE) AS in_kind, in_window,
  claimed_jpy, granted_jpy, {sent_back} AS return_jpy, {known} AS valued,
  CASE {no_day}WHEN resolution = 'withdrawn' THEN 'withdrawn'
    WHEN decided_at IS NULL AND closed_at IS NULL AND resolution IS NULL THEN 'open'
    WHEN amount_granted IS NULL AND resolution IS NULL THEN 'no_amount'
    ELSE 'matured' END AS status{day_columns(asked.keys, "cohort_day")}
FROM cases WHERE {asked.days.where("cohort_day")}{only}"""


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
