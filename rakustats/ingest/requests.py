"""The agency's delivery request workbooks: summary above, merged boxes, totals below."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

from rakustats.ingest.headers import dictionary, hits, recognise
from rakustats.ingest.plan import Field, Plan, Target
from rakustats.spelling import normalise

NUMBER = normalise("配送依頼書番号")
EXPORTED = tuple(normalise(w) for w in ("出力日", "出力日時", "作成日", "発行日", "印刷日"))
# On these sheets a quantity is what was packed, whatever its header says in an order list.
_PACKED = ("qty_ordered", "qty_shipped")


def is_request(labels: Mapping[str, str]) -> bool:
    """Tell whether the summary above a sheet's table is that of a delivery request."""
    return NUMBER in labels


def plan(headers: Sequence[str], labels: Mapping[str, str]) -> Plan | None:
    """Return the plan of a request's sheet: the summary makes the shipment, the table its lines.

    The packing list says which pieces lie in which box; the list of goods repeats them with prices
    and so feeds the order lines alone.
    """
    common = recognise(headers)
    if common is None:
        return None
    number = Field("shipment_id", const=labels[NUMBER])
    found = hits("shipment_lines", headers)
    if "qty" in found and "item_title" not in hits("order_lines", headers):
        pieces = [Field(c, (i,)) for c, i in found.items() if c != "shipment_id"]
        first = Target("shipment_lines", (number, *pieces))
    else:
        goods = hits("order_lines", headers)
        first = Target(
            "order_lines", tuple(Field(c, (i,)) for c, i in goods.items() if c not in _PACKED)
        )
    used = {i for f in first.fields for i in f.sources}
    unknown = tuple(h for i, h in enumerate(headers) if i not in used and h)
    return Plan("delivery request", (first, _shipment(number, labels)), unknown=unknown)


def _shipment(number: Field, labels: Mapping[str, str]) -> Target:
    known = dictionary("shipments")
    names = {known[k]: v for k, v in labels.items() if k in known}
    stated = (Field(c, const=v) for c, v in names.items() if c not in ("shipment_id", "order_no"))
    return Target("shipments", (number, Field("leg", const="2"), *stated))


def table_rows(headers: Sequence[str], rows: Iterable[Sequence[str]]) -> Iterator[Sequence[str]]:
    """Yield the rows of a request's table: boxes filled in, what stands below it blank.

    The table ends with the first row that names no order.
    """
    found = hits("shipment_lines", headers)
    order, box = found.get("order_no"), found.get("box_no")
    last, ended = "", False
    for row in rows:
        cells = list(row)
        ended = ended or (order is not None and not _cell(cells, order))
        if ended:
            yield []
            continue
        if box is not None:
            last = cells[box] = _cell(cells, box) or last
        yield cells


def _cell(cells: Sequence[str], position: int) -> str:
    return cells[position].strip() if position < len(cells) else ""
