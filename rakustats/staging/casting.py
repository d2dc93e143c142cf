"""Casting: one scan, every cell cast in SQL, what a cast refuses put aside as text."""

from __future__ import annotations

from rakustats.ingest.plan import Target
from rakustats.ingest.text import literal
from rakustats.staging.casts import trimmed
from rakustats.staging.cells import Cell
from rakustats.staging.reading import Reading

_WORDS = ("合計", "合计", "小計", "小计", "総計", "总计", "計", "total", "subtotal", "grand total")
_BLANK = r"[\s\x{3000}|]*"
_TOTALS = rf"(^|\|)\s*({'|'.join(_WORDS)})\s*[:：]?\s*(\||$)"


def cast_rows(reading: Reading) -> str:
    """Return the SQL of a sheet's rows, cast.

    Besides the values (v<k>, and d<k> for a bare day) a row has ``odd``: NULL, or the texts of all
    fallible cells where a cast refused one of them.
    """
    numbered = ["source_row", "fault"] if reading.sheet.numbered else []
    kept = [f"w{feed.number}" for feed in reading.conditional]
    raw = [f"c{i}" for i in range(len(reading.sheet.headers))]
    texts = [f"{cell.text()} AS t{k}" for cell, k in reading.ids.items()]
    present = [f"{_present(feed.target)} AS w{feed.number}" for feed in reading.conditional]
    texts_of = (
        f"SELECT {', '.join([*numbered, *raw, *texts, *present])} FROM {reading.sheet.relation}"
    )
    typed = [f"{reading.typed(cell)} AS v{k}" for cell, k in reading.ids.items()]
    asked = [f"t{k}" for k in reading.ids.values()]
    words = f"CASE WHEN {_keyless(reading)} THEN concat_ws('|', {', '.join(raw)}) END AS words"
    types_of = f"SELECT {', '.join([*numbered, *typed, *asked, *kept, words])} FROM ({texts_of})"
    values = [_value(reading, cell, k) for cell, k in reading.ids.items()]
    made = [*numbered, *values, *kept, _skipped(reading), _odd(reading)]
    return f"SELECT {', '.join(made)} FROM ({types_of})"


def set_odd_aside(reading: Reading) -> str:
    """Return the SQL that makes ``stage.main.odd_rows``: rows with refused texts, as o<k>."""
    texts = [
        f"CASE WHEN v{k} IS NULL THEN odd[{at}] END AS o{k}"
        for at, k in enumerate(_may_fail(reading), start=1)
    ]
    return (
        "CREATE TABLE stage.main.odd_rows AS SELECT rowid AS at, * EXCLUDE (odd), "
        f"{', '.join(texts)} FROM stage.main.cast_rows WHERE odd IS NOT NULL AND NOT skipped"
    )


def _may_fail(reading: Reading) -> list[int]:
    return [k for cell, k in reading.ids.items() if cell.may_fail]


def _value(reading: Reading, cell: Cell, k: int) -> str:
    return f"v{k}, {reading.is_day(cell)} AS d{k}" if cell.kind == "instant" else f"v{k}"


def _odd(reading: Reading) -> str:
    may_fail = _may_fail(reading)
    refused = " OR ".join(f"(v{k} IS NULL AND t{k} IS NOT NULL)" for k in may_fail)
    texts = ", ".join(f"CAST(t{k} AS VARCHAR)" for k in may_fail)
    return f"CASE WHEN {refused or 'false'} THEN [{texts}] END AS odd"


def _key(reading: Reading) -> list[int]:
    return [reading.ids[cell] for cell in reading.feeds[0].key.values()]


def _keyless(reading: Reading) -> str:
    """Return the SQL of rows that may have no key; only these have their words compared."""
    return " OR ".join(f"v{k} IS NULL" for k in _key(reading)) or "true"


def _skipped(reading: Reading) -> str:
    """Return the SQL of blank rows and totals: by their key, or without one by another cell."""
    blank_or_total = f"regexp_full_match(words, {literal(_BLANK)}) OR {_total('words')}"
    if not _key(reading):
        return f"{blank_or_total} AS skipped"
    totals = ", ".join(map(literal, _WORDS))
    key = [f"t{k}" for k in _key(reading)]
    # Nearly every key is a value whose form rules out a word for a total.
    plain = " AND ".join(f"v{k} IS NOT NULL AND {_is_no_total(f't{k}')}" for k in _key(reading))
    blank = " OR ".join(f"coalesce({trimmed(t)}, '') = ''" for t in key)
    named = " OR ".join(f"lower(trim({t})) IN ({totals})" for t in key)
    return (
        f"CASE WHEN {plain} THEN false WHEN {blank} THEN {blank_or_total} "
        f"ELSE {named} END AS skipped"
    )


def _is_no_total(key: str) -> str:
    longest = max(len(word.encode()) for word in _WORDS)
    latin = f"strlen({key}) = length({key}) AND NOT (suffix({key}, 'l') OR suffix({key}, 'L'))"
    return f"(strlen({key}) > {longest} OR ({latin}))"


def _total(words: str) -> str:
    return f"regexp_matches(lower({words}), {literal(_TOTALS)})"


def _present(target: Target) -> str:
    there = f"nullif(trim(c{target.where}), '') IS NOT NULL"
    if not target.where_not:
        return f"({there})"
    refused = ", ".join(map(literal, target.where_not))
    return f"({there} AND trim(c{target.where}) NOT IN ({refused}))"
