"""Which claims are valid and which lines they concern: the one reading of claims.

A claim is valid unless it was withdrawn; a rejected one stays, as goods are no sounder for it.

It concerns the line it names, if there is such a line; else lines of the parcel it names; else
lines of its order (where a column names the shop, of its shop there). For certain it concerns

* the line it names, or the only one that there is;
* all lines of the parcel it names, where it does not say how many pieces are concerned;
* all lines, where as many pieces are concerned as there are.

Else nobody tells which of them: at least one, and no more than it has pieces. Free text tells
nothing.
"""

from __future__ import annotations

from collections.abc import Sequence

from rakustats.engine.steps import Step
from rakustats.marts.received import texts

VALID = "coalesce(resolution, '') <> 'withdrawn'"
_COLUMNS = """\
SELECT claim_id, order_no, line_no, shipment_id, seller_id, stage_found, qty_affected,
  coalesce(opened_at, detected_at) AS told_at, utc_offset, coalesce(kind, 'other') AS kind,
  NOT ({valid}) AS withdrawn
FROM claims"""

# grain: one claim; a line that is in no export is none that it names
_NAMED = """\
SELECT v.*, l.line_no AS of_line FROM {claims} v
LEFT JOIN order_lines l ON l.order_no = v.order_no AND l.line_no = v.line_no"""

# grain: one claim that names no line, and line in its parcel
_IN_PARCELS = """\
SELECT v.claim_id, c.order_no, c.line_no, v.stage_found, v.told_at, v.qty_affected,
  TRUE AS by_parcel
FROM {name}_named v
JOIN (SELECT DISTINCT shipment_id, order_no, line_no FROM shipment_lines) c
  ON c.shipment_id = v.shipment_id
LEFT JOIN order_lines l ON l.order_no = c.order_no AND l.line_no = c.line_no
WHERE v.of_line IS NULL AND (v.order_no IS NULL OR v.order_no = c.order_no)
  AND (v.seller_id IS NULL OR v.seller_id = l.seller_id)"""

# grain: one claim and line that it may concern
_MAY_CONCERN = """\
SELECT claim_id, order_no, line_no, stage_found, told_at, qty_affected, FALSE AS by_parcel
FROM {name}_named WHERE of_line IS NOT NULL
UNION ALL
SELECT * FROM {name}_of_parcels
UNION ALL
SELECT v.claim_id, l.order_no, l.line_no, v.stage_found, v.told_at, v.qty_affected, FALSE
FROM {name}_named v
JOIN order_lines l ON l.order_no = v.order_no
LEFT JOIN (SELECT DISTINCT claim_id FROM {name}_of_parcels) p ON p.claim_id = v.claim_id
WHERE v.of_line IS NULL AND p.claim_id IS NULL
  AND (v.seller_id IS NULL OR v.seller_id = l.seller_id)"""

# grain: the same, with how many lines that are, the line's part of the claim's bad pieces (by how
# many pieces it has), and whether it is certain
_CANDIDATES = """\
SELECT *,
  qty_affected * coalesce(CAST(pieces AS DOUBLE) / nullif(all_pieces, 0), 1.0 / n_may) AS qty_share,
  n_may = 1 OR (by_parcel AND qty_affected IS NULL)
    OR coalesce(qty_affected >= all_pieces, FALSE) AS sure
FROM (
  SELECT m.*, p.pieces, count(*) OVER (PARTITION BY m.claim_id) AS n_may,
    CASE WHEN count(p.pieces) OVER (PARTITION BY m.claim_id)
        = count(*) OVER (PARTITION BY m.claim_id)
      THEN sum(p.pieces) OVER (PARTITION BY m.claim_id) END AS all_pieces
  FROM {name}_may_concern m
  LEFT JOIN (SELECT order_no, line_no, coalesce(qty_shipped, qty_received, qty_ordered) AS pieces
    FROM order_lines) p ON p.order_no = m.order_no AND p.line_no = m.line_no) c"""

# grain: one claim and line that it concerns for certain; ``qty`` pieces, NULL where nobody tells
_CLAIM_LINES = """\
SELECT claim_id, order_no, line_no, stage_found, told_at,
  CASE WHEN n_may = 1 THEN qty_affected WHEN qty_affected IS NOT NULL THEN pieces END AS qty
FROM {name}_candidates WHERE sure"""


def link_steps(claims: str, name: str) -> list[Step]:
    """Return ``<name>_candidates`` and ``<name>_lines`` of the claims of another step."""
    steps = {
        "named": _NAMED,
        "of_parcels": _IN_PARCELS,
        "may_concern": _MAY_CONCERN,
        "candidates": _CANDIDATES,
        "lines": _CLAIM_LINES,
    }
    return [(f"{name}_{what}", sql.format(claims=claims, name=name)) for what, sql in steps.items()]


def linked_claims(
    kinds: Sequence[str] | None = None,
    stages: Sequence[str] | None = None,
    *,
    withdrawn: bool = True,
) -> list[Step]:
    """Return ``valid_claims``, ``claim_candidates`` and ``claim_lines``.

    The first are the claims of these kinds and stages, all by default, and those that were
    ``withdrawn`` too; the others the lines that each may concern, and concerns for certain. They
    need order lines and what parcels carry.
    """
    tests = [] if withdrawn else [VALID]
    if kinds is not None:
        tests.append(f"coalesce(kind, 'other') IN ({texts(kinds)})")
    if stages is not None:
        tests.append(f"stage_found IN ({texts(stages)})")
    where = f"\nWHERE {' AND '.join(tests)}" if tests else ""
    return [
        ("valid_claims", _COLUMNS.format(valid=VALID) + where),
        *link_steps("valid_claims", "claim"),
    ]
