"""Which header is which column of a table: the words that may mean it, and the surest of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache

from rakustats.ingest import units
from rakustats.ingest.plan import Field
from rakustats.schema.tables import tables
from rakustats.schema.text_normalisation import normalise

_COLOURS = frozenset(map(normalise, ("色", "カラー", "颜色", "color", "colour")))
_SIZES = frozenset(map(normalise, ("サイズ", "尺码", "size")))
_PARTS = (_COLOURS, _SIZES)
# What stands between the parts of a value that several columns make up.
_BETWEEN = {"sku": " / ", "remark": "\n"}
# Headers that count the rows of a sheet as often as they mean the column: any other one is better.
_WEAK = frozenset(map(normalise, ("No", "番", "line")))
# Amounts without a unit of their own, and the column that names their currency.
_CURRENCY = {"claims": "currency", "refunds": "currency", "cancellations": "fee_currency"}
_AMOUNTS = frozenset(
    (
        *("amount_claimed", "amount_granted", "return_cost", "fee_amount", "fee_deducted"),
        *("amount_expected", "amount_paid"),
    )
)
_SCALED = ("CNY", "JPY", "kg", "money")


@cache
def meanings(table: str) -> dict[str, tuple[str, ...]]:
    """Return the columns that a normalised header may mean, the likeliest first.

    A column's own name means nothing else.
    """
    found: dict[str, tuple[str, ...]] = {}
    for column in tables()[table].columns:
        for alias in dict.fromkeys(normalise(h) for h in column.headers):
            found[alias] = (*found.get(alias, ()), column.name)
    own = {normalise(c.name): (c.name,) for c in tables()[table].columns}
    return found | own | {"exportedat": ("exported_at",)}


@cache
def dictionary(table: str) -> dict[str, str]:
    """Return the columns of a table by normalised header; a column's own name beats an alias."""
    return {header: columns[0] for header, columns in meanings(table).items()}


@cache
def known_headers() -> frozenset[str]:
    """Return every header that some table knows, normalised."""
    return frozenset(h for table in tables() for h in meanings(table))


def hits(table: str, headers: Sequence[str]) -> dict[str, int]:
    """Return the position of each column of a table that the headers bring.

    Of several headers for one column the surest counts: one that means nothing else, then one that
    means this first, then a mere counter; among equals, the first. A header whose bracket names
    another currency than its column's is left out.
    """
    found: dict[str, int] = {}
    placed: set[str] = set()
    known = meanings(table)
    for i, name in _surest_first(table, headers):
        fitting = (c for c in known[name] if c not in found and _fits(table, c, headers[i]))
        if name not in placed and (column := next(fitting, None)):
            placed.add(name)
            found[column] = i
    found = dict(sorted(found.items(), key=lambda pair: pair[1]))
    return _one_currency(table, headers, found)


def _surest_first(table: str, headers: Sequence[str]) -> list[tuple[int, str]]:
    known = meanings(table)
    names = [(i, name) for i, name in enumerate(map(normalise, headers)) if name in known]
    if table == "order_lines" and not _of_goods({name for _, name in names}):
        names = [pair for pair in names if pair[1] not in _SIZES]
    vague = _WEAK | _COLOURS | _SIZES
    return sorted(names, key=lambda pair: (pair[1] in vague, len(known[pair[1]])))


def _of_goods(names: set[str]) -> bool:
    """Return whether a size is that of a garment rather than of a box."""
    columns = {dictionary("order_lines")[name] for name in names}
    boxes = {"box_no"} & {dictionary("shipment_lines").get(name) for name in names}
    return bool(names & _COLOURS) or ("item_title" in columns and not boxes)


def sources(table: str, headers: Sequence[str]) -> dict[str, tuple[int, ...]]:
    """Return the positions that each column is read from: colour and size join, and all remarks."""
    found: dict[str, tuple[int, ...]] = {c: (i,) for c, i in hits(table, headers).items()}
    names = [normalise(h) for h in headers]
    if "sku" in found and names[found["sku"][0]] in _COLOURS | _SIZES:
        parts = (next((i for i, n in enumerate(names) if n in part), None) for part in _PARTS)
        found["sku"] = tuple(i for i in parts if i is not None)
    if "remark" in found:
        known = dictionary(table)
        first = {n: i for i, n in reversed([*enumerate(names)]) if known.get(n) == "remark"}
        found["remark"] = tuple(sorted(first.values()))
    return found


def _fits(table: str, column: str, header: str) -> bool:
    return column == "exported_at" or units.fits(tables()[table][column], header)


def _one_currency(table: str, headers: Sequence[str], found: dict[str, int]) -> dict[str, int]:
    """Leave out amounts that name another currency than the first one of the row."""
    stated = _stated_currency(table, headers, found)
    if stated is None:
        return found
    return {
        c: i
        for c, i in found.items()
        if c not in _AMOUNTS or units.currency(headers[i]) in (None, stated)
    }


def _stated_currency(table: str, headers: Sequence[str], found: Mapping[str, int]) -> str | None:
    """Return the currency that the brackets name, where no column of the export states it."""
    if table not in _CURRENCY or _CURRENCY[table] in found:
        return None
    named = (units.currency(headers[i]) for c, i in found.items() if c in _AMOUNTS)
    return next((currency for currency in named if currency), None)


def fields(
    name: str, headers: Sequence[str], found: Mapping[str, tuple[int, ...]]
) -> tuple[Field, ...]:
    """Return the fields of a table's columns at their positions, with scale and currency."""
    made = [_field(name, column, headers, places) for column, places in found.items()]
    stated = _stated_currency(name, headers, {c: places[0] for c, places in found.items()})
    if stated and _CURRENCY[name] not in found:
        made.append(Field(_CURRENCY[name], const=stated))
    return tuple(made)


def _field(name: str, column: str, headers: Sequence[str], places: tuple[int, ...]) -> Field:
    if column == "exported_at":
        return Field(column, places)
    unit = "money" if column in _AMOUNTS else tables()[name][column].unit
    factor = units.scale(headers[places[0]], unit) if unit in _SCALED else None
    join = _BETWEEN[column] if len(places) > 1 else None
    return Field(column, places, join=join, scale=factor)
