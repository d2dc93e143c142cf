"""Cells that hold several things: parcels by their tracking numbers, boxes with their pieces."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import TypeVar

import duckdb
import pyarrow as pa

from rakustats.schema.issue_rules import rules
from rakustats.schema.text_normalisation import plain
from rakustats.staging.feeding import kept_view
from rakustats.staging.identifiers import several

T = TypeVar("T")
TRACKING = r"strlen(tracking_no) > 16 AND regexp_matches(tracking_no, '[,、，;；|\s/／&+]')"
BOXES = r"regexp_matches(box_no, '[:：×]')"
_BOX = r"(?:NO\.?|箱)?\s*([0-9A-Z-]+?)\s*箱?\s*[:×]\s*(\d+)\s*(?:個|个|件|点|pcs)?"
_BOX_LIST = re.compile(rf"{_BOX}(?:[\s,、;/]+{_BOX})*", re.IGNORECASE)
_ONE_BOX = re.compile(_BOX, re.IGNORECASE)
# What is known of all parcels of a cell together stays with the first one, so that sums hold.
_TOGETHER = ("boxes", "actual_kg", "volumetric_kg", "chargeable_kg", "freight_jpy")


def split(con: duckdb.DuckDBPyConnection) -> None:
    """Make staged rows of their own of what one cell joins, before the rows are merged.

    Several tracking numbers are several shipments; how the pieces lie in them is unknown. Where
    the export names the shipment, that stays the first one's id, and the parent of the others.
    A box cell such as ``NO1：30,NO2：20`` is one line a box. Each input row is still counted once.
    """
    if parcels := _texts(con, "shipments", "tracking_no", TRACKING, several):
        _make_parts(con, [(raw, n, part, None) for raw, parts in parcels for n, part in parts])
        _split_parcels(con)
    if boxes := _texts(con, "shipment_lines", "box_no", BOXES, in_boxes):
        _make_parts(con, [(raw, n, *part) for raw, parts in boxes for n, part in parts])
        _split_boxes(con)


def in_boxes(text: str) -> list[tuple[str, int]]:
    """Return the boxes of a cell with their pieces, or nothing where it states none.

    Examples
    --------
    >>> in_boxes("NO1：30,NO2：20")
    [('1', 30), ('2', 20)]
    """
    found: dict[str, int] = {}
    value = plain(text)
    if _BOX_LIST.fullmatch(value):
        for box, pieces in _ONE_BOX.findall(value):
            found[box] = found.get(box, 0) + int(pieces)
    return list(found.items())


def staged_with(con: duckdb.DuckDBPyConnection, table: str, column: str, condition: str) -> bool:
    """Return whether a staged row of a table fulfils a condition on a column.

    Rows of a large sheet that wait outside the stage are brought into it if they do.
    """
    for (view,) in con.execute(
        "SELECT view_name FROM duckdb_columns() JOIN duckdb_views() ON table_name = view_name "
        "WHERE starts_with(view_name, ?) AND column_name = ?",
        [kept_view(table, ""), column],
    ).fetchall():
        if con.execute(f"SELECT 1 FROM {view} WHERE {condition} LIMIT 1").fetchone():
            con.execute(f"INSERT INTO stage.main.{table} BY NAME FROM {view}")
            con.execute(f"DROP VIEW {view}")
    found = con.execute(f"SELECT 1 FROM stage.main.{table} WHERE {condition} LIMIT 1").fetchone()
    return found is not None


def _texts(
    con: duckdb.DuckDBPyConnection,
    table: str,
    column: str,
    condition: str,
    read: Callable[[str], Sequence[T]],
) -> list[tuple[str, list[tuple[int, T]]]]:
    """Return the staged texts of a column that hold several things, with these, numbered."""
    if not staged_with(con, table, column, condition):
        return []
    texts = con.execute(
        f"SELECT DISTINCT {column} FROM stage.main.{table} WHERE {condition} ORDER BY 1"
    ).fetchall()
    parts = [(raw, [*enumerate(dict.fromkeys(read(raw)), start=1)]) for (raw,) in texts]
    return [(raw, found) for raw, found in parts if found]


def _make_parts(
    con: duckdb.DuckDBPyConnection, rows: list[tuple[str, int, str, int | None]]
) -> None:
    """Make the table ``parts``: of each text its parts, numbered from 1."""
    names = ("raw", "n", "part", "pieces", "shown")
    columns = zip(*((*row, repr(row[0])) for row in rows), strict=True)
    con.register("found_parts", pa.table(dict(zip(names, columns, strict=True))))
    con.execute("CREATE OR REPLACE TEMP TABLE parts AS FROM found_parts")
    con.unregister("found_parts")


def _split_parcels(con: duckdb.DuckDBPyConnection) -> None:
    con.execute("""
        CREATE OR REPLACE TEMP TABLE parcels AS
        SELECT s.rowid AS spot, s.sheet_no, s.shipment_id AS old, s.source_file, s.source_row,
               p.*, count(*) OVER (PARTITION BY s.rowid) AS parts,
               contains(s.shipment_id, p.raw) AS by_number,
               CASE WHEN by_number THEN replace(s.shipment_id, p.raw, p.part)
                    WHEN p.n = 1 THEN s.shipment_id
                    ELSE s.shipment_id || '-' || p.n END AS new
        FROM stage.main.shipments s JOIN parts p ON s.tracking_no = p.raw
    """)
    _add_issues(
        con,
        "shared_tracking",
        "SELECT 'shipments', new, format('tracking_no: {} read as {} parcels', shown, parts), "
        "source_file, source_row FROM parcels WHERE n = 1",
    )
    among = "shipment_id IN (SELECT old FROM parcels WHERE by_number)"
    if staged_with(con, "shipment_lines", "shipment_id", among):
        _spread_lines(con)
    once = ", ".join(f"CASE WHEN p.n = 1 THEN s.{c} END AS {c}" for c in _TOGETHER)
    con.execute(f"""
        INSERT INTO stage.main.shipments BY NAME
        SELECT s.* REPLACE (p.new AS shipment_id, p.part AS tracking_no, {once},
            CASE WHEN p.by_number OR p.n = 1 THEN s.parent_shipment_id
                 ELSE coalesce(s.parent_shipment_id, p.old) END AS parent_shipment_id,
            s.first_target AND p.n = 1 AS first_target)
        FROM stage.main.shipments s JOIN parcels p ON s.rowid = p.spot
    """)
    con.execute("DELETE FROM stage.main.shipments WHERE rowid IN (SELECT spot FROM parcels)")
    con.execute("DROP TABLE parcels; DROP TABLE parts")


def _spread_lines(con: duckdb.DuckDBPyConnection) -> None:
    """Give the lines of joined parcels to each of them, in unknown quantities."""
    same = "l.shipment_id = p.old AND l.sheet_no = p.sheet_no AND p.by_number"
    con.execute(f"""
        CREATE OR REPLACE TEMP TABLE spread AS
        SELECT l.* REPLACE (p.new AS shipment_id, CAST(NULL AS INTEGER) AS qty,
            'unknown' AS allocation, l.first_target AND p.n = 1 AS first_target)
        FROM stage.main.shipment_lines l
        JOIN (SELECT DISTINCT sheet_no, old, new, n, by_number FROM parcels) p ON {same}
    """)
    con.execute(
        f"DELETE FROM stage.main.shipment_lines l WHERE EXISTS (FROM parcels p WHERE {same})"
    )
    con.execute("INSERT INTO stage.main.shipment_lines BY NAME FROM spread; DROP TABLE spread")


def _split_boxes(con: duckdb.DuckDBPyConnection) -> None:
    con.execute("""
        CREATE OR REPLACE TEMP TABLE boxed AS
        SELECT l.rowid AS spot, p.*, sum(p.pieces) OVER (PARTITION BY l.rowid) AS total
        FROM stage.main.shipment_lines l JOIN parts p ON l.box_no = p.raw
    """)
    _add_issues(
        con,
        "box_mismatch",
        "SELECT 'shipment_lines', concat_ws('/', l.shipment_id, l.order_no, l.line_no), "
        "format('box_no: {} adds up to {}, shipped are {}', b.shown, b.total, l.qty), "
        "l.source_file, l.source_row FROM stage.main.shipment_lines l "
        "JOIN boxed b ON l.rowid = b.spot WHERE b.n = 1 AND l.qty <> b.total",
    )
    con.execute("""
        INSERT INTO stage.main.shipment_lines BY NAME
        SELECT l.* REPLACE (b.part AS box_no, CAST(b.pieces AS INTEGER) AS qty,
            l.first_target AND b.n = 1 AS first_target)
        FROM stage.main.shipment_lines l JOIN boxed b ON l.rowid = b.spot
    """)
    con.execute("DELETE FROM stage.main.shipment_lines WHERE rowid IN (SELECT spot FROM boxed)")
    con.execute("DROP TABLE boxed; DROP TABLE parts")


def _add_issues(con: duckdb.DuckDBPyConnection, rule: str, query: str) -> None:
    """Add an issue for each row of a query: table, key, detail, file and row."""
    con.execute(
        "INSERT INTO stage.main.issues "
        "SELECT table_name, key, $rule, $severity, detail, source_file, source_row "
        f"FROM ({query}) AS found(table_name, key, detail, source_file, source_row)",
        {"rule": rule, "severity": rules()[rule].severity},
    )
