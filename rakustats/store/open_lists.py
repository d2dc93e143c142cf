"""Lists of open parcels: exports that show only what is still on its way.

Who exports the open parcels again and again is not told how those ended that left the list: they
ended between the export that shows them last and the next list. An export is such a list, for a
leg, if all of its parcels are open and a fifth or more of those that were open in the export
before stand in it; a file with the parcels of one order is none.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from rakustats.store.horizon import Source
from rakustats.store.instants import literal

NAME = "shipments_left"
List = tuple[int | None, datetime]
_COLUMNS = (
    "shipment_id, leg, exported_at, state, first_attempt_at, delivered_at, lost_at, returned_at"
)
_OPEN = (
    "{0}first_attempt_at IS NULL AND {0}delivered_at IS NULL AND {0}lost_at IS NULL"
    " AND {0}returned_at IS NULL"
    " AND coalesce({0}state, '') NOT IN ('delivered', 'lost', 'returned', 'void')"
)
_LEAST_PART = 5


def lists_query(source: Source) -> str | None:
    """Return the SQL of the lists of open parcels, None where no parcel has older versions."""
    main, history = source("shipments", False), source("shipments", True)
    if main is None or history is None:
        return None
    return f"""\
WITH seen AS (
  SELECT {_COLUMNS} FROM {main} WHERE n_versions = 1
  UNION ALL SELECT {_COLUMNS} FROM {history}
), versions AS (
  SELECT leg, exported_at, {_OPEN.format("")} AS still_open,
    lead(exported_at) OVER (PARTITION BY shipment_id ORDER BY exported_at) AS next_at
  FROM seen
), exports AS (
  SELECT *, lag(exported_at) OVER (PARTITION BY leg ORDER BY exported_at) AS before_at
  FROM (SELECT leg, exported_at, bool_and(still_open) AS all_open
    FROM versions GROUP BY leg, exported_at) AS made
)
SELECT x.leg, x.exported_at
FROM exports x JOIN versions v ON v.leg IS NOT DISTINCT FROM x.leg
  AND v.exported_at = x.before_at AND v.still_open
WHERE x.all_open
GROUP BY x.leg, x.exported_at
HAVING count(*) FILTER (WHERE v.next_at = x.exported_at) * {_LEAST_PART} >= count(*)
ORDER BY x.exported_at"""


def left_step(lists: Sequence[List]) -> str:
    """Return the SQL of the open parcels that left such a list.

    ``left_by`` is the first list without them, by which they had ended, ``last_list`` the last one.
    """
    if not lists:
        return (
            "SELECT CAST(NULL AS STRING) AS shipment_id, CAST(NULL AS TIMESTAMP) AS left_by,"
            " CAST(NULL AS TIMESTAMP) AS last_list WHERE 1 = 0"
        )
    rows = ", ".join(
        f"(CAST({'NULL' if leg is None else leg} AS INT), {literal(at)})" for leg, at in lists
    )
    return f"""\
SELECT s.shipment_id, min(l.listed_at) AS left_by, max(l.listed_at) AS last_list
FROM shipments s JOIN (SELECT * FROM (VALUES {rows}) AS v(leg, listed_at)) l
  ON l.leg IS NOT DISTINCT FROM s.leg AND l.listed_at > s.seen_until
WHERE {_OPEN.format("s.")}
GROUP BY s.shipment_id"""
