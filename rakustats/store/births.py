"""Which rows had begun at an instant: by their own first instant, and by what they belong to."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from rakustats.schema.tables import Table, tables

# Tables whose unborn rows are listed, and whose lists decide that a row drops out.
UNBORN = ("orders", "shipments", "order_lines", "claims")
BORN_WITH = {
    "orders": ("orders",),
    "shipments": ("shipments",),
    "order_lines": ("orders", "order_lines"),
    "shipment_lines": ("orders", "shipments"),
    "client_skus": ("orders",),
    "claims": ("claims",),
    "evidence": ("claims",),
}


def unborn(table: Table, read: Callable[[str], str | None], at: str) -> str:
    """Return the SQL of the keys of rows that began after an instant.

    An order's birth is also its lines'. ``read`` gives what to read a table's versions from, None
    where it is absent.
    """
    text = (
        f"SELECT {', '.join(f'v.{k}' for k in table.key)} FROM {read(table.name)} v\n"
        f"WHERE {_first(table.born)} > {at}"
    )
    orders = read("orders")
    if orders is None:
        return text
    if table.name == "shipments":
        # a parcel that has no beginning of its own began with its order
        return (
            f"{text} OR ({_first(table.born)} IS NULL AND EXISTS (\n"
            "  SELECT 1 FROM orders_unborn o WHERE o.order_no = v.order_no))"
        )
    if table.name != "order_lines":
        return text
    first = _first(tables()["orders"].born, "o")
    return (
        f"{text} AND NOT EXISTS (SELECT 1 FROM {orders} o\n"
        f"  WHERE o.order_no = v.order_no AND {first} IS NOT NULL)"
    )


def born(table: Table, at: str) -> str:
    """Return the SQL of whether a row ``v`` and what it belongs to had begun, empty for always."""
    with_others = [_not_in(name) for name in BORN_WITH.get(table.name, ())]
    if table.name in UNBORN or not table.born:
        return " AND ".join(with_others)
    first = _first(table.born)
    return " AND ".join([*with_others, f"({first} IS NULL OR {first} <= {at})"])


def _first(names: Iterable[str], alias: str = "v") -> str:
    return f"coalesce({', '.join(f'{alias}.{n}' for n in names)})"


def _not_in(name: str) -> str:
    match = " AND ".join(f"u.{k} = v.{k}" for k in tables()[name].key)
    return f"NOT EXISTS (SELECT 1 FROM {name}_unborn u WHERE {match})"
