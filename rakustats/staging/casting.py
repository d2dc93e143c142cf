"""The first look: one scan, every cell cast in SQL, what a cast refuses put aside as text."""

from __future__ import annotations

from rakustats.ingest.plan import Target
from rakustats.ingest.text import literal
from rakustats.staging.cells import Cell
from rakustats.staging.reading import Reading

_WORDS = ("合計", "合计", "小計", "小计", "総計", "总计", "計", "total", "subtotal", "grand total")
_TOTALS = rf"(^|\|)\s*({'|'.join(_WORDS)})\s*[:：]?\s*(\||$)"


def cast_rows(reading: Reading) -> str:
    """Return the SQL that makes ``stage.main.cast_rows`` of a sheet."""
    numbered = ["source_row", "fault"] if reading.sheet.numbered else []
    raw = [f"c{i}" for i in range(len(reading.sheet.headers))]
    texts = [f"{cell.text()} AS t{k}" for cell, k in reading.ids.items()]
    present = [f"{_present(feed.target)} AS w{feed.number}" for feed in reading.conditional]
    skipped = f"coalesce({', '.join(raw)}) IS NULL OR {_is_total(reading, raw)} AS skipped"
    kept = [f"w{feed.number}" for feed in reading.conditional]
    zone = reading.plan.zone
    typed = [f"{cell.typed(f't{k}', zone)} AS v{k}" for cell, k in reading.ids.items()]
    asked = [f"t{k}" for cell, k in reading.ids.items() if cell.doubtful]
    values = [_value(cell, k) for cell, k in reading.ids.items()]
    texts_of = (
        f"SELECT {', '.join([*numbered, *texts, *present, skipped])} FROM {reading.sheet.relation}"
    )
    types_of = (
        f"SELECT {', '.join([*numbered, *typed, *asked, *kept, 'skipped'])} FROM ({texts_of})"
    )
    return (
        "CREATE TABLE stage.main.cast_rows AS "
        f"SELECT {', '.join([*numbered, *values, *kept, 'skipped'])} FROM ({types_of})"
    )


def _value(cell: Cell, k: int) -> str:
    if not cell.doubtful:
        return f"v{k}"
    day = f", {cell.is_day(f't{k}')} AS d{k}" if cell.kind == "instant" else ""
    return f"v{k}, CASE WHEN v{k} IS NULL THEN t{k} END AS o{k}{day}"


def _is_total(reading: Reading, raw: list[str]) -> str:
    """Tell totals: their key says so, or they have no key and another cell does."""
    key = [cell.text() for cell in reading.feeds[0].key.values()]
    if not key:
        return "false"
    keyless = " OR ".join(f"{text} IS NULL" for text in key)
    named = " OR ".join(f"lower({text}) IN ({', '.join(map(literal, _WORDS))})" for text in key)
    words = f"regexp_matches(lower(concat_ws('|', {', '.join(raw)})), {literal(_TOTALS)})"
    return f"CASE WHEN {keyless} THEN {words} ELSE {named} END"


def _present(target: Target) -> str:
    there = f"nullif(trim(c{target.where}), '') IS NOT NULL"
    if not target.where_not:
        return f"({there})"
    refused = ", ".join(map(literal, target.where_not))
    return f"({there} AND trim(c{target.where}) NOT IN ({refused}))"
