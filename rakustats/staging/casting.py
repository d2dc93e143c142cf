"""The first look: one scan, every cell cast in SQL, what a cast refuses put aside as text."""

from __future__ import annotations

from rakustats.ingest.plan import Target
from rakustats.ingest.text import literal
from rakustats.staging.cells import Cell
from rakustats.staging.reading import Reading

_WORDS = ("合計", "合计", "小計", "小计", "総計", "总计", "計", "total", "subtotal", "grand total")
_BLANK = r"[\s\x{3000}|]*"
_TOTALS = rf"(^|\|)\s*({'|'.join(_WORDS)})\s*[:：]?\s*(\||$)"


def cast_rows(reading: Reading) -> str:
    """Return the SQL that makes ``stage.main.cast_rows`` of a sheet.

    Besides the values (v<k>, and d<k> for a bare day) a row has ``odd``: NULL, or the texts of all
    doubtful cells where a cast refused one of them.
    """
    numbered = ["source_row", "fault"] if reading.sheet.numbered else []
    texts = [f"{cell.text()} AS t{k}" for cell, k in reading.ids.items()]
    raw = [f"c{i}" for i in range(len(reading.sheet.headers))]
    words = f"concat_ws('|', {', '.join(raw)})"
    keyless = " OR ".join(f"t{reading.ids[cell]} IS NULL" for cell in _key(reading)) or "true"
    texts.append(f"CASE WHEN {keyless} THEN {words} END AS words")
    present = [f"{_present(feed.target)} AS w{feed.number}" for feed in reading.conditional]
    kept = [f"w{feed.number}" for feed in reading.conditional]
    texts_of = f"SELECT {', '.join([*numbered, *texts, *present])} FROM {reading.sheet.relation}"
    zone = reading.plan.zone
    typed = [f"{cell.typed(f't{k}', zone)} AS v{k}" for cell, k in reading.ids.items()]
    asked = [f"t{k}" for cell, k in reading.ids.items() if cell.doubtful or cell in _key(reading)]
    types_of = f"SELECT {', '.join([*numbered, *typed, *asked, *kept, 'words'])} FROM ({texts_of})"
    values = [_value(cell, k) for cell, k in reading.ids.items()]
    made = [*numbered, *values, *kept, _skipped(reading), _odd(reading)]
    return f"CREATE TABLE stage.main.cast_rows AS SELECT {', '.join(made)} FROM ({types_of})"


def set_odd_aside(reading: Reading) -> str:
    """Return the SQL that makes ``stage.main.odd_rows``: rows with refused texts, as o<k>."""
    texts = [
        f"CASE WHEN v{k} IS NULL THEN odd[{at}] END AS o{k}"
        for at, k in enumerate(_doubtful(reading), start=1)
    ]
    return (
        "CREATE TABLE stage.main.odd_rows AS SELECT rowid AS at, * EXCLUDE (odd), "
        f"{', '.join(texts)} FROM stage.main.cast_rows WHERE odd IS NOT NULL AND NOT skipped"
    )


def _doubtful(reading: Reading) -> list[int]:
    return [k for cell, k in reading.ids.items() if cell.doubtful]


def _value(cell: Cell, k: int) -> str:
    return f"v{k}, {cell.is_day(f't{k}')} AS d{k}" if cell.kind == "instant" else f"v{k}"


def _odd(reading: Reading) -> str:
    doubtful = _doubtful(reading)
    refused = " OR ".join(f"(v{k} IS NULL AND t{k} IS NOT NULL)" for k in doubtful)
    texts = ", ".join(f"t{k}" for k in doubtful)
    return f"CASE WHEN {refused or 'false'} THEN [{texts}] END AS odd"


def _key(reading: Reading) -> list[Cell]:
    return list(reading.feeds[0].key.values())


def _skipped(reading: Reading) -> str:
    """Tell blank rows, and totals: their key says so, or they have no key and another cell does."""
    key = [f"t{reading.ids[cell]}" for cell in _key(reading)]
    totals, longest = ", ".join(map(literal, _WORDS)), max(len(w.encode()) for w in _WORDS)
    blank_or_total = f"regexp_full_match(words, {literal(_BLANK)}) OR {_total('words')}"
    if not key:
        return f"{blank_or_total} AS skipped"
    keyless = " OR ".join(f"{t} IS NULL" for t in key)
    # Nearly every key is longer than the words for a total, and seen by that to be none.
    named = " OR ".join(f"(strlen({t}) <= {longest} AND lower({t}) IN ({totals}))" for t in key)
    return f"CASE WHEN {keyless} THEN {blank_or_total} ELSE {named} END AS skipped"


def _total(words: str) -> str:
    return f"regexp_matches(lower({words}), {literal(_TOTALS)})"


def _present(target: Target) -> str:
    there = f"nullif(trim(c{target.where}), '') IS NOT NULL"
    if not target.where_not:
        return f"({there})"
    refused = ", ".join(map(literal, target.where_not))
    return f"({there} AND trim(c{target.where}) NOT IN ({refused}))"
