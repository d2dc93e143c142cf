"""Withdrawals to come: with which probability a claim that stands will stand in the end.

A claim told of t days ago that was neither withdrawn nor decided yet is withdrawn later with
probability (W(120) - W(t)) / S(t): W is the Aalen-Johansen curve of the days to a withdrawal over
all claims of the question, S the share that is neither withdrawn nor decided by then. What was
decided stays. A withdrawal without a day counts as made at once: it tells of none to come.
"""

from __future__ import annotations

from collections.abc import Sequence

from rakustats.calendar.local_days import local_day
from rakustats.config.settings import settings
from rakustats.engine.steps import Step
from rakustats.marts.claim_lines import link_steps
from rakustats.marts.days import day_number
from rakustats.marts.received import texts
from rakustats.marts.troubles import JAPAN
from rakustats.metrics.spec.survival import curve_steps
from rakustats.store.asof import Snapshot


def told_claims(kinds: Sequence[str], stages: Sequence[str] | None) -> Step:
    """Return ``told_claims``: the claims of these kinds and stages, withdrawn ones too."""
    stage = "" if stages is None else f" AND stage_found IN ({texts(stages)})"
    ended = "coalesce(decided_at, closed_at)"
    return (
        "told_claims",
        f"""\
SELECT claim_id, order_no, line_no, shipment_id, seller_id, stage_found, qty_affected, utc_offset,
  coalesce(opened_at, detected_at) AS told_at,
  coalesce(resolution = 'withdrawn', FALSE) AS withdrawn,
  CASE WHEN resolution = 'withdrawn' THEN coalesce({ended}, opened_at, detected_at)
    ELSE {ended} END AS ended_at,
  CASE WHEN resolution = 'withdrawn' THEN 'withdrawn'
    WHEN {ended} IS NOT NULL OR resolution IS NOT NULL THEN 'decided' END AS ending
FROM claims WHERE coalesce(kind, 'other') IN ({texts(kinds)}){stage}""",
    )


def stay_steps(
    snapshot: Snapshot,
    kinds: Sequence[str],
    stages: Sequence[str] | None,
    *,
    by_stage: bool,
    in_japan: str = "",
) -> list[Step]:
    """Return ``line_stays``: per line (and stage) its claims, withdrawn or not.

    ``stay`` is the probability that one of those that stand stays, ``stay_sd`` its standard
    deviation, ``early_told`` and ``late_told`` when it first had any on either clock, ``gone_qty``
    the pieces of those withdrawn; ``in_japan`` is the SQL of whether a claim ``f`` of a line that
    reached Japan as ``a`` belongs to the late clock, by default whether it was found there.
    """
    horizon = settings().claim_horizon_days
    now = local_day(snapshot.horizon_sql("claims"), "jp", "")
    until = f"least(coalesce({local_day('ended_at', 'jp', '')}, {now}), {now})"
    told = day_number(local_day("told_at", "jp", ""))
    spells = f"""\
SELECT *, least(greatest({day_number(until)} - {told}, 0), {horizon}) AS days
FROM told_claims WHERE told_at IS NOT NULL"""
    group = "order_no, line_no" + (", stage_found" if by_stage else "")
    here = in_japan or (
        f"coalesce(f.stage_found IN ({texts(JAPAN)})"
        " OR (f.stage_found IS NULL AND f.told_at >= a.delivered_first), FALSE)"
    )
    placed = f"""\
SELECT f.*, {here} AS in_japan, s.stay, s.stay_sd, s.withdrawn
FROM told_lines f JOIN claim_stays s ON s.claim_id = f.claim_id
LEFT JOIN arrivals a ON a.order_no = f.order_no AND a.line_no = f.line_no"""
    lines = f"""\
SELECT {group}, max(CASE WHEN NOT withdrawn THEN stay END) AS stay,
  max(CASE WHEN NOT withdrawn THEN stay_sd END) AS stay_sd,
  min(told_at) FILTER (WHERE NOT in_japan) AS early_told,
  min(told_at) FILTER (WHERE in_japan) AS late_told,
  bool_or(NOT in_japan) AS told_early, bool_or(in_japan) AS told_late,
  CAST(sum(coalesce(qty, 1)) FILTER (WHERE withdrawn) AS BIGINT) AS gone_qty
FROM told_placed GROUP BY {group}"""
    return [
        told_claims(kinds, stages),
        *link_steps("told_claims", "told"),
        ("told_spells", spells),
        *curve_steps((), "withdrawn", "told_spells", "withdrawals"),
        ("withdrawals_end", _END),
        ("claim_stays", _STAYS),
        ("told_placed", placed),
        ("line_stays", lines),
    ]


_END = """\
SELECT max(incidence) AS incidence, max(sd) AS sd FROM withdrawals"""

# the later part of the curve is what is still to come; its variance goes by q (1 - q)
_STAYS = """\
SELECT c.claim_id, c.withdrawn,
  CASE WHEN c.withdrawn THEN 0.0 WHEN c.ending IS NOT NULL OR w.survival IS NULL THEN 1.0
    WHEN w.survival > 0 THEN greatest(1 - (e.incidence - w.incidence) / w.survival, 0.0)
    ELSE 1.0 END AS stay,
  CASE WHEN c.ending IS NOT NULL OR w.survival IS NULL OR w.survival <= 0 THEN 0.0
    ELSE sqrt(greatest(e.incidence - w.incidence, 0.0) * (1 - e.incidence + w.incidence)
      / nullif(e.incidence * (1 - e.incidence), 0)) * e.sd / w.survival END AS stay_sd
FROM told_claims c
LEFT JOIN told_spells t ON t.claim_id = c.claim_id
LEFT JOIN withdrawals w ON w.days = t.days
CROSS JOIN withdrawals_end e"""
