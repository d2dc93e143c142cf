"""What data quality is made of, as queries that both engines read."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from rakustats.calendar.local_days import day_by
from rakustats.engine import BOOKS, Engine
from rakustats.engine.steps import Step
from rakustats.i18n.phrases import Phrase
from rakustats.marts.days import day_number
from rakustats.schema.tables import tables

# The book that a part is read from, and what it is called; coverage needs no book.
PARTS: dict[str, tuple[str, Phrase]] = {
    "imports": ("imports", Phrase("取り込んだファイル", "Imports")),
    "rejects": ("rejects", Phrase("却下した行（理由別）", "Rejected rows by reason")),
    "reject_rows": ("rejects", Phrase("却下した行の例", "The first rejected rows")),
    "issues": ("issues", Phrase("取り込んだが疑わしい値", "Kept, but doubtful")),
    "stale": ("imports", Phrase("最新の出力にない行", "Not in the newest export")),
    "horizon": ("", Phrase("表ごとの取込データの時点", "How far each table was looked at")),
    "coverage": ("", Phrase("項目の記入率", "How far the tables are filled")),
}
# What the figures stand on: how often it is known says how far they can be trusted.
_WATCHED = {
    "orders": ("purchased_at",),
    "order_lines": ("seller_id", "arrived_at", "qty_defective"),
    "shipments": ("promised_at_original", "carrier", "shipped_at", "delivered_at"),
    "claims": ("order_no", "kind", "stage_found"),
    "refunds": ("expected_by", "paid_at"),
}
_GRAVITY = "CASE severity WHEN 'error' THEN 1 WHEN 'warning' THEN 2 ELSE 3 END"
# Files that bring the same tables in the same layout are exports of one kind. A delivery request is
# a document of its own: a newer one says nothing about the others.
_KINDS = """(
    SELECT file, max(newest) AS newest FROM (
        SELECT file, max(exported_at) OVER (PARTITION BY mapping, table_name) AS newest
        FROM {imports} WHERE mapping <> 'delivery request') AS kinds
    GROUP BY file)"""


def parts(engine: Engine, clock: int) -> list[Step]:
    """Return the name and the query of every part for which there are tables.

    Days are cut by a clock, in minutes from UTC.
    """
    books = {name: engine.source(name) for name in BOOKS}
    found: list[Step] = []
    if imports := books["imports"]:
        order = "file, sheet NULLS LAST, table_name, sha256"
        found.append(("imports", f"SELECT * FROM {imports} ORDER BY {order}"))
    if rejects := books["rejects"]:
        found += [("rejects", _rejects(engine, rejects)), ("reject_rows", _rows(engine, rejects))]
    if issues := books["issues"]:
        found.append(("issues", _issues(issues)))
    sources = [(name, s) for name in tables() if (s := engine.source(name)) is not None]
    if sources:
        if imports:
            found.append(("stale", _stale(imports, sources)))
        found += [("horizon", _horizon(sources, clock)), ("coverage", _coverage(sources))]
    return found


def summary(made: Sequence[Step]) -> str:
    """Return the query of all parts as one table: what was counted, of how many."""
    counts = ("rows_loaded", "rows_rejected", "rows_duplicate", "rows_skipped")
    looks = {
        "imports": [
            f"SELECT 'imports', table_name, '{name}', NULL, sum({name}), sum(rows_seen)"
            " FROM imports GROUP BY table_name"
            for name in counts
        ],
        "rejects": ["SELECT 'rejects', table_name, reason, NULL, sum(n), NULL FROM rejects"
                    " GROUP BY table_name, reason"],
        "issues": ["SELECT 'issues', table_name, rule, severity, n, NULL FROM issues"],
        "stale": ["SELECT 'stale', table_name, 'rows', NULL, stale, rows FROM stale"],
        "horizon": ["SELECT 'horizon', table_name, 'days_behind', NULL, days_behind, NULL"
                    " FROM horizon"],
        "coverage": ["SELECT 'coverage', table_name, column_name, NULL, known, rows FROM coverage"],
    }  # fmt: skip
    texts = [
        f"SELECT {place} AS place, looks.* FROM ({text}) AS"
        " looks (part, table_name, name, severity, n, total)"
        for place, (name, _) in enumerate(made)
        for text in looks.get(name, ())
    ]
    return (
        "SELECT part, table_name, name, severity, CAST(n AS BIGINT) AS n,\n"
        "  CAST(total AS BIGINT) AS total, n / nullif(total, 0) AS share\n"
        f"FROM ({_union(texts)}) AS looks\n"
        f"ORDER BY place, {_GRAVITY}, table_name, name"
    )


def _rejects(engine: Engine, source: str) -> str:
    return (
        "SELECT source_file AS file, table_name, reason, count(*) AS n FROM ("
        f"SELECT source_file, table_name, {engine.each('reasons')} AS reason FROM {source}"
        ") AS refused GROUP BY ALL ORDER BY n DESC, file, reason, table_name"
    )


def _rows(engine: Engine, source: str) -> str:
    first = f"PARTITION BY source_file, {engine.first('reasons')} ORDER BY source_row, table_name"
    return (
        f"SELECT source_file, source_row, reasons, raw FROM {source}"
        f" QUALIFY row_number() OVER ({first}) <= 3 ORDER BY source_file, source_row, table_name"
    )


def _issues(source: str) -> str:
    """Return the query of issues by rule, each with its three most frequent details."""
    frequent = ", ".join(f"max(CASE WHEN place = {n} THEN detail END)" for n in (1, 2, 3))
    return (
        f"SELECT table_name, rule, severity, concat_ws(' · ', {frequent}) AS detail,\n"
        "  CAST(sum(n) AS BIGINT) AS n FROM (\n"
        "    SELECT *, row_number() OVER (PARTITION BY table_name, rule, severity\n"
        "      ORDER BY n DESC, detail NULLS LAST) AS place FROM (\n"
        f"        SELECT table_name, rule, severity, detail, count(*) AS n FROM {source}\n"
        "        GROUP BY ALL) AS counted) AS ranked\n"
        "GROUP BY table_name, rule, severity\n"
        f"ORDER BY {_GRAVITY}, n DESC, table_name, rule"
    )


def _stale(imports: str, sources: Sequence[tuple[str, str]]) -> str:
    counted = _union(
        f"SELECT {place} AS place, '{name}' AS table_name, count(*) AS rows,"
        " count(*) FILTER (WHERE t.exported_at < k.newest) AS stale,"
        " min(t.exported_at) AS oldest, max(t.exported_at) AS newest"
        f" FROM {source} t LEFT JOIN kinds k ON k.file = t.source_file"
        for place, (name, source) in enumerate(sources)
    )
    kinds = _KINDS.format(imports=imports)
    return (
        f"WITH kinds AS {kinds} SELECT table_name, rows, stale, oldest, newest"
        f" FROM ({counted}) AS c WHERE rows > 0 ORDER BY place"
    )


def _horizon(sources: Sequence[tuple[str, str]], clock: int) -> str:
    """Return the query of when each table's exports were made, and the days since the newest."""
    looked = _union(
        f"SELECT {place} AS place, '{name}' AS table_name, min(exported_at) AS oldest,"
        f" max(exported_at) AS newest FROM {source}"
        for place, (name, source) in enumerate(sources)
    )
    newest = day_number(day_by("newest", clock))
    return (
        f"SELECT table_name, oldest, newest, max({newest}) OVER () - {newest} AS days_behind"
        f" FROM ({looked}) AS c WHERE newest IS NOT NULL ORDER BY place"
    )


def _coverage(sources: Sequence[tuple[str, str]]) -> str:
    watched = [
        (name, column, source)
        for name, source in sources
        for column in _WATCHED.get(name, tables()[name].key[:1])
    ]
    counted = _union(
        f"SELECT {place} AS place, '{name}' AS table_name, '{column}' AS column_name,"
        f" count(*) AS rows, count({column}) AS known FROM {source}"
        for place, (name, column, source) in enumerate(watched)
    )
    return (
        "SELECT table_name, column_name, rows, known, known / nullif(rows, 0) AS share"
        f" FROM ({counted}) AS c WHERE rows > 0 ORDER BY place"
    )


def _union(texts: Iterable[str]) -> str:
    return "\nUNION ALL ".join(texts)
