"""Prediction times: at which instants deliveries are asked about, and what was known by then."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from rakustats.engine.steps import Step
from rakustats.marts.days import just_after
from rakustats.risk.facts import STAGES
from rakustats.store.asof import Snapshot
from rakustats.store.instants import literal

Rule = Literal["start", "snapshots", "before_due", "now"]
# a delivery whose beginning nobody tells is asked about so many days before its promise at most
UNKNOWN_START_DAYS = 60


@dataclass(frozen=True)
class Decisions:
    """Which questions are asked: one per delivery and instant, all by one rule.

    ``start`` asks when a delivery begins, ``at_intervals`` at each of ``instants`` on all that are
    open then, ``before_due`` so many ``days`` before the end of the promised day, ``now`` on all
    that are still open, each when it was last looked at; about none later than that. Of very many
    deliveries, ``one_in`` so many is asked about, chosen by its id.
    """

    rule: Rule
    instants: tuple[datetime, ...] = ()
    days: int = 0
    one_in: int = 1


# a seller chooses how to send when the parcel is sent; on leg 2 it is asked for with the request
CHOSEN_BY_THEN = "CASE WHEN d.leg IS DISTINCT FROM 1 OR q.shipped_at IS NOT NULL THEN d.{0} END"
# at once after a delivery was last looked at, when all that was seen by then is known
_AFTER = just_after("d.seen_until")
START = Decisions("start")
NOW = Decisions("now")


def at_intervals(last: datetime, first: datetime, days: int, one_in: int = 1) -> Decisions:
    """Return the rule that asks every so many days, back from the last instant to the first."""
    count = int((last - first) / timedelta(days)) + 1
    instants = tuple(last - timedelta(days) * k for k in range(1, count))
    return Decisions("snapshots", instants, one_in=one_in)


def question_steps(rules: Sequence[Decisions], snapshot: Snapshot) -> list[Step]:
    """Return the steps that end in ``questions``: one row per delivery and instant, numbered.

    A row has ``unit_id``, ``asked_at``, the keys of histories, and what of the delivery's own
    instants lay before ``asked_at``: the others are NULL.
    """
    asked = "\nUNION ALL\n".join(_asked(rule, snapshot) for rule in rules)
    return [
        ("asked", asked),
        ("asked_once", "SELECT shipment_id, min(starts) AS starts, asked_at FROM asked"
         "\nGROUP BY shipment_id, asked_at"),
        ("questions_seen", _seen()),
        ("questions_scanned", _SCANNED),
        ("questions", _questions(snapshot)),
    ]  # fmt: skip


def _asked(rule: Decisions, snapshot: Snapshot) -> str:
    still_open = "(d.ended_at IS NULL OR d.ended_at > {0})"
    if rule.rule == "start":
        return (
            "SELECT d.shipment_id, 0 AS starts, d.begun_at AS asked_at FROM risk_deliveries d\n"
            f"WHERE {still_open.format('d.begun_at')}{_thinned(rule)}"
        )
    if rule.rule == "now":
        return (
            f"SELECT d.shipment_id, 1 AS starts, {_AFTER} AS asked_at\n"
            "FROM risk_deliveries d WHERE d.ended_at IS NULL AND NOT coalesce(d.failed, FALSE)"
        )
    if rule.rule == "before_due":
        moment = f"d.due_at - INTERVAL {rule.days} DAYS"
        begun = f"(d.begun_at IS NULL OR d.begun_at <= {moment})"
        return (
            f"SELECT d.shipment_id, 1 AS starts, {moment} AS asked_at FROM risk_deliveries d\n"
            f"WHERE {begun} AND {still_open.format(moment)} AND {moment} < {_AFTER}"
        )
    listed = ", ".join(f"({literal(moment)})" for moment in rule.instants)
    begun = f"coalesce(d.begun_at, d.due_at - INTERVAL {UNKNOWN_START_DAYS} DAYS)"
    return f"""\
SELECT d.shipment_id, 1 AS starts, t.asked_at
FROM risk_deliveries d JOIN (SELECT * FROM (VALUES {listed}) AS v(asked_at)) t
  ON t.asked_at > {begun} AND {still_open.format("t.asked_at")}
WHERE t.asked_at < {snapshot.day_over} AND t.asked_at < {_AFTER}{_thinned(rule)}"""


def _thinned(rule: Decisions) -> str:
    """Choose by the last two signs of the id: nothing that comes later changes who is chosen."""
    if rule.one_in == 1:
        return ""
    last, before = (f"ascii(substr(d.shipment_id, length(d.shipment_id) - {k}, 1))" for k in (0, 1))
    return f" AND ({last} + 10 * {before}) % {rule.one_in} = 0"


def _seen() -> str:
    """Blank what lies at or after the question."""
    instants = ", ".join(
        f"CASE WHEN d.{entered} < a.asked_at OR (a.starts = 0 AND d.{entered} = a.asked_at)"
        f" THEN d.{entered} END AS {entered}"
        for _, entered in STAGES
    )
    return f"""\
SELECT a.shipment_id, a.starts, a.asked_at, {instants},
  CASE WHEN coalesce(d.packed_at, d.shipped_at) < a.asked_at THEN d.kg END AS kg
FROM asked_once a JOIN risk_deliveries d ON d.shipment_id = a.shipment_id"""


_SCANNED = """\
SELECT q.shipment_id, q.asked_at, max(s.event_at) AS scanned_at
FROM questions_seen q JOIN members m ON m.shipment_id = q.shipment_id
JOIN scans s ON s.shipment_id = m.parcel_id AND s.event_at < q.asked_at
WHERE q.starts = 1
GROUP BY q.shipment_id, q.asked_at"""


def _questions(snapshot: Snapshot) -> str:
    """Silence is known as far as scans are (``listened_at``)."""
    heard = literal(snapshot.horizon("tracking_events") + timedelta(microseconds=1))
    stage = " ".join(
        f"WHEN q.{entered} IS NOT NULL THEN '{name}'" for name, entered in reversed(STAGES)
    )
    entered = ", ".join(f"q.{at}" for _, at in reversed(STAGES))
    keys = "utc_offset, seller_id, route, method, item, seller_route, level, lane_mode"
    named = ", ".join(f"d.{k}" for k in keys.split(", "))
    carrier = CHOSEN_BY_THEN.format("carrier")
    return f"""\
SELECT w.*, concat_ws('|', method, stage) AS method_stage,
  concat_ws('|', method, route, stage) AS lane_stage,
  concat_ws('|', level, stage) AS level_stage
FROM (
  SELECT row_number() OVER (ORDER BY q.shipment_id, q.asked_at) AS unit_id, q.*,
    CASE {stage} ELSE 'to_ship' END AS stage, coalesce({entered}) AS stage_at, s.scanned_at,
    least(q.asked_at, {heard}) AS listened_at,
    {named}, {carrier} AS carrier, d.due_at, d.qty, d.value_cny, d.n_lines, d.n_orders, d.n_sellers
  FROM questions_seen q JOIN risk_deliveries d ON d.shipment_id = q.shipment_id
  LEFT JOIN questions_scanned s ON s.shipment_id = q.shipment_id AND s.asked_at = q.asked_at
) w"""
