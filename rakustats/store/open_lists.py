"""Lists of open parcels: exports that show only what is still on its way.

Who exports the open parcels again and again is not told how those ended that left the list: they
ended between the export that shows them last and the next list. A file is such a list, for a leg
and for the parcels of an earlier file, if all of its own are open, of more than one order, and a
fifth or more of those that were open in the earlier file stand in it, one at least unchanged. What
does not do is thus the parcels of one order, a month alone of several, or changed rows alone.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import pyarrow as pa

from rakustats.schema.tables import tables
from rakustats.store.horizon import Source
from rakustats.store.instants import literal
from rakustats.store.scan_matching import still_open

NAME = "shipments_left"
_LEAST_PART = 5
# where a row was read, not what it says
_PLACES = ("source_file", "source_row", "exported_at", "n_versions", "utc_offset")
# a file's name without what literals of the engines read differently
_FILE = "coalesce(replace(replace({0}source_file, chr(92), '/'), chr(39), '/'), '')"


@dataclass(frozen=True)
class List:
    """A list of open parcels, and the earlier file whose parcels it tells of."""

    leg: int | None
    seen_at: datetime
    seen_in: str
    listed_at: datetime


def lists_query(source: Source) -> str | None:
    """Return the SQL of the lists of open parcels, None where no parcel has older versions."""
    main, history = source("shipments", False), source("shipments", True)
    if main is None or history is None:
        return None
    facts = (
        f"SELECT shipment_id, leg, exported_at, {_FILE.format('')} AS file,\n"
        "    coalesce(delivery_request_no, order_no, shipment_id) AS goods,"
        f" {still_open()} AS still_open,"
    )
    names = (name for name, _ in tables()["shipments"].stored if name not in _PLACES)
    told = ", ".join(f"coalesce(CAST({name} AS STRING), '')" for name in names)
    return f"""\
WITH seen AS (
  {facts} CAST(NULL AS STRING) AS told
  FROM {main} WHERE n_versions = 1
  UNION ALL {facts} concat_ws('|', {told}) AS told
  FROM {history}
), versions AS (
  SELECT *, lead(exported_at) OVER (PARTITION BY shipment_id ORDER BY exported_at) AS next_at,
    lead(file) OVER (PARTITION BY shipment_id ORDER BY exported_at) AS next_file,
    coalesce(lead(told) OVER (PARTITION BY shipment_id ORDER BY exported_at) = told, FALSE) AS kept
  FROM seen
), lists AS (
  SELECT leg, exported_at, file FROM versions GROUP BY leg, exported_at, file
  HAVING bool_and(still_open) AND count(DISTINCT goods) > 1
), awaited AS (
  SELECT leg, exported_at, file, count(*) AS n
  FROM versions WHERE still_open GROUP BY leg, exported_at, file
), again AS (
  SELECT leg, exported_at, file, next_at, next_file, count(*) AS n
  FROM versions WHERE still_open
  GROUP BY leg, exported_at, file, next_at, next_file HAVING bool_or(kept)
)
SELECT a.leg, a.exported_at AS seen_at, a.file AS seen_in, a.next_at AS listed_at
FROM again a
JOIN lists l ON l.leg IS NOT DISTINCT FROM a.leg
  AND l.exported_at = a.next_at AND l.file = a.next_file
JOIN awaited w ON w.leg IS NOT DISTINCT FROM a.leg
  AND w.exported_at = a.exported_at AND w.file = a.file
WHERE a.n * {_LEAST_PART} >= w.n
ORDER BY a.next_at, a.exported_at, a.file"""


def lists_of(found: pa.Table) -> list[List]:
    """Return the lists from the rows of :func:`lists_query`."""
    return [List(**row) for row in found.to_pylist()]


def left_step(lists: Sequence[List]) -> str:
    """Return the SQL of the parcels that such lists tell of by leaving them out.

    Of open ones ``left_by`` is the first list without them, by which they had ended. The lists look
    at all parcels up to ``last_list``, at those that had ended before as well.
    """
    if not lists:
        return (
            "SELECT CAST(NULL AS STRING) AS shipment_id, CAST(NULL AS TIMESTAMP) AS left_by,"
            " CAST(NULL AS TIMESTAMP) AS last_list WHERE 1 = 0"
        )
    last = {one.leg: one.listed_at for one in sorted(lists, key=lambda one: one.listed_at)}
    rows = ",\n  ".join(
        f"(CAST({'NULL' if one.leg is None else one.leg} AS INT), {literal(one.seen_at)},"
        f" '{one.seen_in}', {literal(one.listed_at)}, {literal(last[one.leg])})"
        for one in lists
    )
    waits = still_open("s")
    return f"""\
SELECT s.shipment_id,
  min(CASE WHEN {waits} AND l.listed_at > s.seen_until THEN l.listed_at END) AS left_by,
  max(CASE WHEN NOT ({waits}) OR l.listed_at > s.seen_until THEN l.last_list END) AS last_list
FROM shipments s JOIN (SELECT * FROM (VALUES
  {rows}) AS v(leg, seen_at, seen_in, listed_at, last_list)) l
  ON l.leg IS NOT DISTINCT FROM s.leg AND l.seen_at = s.exported_at
  AND l.seen_in = {_FILE.format("s.")}
GROUP BY s.shipment_id"""
