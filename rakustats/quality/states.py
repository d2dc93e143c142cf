"""Whether a later export puts a row back to an earlier state."""

from __future__ import annotations

from rakustats.quality.check import of_each, quoted
from rakustats.schema.tables import tables
from rakustats.schema.vocabularies import VOCABULARY, canonical

# From these a row may go back: a problem solved, a count repeated, a new quote, a request voided,
# a second attempt, a parcel found again.
_MAY_GO_BACK = {
    "order_state": ("problem", "inspecting", "awaiting_payment", "stored"),
    "delivery_state": ("awaiting_freight_payment", "attempted", "held", "investigating"),
}
# Single steps back that are as ordinary: the delivery request was voided; a parcel travels on
# after customs, or between depots.
_ALSO = {
    "order_state": (("delivery_requested", "stored"),),
    "delivery_state": (("import_customs", "in_transit"), ("domestic_handoff", "in_transit")),
}


def status_regress(table: str) -> str:
    """Versions of a row whose state lies before the one that was seen last."""
    vocabulary, _ = VOCABULARY[table, "state"]
    keys = tables()[table].key
    back = ", ".join(f"'{state}'" for state in _MAY_GO_BACK[vocabulary])
    pairs = ", ".join(f"('{before}', '{after}')" for before, after in _ALSO[vocabulary])
    ranks = "list_position([{}], {{}})".format(
        ", ".join(f"'{state}'" for state in canonical(vocabulary))
    )
    last = f"lag({{}}) OVER (PARTITION BY {', '.join(keys)} ORDER BY exported_at, source_row)"
    return f"""
        SELECT '{table}' AS table_name, concat_ws('/', {", ".join(keys)}) AS key,
            'state: ' || {quoted("state")} || ' on ' || CAST(exported_at AS DATE) || ' after '
                || {quoted("before")} || ' on ' || CAST(seen_at AS DATE) AS detail,
            source_file, source_row
        FROM (
            SELECT *, {last.format("state")} AS before, {last.format("exported_at")} AS seen_at
            FROM versions.{table} WHERE state IS NOT NULL
        )
        WHERE state <> before AND {ranks.format("state")} < {ranks.format("before")}
            AND before NOT IN ({back}) AND (before, state) NOT IN ({pairs})"""


_WITH_STATES = [table for table, column in VOCABULARY if column == "state"]
CHECKS = of_each("status_regress", _WITH_STATES, status_regress, "versions")
