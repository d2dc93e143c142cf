"""The agency's delivery request workbooks: summary above, merged boxes, totals below."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from rakustats.ingest.headers import dictionary, hits, left_over, recognise
from rakustats.ingest.placing import fields, sources
from rakustats.ingest.plan import Field, Plan, Sheet, Target
from rakustats.ingest.summaries import EXPORTED, NUMBER
from rakustats.schema.text_normalisation import normalise

__all__ = ["EXPORTED", "NUMBER", "SHEETS", "header_in", "is_packing_list", "is_table", "plan"]

SHEETS = ("配送依頼書", "梱包リスト", "配送单", "装箱单")
# On these sheets a quantity is what was packed, whatever its header says in an order list.
_OF_REQUEST = ("qty_ordered", "qty_shipped")
_PACKED = tuple(map(normalise, ("梱包数", "装箱数")))
_QUANTITIES = (*_PACKED, *map(normalise, ("出荷数", "发货数", "発送数", "数量")))
_KEY = ("order_no", "line_no")
_TABLES = ("orders", "order_lines", "shipments", "shipment_lines")


def is_request(labels: Mapping[str, str]) -> bool:
    """Return whether the summary above a sheet's table is that of a delivery request."""
    return NUMBER in labels


def header_in(rows: Sequence[Sequence[str]]) -> int | None:
    """Return which row is the header of a request's table: the first that names order and line."""
    found = (at for at, row in enumerate(rows) if {*_KEY} <= set(hits("shipment_lines", row)))
    return next(found, None)


def is_packing_list(headers: Sequence[str]) -> bool:
    """Return whether a sheet is a packing list: pieces by box, or nothing on the goods."""
    pieces = hits("shipment_lines", headers)
    packed = any(normalise(h) in _PACKED for h in headers)
    goods = {f.column for f in _goods(headers).fields} - {*_KEY, "remark", "sku"}
    return {"qty", "line_no"} <= set(pieces) and (packed or not goods)


def is_table(headers: Sequence[str]) -> bool:
    """Return whether a sheet of a request is one of its tables, and not one of another kind."""
    if header_in([headers]) is None:
        return False
    common = recognise(headers)
    return common is not None and common.targets[0].table in _TABLES


def plan(sheet: Sheet) -> Plan | None:
    """Return the plan of a request's sheet: the summary makes the shipment, the table its lines.

    The packing list says which pieces lie in which box; the list of goods repeats them with prices
    and so feeds pieces only where the workbook has no packing list.
    """
    common = recognise(sheet.headers)
    if common is None or not is_table(sheet.headers):
        return common
    number = Field("shipment_id", const=sheet.labels[NUMBER])
    shipment, order = _shipment(number, sheet.labels), _order(sheet)
    if is_packing_list(sheet.headers):
        targets = [_pieces(number, sheet.headers), shipment, order, _goods(sheet.headers)]
    else:
        pieces = [] if sheet.packing_list else [_pieces(number, sheet.headers)]
        targets = [_goods(sheet.headers), shipment, order, *pieces]
    kept = tuple(t for t in targets if t.fields)
    return Plan("delivery request", kept, **left_over(sheet.headers, kept))


def _pieces(number: Field, headers: Sequence[str]) -> Target:
    found = sources("shipment_lines", headers)
    names = [normalise(h) for h in headers]
    stated = [names.index(q) for q in _QUANTITIES if q in names]
    if stated:
        found["qty"] = (stated[0],)
    pieces = fields("shipment_lines", headers, found)
    return Target("shipment_lines", (number, *(f for f in pieces if f.column != "shipment_id")))


def _goods(headers: Sequence[str]) -> Target:
    """Return what a sheet says of the order lines, or no fields where it only names them."""
    found = {c: at for c, at in sources("order_lines", headers).items() if c not in _OF_REQUEST}
    says = any(c not in _KEY for c in found)
    return Target("order_lines", fields("order_lines", headers, found) if says else ())


def _order(sheet: Sheet) -> Target:
    """Return the orders as a request knows them: their numbers and whose they are."""
    number = hits("order_lines", sheet.headers).get("order_no")
    if number is None:
        return Target("orders", ())
    known = dictionary("orders")
    stated = {known[k]: v for k, v in sheet.labels.items() if known.get(k) in _OF_ALL_ORDERS}
    return Target("orders", (Field("order_no", (number,)), *_constants(stated)))


_OF_ALL_ORDERS = ("member_id", "agency")


def _shipment(number: Field, labels: Mapping[str, str]) -> Target:
    known = dictionary("shipments")
    stated = {known[k]: v for k, v in labels.items() if k in known}
    own = {c: v for c, v in stated.items() if c not in ("shipment_id", "order_no", "leg")}
    return Target("shipments", (number, Field("leg", const="2"), *_constants(own)))


def _constants(stated: Mapping[str, str]) -> tuple[Field, ...]:
    return tuple(Field(column, const=value) for column, value in stated.items())
