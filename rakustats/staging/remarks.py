"""The buyer's own product codes, which agencies carry in a line's remark: ●code▲MMDD-quantity."""

from __future__ import annotations

import re
from typing import NamedTuple

import duckdb
import pyarrow as pa

from rakustats.schema.issue_rules import rules
from rakustats.schema.text_normalisation import plain
from rakustats.staging.splitting import staged_with

MARKS = "regexp_matches(remark, '[●▲]')"
_CODE = re.compile(r"●\s*([^●▲\n]+?)\s*▲\s*(\d{1,2}[/.]?\d{2})\s*(?:[-‐−ー]\s*(\d{1,9}))?(?!\d)")
_SCHEMA = pa.schema(
    [("raw", pa.string()), ("code", pa.string()), ("mmdd", pa.string()), ("qty", pa.int64())]
)


class Code(NamedTuple):
    """One code with its month and day as written, and its pieces."""

    client_sku: str
    mmdd: str
    qty: int | None


def read(con: duckdb.DuckDBPyConnection) -> None:
    """Stage the codes that the remarks of staged lines hold; what cannot be read is an issue.

    The remark itself stays as it is written.
    """
    if not staged_with(con, "order_lines", "remark", MARKS):
        return
    found = con.execute(
        f"SELECT DISTINCT remark FROM stage.main.order_lines WHERE {MARKS} ORDER BY 1"
    ).fetchall()
    texts = {raw: codes(raw) for (raw,) in found}
    rows = [(raw, *code) for raw, (read_, _) in texts.items() for code in read_]
    table = [dict(zip(_SCHEMA.names, row, strict=True)) for row in rows]
    con.register("codes", pa.Table.from_pylist(table, schema=_SCHEMA))
    con.execute("""
        INSERT INTO stage.main.client_skus BY NAME
        SELECT order_no, line_no, c.code AS client_sku, c.mmdd, CAST(c.qty AS INTEGER) AS qty,
               source_file, source_row, exported_at, sheet_no, false AS first_target
        FROM stage.main.order_lines l JOIN codes c ON l.remark = c.raw
    """)
    con.unregister("codes")
    unread = [raw for raw, (_, rest) in texts.items() if rest]
    con.execute(
        "INSERT INTO stage.main.issues SELECT 'order_lines', concat_ws('/', order_no, line_no), "
        "'unread_remark', $severity, 'remark: ''' || remark || '''', source_file, source_row "
        "FROM stage.main.order_lines WHERE remark IN (SELECT unnest($unread))",
        {"severity": rules()["unread_remark"].severity, "unread": unread},
    )


def codes(remark: str) -> tuple[list[Code], bool]:
    """Return the codes in a remark, and whether marks are left over that could not be read.

    The same code of the same day counts once, with all its pieces.

    Examples
    --------
    >>> found, unread = codes("●A-01▲0701-30●B▲0708-5 至急")
    >>> found[0], len(found), unread
    (Code(client_sku='A-01', mmdd='0701', qty=30), 2, False)
    """
    text = plain(remark)
    found: dict[tuple[str, str], int | None] = {}
    for code, day, pieces in _CODE.findall(text):
        before, here = found.get((code, day)), int(pieces) if pieces else None
        found[code, day] = here if before is None else before + (here or 0)
    rest = _CODE.sub("", text)
    return [Code(c, d, q) for (c, d), q in found.items()], "●" in rest or "▲" in rest
