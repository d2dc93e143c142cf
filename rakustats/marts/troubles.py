"""Troubles with the goods of a line: by claims, and by the warehouse's count."""

from __future__ import annotations

from collections.abc import Sequence

from rakustats.engine.steps import Step
from rakustats.errors import some_of
from rakustats.marts.received import texts
from rakustats.schema.tables import tables

JAPAN = ("transit", "delivery", "after_use")

# grain: one claim and line that it concerns
_CLAIM_LINES = """\
SELECT claim_id, order_no, line_no, stage_found, told_at, qty_affected AS qty
FROM valid_claims WHERE order_no IS NOT NULL AND line_no IS NOT NULL
UNION ALL
SELECT v.claim_id, c.order_no, c.line_no, v.stage_found, v.told_at,
  CASE WHEN count(*) OVER (PARTITION BY v.claim_id) = 1 THEN v.qty_affected END AS qty
FROM valid_claims v JOIN carried c ON c.shipment_id = v.shipment_id
WHERE v.line_no IS NULL AND (v.order_no IS NULL OR v.order_no = c.order_no)
UNION ALL
SELECT v.claim_id, l.order_no, l.line_no, v.stage_found, v.told_at, v.qty_affected AS qty
FROM valid_claims v
JOIN (SELECT order_no, min(line_no) AS line_no FROM order_lines
  GROUP BY order_no HAVING count(*) = 1) l ON l.order_no = v.order_no
WHERE v.line_no IS NULL AND v.shipment_id IS NULL"""
CLAIM_LINES: Step = ("claim_lines", _CLAIM_LINES)


def lines_of(claims: str, name: str) -> Step:
    """Return the lines that the claims of another step than ``valid_claims`` concern."""
    return name, _CLAIM_LINES.replace("valid_claims", claims)


def chosen(values: str | Sequence[str], column: str) -> tuple[str, ...]:
    """Return the given values of a column of ``claims``, or refuse an unknown one."""
    return some_of(column, values, tables()["claims"][column].values)


def claim_lines(kinds: Sequence[str], stages: Sequence[str] | None = None) -> list[Step]:
    """Return ``claim_lines``: one row per claim that was not withdrawn and line it concerns.

    A claim concerns a line by its number, else all lines of its parcel, else the only line of its
    order; ``qty`` is NULL where its pieces may be those of several lines.
    """
    stage = "" if stages is None else f" AND stage_found IN ({texts(stages)})"
    valid = f"""\
SELECT claim_id, order_no, line_no, shipment_id, stage_found, qty_affected,
  coalesce(opened_at, detected_at) AS told_at
FROM claims
WHERE kind IN ({texts(kinds)}) AND coalesce(resolution, '') <> 'withdrawn'{stage}"""
    return [("valid_claims", valid), CLAIM_LINES]


def trouble_steps(
    kinds: Sequence[str], stages: Sequence[str] | None, *, counted: bool, by_stage: bool
) -> list[Step]:
    """Return ``troubles``: per line (and stage) the bad pieces and when they were reported.

    ``counted`` adds the pieces that the warehouse counted as defective; where a claim is about the
    same pieces, the larger number counts. ``in_china`` and ``in_japan``: where they came to
    light, a claim that does not say so by whether the goods had reached Japan.
    """
    inspected = """
UNION ALL
SELECT order_no, line_no, 'warehouse' AS stage_found, coalesce(stored_at, arrived_at) AS told_at,
  CAST(NULL AS INT) AS claimed, qty_defective AS counted
FROM order_lines WHERE qty_defective > 0"""
    found = f"""\
SELECT order_no, line_no, stage_found, told_at, qty AS claimed, CAST(NULL AS INT) AS counted
FROM claim_lines{inspected if counted else ""}"""
    here = f"""coalesce(f.stage_found IN ({texts(JAPAN)})
    OR (f.stage_found IS NULL AND f.told_at >= a.delivered_first), FALSE)"""
    places = f"""\
SELECT f.order_no, f.line_no, f.stage_found, {here} AS in_japan, min(f.told_at) AS told_at,
  greatest(coalesce(CAST(sum(f.claimed) AS BIGINT), 0), coalesce(max(f.counted), 0)) AS pieces,
  bool_and(f.claimed IS NULL AND f.counted IS NULL) AS no_number
FROM found f LEFT JOIN arrivals a ON a.order_no = f.order_no AND a.line_no = f.line_no
GROUP BY f.order_no, f.line_no, f.stage_found, {here}"""
    group = "order_no, line_no" + (", stage_found" if by_stage else "")
    troubles = f"""\
SELECT {group}, CAST(sum(pieces) AS BIGINT) AS pieces, bool_or(no_number) AS no_number,
  bool_or(NOT in_japan) AS in_china, bool_or(in_japan) AS in_japan,
  min(told_at) FILTER (WHERE NOT in_japan) AS china_at,
  min(told_at) FILTER (WHERE in_japan) AS japan_at
FROM found_in GROUP BY {group}"""
    return [
        *claim_lines(kinds, stages),
        ("found", found),
        ("found_in", places),
        ("troubles", troubles),
    ]


def linked_claims() -> list[Step]:
    """Return ``valid_claims`` (all of them) and ``claim_lines``, the lines they concern."""
    valid = """\
SELECT claim_id, order_no, line_no, shipment_id, stage_found, qty_affected,
  coalesce(opened_at, detected_at) AS told_at, coalesce(kind, 'other') AS kind,
  coalesce(resolution = 'withdrawn', FALSE) AS withdrawn, utc_offset
FROM claims"""
    return [("valid_claims", valid), CLAIM_LINES]
