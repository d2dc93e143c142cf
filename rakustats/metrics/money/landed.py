"""What a good piece cost by the time it was in Japan: goods, freight, fees, less what came back."""

from __future__ import annotations

from typing import Unpack

from rakustats.engine.database import Database
from rakustats.engine.steps import Step
from rakustats.i18n.phrases import phrase
from rakustats.marts.keys import key_names
from rakustats.marts.landed_parts import PARTS, landed_steps
from rakustats.marts.losses import LOSS_TABLES
from rakustats.marts.needs import require
from rakustats.marts.order_keys import keyed_join, order_key_steps
from rakustats.marts.question import LINES, Keys, Period, Question, ask
from rakustats.marts.received import line_steps
from rakustats.marts.troubles import linked_claims
from rakustats.metrics.spec.documented import documented
from rakustats.metrics.spec.grouping import grouped, sums_result
from rakustats.metrics.spec.reasons import reasons
from rakustats.results.result import Result

TITLE = phrase(ja="良品1個あたりの着地原価", en="Landed cost of a good piece")
# what may be called the same goods: the shop's number, its title, or the buyer's own code
OWN_KEYS = {"item_id": "o.item_id", "item_title": "o.item_title", "client_sku": "b.client_sku"}
_OWN_CODES: Step = (
    "own_codes",
    "SELECT order_no, line_no, min(client_sku) AS client_sku FROM client_skus"
    " GROUP BY order_no, line_no",
)
_MONEY = tuple(PARTS)
_PARTS = (*_MONEY, "good_pieces")
EXCLUDED = reasons("cancelled", "no_quantity", "test", cancelled="cancelled and not delivered")
COLUMNS = {
    "n": "lines that have ended",
    "n_unknown": "of these: some part is not known; all that follows is of the others",
    "n_open": "on their way",
    "n_excluded": f"sum of {', '.join(f'``n_{reason}``' for reason in EXCLUDED)}",
    **{f"n_{reason}": meaning for reason, meaning in EXCLUDED.items()},
    "good_pieces": "delivered, less those claimed damaged, defective, wrong or missing in Japan",
    "goods_jpy": "unit price paid x pieces bought x the order's rate, in yen",
    "domestic_jpy": "freight in China, shared by value among the lines of an order",
    "fee_jpy": "service fee, shared likewise",
    "international_jpy": "freight to Japan, shared by pieces among the lines of a parcel",
    "recovered_jpy": "granted for claims, less costs of sending back",
    "cost_jpy": "their sum less recovered",
    "cost_per_good_piece": "cost over good pieces",
    "missing_columns": "those not known of the ``n_unknown`` lines",
}


@documented(
    COLUMNS,
    by="Keys: item_id, item_title, client_sku (the buyer's own code in remarks), seller, category,"
    " platform, inspection_level, month, closure, and carrier, ship_method, mode, origin_region,"
    " dest_region, leg where all parcels of a line agree.",
)
def landed_costs(db: Database, by: Keys = "seller", **period: Unpack[Period]) -> Result:
    """Return what a good piece cost when it was in Japan, by group.

    Counted are lines that have ended: delivered, lost, returned, or of a closed order. What was
    paid for goods that never came is part of the cost of those that did. What is not known is NULL.

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
    asked = ask(db, by, period, TITLE, LINES, also=tuple(OWN_KEYS))
    require(
        db,
        phrase(ja="着地原価", en="Landed costs"),
        ["order_lines.unit_price_cny", "orders.fx_rate", "claims.claim_id"],
    )
    coded = "client_sku" in asked.keys
    steps: list[Step] = [
        *line_steps(asked, *LOSS_TABLES, *(["client_skus"] if coded else [])),
        *([_OWN_CODES] if coded else []),
        # `carried` comes with the lines already
        *(step for step in order_key_steps(asked.keys) if step[0] != "carried"),
        *linked_claims(),
        *landed_steps(asked.snapshot, returns=db.count("claims", "return_cost") > 0),
        ("costs", _costs(asked)),
        ("sums", _sums(asked)),
    ]
    return sums_result(db, asked, steps, _items())


def _costs(asked: Question) -> str:
    """One row per line: its keys, its status, its parts and their sum."""
    items, joins = keyed_join(asked.keys, "l")
    own = "".join(f", {OWN_KEYS[k]}" for k in asked.keys if k in OWN_KEYS)
    if "client_sku" in asked.keys:
        joins += "\nLEFT JOIN own_codes b ON b.order_no = l.order_no AND b.line_no = l.line_no"
    known = " AND ".join(f"p.{part} IS NOT NULL" for part in _PARTS)
    parts = ", ".join(f"p.{part}, p.{part}_missing" for part in _PARTS)
    status = asked.status(
        "l.cohort_day",
        ("no_quantity", "l.no_quantity"),
        ("test", "l.test"),
        ("cancelled", "l.cancelled AND NOT l.delivered"),
        ("over", "p.over"),
        otherwise="open",
    )
    return f"""\
SELECT {parts}, {known} AS known, {status} AS status{items}{own}{asked.dated("l.cohort_day")}
FROM lines l
JOIN order_lines o ON o.order_no = l.order_no AND o.line_no = l.line_no
JOIN landed_parts p ON p.order_no = l.order_no AND p.line_no = l.line_no{joins}
WHERE {asked.days.known("l.cohort_day")}"""


def _sums(asked: Question) -> str:
    sums = [
        f"sum({part}) FILTER (WHERE status = 'over' AND known) AS {part},"
        f" max({part}_missing) FILTER (WHERE status = 'over') AS {part}_missing"
        for part in _PARTS
    ]
    counts = [
        f"count(*) FILTER (WHERE status = '{reason}') AS n_{reason}"
        for reason in (*EXCLUDED, "open")
    ]
    return f"""\
SELECT {key_names(asked.keys)}count(*) FILTER (WHERE status = 'over') AS n,
  count(*) FILTER (WHERE status = 'over' AND NOT known) AS n_unknown,
  {", ".join(counts)},
  {", ".join(sums)}
FROM costs{grouped(asked.keys)}"""


def _items() -> str:
    excluded = [f"c.n_{reason}" for reason in EXCLUDED]
    cost = "c.goods_jpy + c.domestic_jpy + c.fee_jpy + c.international_jpy - c.recovered_jpy"
    missing = ", ".join(f"c.{part}_missing" for part in _PARTS)
    return f"""\
c.n, c.n_unknown, c.n_open, {" + ".join(excluded)} AS n_excluded, {", ".join(excluded)},
  CAST(c.good_pieces AS BIGINT) AS good_pieces, {", ".join(f"c.{part}" for part in _MONEY)},
  {cost} AS cost_jpy, ({cost}) / nullif(c.good_pieces, 0) AS cost_per_good_piece,
  nullif(concat_ws(', ', {missing}), '') AS missing_columns"""
