"""Facts that a newer export leaves blank although it has their column: kept, and reported."""

from __future__ import annotations

from rakustats.quality.check import of_each
from rakustats.schema.tables import tables


def blanked(name: str) -> str:
    """Rows whose newest version is blank where an older one knew something that is kept."""
    table = tables()[name]
    key = ", ".join(table.key)
    same = " AND ".join(f"v.{k} IS NOT DISTINCT FROM m.{k}" for k in table.key)
    facts = [c.name for c in table.columns if c.sticky and c.name not in table.key]
    lost = ", ".join(
        f"CASE WHEN v.{c} IS NULL AND m.{c} IS NOT NULL AND list_contains(said, '{c}') "
        f"THEN '{c}: ' || CAST(m.{c} AS VARCHAR) || ' is kept' END"
        for c in facts
    )
    newest = (
        f"SELECT * FROM versions.{name} QUALIFY row_number() OVER ("
        f"PARTITION BY {key} ORDER BY exported_at DESC, source_file DESC, source_row DESC) = 1"
    )
    said = (
        "SELECT source_file, flatten(list(columns)) AS said FROM main.layouts "
        f"WHERE table_name = '{name}' GROUP BY source_file"
    )
    keys = ", ".join(f"v.{k}" for k in table.key)
    return f"""
        SELECT '{name}' AS table_name, concat_ws('/', {keys}) AS key,
            unnest(list_filter([{lost}], lambda d: d IS NOT NULL)) AS detail,
            v.source_file, v.source_row
        FROM ({newest}) v JOIN main.{name} m ON {same} JOIN ({said}) l
            ON l.source_file = v.source_file"""


CHECKS = of_each("blanked", tables(), blanked)
