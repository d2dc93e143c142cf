"""Resolved rows as rows of one canonical table, with local days, provenance and one row a key."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from rakustats.calendar.local_days import OFFSET
from rakustats.calendar.timezones import CHINA, JAPAN, fixed_offset
from rakustats.ingest.text import literal
from rakustats.schema.tables import Column
from rakustats.staging.casts import local, utc
from rakustats.staging.cells import Cell
from rakustats.staging.reading import Feed, Reading

_PLACES = {"cn": CHINA, "jp": JAPAN}
_USED_ON = ("shipped_day", "requested_day", "delivered_day", "promised_day")
WITH_NUMBERS = ("shipments", "shipment_lines")
_FIRST_PROMISES = {
    "promised_at_original": "promised_at",
    "promised_original_day": "promised_day",
    "promised_original_until": "promised_until",
}


@dataclass(frozen=True)
class Facts:
    """What is the same for all rows of a sheet."""

    exported_at: datetime
    salt: str
    number: int


def kept_view(table: str, number: int | str) -> str:
    """Return the name under which a large sheet's rows of a table wait to be merged."""
    return f"kept_{table}_{number}"


def add_rows(reading: Reading, feed: Feed, facts: Facts) -> str:
    """Return the SQL that adds a sheet's rows to the stage of one table."""
    rows = feed_rows(reading, feed, facts, "resolved_rows", present(reading, feed))
    return f"INSERT INTO stage.main.{feed.table.name} BY NAME {rows}"


def feed_rows(reading: Reading, feed: Feed, facts: Facts, source: str, where: str) -> str:
    """Return a sheet's rows, out of ``source``, as rows of one table.

    Rows of the first table stay as they are; for the others several rows of one key (an order
    repeated on each of its lines) become one.
    """
    values = _own(reading, feed, facts.salt) | _days(reading, feed)
    if feed.table.name == "shipment_lines":
        values.setdefault("allocation", "'stated'")
    if feed.table.name == "shipments":
        values |= _first_promise(values)
    if feed.table.name in WITH_NUMBERS and (day := used_on(reading)):
        values["used_on"] = day
    values |= _provenance(reading, feed, facts.exported_at)
    columns = ", ".join(f"{value} AS {name}" for name, value in values.items())
    rows = f"SELECT {columns} FROM {source} WHERE {where}"
    if feed.number:
        rows = _one_a_key(
            rows, list(values), [k for k in (*feed.table.key, "used_on") if k in values]
        )
    first = str(feed.number == 0).lower()
    return f"SELECT *, {facts.number} AS sheet_no, {first} AS first_target FROM ({rows})"


def repeated(reading: Reading, feed: Feed, facts: Facts) -> dict[str, str]:
    """Return columns that are the same in all rows of a sheet, or those of another column."""
    provenance = _provenance(reading, feed, facts.exported_at)
    zone = reading.plan.day_zone
    of_rows = [OFFSET] if zone and fixed_offset(zone) is None else []
    stated = ("source_row", *of_rows, *(["exported_at"] if "exported_at" in feed.cells else []))
    found = {name: value for name, value in provenance.items() if name not in stated}
    first_is_latest = "promised_at" in feed.cells and "promised_at_original" not in feed.cells
    if feed.table.name == "shipments" and first_is_latest:
        found |= _FIRST_PROMISES
    return found


def present(reading: Reading, feed: Feed) -> str:
    """Return the SQL of whether a row feeds this table."""
    keys = [f"{reading.v(cell)} IS NOT NULL" for cell in feed.key.values()]
    return " AND ".join(["NOT skipped", "reasons IS NULL", *keys, *when(feed)])


def when(feed: Feed) -> list[str]:
    """Return the SQL of this table's rows: those with a column that must not be blank."""
    return [f"w{feed.number}"] if feed.target.where is not None else []


def _own(reading: Reading, feed: Feed, salt: str) -> dict[str, str]:
    stated = {c: cell for c, cell in feed.cells.items() if c != "exported_at"}
    return {c: _final(reading, feed.table[c], cell, salt) for c, cell in stated.items()}


def _final(reading: Reading, column: Column, cell: Cell, salt: str) -> str:
    if cell.field.counter:
        prefix = f"{reading.v(cell)} || '-' || " if cell.field.sources else ""
        return f"{prefix}CAST(counted AS VARCHAR)"
    if column.pii:
        return f"substr(sha256({literal(salt)} || {reading.v(cell)}), 1, 16)"
    return f"CAST({reading.v(cell)} AS {column.type})"


def _days(reading: Reading, feed: Feed) -> dict[str, str]:
    """Return the local day of instants, and the instant at which a promise's day ends."""
    found: dict[str, str] = {}
    for column in feed.table.columns:
        if column.companions and column.name in feed.cells:
            names = [name for name, _ in column.companions]
            day, until = _day(reading, feed, column, names[0])
            found |= dict(zip(names, (day, until), strict=False))
    return found


def _day(reading: Reading, feed: Feed, column: Column, name: str) -> tuple[str, str]:
    k = reading.ids[feed.cells[column.name]]
    midnight = f"CAST({name} + 1 AS TIMESTAMP)"
    if place := reading.plan.day_zone or _PLACES.get(column.place):
        there, until = local(f"v{k}", place), utc(midnight, place)
    else:
        in_china = f"{reading.v(feed.cells['leg'])} = 1" if "leg" in feed.cells else "false"
        there = (
            f"CASE WHEN {in_china} THEN {local(f'v{k}', CHINA)} ELSE {local(f'v{k}', JAPAN)} END"
        )
        until = f"CASE WHEN {in_china} THEN {utc(midnight, CHINA)} ELSE {utc(midnight, JAPAN)} END"
    # A day is a day wherever it is read: only instants are moved to the place's clock.
    return (
        f"CAST(CASE WHEN d{k} THEN {local(f'v{k}', reading.plan.zone)} ELSE {there} END AS DATE)",
        until,
    )


def used_on(reading: Reading) -> str | None:
    """Return the SQL of the day on which the tracking number behind a row's parcel was in use.

    None where the parcel has an id of its own: only ids made from a number may come again.
    """
    parcels = next((f for f in reading.feeds if f.table.name == "shipments"), None)
    made, number = (parcels and parcels.target[c] for c in ("shipment_id", "tracking_no"))
    if not (parcels and made and number and made.join is not None):
        return None
    days = _days(reading, parcels)
    known = [days[c] for c in _USED_ON if c in days]
    return f"coalesce({', '.join(known)})" if known and number.sources[0] in made.sources else None


def _provenance(reading: Reading, feed: Feed, exported_at: datetime) -> dict[str, str]:
    exported = f"TIMESTAMP {literal(exported_at.isoformat(sep=' '))}"
    if "exported_at" in feed.cells:
        exported = f"coalesce({reading.v(feed.cells['exported_at'])}, {exported})"
    found = {
        "source_file": literal(reading.sheet.file),
        "source_row": "source_row",
        "exported_at": exported,
    }
    return found | (
        {OFFSET: _offset(reading, feed, zone, exported)} if (zone := reading.plan.day_zone) else {}
    )


def _offset(reading: Reading, feed: Feed, zone: str, exported: str) -> str:
    """Return how far the clock of the days' zone stands from UTC, in minutes.

    Where it is put forward and back, as it stood at the row's first known instant.
    """
    if (always := fixed_offset(zone)) is not None:
        return f"CAST({int(always.total_seconds() // 60)} AS INTEGER)"
    instants = [
        reading.v(feed.cells[column.name])
        for column in feed.table.columns
        if column.time == "event" and column.name in feed.cells
    ]
    first = f"coalesce({', '.join([*instants, exported])})"
    return f"CAST(date_diff('minute', {first}, {local(first, zone)}) AS INTEGER)"


def _first_promise(values: Mapping[str, str]) -> dict[str, str]:
    """Let the latest promise stand for the first one where an export knows no other."""
    return {
        first: f"coalesce({values[first]}, {values[latest]})" if first in values else values[latest]
        for first, latest in _FIRST_PROMISES.items()
        if latest in values
    }


def _one_a_key(rows: str, names: list[str], key: list[str]) -> str:
    """Return rows of one key as one: the last known values, the latest and the first promise."""
    picks = [f"{_pick(name, key)} AS {name}" for name in names]
    return f"SELECT {', '.join(picks)} FROM ({rows}) GROUP BY {', '.join(key)}"


def _pick(name: str, key: list[str]) -> str:
    if name in key:
        return name
    if name in _FIRST_PROMISES or name == "source_row":
        return f"min({name})"
    if name in _FIRST_PROMISES.values():
        return f"max({name})"
    return f"arg_max({name}, source_row)"
