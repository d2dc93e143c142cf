"""In whose hands late goods lay longest, beyond what is usual at that stage."""

from __future__ import annotations

import pyarrow as pa

from rakustats.engine.database import Database
from rakustats.engine.steps import Step, with_steps
from rakustats.marts.claim_lines import linked_claims
from rakustats.marts.milestones import TABLES
from rakustats.marts.staged import UNALLOCATED, stage_steps
from rakustats.marts.workdays import lend_calendar
from rakustats.store.asof import Snapshot

USUAL_SHARE = 0.9
LEAST_STAGES = 20
# parties that a claim may name, for owners of stages that it may not
_PARTIES = {"jp_carrier": "leg2_carrier", "recipient": "customer"}
_SCHEMA = pa.schema([(name, pa.string()) for name in ("claim_id", "stage", "owner")])

_USUAL = f"""\
SELECT stage, ship_method, percentile_cont({USUAL_SHARE}) WITHIN GROUP (ORDER BY days) AS usual_days
FROM stages WHERE stands = 'done' AND stage <> '{UNALLOCATED}'
GROUP BY stage, ship_method HAVING count(*) >= {LEAST_STAGES}"""


def slow_stages(db: Database, snapshot: Snapshot) -> pa.Table:
    """Return the stage of each late claim that took most days beyond the usual, and its owner.

    Usual is what nine of ten lines of the same shipping method take at that stage, where at least
    20 are done. A claim without such a stage, or where seller and carrier are not separable, has
    no row. The stages are cut by a query of their own, only where any claim is of lateness.
    """
    claims = db.engine.source("claims")
    if claims is None or not _any_late(db, claims):
        return _SCHEMA.empty_table()
    parties = " ".join(f"WHEN '{owner}' THEN '{party}'" for owner, party in _PARTIES.items())
    steps: list[Step] = [
        *snapshot.steps((*TABLES, "claims")),
        *stage_steps(("ship_method",), lend_calendar(db, snapshot), snapshot),
        *linked_claims(("late",)),
        ("usual", _USUAL),
    ]
    text = f"""\
SELECT claim_id, stage, CASE owner {parties} ELSE owner END AS owner FROM (
  SELECT c.claim_id, s.stage, s.owner, row_number() OVER (PARTITION BY c.claim_id
    ORDER BY s.days - u.usual_days DESC, s.stage_no, s.order_no, s.line_no) AS place
  FROM claim_lines c
  JOIN stages s ON s.order_no = c.order_no AND s.line_no = c.line_no
  JOIN usual u ON u.stage = s.stage AND u.ship_method IS NOT DISTINCT FROM s.ship_method
  WHERE s.stands IN ('done', 'open') AND s.days > u.usual_days) AS beyond
WHERE place = 1 AND owner <> 'seller_and_leg1'
ORDER BY claim_id"""
    return db.engine.query(with_steps(steps, text)).cast(_SCHEMA)


def _any_late(db: Database, claims: str) -> bool:
    found = db.engine.query(f"SELECT count(*) AS n FROM {claims} WHERE kind = 'late'")
    return bool(found.column("n")[0].as_py())
