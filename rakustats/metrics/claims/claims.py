"""How often order lines are claimed, with and without what was withdrawn again."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Unpack

import pyarrow as pa

from rakustats.calendar.local_days import local_day
from rakustats.config.settings import settings
from rakustats.engine.database import Database
from rakustats.errors import UsageError
from rakustats.i18n.phrases import Phrase, phrase
from rakustats.marts.claim_lines import linked_claims
from rakustats.marts.keys import PARCEL_KEYS
from rakustats.marts.needs import require
from rakustats.marts.question import LINES, Keys, Period, Question, ask
from rakustats.marts.received import NOT_COUNTED, keyed_steps, line_steps, texts
from rakustats.marts.troubles import chosen
from rakustats.metrics.claims import line_lag
from rakustats.metrics.spec.documented import KEYS_OF_LINES, documented
from rakustats.metrics.spec.final_rates import FINAL_COLUMNS
from rakustats.metrics.spec.lag_cells import lagged
from rakustats.metrics.spec.rates import Rates, Weighing
from rakustats.metrics.spec.reasons import OF_GOODS, matured
from rakustats.metrics.spec.untold_lines import RANGE_COLUMNS, range_note, untold_steps, with_range
from rakustats.results.result import Result
from rakustats.schema.tables import tables

TITLE = phrase(ja="クレームのあった明細の割合", en="Claimed (lines)")
# Changes of terms, and the customer's own doing: no troubles, and kept apart from them.
APART = ("price_change", "freight_change", "option_change", "customer_reason")
TROUBLES = tuple(k for k in tables()["claims"]["kind"].values if k not in APART)
_NOT_BOUGHT = (
    *("cart", "quote_requested", "quote_in_progress", "quoted"),
    *("awaiting_payment", "paid", "purchasing"),
)
# What nobody should be measured by where too many claims lack an order.
_JUDGING = (
    *("rate", "estimate", "lo", "hi", "expected_rank", "p_worst", "reliability", "flagged"),
    *("rate_with_withdrawn", "final_rate", "final_lo", "final_hi"),
)
_WITH_WITHDRAWN = "(c.or_withdrawn + coalesce(t.low, 0))"
_WHOLE = "of the whole database, the same in every row"
CLAIMED = Rates(
    n="lines bought",
    events="lines claimed",
    n_open="not bought yet, or bought after claims were last exported",
    excluded={**OF_GOODS, "cancelled": "cancelled, neither received nor claimed"},
    extra={
        **matured(
            recent=(
                "recent",
                "those of ``n`` not received yet, or so recently that claims may still come",
            )
        ),
        **matured(**{kind: (kind, "lines with such a claim") for kind in APART}),
    },
    figures={
        **FINAL_COLUMNS,
        "n_effective": "units that the estimate rests on",
        "events_with_withdrawn": "as if no claim had been withdrawn",
        "rate_with_withdrawn": "``events_with_withdrawn`` / n",
        "n_unlinked": f"claims of ``kinds`` whose order is not known, {_WHOLE}",
        "n_no_line": f"those whose order is known, but not which of its lines, {_WHOLE}",
        **RANGE_COLUMNS,
    },
)


@documented(CLAIMED.columns, by=KEYS_OF_LINES)
def claim_rates(
    db: Database,
    by: Keys = None,
    *,
    kinds: str | Sequence[str] | None = None,
    withdrawn: bool = False,
    **period: Unpack[Period],
) -> Result:
    """Return how often bought order lines were claimed, by group.

    A line has an event if a claim of one of ``kinds`` concerns it: by its number, else by its
    parcel, else by its order where that has one line only. Claims belong to the day on which their
    order was bought, whenever they were opened. ``rate`` has what was claimed so far; the final
    rate, ``estimate``, ``lo`` and ``hi`` allow for claims and withdrawals still to come, as those
    of :func:`damage_rates` do. Changes of price, freight and options and the
    customer's own reasons are counted apart.

    Parameters
    ----------
    kinds : str or sequence of str, optional
        Kinds of claim that count; by default all but price_change, freight_change, option_change
        and customer_reason. A claim whose kind no export has counts as ``other``.
    withdrawn : bool
        Count withdrawn claims too.

    Returns
    -------
    With ``seller`` among the keys rates, estimates and what rests on them are NULL if more than a
    fifth of the claims are unlinked.

    Raises
    ------
    UsageError
        If a key, kind or day is not valid, no export brought claims, or customer_reason is asked
        for by seller.

    Notes
    -----
    A claim counts in the period of its order, as marketplaces reckon their order defect rate
    (docs/methods.md, Claims).

    Examples
    --------
    >>> claimed = rs.claim_rates(db, by="seller", since="2025-06-01").frame()
    >>> bool((claimed["rate"] <= claimed["rate_with_withdrawn"]).all())
    True
    """
    wanted = TROUBLES if kinds is None else chosen(kinds, "kind")
    asked = ask(db, by, period, TITLE, LINES, several=PARCEL_KEYS)
    if "customer_reason" in wanted and "seller_id" in asked.keys:
        raise UsageError(
            ja="customer_reason はお客様の都合で、店舗の評価には数えません。"
            "kinds から customer_reason を外すか、by から seller を外してください。",
            en="customer_reason is the customer's own doing and never counts against a seller;"
            " leave it out of the kinds, or seller out of the keys.",
        )
    require(db, phrase(ja="クレームの割合", en="Claim rates"), ["claims.claim_id"])
    steps = [
        *line_steps(asked),
        *linked_claims(),
        ("line_claims", _line_claims(wanted, withdrawn)),
        *untold_steps(
            by_stage=False,
            joins=" JOIN valid_claims v ON v.claim_id = c.claim_id",
            where=f" AND {_counting(wanted, withdrawn)}",
        ),
        ("claimed", _claimed(purchases=db.count("orders", "purchased_at") > 0)),
        *line_lag.told_steps(asked.snapshot, wanted, withdrawn=withdrawn),
        *keyed_steps(asked.keys, "told"),
        ("of_lines", _units(asked)),
        *line_lag.lag_steps(),
    ]
    weighing = Weighing(
        steps=(("unlinked", _unlinked(wanted)),),
        joins="\nCROSS JOIN unlinked u",
        sums={
            "or_withdrawn": "count(*) FILTER (WHERE status = 'matured' AND (event OR withdrawn))"
        },
        figures={
            "events_with_withdrawn": _WITH_WITHDRAWN,
            "rate_with_withdrawn": f"CAST({_WITH_WITHDRAWN} AS DOUBLE) / nullif(c.n, 0)",
            **{name: f"u.{name}" for name in ("n_unlinked", "n_no_line", "n_claims")},
        },
    )
    how = with_range(lagged(weighing, asked.keys), asked.keys, pieces=False, by_stage=False)
    result = CLAIMED.result(db, asked, steps, notes=[_lag()], weighing=how)
    return _with_links(range_note(result, LINES))


def _counting(kinds: Sequence[str], withdrawn: bool) -> str:
    """Return the condition on a claim ``v`` under which it counts."""
    wanted = f"v.kind IN ({texts(kinds)})"
    return wanted if withdrawn else f"{wanted} AND NOT v.withdrawn"


def _line_claims(kinds: Sequence[str], withdrawn: bool) -> str:
    wanted, counts = _counting(kinds, withdrawn=True), _counting(kinds, withdrawn)
    apart = ",\n  ".join(f"bool_or(v.kind = '{k}' AND NOT v.withdrawn) AS {k}" for k in APART)
    return f"""\
SELECT c.order_no, c.line_no, bool_or({counts}) AS event,
  bool_or({wanted} AND v.withdrawn) AS withdrawn,
  {apart}
FROM claim_lines c JOIN valid_claims v ON v.claim_id = c.claim_id
GROUP BY c.order_no, c.line_no"""


def _claimed(*, purchases: bool) -> str:
    """Return every line with its claims; where exports tell of ``purchases``, one without is none.

    A state before the purchase says that a line is not bought; so does the want of a state and of
    everything that only comes after it.
    """
    untold = "(o.state IS NULL AND l.qty_purchased IS NULL)" if purchases else "FALSE"
    return f"""\
SELECT l.*, coalesce(c.event, FALSE) AS event, coalesce(c.withdrawn, FALSE) AS withdrawn,
  {", ".join(f"coalesce(c.{k}, FALSE) AS {k}" for k in APART)},
  c.line_no IS NOT NULL AS told_of, least(coalesce(u.share, 0), 1) AS line_share,
  NOT l.received AND o.purchased_at IS NULL
    AND ({untold} OR coalesce(o.state IN ({texts(_NOT_BOUGHT)}), FALSE)) AS not_bought
FROM lines l
LEFT JOIN orders o ON o.order_no = l.order_no
LEFT JOIN line_claims c ON c.order_no = l.order_no AND c.line_no = l.line_no
LEFT JOIN untold_shares u ON u.order_no = l.order_no AND u.line_no = l.line_no"""


def _units(asked: Question) -> str:
    """Give each line its status; a claim shows that a line was bought and not merely cancelled."""
    recent = asked.snapshot.before(settings().claim_lag_days, "claims")
    known = asked.snapshot.horizon_sql("claims")
    later = f"coalesce(cohort_day > {local_day(known, 'jp', '')}, FALSE)"
    status = asked.status(
        "cohort_day",
        *NOT_COUNTED,
        ("matured", f"told_of OR (received AND NOT {later})"),
        ("cancelled", "cancelled"),
        ("open", f"not_bought OR {later}"),
        otherwise="matured",
    )
    items = asked.columns(
        *("order_no", "line_no", "event", "withdrawn", *APART, *line_lag.FACTS),
        *line_lag.clocks(asked.snapshot),
        "CASE WHEN event THEN 0 ELSE line_share END AS share",
        f"NOT received OR coalesce(received_at > {recent}, FALSE) AS recent",
        f"least(seen_until, {known}) AS seen_until",
        f"{status} AS status",
    )
    in_period = f"{asked.days.where('cohort_day')} AS in_period"
    return f"SELECT {items}{in_period}{asked.dated('cohort_day')}\nFROM keyed"


def _unlinked(kinds: Sequence[str]) -> str:
    """Count the claims of which nobody knows the order, or not which line of it."""
    return f"""\
SELECT count(*) AS n_claims,
  count(*) FILTER (WHERE sure IS NULL AND NOT has_order) AS n_unlinked,
  count(*) FILTER (WHERE NOT coalesce(sure, NOT has_order)) AS n_no_line
FROM (
  SELECT l.sure, o.order_no IS NOT NULL AS has_order
  FROM valid_claims v
  LEFT JOIN (SELECT c.claim_id, bool_and(c.sure) AS sure FROM claim_candidates c
    JOIN order_lines k ON k.order_no = c.order_no AND k.line_no = c.line_no
    GROUP BY c.claim_id) l ON l.claim_id = v.claim_id
  LEFT JOIN (SELECT order_no FROM orders UNION SELECT order_no FROM order_lines) o
    ON o.order_no = v.order_no
  WHERE v.kind IN ({texts(kinds)})) links"""


def _lag() -> Phrase:
    days = settings().claim_lag_days
    return phrase(
        ja=f"未入荷、または入荷後 {days} 日未満の明細（n_recent）には"
        "これからクレームが出ることがある。推定値はこれを見込んでいる。",
        en=f"Claims may still come for lines not received or received less than {days} days ago"
        " (n_recent). The estimate allows for them.",
    )


def _with_links(result: Result) -> Result:
    """Note claims without an order, and hide sellers' rates where these are too many."""
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
                ja=f"クレーム全 {claims:,} 件のうち、注文の分からない {unlinked:,} 件は"
                f"数えていない。どの明細か分からない {no_line:,} 件は幅として数えた。",
                en=f"Of {claims:,} claims, {unlinked:,} without a known order are not counted;"
                f" {no_line:,} that may mean one of several lines are counted as a range.",
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
