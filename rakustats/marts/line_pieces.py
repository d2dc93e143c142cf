"""Pieces of an order line: how many are wanted, and how many lie in parcels of a leg.

As SQL on ``order_lines l``, ``orders o`` and the steps of :data:`PIECES`, ``lines_off x`` among
them, which need ``cancel_requests``. A line of which a leg's parcels bring only a part has a rest
that is still to come.
"""

from __future__ import annotations

from rakustats.engine.steps import Step
from rakustats.marts.received import THERE

# grain: one line in one parcel; where pieces are given both by box and in all, they are the same
_LOADS = """\
SELECT shipment_id, order_no, line_no, CAST(greatest(
  sum(qty) FILTER (WHERE box_no IS NOT NULL), sum(qty) FILTER (WHERE box_no IS NULL)) AS INT) AS qty
FROM shipment_lines GROUP BY shipment_id, order_no, line_no"""

# grain: one line of which some pieces were called off, the others not
_OFF = """\
SELECT DISTINCT order_no, line_no, TRUE AS in_part FROM cancel_requests
WHERE level = 'line' AND line_no IS NOT NULL AND verdict = 'accepted' AND partial"""

PIECES: list[Step] = [("loads", _LOADS), ("lines_off", _OFF)]

#: Joins to a line ``c`` in a parcel ``p``, and its pieces there: the parcel's own, else those of
#: the first one of its chain.
LOADED = """\
LEFT JOIN loads own ON own.shipment_id = p.parcel_id AND own.order_no = c.order_no
  AND own.line_no = c.line_no
LEFT JOIN loads first ON first.shipment_id = p.shipment_id AND first.order_no = c.order_no
  AND first.line_no = c.line_no"""
QTY = "coalesce(own.qty, first.qty)"

#: Pieces ordered and not called off, NULL if unknown.
NEED = """\
CASE WHEN x.in_part AND l.qty_purchased < l.qty_ordered THEN l.qty_purchased
    ELSE l.qty_ordered END"""
CLOSED = "(o.completed_at IS NOT NULL OR coalesce(o.state = 'closed', FALSE))"
_STORED = f"(l.stored_at IS NOT NULL OR {THERE})"

# What the warehouse found short, bad or wrong is not sent on: claims and refunds settle it.
_TO_SEND = f"""\
CASE WHEN l.stored_at IS NOT NULL OR {CLOSED}
    THEN least({NEED} - coalesce(l.qty_short, 0), coalesce(l.qty_received, {NEED}))
    ELSE {NEED} - coalesce(l.qty_short, 0) END
  - coalesce(l.qty_defective, 0) - coalesce(l.qty_wrong, 0)"""
# What the warehouse put on the shelf has come there, whatever parcels say of it.
_TO_FETCH = f"""\
CASE WHEN l.qty_received >= {NEED} OR (l.qty_received IS NULL AND {_STORED}) THEN 0
    ELSE {NEED} END"""


def rest_steps(on_leg: str) -> list[Step]:
    """Return ``lines_in_part``: lines of which a leg's parcels bring fewer pieces than it has to.

    It has the last promise of these parcels, ``closed`` where nothing is to come any more, and
    ``closed_at``. Lines with a parcel whose pieces nobody counted are not known to be in part.
    ``on_leg`` is the condition on ``line_parcels p`` and ``order_lines l``.
    """
    promises = ", ".join(
        f"max(p.{name}) AS {name}"
        for name in ("promise_day", "promise_until", "current_day", "current_until")
    )
    aboard = f"""\
SELECT l.order_no, l.line_no, sum(p.qty) AS qty, bool_or(p.qty IS NULL) AS unknown,
  bool_and(p.leg = 1) AS first_leg, {promises}
FROM line_parcels p JOIN order_lines l ON l.order_no = p.of_order AND l.line_no = p.line_no
WHERE NOT p.void AND {on_leg} GROUP BY l.order_no, l.line_no"""
    in_part = f"""\
SELECT b.*, {CLOSED} AS closed, o.completed_at AS closed_at
FROM aboard_leg b
JOIN order_lines l ON l.order_no = b.order_no AND l.line_no = b.line_no
LEFT JOIN orders o ON o.order_no = b.order_no
LEFT JOIN lines_off x ON x.order_no = b.order_no AND x.line_no = b.line_no
WHERE NOT b.unknown AND b.qty < CASE WHEN coalesce(b.first_leg, FALSE) THEN {_TO_FETCH}
  WHEN {CLOSED} THEN least({_TO_SEND}, l.qty_shipped) ELSE {_TO_SEND} END"""
    return [("aboard_leg", aboard), ("lines_in_part", in_part)]
