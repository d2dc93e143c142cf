"""How often order lines are claimed, with and without what was withdrawn again."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta

import pyarrow as pa

from rakustats.config.settings import settings
from rakustats.engine.database import Database
from rakustats.errors import UsageError
from rakustats.i18n.phrases import Phrase, phrase
from rakustats.marts.keys import DAY_KEYS, cohort, day_columns, group_keys, key_names
from rakustats.marts.needs import require
from rakustats.marts.question import Question
from rakustats.marts.received import EXCLUDED, TABLES, keyed_steps, line_steps, texts
from rakustats.marts.troubles import chosen, linked_claims
from rakustats.metrics.spec.rates import Weighing, rate_result
from rakustats.results.result import Result
from rakustats.schema.tables import tables
from rakustats.store.asof import literal

# Changes of terms, and the customer's own doing: no troubles, and kept apart from them.
APART = ("price_change", "freight_change", "option_change", "customer_reason")
TROUBLES = tuple(k for k in tables()["claims"]["kind"].values if k not in APART)
_NOT_BOUGHT = (
    *("cart", "quote_requested", "quote_in_progress", "quoted"),
    *("awaiting_payment", "paid", "purchasing"),
)
# What nobody should be judged by where too many claims lack an order.
_JUDGING = (
    *("rate", "estimate", "lo", "hi", "expected_rank", "p_worst", "reliability", "flagged"),
    "rate_with_withdrawn",
)
_EXTRA = {
    "n_recent": "status = 'matured' AND recent",
    "events_with_withdrawn": "status = 'matured' AND (event OR withdrawn)",
    **{f"n_{kind}": f"status = 'matured' AND {kind}" for kind in APART},
}


def claim_rates(
    db: Database,
    by: str | Sequence[str] | None = None,
    *,
    since: str | date | None = None,
    until: str | date | None = None,
    as_of: str | date | datetime | None = None,
    kinds: str | Sequence[str] | None = None,
    withdrawn: bool = False,
) -> Result:
    """Return how often bought order lines were claimed, by group.

    A line has an event if a claim of one of ``kinds`` concerns it: by its number, else by its
    parcel, else by its order where that has one line only. Claims belong to the day on which their
    order was bought, whenever they were opened. Changes of price, freight and options and the
    customer's own reasons are counted apart.

    Parameters
    ----------
    db : Database
        From :func:`rakustats.connect`.
    by : str or sequence of str, optional
        Keys: seller, carrier, ship_method, mode, origin_region, dest_region, category, platform,
        inspection_level, month, closure, leg. A line that came in parcels of two carriers counts
        once for each.
    since, until : str or date, optional
        Cohort days, until exclusive: the day on which the order was purchased, else paid, else
        submitted.
    as_of : str, date or datetime, optional
        Look at what was known then; the database's own as-of by default.
    kinds : str or sequence of str, optional
        Kinds of claim that count; by default all but price_change, freight_change, option_change
        and customer_reason. A claim whose kind no export tells counts as ``other``.
    withdrawn : bool
        Count withdrawn claims too.

    Returns
    -------
    Result
        One row per group, sorted by the keys: the keys (``seller_name`` beside ``seller_id``),
        ``n`` (lines bought), ``events`` (lines claimed), ``rate``, ``estimate`` (rate drawn to the
        common one), ``lo``, ``hi`` (90 % interval of the estimate), ``expected_rank``, ``p_worst``,
        ``reliability``, ``flagged`` (as in :func:`delay_rates`), ``n_open`` (not bought yet),
        ``n_excluded`` (sum of ``n_cancelled``: called off, neither received nor claimed;
        ``n_replacement``, ``n_no_quantity``, ``n_test``), ``n_recent`` (those of ``n`` not received
        yet, or so recently that claims may still come), ``events_with_withdrawn`` and
        ``rate_with_withdrawn`` (as if no claim had been withdrawn), ``n_price_change``,
        ``n_freight_change``, ``n_option_change``, ``n_customer_reason`` (lines with such a claim),
        ``n_unlinked`` (claims of ``kinds`` whose order is not known) and ``n_no_line`` (order
        known, but not which of its lines), of the whole database, the same in every row. With
        ``seller`` among the keys rates, estimates and what rests on them are NULL if more than a
        fifth of the claims are unlinked.

    Raises
    ------
    UsageError
        If a key, kind or day is not valid, no export brought claims, or customer_reason is asked
        for by seller.

    Notes ----- ``rate`` = events / n. Estimate, interval, rank and flag:
    :func:`rakustats.stats.shrinkage.estimates` (Efron 2016, Biometrika 103, 1-20). A claim counts
    in the period of its order, as marketplaces reckon their order defect rate (docs/methods.md,
    Claim rates, times and outcomes).

    Examples
    --------
    >>> claimed = rs.claim_rates(db, by="seller", since="2025-06-01").frame()
    >>> bool((claimed["rate"] <= claimed["rate_with_withdrawn"]).all())
    True
    """
    wanted = TROUBLES if kinds is None else chosen(kinds, "kind")
    keys = group_keys(by)
    if "customer_reason" in wanted and "seller_id" in keys:
        raise UsageError(
            phrase(
                ja="customer_reason はお客様の都合で、店舗の評価には数えません。"
                "kinds から customer_reason を外すか、by から seller を外してください。",
                en="customer_reason is the customer's own doing and never counts against a seller;"
                " leave it out of the kinds, or seller out of the keys.",
            )
        )
    require(db, phrase(ja="クレームの割合", en="Claim rates"), ["claims.claim_id"])
    title = phrase(ja="クレームのあった明細の割合", en="Claimed (lines)")
    noun = phrase(ja="明細", en="lines")
    asked = Question(keys, cohort(since, until), db.look_back(as_of), title, noun)
    steps = [
        *asked.look.steps(TABLES),
        *line_steps(keys),
        *linked_claims(),
        ("line_claims", _line_claims(wanted, withdrawn)),
        ("claimed", _CLAIMED),
        *keyed_steps(keys, "claimed"),
        ("units", _units(asked)),
    ]
    weighing = Weighing(
        steps=(("unlinked", _unlinked(wanted)),),
        joins="\nCROSS JOIN unlinked u",
        figures={
            "rate_with_withdrawn": "CAST(c.events_with_withdrawn AS DOUBLE) / nullif(c.n, 0)",
            **{name: f"u.{name}" for name in ("n_unlinked", "n_no_line", "n_claims")},
        },
    )
    result = rate_result(db, asked, steps, EXCLUDED, _EXTRA, [_ripening()], weighing)
    return _with_links(result)


def _line_claims(kinds: Sequence[str], withdrawn: bool) -> str:
    wanted = f"v.kind IN ({texts(kinds)})"
    counts = wanted if withdrawn else f"{wanted} AND NOT v.withdrawn"
    apart = ",\n  ".join(f"bool_or(v.kind = '{k}' AND NOT v.withdrawn) AS {k}" for k in APART)
    return f"""\
SELECT c.order_no, c.line_no, bool_or({counts}) AS event,
  bool_or({wanted} AND v.withdrawn) AS withdrawn,
  {apart}
FROM claim_lines c JOIN valid_claims v ON v.claim_id = c.claim_id
GROUP BY c.order_no, c.line_no"""


_CLAIMED = f"""\
SELECT l.*, coalesce(c.event, FALSE) AS event, coalesce(c.withdrawn, FALSE) AS withdrawn,
  {", ".join(f"coalesce(c.{k}, FALSE) AS {k}" for k in APART)},
  c.line_no IS NOT NULL AS told_of,
  o.purchased_at IS NULL AND coalesce(o.state IN ({texts(_NOT_BOUGHT)}), FALSE) AS not_bought
FROM lines l
LEFT JOIN orders o ON o.order_no = l.order_no
LEFT JOIN line_claims c ON c.order_no = l.order_no AND c.line_no = l.line_no"""


def _units(asked: Question) -> str:
    """Give each line its status; a claim makes that a line was bought and not merely called off."""
    recent = literal(asked.look.moment - timedelta(days=settings().claim_lag_days))
    no_day = "WHEN cohort_day IS NULL THEN 'no_day' " if asked.days.bounded else ""
    plain = [k for k in asked.keys if k not in DAY_KEYS]
    return f"""\
SELECT {key_names(plain)}event, withdrawn, {", ".join(APART)},
  NOT received OR coalesce(received_at > {recent}, FALSE) AS recent,
  CASE {no_day}WHEN replacement THEN 'replacement' WHEN no_quantity THEN 'no_quantity'
    WHEN test THEN 'test' WHEN received OR told_of THEN 'matured'
    WHEN called_off THEN 'cancelled' WHEN not_bought THEN 'open'
    ELSE 'matured' END AS status{day_columns(asked.keys, "cohort_day")}
FROM keyed WHERE {asked.days.where("cohort_day")}"""


def _unlinked(kinds: Sequence[str]) -> str:
    """Count the claims of which nobody knows the order, or not which line of it."""
    return f"""\
SELECT count(*) AS n_claims,
  count(*) FILTER (WHERE NOT has_line AND NOT has_order) AS n_unlinked,
  count(*) FILTER (WHERE NOT has_line AND has_order) AS n_no_line
FROM (
  SELECT l.claim_id IS NOT NULL AS has_line, o.order_no IS NOT NULL AS has_order
  FROM valid_claims v
  LEFT JOIN (SELECT DISTINCT c.claim_id FROM claim_lines c
    JOIN order_lines k ON k.order_no = c.order_no AND k.line_no = c.line_no) l
    ON l.claim_id = v.claim_id
  LEFT JOIN (SELECT order_no FROM orders UNION SELECT order_no FROM order_lines) o
    ON o.order_no = v.order_no
  WHERE v.kind IN ({texts(kinds)})) links"""


def _ripening() -> Phrase:
    days = settings().claim_lag_days
    return phrase(
        ja=f"未入荷、または入荷後 {days} 日未満の明細（n_recent）には"
        "これからクレームが出ることがある。",
        en=f"Claims may still come for lines not received or received less than {days} days ago"
        " (n_recent).",
    )


def _with_links(result: Result) -> Result:
    """Tell of claims without an order, and hide sellers' rates where these are too many."""
    table = result.table
    if not table.num_rows:
        return replace(result, table=table.drop_columns(["n_claims"]))
    unlinked, claims, no_line = (
        table.column(name)[0].as_py() for name in ("n_unlinked", "n_claims", "n_no_line")
    )
    table, notes = table.drop_columns(["n_claims"]), list(result.notes)
    if unlinked or no_line:
        notes.append(
            phrase(
                ja=f"クレーム全 {claims:,} 件のうち、注文の分からない {unlinked:,} 件と"
                f"明細の分からない {no_line:,} 件は数えていない。",
                en=f"Of {claims:,} claims, {unlinked:,} without a known order and {no_line:,}"
                " without a known line are not counted.",
            )
        )
    if "seller_id" in result.by and unlinked > settings().cases.unlinked_limit * claims:
        for name in _JUDGING:
            place = table.column_names.index(name)
            blank = pa.nulls(table.num_rows, table.column(name).type)
            table = table.set_column(place, name, blank)
        notes.append(
            phrase(
                ja="注文の分からないクレームが多すぎるため、店舗別の割合は表示しない。",
                en="Too many claims lack an order, so that sellers' rates are not shown.",
            )
        )
    return replace(result, table=table, notes=tuple(notes))
