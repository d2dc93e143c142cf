"""Whether what has to come later does: instants in the wrong order, or after their own export."""

from __future__ import annotations

from rakustats.calendar.local_days import is_midnight
from rakustats.quality.check import minute, of_each
from rakustats.schema.tables import tables

# (what comes first, what comes later); an export's own order of steps that may differ is left out
STEPS: dict[str, tuple[tuple[str, str], ...]] = {
    "orders": (
        ("submitted_at", "quoted_at"),
        ("submitted_at", "paid_at"),
        ("submitted_at", "purchased_at"),
        ("submitted_at", "completed_at"),
    ),
    "order_lines": (("seller_shipped_at", "arrived_at"), ("arrived_at", "stored_at")),
    "shipments": (
        ("requested_at", "packed_at"),
        ("requested_at", "shipped_at"),
        ("requested_at", "delivered_at"),
        ("packed_at", "shipped_at"),
        ("shipped_at", "customs_in_at"),
        ("shipped_at", "first_attempt_at"),
        ("shipped_at", "delivered_at"),
        ("shipped_at", "lost_at"),
        ("shipped_at", "returned_at"),
        ("customs_in_at", "customs_out_at"),
        ("first_attempt_at", "delivered_at"),
    ),
    "claims": (
        ("detected_at", "opened_at"),
        ("opened_at", "first_response_at"),
        ("opened_at", "decided_at"),
        ("opened_at", "closed_at"),
    ),
    "cancellations": (("requested_at", "accepted_at"), ("requested_at", "confirmed_at")),
    "refunds": (
        ("requested_at", "approved_at"),
        ("requested_at", "paid_at"),
        ("paid_at", "confirmed_at"),
    ),
    "messages": (("sent_at", "replied_at"),),
}


def time_reversed(table: str) -> str:
    """Rows whose instants contradict the course of things; a day covers all of its hours."""
    steps = STEPS[table]
    details = ", ".join(
        f"CASE WHEN {_before(later, first)} THEN '{later} ' || {minute(later)} || ' lies before "
        f"{first} ' || {minute(first)} END"
        for first, later in steps
    )
    # comparing is cheap and hardly ever true, so texts are made for few rows
    suspects = " OR ".join(f"{later} < {first}" for first, later in steps)
    key = ", ".join(tables()[table].key)
    return f"""
        SELECT * FROM (
            SELECT '{table}' AS table_name, concat_ws('/', {key}) AS key,
                concat_ws('; ', {details}) AS detail, source_file, source_row
            FROM main.{table} WHERE {suspects}
        ) WHERE detail <> ''"""


def _before(later: str, first: str) -> str:
    day_only = is_midnight(later, "")
    return f"{later} < {first} AND ({later} <= {first} - INTERVAL 24 HOUR OR NOT ({day_only}))"


def after_export(table: str) -> str:
    """Files with facts from days after the day of their export, which is then too early a day."""
    facts = ", ".join(column.name for column in tables()[table].columns if column.time == "event")
    # by then it is tomorrow everywhere that a day without its hour may be of
    return f"""
        SELECT '{table}' AS table_name, NULL AS key,
            count(*) || ' rows have facts from after the export of ' || {minute("exported_at")}
                || ', the latest of ' || {minute("max(latest)")} AS detail,
            source_file, min(source_row) AS source_row
        FROM (SELECT greatest({facts}) AS latest, exported_at, source_file, source_row
            FROM main.{table})
        WHERE latest > exported_at + INTERVAL 24 HOUR GROUP BY source_file, exported_at"""


_DATED = [name for name, table in tables().items() if any(c.time == "event" for c in table.columns)]
CHECKS = (
    *of_each("time_reversed", STEPS, time_reversed),
    *of_each("after_export", _DATED, after_export),
)
