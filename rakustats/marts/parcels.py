"""Deliveries made of parcels: what carries on under another number is one delivery."""

from __future__ import annotations

from collections.abc import Sequence

from rakustats.calendar.local_days import leg_day
from rakustats.engine.database import Database
from rakustats.engine.steps import Step
from rakustats.errors import UsageError
from rakustats.i18n.phrases import Phrase
from rakustats.marts.keys import DAY_KEYS, PARCEL_KEYS
from rakustats.marts.losses import LOSS_TABLES, loss_steps
from rakustats.marts.question import PARCELS, Keys, Period, Question, ask
from rakustats.schema.exclusions import is_own
from rakustats.store.asof import Snapshot

TABLES = ("orders", "order_lines", "shipments", "shipment_lines", *LOSS_TABLES)
_FAILED = (
    "({0}.lost_at IS NOT NULL OR {0}.returned_at IS NOT NULL"
    " OR coalesce({0}.state IN ('lost', 'returned'), FALSE))"
)
# what an export says of its end, else when its loss was accepted
_FAILED_AT = "coalesce(least(s.lost_at, s.returned_at), x.accepted_at)"
_FAILED_DAY = leg_day(_FAILED_AT, "s.leg", "s")
_VOID = "coalesce({0}.state = 'void', FALSE)"

# grain: one parcel that carries on where its parent ends, on the same leg; what is sent again
# after a loss or a return is a delivery of its own
_CONTINUED = f"""\
SELECT c.shipment_id, p.shipment_id AS parent_id
FROM shipments c JOIN shipments p ON p.shipment_id = c.parent_shipment_id
WHERE p.leg IS NOT DISTINCT FROM c.leg AND p.shipment_id <> c.shipment_id
  AND p.parent_shipment_id IS DISTINCT FROM c.shipment_id
  AND NOT {_FAILED.format("p")} AND NOT {_VOID.format("p")} AND NOT {_VOID.format("c")}"""

# grain: one parcel that carries on, with the first of its chain; four numbers are enough for
# master airway bill, house airway bill, sub-carrier and last mile
_ROOTS = """\
SELECT a.shipment_id, coalesce(c.parent_id, b.parent_id, a.parent_id) AS root_id
FROM continued a
LEFT JOIN continued b ON b.shipment_id = a.parent_id
LEFT JOIN continued c ON c.shipment_id = b.parent_id"""

# grain: one line in one parcel; a first parcel's line is in all that carry on unless one states it
_CARRIED = """\
SELECT shipment_id AS parcel_id, order_no, line_no FROM shipment_lines
UNION
SELECT r.shipment_id AS parcel_id, l.order_no, l.line_no
FROM roots r JOIN shipment_lines l ON l.shipment_id = r.root_id
WHERE NOT EXISTS (
  SELECT 1 FROM roots q JOIN shipment_lines own ON own.shipment_id = q.shipment_id
  WHERE q.root_id = r.root_id AND own.order_no = l.order_no AND own.line_no = l.line_no)"""

# grain: one delivery and one of the parcels that make it, first and last
_MEMBERS = """\
SELECT shipment_id, parcel_id FROM parcels
UNION SELECT shipment_id, shipment_id AS parcel_id FROM parcels"""

MEMBERS: Step = ("members", _MEMBERS)
CHAINS: list[Step] = [("continued", _CONTINUED), ("roots", _ROOTS)]


def ask_parcels(db: Database, by: Keys, period: Period, title: Phrase) -> Question:
    """Return a question about parcels, which several lines and sellers may share.

    Raises
    ------
    UsageError
        If a key lies on lines, or a key or day is not valid.
    """
    asked = ask(db, by, period, title, PARCELS)
    if strange := [k for k in asked.keys if k not in (*PARCEL_KEYS, *DAY_KEYS)]:
        valid = (*PARCEL_KEYS, *DAY_KEYS)
        raise UsageError(
            ja=f"荷物は {'、'.join(strange)} では分けられません。"
            f"使えるキーは {'、'.join(valid)} です。",
            en=f"A parcel has no {', '.join(strange)}; valid keys are {', '.join(valid)}.",
        )
    return asked


def parcel_steps(keys: Sequence[str], snapshot: Snapshot) -> list[Step]:
    """Return the steps ``parcels``, one row per parcel that ends a delivery, and ``carried``.

    ``shipment_id`` names the delivery by its first parcel and ``parcel_id`` its last one: what was
    promised and when it began is the first one's, where it stands and who carries it the last's,
    and so is what is promised by now (``current_day``). ``failed`` are the lost and returned ones,
    those whose loss was accepted (:mod:`rakustats.marts.losses`) among them. It was looked at up to
    ``seen_until``, by exports alone up to ``slice_until``. One that left a list of open parcels had
    ended, nobody says how, at ``left_by``; ``last_list`` is the last without it. Needs
    :data:`TABLES`.
    """
    losses = loss_steps(snapshot)
    return [*CHAINS, *losses, ("parcels", _parcels(keys)), ("carried", _CARRIED)]


def _parcels(keys: Sequence[str]) -> str:
    items = "".join(
        f", coalesce(s.{k}, m.{k}) AS {k}" for k in keys if k in PARCEL_KEYS and k != "leg"
    )
    first = (
        "coalesce(m.promised_original_{0}, m.promised_{0}, s.promised_original_{0}, s.promised_{0})"
    )
    last = (
        "coalesce(s.promised_{0}, s.promised_original_{0}, m.promised_{0}, m.promised_original_{0})"
    )
    return f"""\
SELECT coalesce(r.root_id, s.shipment_id) AS shipment_id, s.shipment_id AS parcel_id,
  coalesce(s.order_no, m.order_no) AS order_no, s.leg{items},
  coalesce(m.requested_day, s.requested_day) AS requested_day,
  coalesce(m.shipped_day, s.shipped_day) AS shipped_day,
  {_VOID.format("s")} AS void, ({_FAILED.format("s")} OR x.parcel_id IS NOT NULL) AS failed,
  CASE WHEN {_FAILED.format("s")} THEN s.delivered_day
    ELSE coalesce(s.first_attempt_day, s.delivered_day) END AS arrival_day,
  coalesce(s.state = 'delivered', FALSE) AS delivered,
  {_FAILED_AT} AS failed_at, {_FAILED_DAY} AS failed_day,
  (coalesce({is_own("s.carrier")}, FALSE) OR coalesce({is_own("s.ship_method")}, FALSE)) AS own,
  {first.format("day")} AS promise_day, {first.format("until")} AS promise_until,
  {last.format("day")} AS current_day, {last.format("until")} AS current_until,
  coalesce(m.promised_original_day, s.promised_original_day) AS original_day,
  s.utc_offset, s.seen_until, least(s.exported_at, s.seen_until) AS slice_until,
  q.left_by, q.last_list
FROM shipments s
LEFT JOIN shipments_left q ON q.shipment_id = s.shipment_id
LEFT JOIN roots r ON r.shipment_id = s.shipment_id
LEFT JOIN shipments m ON m.shipment_id = r.root_id
LEFT JOIN lost_parcels x ON x.parcel_id = s.shipment_id
WHERE NOT EXISTS (SELECT 1 FROM continued k WHERE k.parent_id = s.shipment_id)"""
