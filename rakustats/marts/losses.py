"""Accepted losses: parcels and lines whose non-arrival a closed claim has made good.

What was made good is awaited by nobody, whatever the parcel's own export still says. A loss is
accepted from the day on which its claim is both closed and made good:

* a refund that names the claim, or a share of one, was paid. One that names an order alone may pay
  for anything. Paid short or in part counts too: what is missing is owed, and a matter of refunds;
* or the claim ended in sending the goods again, and an order that replaces them was begun.

Refused and withdrawn claims make nothing good, and a closed one that nobody paid leaves all open.
"""

from __future__ import annotations

from rakustats.engine.steps import Step
from rakustats.store.asof import Snapshot

#: What a snapshot has to hold besides orders, lines, parcels and their contents.
LOSS_TABLES = ("claims", "refunds", "refund_allocations")

_PAID = "coalesce(r.amount_paid > 0, r.paid_at IS NOT NULL OR r.confirmed_at IS NOT NULL)"
#: Nothing tells that it arrived: what is found again is not lost.
_CAME = "(came_at IS NOT NULL OR undated)"

# grain: one claim and what made it good; where no export says when, the claim's closing does
_MADE_GOOD = f"""\
SELECT r.claim_id, coalesce(r.paid_at, r.confirmed_at) AS good_at
FROM refunds r WHERE r.claim_id IS NOT NULL AND {_PAID}
UNION ALL
SELECT a.claim_id, coalesce(a.paid_at, r.paid_at, r.confirmed_at) AS good_at
FROM refund_allocations a LEFT JOIN refunds r ON r.refund_id = a.refund_id
WHERE coalesce(a.amount > 0, TRUE)
  AND (a.paid_at IS NOT NULL OR (r.refund_id IS NOT NULL AND {_PAID}))
UNION ALL
SELECT c.claim_id, coalesce(o.submitted_at, o.paid_at, o.purchased_at) AS good_at
FROM claims c
JOIN orders o ON o.replacement_of = c.order_no
LEFT JOIN order_lines n ON n.order_no = o.order_no
LEFT JOIN order_lines l ON l.order_no = c.order_no AND l.line_no = c.line_no
WHERE c.resolution IN ('resend', 'exchange')
  AND coalesce(coalesce(o.submitted_at, o.paid_at, o.purchased_at)
    >= coalesce(c.opened_at, c.detected_at), TRUE)
  AND (n.item_id IS NULL OR l.item_id IS NULL OR n.item_id = l.item_id)"""

# grain: one claim by which a loss was accepted; an order's only line need not be named
_ACCEPTED = """\
SELECT c.claim_id, c.order_no, coalesce(c.line_no, o.line_no) AS line_no, c.shipment_id,
  coalesce(c.opened_at, c.detected_at, c.closed_at) AS told_at,
  greatest(c.closed_at, g.good_at) AS accepted_at
FROM claims c
JOIN (SELECT claim_id, min(good_at) AS good_at FROM made_good GROUP BY claim_id) g
  ON g.claim_id = c.claim_id
LEFT JOIN (SELECT order_no, min(line_no) AS line_no FROM order_lines
  GROUP BY order_no HAVING count(*) = 1) o ON o.order_no = c.order_no
WHERE c.kind = 'non_arrival' AND c.closed_at IS NOT NULL
  AND coalesce(c.resolution, '') NOT IN ('rejected', 'withdrawn')"""

# grain: one parcel that ends a delivery, with the first of its chain
_ENDS = """\
SELECT s.shipment_id AS parcel_id, coalesce(r.root_id, s.shipment_id) AS root_id, s.order_no,
  coalesce(m.requested_at, m.shipped_at, s.requested_at, s.shipped_at) AS begun_at,
  coalesce(s.first_attempt_at, s.delivered_at) AS came_at,
  coalesce(s.state = 'delivered', FALSE) AS undated
FROM shipments s
LEFT JOIN roots r ON r.shipment_id = s.shipment_id
LEFT JOIN shipments m ON m.shipment_id = r.root_id
WHERE coalesce(s.state, '') <> 'void'
  AND NOT EXISTS (SELECT 1 FROM continued k WHERE k.parent_id = s.shipment_id)"""

# grain: one claim that names no parcel
_UNNAMED = "SELECT * FROM accepted WHERE shipment_id IS NULL AND order_no IS NOT NULL"

# grain: one parcel that ends a delivery and line of a claimed order in it
_ABOARD = """\
SELECT e.parcel_id, c.order_no, c.line_no FROM (
  SELECT l.* FROM shipment_lines l
  WHERE EXISTS (SELECT 1 FROM unnamed a WHERE a.order_no = l.order_no)) c
JOIN chain_ends e ON e.parcel_id = c.shipment_id
UNION
SELECT e.parcel_id, c.order_no, c.line_no FROM (
  SELECT l.* FROM shipment_lines l
  WHERE EXISTS (SELECT 1 FROM unnamed a WHERE a.order_no = l.order_no)) c
JOIN chain_ends e ON e.root_id = c.shipment_id"""

# grain: one parcel of a claimed order of which nobody says what is in it
_BARE = """\
SELECT e.parcel_id, e.order_no FROM chain_ends e
WHERE EXISTS (SELECT 1 FROM unnamed a WHERE a.order_no = e.order_no)
  AND NOT EXISTS (SELECT 1 FROM aboard b WHERE b.parcel_id = e.parcel_id)"""

# grain: one claim that names its parcel, and parcel that ends that delivery
_NAMED = """\
SELECT a.accepted_at, e.parcel_id FROM accepted a JOIN chain_ends e ON e.parcel_id = a.shipment_id
UNION ALL
SELECT a.accepted_at, e.parcel_id FROM accepted a
LEFT JOIN roots r ON r.shipment_id = a.shipment_id
JOIN chain_ends e ON e.root_id = coalesce(r.root_id, a.shipment_id)
WHERE NOT EXISTS (SELECT 1 FROM chain_ends x WHERE x.parcel_id = a.shipment_id)"""

# grain: one claim that names no parcel, and what it may be about: a parcel that was on its way when
# it was made and had not come when it was settled, or a line that is in no parcel
_POSSIBLE = f"""\
SELECT a.claim_id, a.accepted_at, e.parcel_id, CAST(NULL AS STRING) AS order_no,
  CAST(NULL AS STRING) AS line_no
FROM (
  SELECT a.*, l.parcel_id FROM unnamed a JOIN aboard l
    ON l.order_no = a.order_no AND l.line_no = coalesce(a.line_no, l.line_no)
  UNION SELECT a.*, b.parcel_id FROM unnamed a JOIN bare b ON b.order_no = a.order_no) a
JOIN chain_ends e ON e.parcel_id = a.parcel_id
WHERE (e.begun_at IS NULL OR e.begun_at <= a.told_at)
  AND NOT ({_CAME} AND coalesce(e.came_at <= a.accepted_at, TRUE))
UNION ALL
SELECT a.claim_id, a.accepted_at, NULL AS parcel_id, l.order_no, l.line_no
FROM unnamed a
JOIN order_lines l ON l.order_no = a.order_no AND l.line_no = coalesce(a.line_no, l.line_no)
WHERE NOT EXISTS (SELECT 1 FROM bare b WHERE b.order_no = l.order_no)
  AND NOT EXISTS (SELECT 1 FROM shipment_lines c
    WHERE c.order_no = l.order_no AND c.line_no = l.line_no)"""

# a claim of which nobody can tell what it is about makes nothing lost
_CERTAIN = "SELECT * FROM possible QUALIFY count(*) OVER (PARTITION BY claim_id) = 1"

# grain: one parcel that ends a delivery
_PARCELS = f"""\
SELECT e.parcel_id, min(p.accepted_at) AS accepted_at
FROM (
  SELECT accepted_at, parcel_id FROM named
  UNION ALL SELECT accepted_at, parcel_id FROM certain WHERE parcel_id IS NOT NULL) p
JOIN chain_ends e ON e.parcel_id = p.parcel_id
WHERE NOT {_CAME} GROUP BY e.parcel_id"""

# grain: one line, whichever parcel was to bring it; goods that came in later were found again
_LINES = """\
SELECT l.order_no, l.line_no, min(p.accepted_at) AS accepted_at
FROM (
  SELECT accepted_at, order_no, line_no FROM accepted WHERE line_no IS NOT NULL
  UNION ALL SELECT accepted_at, order_no, line_no FROM certain WHERE line_no IS NOT NULL) p
JOIN order_lines l ON l.order_no = p.order_no AND l.line_no = p.line_no
WHERE NOT coalesce(greatest(l.arrived_at, l.stored_at) > p.accepted_at, FALSE)
GROUP BY l.order_no, l.line_no"""

_LOSSES: list[Step] = [
    ("made_good", _MADE_GOOD),
    ("accepted", _ACCEPTED),
    ("chain_ends", _ENDS),
    ("named", _NAMED),
    ("unnamed", _UNNAMED),
    ("aboard", _ABOARD),
    ("bare", _BARE),
    ("possible", _POSSIBLE),
    ("certain", _CERTAIN),
    ("lost_parcels", _PARCELS),
    ("lost_lines", _LINES),
]


def loss_steps(snapshot: Snapshot) -> list[Step]:
    """Return the steps to ``lost_parcels`` and ``lost_lines``, each with ``accepted_at``.

    They need the chains of parcels. Without any claim they are plainly empty, as to plan all this
    takes as long as a small question itself.
    """
    if snapshot.holds("claims"):
        return _LOSSES
    line = "CAST(NULL AS STRING) AS order_no, CAST(NULL AS STRING) AS line_no"
    nothing = "CAST(NULL AS TIMESTAMP) AS accepted_at WHERE 1 = 0"
    return [
        ("lost_parcels", f"SELECT CAST(NULL AS STRING) AS parcel_id, {nothing}"),
        ("lost_lines", f"SELECT {line}, {nothing}"),
    ]
