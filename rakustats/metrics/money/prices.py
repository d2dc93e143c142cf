"""How far the price paid lies from the price quoted."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime

from rakustats.engine.database import Database
from rakustats.i18n.phrases import phrase
from rakustats.marts.keys import DAY_KEYS, cohort, day_columns, group_keys, key_names
from rakustats.marts.needs import require
from rakustats.marts.question import Question
from rakustats.marts.received import TABLES, keyed_steps, line_steps
from rakustats.marts.troubles import linked_claims
from rakustats.metrics.spec.case_mix import mix
from rakustats.metrics.spec.rates import Weighing, rate_result
from rakustats.results.result import Result

EXCLUDED = ("no_quote", "no_price", "replacement", "no_quantity", "test")
EXTRA = {
    "n_lowered": "status = 'matured' AND drift < 0",
    "n_freight_change": "status = 'matured' AND freight_change",
}


def quote_drift(
    db: Database,
    by: str | Sequence[str] | None = None,
    *,
    since: str | date | None = None,
    until: str | date | None = None,
    as_of: str | date | datetime | None = None,
    adjust: str | Sequence[str] | None = None,
) -> Result:
    """Return how often, and by how much, goods cost more than quoted, by group.

    Freight is no part of the price: lines with a claim about changed freight are counted apart.

    Parameters
    ----------
    db : Database
        From :func:`rakustats.connect`.
    by : str or sequence of str, optional
        Keys: seller, carrier, ship_method, mode, origin_region, dest_region, category, platform,
        inspection_level, month, closure, leg.
    since, until : str or date, optional
        Cohort days, until exclusive: the day on which the order was purchased, else paid, else
        submitted.
    as_of : str, date or datetime, optional
        Look at what was known then; the database's own as-of by default.
    adjust : str or sequence of str, optional
        Compare each group with what is expected of its mix of goods, prices and seasons; see
        :func:`delay_rates`, also for the columns it adds.

    Returns
    -------
    Result
        One row per group, sorted by the keys: the keys, ``n`` (lines with both prices), ``events``
        (paid more than quoted), ``rate`` (share raised), ``estimate`` (rate drawn to the common
        one), ``lo``, ``hi`` (90 % interval of the estimate), ``expected_rank``, ``p_worst``,
        ``reliability``, ``flagged`` (as in :func:`delay_rates`), ``n_open`` (not bought yet),
        ``n_excluded`` (sum of ``n_no_quote``, ``n_no_price``: bought, price paid unknown;
        ``n_replacement``, ``n_no_quantity``, ``n_test``), ``n_lowered``, ``n_freight_change``,
        ``drift_median``, ``drift_p90`` (of unit price paid / quoted - 1; 0.05 is 5 % dearer; NULL
        where ``n`` is 0).

    Raises
    ------
    UsageError
        If a key or day is not valid, or no export brought both prices.

    Notes
    -----
    Drift of a line = final unit price / quoted unit price - 1; quantiles interpolate linearly
    between lines (Hyndman and Fan 1996, type 7).

    Examples
    --------
    >>> dearer = rs.quote_drift(db, by="seller").frame()
    >>> bool((dearer["drift_median"] <= dearer["drift_p90"]).all())
    True
    """
    keys = group_keys(by)
    both = ["order_lines.unit_price_cny_quoted", "order_lines.unit_price_cny"]
    require(db, phrase(ja="見積との価格差", en="Drift from quoted prices"), both)
    title = phrase(ja="見積より高くなった明細の割合", en="Dearer than quoted (lines)")
    noun = phrase(ja="明細", en="lines")
    asked = Question(keys, cohort(since, until), db.look_back(as_of), title, noun)
    freight = """\
SELECT DISTINCT c.order_no, c.line_no
FROM claim_lines c JOIN valid_claims v ON v.claim_id = c.claim_id
WHERE v.kind = 'freight_change' AND NOT v.withdrawn"""
    steps = [
        *asked.look.steps(TABLES),
        *line_steps(keys),
        *linked_claims(),
        ("freight_changes", freight),
        ("priced", _PRICED),
        *keyed_steps(keys, "priced"),
        ("units", _units(asked)),
    ]
    known = "CASE WHEN status = 'matured' THEN drift END"
    quantile = f"percentile_cont({{}}) WITHIN GROUP (ORDER BY {known})"
    weighing = Weighing(
        sums={"drift_median": quantile.format(0.5), "drift_p90": quantile.format(0.9)},
        figures={name: f"c.{name}" for name in ("drift_median", "drift_p90")},
    )
    like = mix(adjust, ("order_no", "line_no"))
    return rate_result(db, asked, steps, EXCLUDED, EXTRA, weighing=weighing, adjust=like)


_PRICED = """\
SELECT l.*, k.unit_price_cny AS paid, k.unit_price_cny_quoted AS quoted,
  CAST(k.unit_price_cny AS DOUBLE)
    / nullif(CAST(k.unit_price_cny_quoted AS DOUBLE), 0) - 1 AS drift,
  o.purchased_at IS NOT NULL OR l.received AS bought, f.line_no IS NOT NULL AS freight_change
FROM lines l
JOIN order_lines k ON k.order_no = l.order_no AND k.line_no = l.line_no
LEFT JOIN orders o ON o.order_no = l.order_no
LEFT JOIN freight_changes f ON f.order_no = l.order_no AND f.line_no = l.line_no"""


def _units(asked: Question) -> str:
    no_day = "WHEN cohort_day IS NULL THEN 'no_day' " if asked.days.bounded else ""
    plain = [k for k in asked.keys if k not in DAY_KEYS]
    return f"""\
SELECT {key_names(plain)}order_no, line_no, cohort_day, paid > quoted AS event, drift,
  freight_change,
  CASE {no_day}WHEN replacement THEN 'replacement' WHEN no_quantity THEN 'no_quantity'
    WHEN test THEN 'test' WHEN coalesce(quoted, 0) = 0 THEN 'no_quote'
    WHEN paid IS NULL THEN CASE WHEN bought OR called_off THEN 'no_price' ELSE 'open' END
    ELSE 'matured' END AS status{day_columns(asked.keys, "cohort_day")}
FROM keyed WHERE {asked.days.where("cohort_day")}"""
