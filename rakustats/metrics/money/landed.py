"""What a good piece cost by the time it was in Japan: goods, freight, fees, less what came back."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime

from rakustats.engine.database import Database
from rakustats.engine.steps import Step, with_steps
from rakustats.i18n.phrases import phrase
from rakustats.marts.keys import cohort, day_columns, group_keys, key_names
from rakustats.marts.landed_parts import PARTS, landed_steps
from rakustats.marts.needs import require
from rakustats.marts.order_keys import keyed_join, order_key_steps
from rakustats.marts.received import TABLES, line_steps
from rakustats.marts.troubles import linked_claims
from rakustats.metrics.spec.grouping import SELLER_NAMES
from rakustats.results.result import Result

# what may be called the same goods: the shop's number, its title, or the buyer's own code
OWN_KEYS = {"item_id": "o.item_id", "item_title": "o.item_title", "client_sku": "b.client_sku"}
_OWN_CODES: Step = (
    "own_codes",
    "SELECT order_no, line_no, min(client_sku) AS client_sku FROM client_skus"
    " GROUP BY order_no, line_no",
)
_MONEY = tuple(PARTS)


def landed_costs(
    db: Database,
    by: str | Sequence[str] | None = "seller",
    *,
    since: str | date | None = None,
    until: str | date | None = None,
    as_of: str | date | datetime | None = None,
) -> Result:
    """Return what a good piece cost when it was in Japan, by group.

    Counted are lines whose way is over: delivered, lost, returned, or of a closed order. What was
    paid for goods that never came is part of the cost of those that did.

    Parameters
    ----------
    db : Database
        From :func:`rakustats.connect`.
    by : str or sequence of str, optional
        Keys: item_id, item_title, client_sku (the buyer's own code in remarks), seller, category,
        platform, inspection_level, month, closure, and carrier, ship_method, mode, origin_region,
        dest_region, leg where all parcels of a line agree.
    since, until : str or date, optional
        Cohort days, until exclusive: the day on which the order was purchased, else paid, else
        submitted.
    as_of : str, date or datetime, optional
        Look at what was known then; the database's own as-of by default.

    Returns
    -------
    Result
        One row per group, sorted by the keys: the keys, ``n`` (lines whose way is over),
        ``n_unknown`` (of these: some part is not known; all that follows is of the others),
        ``n_open`` (on their way), ``n_excluded`` (sum of ``n_cancelled``, ``n_no_quantity``,
        ``n_test``), ``good_pieces`` (delivered, less those claimed damaged, defective, wrong or
        missing in Japan), in yen ``goods_jpy`` (unit price paid x pieces bought x the order's
        rate), ``domestic_jpy`` (freight in China) and ``fee_jpy`` (service fee), both shared by
        value among the lines of an order, ``international_jpy`` (shared by pieces among the lines
        of a parcel), ``recovered_jpy`` (granted for claims, less costs of sending back),
        ``cost_jpy`` (their sum less recovered), ``cost_per_good_piece``, and ``missing_columns``
        (those not known of the ``n_unknown`` lines). NULL where nothing is known.

    Raises
    ------
    UsageError
        If a key or day is not valid, or no export brought prices and rates, or claims.

    Notes
    -----
    ``cost_per_good_piece`` = Σ (goods + domestic + fee + international - recovered) / Σ good
    pieces, in yen at each order's own rate (docs/methods.md, Prices, weight and landed cost).

    Examples
    --------
    >>> cost = rs.landed_costs(db, by="category").frame()
    >>> bool((cost["cost_per_good_piece"] > 0).all())
    True
    """
    keys = group_keys(by, also=tuple(OWN_KEYS))
    require(
        db,
        phrase(ja="着地原価", en="Landed costs"),
        ["order_lines.unit_price_cny", "orders.fx_rate", "claims.claim_id"],
    )
    look, days = db.look_back(as_of), cohort(since, until)
    period = days.where("l.cohort_day") + (" AND l.cohort_day IS NOT NULL" if days.bounded else "")
    # `carried` comes with the lines already
    shared = [step for step in order_key_steps(keys) if step[0] != "carried"]
    steps: list[Step] = [
        *look.steps((*TABLES, "client_skus") if "client_sku" in keys else TABLES),
        *([_OWN_CODES] if "client_sku" in keys else []),
        *line_steps(()),
        *shared,
        *linked_claims(),
        *landed_steps(returns=db.count("claims", "return_cost") > 0),
        ("costs", _costs(keys, period)),
        ("sums", _sums(keys)),
    ]
    if "seller_id" in keys:
        steps.append(SELLER_NAMES)
    text = with_steps(steps, _last(keys))
    return Result(
        table=db.engine.query(text),
        sql=text,
        as_of=look.moment,
        title=phrase(ja="良品1個あたりの着地原価", en="Landed cost of a good piece"),
        by=keys,
        since=days.since,
        until=days.until,
    )


def _costs(keys: Sequence[str], period: str) -> str:
    """One row per line: its keys, its status, its parts and their sum."""
    items, joins = keyed_join(keys, "l")
    own = "".join(f", {OWN_KEYS[k]}" for k in keys if k in OWN_KEYS)
    if "client_sku" in keys:
        joins += "\nLEFT JOIN own_codes b ON b.order_no = l.order_no AND b.line_no = l.line_no"
    gaps = " AND ".join(f"p.{part} IS NOT NULL" for part in (*_MONEY, "good_pieces"))
    missing = ", ".join(f"p.{part}_missing" for part in (*_MONEY, "good_pieces"))
    return f"""\
SELECT {", ".join(f"p.{part}" for part in (*_MONEY, "good_pieces"))},
  {gaps} AS known, {missing},
  CASE WHEN l.no_quantity THEN 'no_quantity' WHEN l.test THEN 'test'
    WHEN l.called_off AND NOT l.delivered THEN 'cancelled'
    WHEN p.over THEN 'over' ELSE 'open' END AS status{items}{own}\
{day_columns(keys, "l.cohort_day")}
FROM lines l
JOIN order_lines o ON o.order_no = l.order_no AND o.line_no = l.line_no
JOIN landed_parts p ON p.order_no = l.order_no AND p.line_no = l.line_no{joins}
WHERE {period}"""


def _sums(keys: Sequence[str]) -> str:
    known = "status = 'over' AND known"
    sums = ",\n  ".join(
        f"sum({part}) FILTER (WHERE {known}) AS {part}" for part in (*_MONEY, "good_pieces")
    )
    gaps = ", ".join(
        f"max({part}_missing) FILTER (WHERE status = 'over') AS {part}_missing"
        for part in (*_MONEY, "good_pieces")
    )
    excluded = ",\n  ".join(
        f"count(*) FILTER (WHERE status = '{reason}') AS n_{reason}"
        for reason in ("cancelled", "no_quantity", "test")
    )
    group = f"\nGROUP BY {', '.join(keys)}" if keys else ""
    return f"""\
SELECT {key_names(keys)}count(*) FILTER (WHERE status = 'over') AS n,
  count(*) FILTER (WHERE status = 'over' AND NOT known) AS n_unknown,
  count(*) FILTER (WHERE status = 'open') AS n_open,
  {excluded},
  {sums},
  {gaps}
FROM costs{group}"""


def _last(keys: Sequence[str]) -> str:
    names = "".join(
        "s.seller_id, n.seller_name, " if k == "seller_id" else f"s.{k}, " for k in keys
    )
    cost = "s.goods_jpy + s.domestic_jpy + s.fee_jpy + s.international_jpy - s.recovered_jpy"
    missing = ", ".join(f"s.{part}_missing" for part in (*_MONEY, "good_pieces"))
    join = "\nLEFT JOIN seller_names n ON n.seller_id = s.seller_id" if "seller_id" in keys else ""
    order = f"\nORDER BY {', '.join(f's.{k} NULLS LAST' for k in keys)}" if keys else ""
    return f"""\
SELECT {names}s.n, s.n_unknown, s.n_open,
  s.n_cancelled + s.n_no_quantity + s.n_test AS n_excluded, s.n_cancelled, s.n_no_quantity,
  s.n_test, CAST(s.good_pieces AS BIGINT) AS good_pieces,
  {", ".join(f"s.{part}" for part in _MONEY)},
  {cost} AS cost_jpy, ({cost}) / nullif(s.good_pieces, 0) AS cost_per_good_piece,
  nullif(concat_ws(', ', {missing}), '') AS missing_columns
FROM sums s{join}{order}"""
