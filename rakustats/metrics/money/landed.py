"""What a good piece cost by the time it was in Japan: goods, freight, fees, less what came back."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Unpack

import pyarrow as pa

from rakustats.config.settings import settings
from rakustats.engine.database import Database
from rakustats.engine.steps import Step
from rakustats.i18n.phrases import Phrase, phrase
from rakustats.marts.claim_lines import linked_claims
from rakustats.marts.keys import key_names
from rakustats.marts.landed_parts import PARTS, landed_steps
from rakustats.marts.losses import LOSS_TABLES
from rakustats.marts.needs import require
from rakustats.marts.order_keys import keyed_join, order_key_steps
from rakustats.marts.question import LINES, Keys, Period, Question, ask
from rakustats.marts.received import line_steps
from rakustats.metrics.spec.added_columns import behind, floats
from rakustats.metrics.spec.documented import documented
from rakustats.metrics.spec.grouping import grouped, same_keys, sums_result
from rakustats.metrics.spec.ratio_spread import spread_steps
from rakustats.metrics.spec.reasons import reasons
from rakustats.results.result import Result
from rakustats.stats.ratios import ratio_interval

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
    "n_undetermined": "of those that are known: lines that a claim may mean, or others, and that"
    " bear their equal share of it",
    "n_open": "on their way",
    "n_excluded": f"sum of {', '.join(f'``n_{reason}``' for reason in EXCLUDED)}",
    **{f"n_{reason}": meaning for reason, meaning in EXCLUDED.items()},
    "good_pieces": "delivered, less those claimed damaged, defective, wrong or missing in Japan, a"
    " part of a piece where a claim is shared",
    "goods_jpy": "unit price paid x pieces bought x the order's rate, in yen",
    "domestic_jpy": "freight in China, shared by value among the lines of an order",
    "fee_jpy": "service fee, shared likewise",
    "international_jpy": "freight to Japan, shared by pieces among the lines of a parcel",
    "recovered_jpy": "granted for claims, less costs of sending back",
    "recovered_low_jpy, recovered_high_jpy": "the least and the most that this can be of the"
    " group's own lines",
    "cost_jpy": "their sum less recovered",
    "cost_per_good_piece": "cost over good pieces",
    "cost_lo, cost_hi": "90 % interval of ``cost_per_good_piece``, by how much orders differ; NULL"
    " where one order has all good pieces",
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
    A claim that does not say which line it means is shared among its lines: what it brought, and
    the pieces that it spoilt.

    Notes
    -----
    ``cost_per_good_piece`` = Σ (goods + domestic + fee + international - recovered) / Σ good
    pieces, in yen at each order's own rate (docs/methods.md, Prices, weight and landed cost). The
    interval is that of a ratio of sums over orders (:mod:`rakustats.stats.ratios`).

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
        ("untold_by_claim", _untold_by_claim(asked.keys)),
        ("untold", _untold(asked.keys)),
        ("summed", _sums(asked)),
        ("paid", _paid(asked.keys)),
        *spread_steps(asked.keys, "paid"),
        ("sums", _with_ends(asked.keys)),
    ]
    result = sums_result(db, asked, steps, _items())
    notes = (*result.notes, *_untold_notes(result))
    return replace(result, table=_with_interval(result.table), notes=notes)


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
SELECT l.order_no, l.line_no, {parts}, {known} AS known, p.untold,
  {status} AS status{items}{own}{asked.dated("l.cohort_day")}
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
  count(*) FILTER (WHERE status = 'over' AND known AND untold) AS n_undetermined,
  {", ".join(counts)},
  {", ".join(sums)}
FROM costs{grouped(asked.keys)}"""


def _untold_by_claim(keys: Sequence[str]) -> str:
    """Return what each claim that may mean several lines brings to a group: shared, least, most."""
    own = "".join(f"c.{k}, " for k in keys)
    return f"""\
SELECT {own}b.claim_id, sum(b.net / b.n_may) AS share,
  CASE WHEN count(*) = max(b.n_may) THEN sum(b.net / b.n_may) ELSE least(min(b.net), 0) END AS low,
  CASE WHEN count(*) = max(b.n_may) THEN sum(b.net / b.n_may) ELSE greatest(max(b.net), 0) END
    AS high
FROM costs c JOIN brought_back b ON b.order_no = c.order_no AND b.line_no = c.line_no
WHERE c.status = 'over' AND c.known AND NOT b.sure GROUP BY {own}b.claim_id"""


def _untold(keys: Sequence[str]) -> str:
    ends = "sum(low - share) AS low, sum(high - share) AS high"
    return f"SELECT {key_names(keys)}{ends} FROM untold_by_claim{grouped(keys)}"


def _with_ends(keys: Sequence[str]) -> str:
    return f"""\
SELECT s.*, f.ratio_sd, f.clusters, s.recovered_jpy + coalesce(u.low, 0) AS recovered_low_jpy,
  s.recovered_jpy + coalesce(u.high, 0) AS recovered_high_jpy
FROM summed s LEFT JOIN untold u ON {same_keys(keys, "u", "s")}
LEFT JOIN spread f ON {same_keys(keys, "f", "s")}"""


def _untold_notes(result: Result) -> list[Phrase]:
    lines = sum(result.table.column("n_undetermined").to_pylist())
    if not lines:
        return []
    return [
        phrase(
            ja="どの明細のことか書かれていないクレームの返金額と不良数は、該当し得る"
            f" {lines:,} 明細に等分した。群の合計は recovered_low_jpy から recovered_high_jpy の"
            "間になる。",
            en="What claims brought and spoilt that do not say which line they mean is shared among"
            f" the {lines:,} lines that it may be; what a group recovered lies between"
            " recovered_low_jpy and recovered_high_jpy.",
        )
    ]


def _paid(keys: Sequence[str]) -> str:
    return f"""\
SELECT {key_names(keys)}order_no AS of_order, {_cost("")} AS cost, good_pieces AS good
FROM costs WHERE status = 'over' AND known"""


def _cost(of: str) -> str:
    *parts, last = (f"{of}{part}" for part in _MONEY)
    return f"{' + '.join(parts)} - {last}"


def _with_interval(table: pa.Table) -> pa.Table:
    """Return the table with the interval in the place of its makings."""
    ratio, sd, orders = (floats(table, c) for c in ("cost_per_good_piece", "ratio_sd", "clusters"))
    lo, hi = ratio_interval(ratio, sd, orders, settings().shrinkage.level)
    table = table.drop_columns(["ratio_sd", "clusters"])
    return behind(table, "cost_per_good_piece", {"cost_lo": lo, "cost_hi": hi})


def _items() -> str:
    excluded = [f"c.n_{reason}" for reason in EXCLUDED]
    cost = _cost("c.")
    missing = ", ".join(f"c.{part}_missing" for part in _PARTS)
    return f"""\
c.n, c.n_unknown, c.n_undetermined, c.n_open,
  {" + ".join(excluded)} AS n_excluded, {", ".join(excluded)},
  CAST(c.good_pieces AS DOUBLE) AS good_pieces,
  {", ".join(f"c.{part}" for part in _MONEY)},
  c.recovered_low_jpy, c.recovered_high_jpy,
  {cost} AS cost_jpy, ({cost}) / nullif(c.good_pieces, 0) AS cost_per_good_piece,
  c.ratio_sd, c.clusters,
  nullif(concat_ws(', ', {missing}), '') AS missing_columns"""
