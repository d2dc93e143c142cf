"""How often sellers refuse justified claims, or let them come to nothing."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime

from rakustats.engine.database import Database
from rakustats.i18n.phrases import phrase
from rakustats.marts.claim_cases import OWN_KEYS, TABLES, case_steps
from rakustats.marts.keys import DAY_KEYS, cohort, day_columns, group_keys, key_names
from rakustats.marts.needs import require
from rakustats.marts.question import Question
from rakustats.marts.received import texts
from rakustats.metrics.spec.rates import rate_result
from rakustats.results.result import Result

# what only a seller can have brought about, and settle
KINDS = (
    *("defective", "wrong_item", "short", "excess"),
    *("price_change", "freight_change", "option_change"),
)
EXCLUDED = ("others_fault", "no_outcome")
EXTRA = {
    "n_refused": "status = 'matured' AND event AND NOT given_up",
    "n_given_up": "status = 'matured' AND event AND given_up",
}


def claim_refusals(
    db: Database,
    by: str | Sequence[str] | None = None,
    *,
    since: str | date | None = None,
    until: str | date | None = None,
    as_of: str | date | datetime | None = None,
) -> Result:
    """Return how often claims against sellers were refused or given up without any grant, by group.

    Claims against a seller are those of a kind of the seller's making (defective, wrong_item,
    short, excess, price_change, freight_change, option_change) that no export attributes to
    somebody else. A claim has an event if it ended rejected or withdrawn, or was decided with
    nothing granted and no other resolution. Money, an exchange and goods sent again are grants;
    what was discarded, or accepted as it is, was settled.

    Parameters
    ----------
    db : Database
        From :func:`rakustats.connect`.
    by : str or sequence of str, optional
        Keys as in :func:`claim_outcomes`.
    since, until : str or date, optional
        Cohort days, until exclusive: the day on which the claim's order was purchased, else paid,
        else submitted.
    as_of : str, date or datetime, optional
        Look at what was known then; the database's own as-of by default.

    Returns
    -------
    Result
        A table of rates, one row per group, sorted by the keys: the keys, ``n`` (claims decided),
        ``events`` (refused or given up), ``rate``, ``estimate``, ``lo``, ``hi`` and the other
        columns of rates with few orders, ``n_open`` (not decided), ``n_excluded`` (sum of
        ``n_others_fault``: attributed to somebody else; ``n_no_outcome``: closed, nobody says
        how), and of ``events``: ``n_refused``, ``n_given_up`` (withdrawn).

    Raises
    ------
    UsageError
        If a key or day is not valid, or no export brought the outcomes of claims.

    Notes
    -----
    ``rate`` = events / n. Estimate, interval, rank and flag:
    :func:`rakustats.stats.shrinkage.estimates` (Efron 2016, Biometrika 103, 1-20).

    Examples
    --------
    >>> refused = rs.claim_refusals(db).frame()
    >>> bool((refused["n_refused"] + refused["n_given_up"] == refused["events"]).all())
    True
    """
    keys = group_keys(by, also=OWN_KEYS)
    title = phrase(ja="認められなかった店舗への申し立て", en="Claims against sellers refused")
    noun = phrase(ja="クレーム", en="claims")
    asked = Question(keys, cohort(since, until), db.look_back(as_of), title, noun)
    require(db, title, ["claims.kind", "claims.resolution"], ["claims.amount_granted"])
    steps = [
        *asked.look.steps(TABLES),
        *case_steps(asked.look, keys),
        ("units", _units(asked)),
    ]
    return rate_result(db, asked, steps, EXCLUDED, EXTRA)


def _units(asked: Question) -> str:
    no_day = "WHEN cohort_day IS NULL THEN 'no_day' " if asked.days.bounded else ""
    plain = [k for k in asked.keys if k not in DAY_KEYS]
    nothing = "coalesce(amount_granted, 0) = 0"
    refused = "coalesce(resolution IN ('rejected', 'withdrawn'), amount_granted IS NOT NULL)"
    return f"""\
SELECT {key_names(plain)}{nothing} AND {refused} AS event,
  coalesce(resolution = 'withdrawn', FALSE) AS given_up,
  CASE {no_day}WHEN attributed_to NOT IN ('seller', 'undetermined') THEN 'others_fault'
    WHEN decided_at IS NULL AND closed_at IS NULL AND resolution IS NULL THEN 'open'
    WHEN amount_granted IS NULL AND resolution IS NULL THEN 'no_outcome'
    ELSE 'matured' END AS status{day_columns(asked.keys, "cohort_day")}
FROM cases WHERE {asked.days.where("cohort_day")} AND kind IN ({texts(KINDS)})"""
