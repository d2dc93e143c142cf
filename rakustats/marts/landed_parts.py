"""The parts of a line's cost in yen, each with the column that is missing where it is unknown."""

from __future__ import annotations

from rakustats.engine.steps import Step
from rakustats.marts.losses import loss_steps
from rakustats.marts.money import in_yen
from rakustats.marts.parcels import CHAINS
from rakustats.marts.received import texts
from rakustats.marts.troubles import JAPAN
from rakustats.store.asof import Snapshot

# What a part is made of, as reported where it is unknown.
PARTS = {
    "goods_jpy": "order_lines.unit_price_cny, orders.fx_rate",
    "domestic_jpy": "orders.domestic_freight_cny",
    "fee_jpy": "orders.service_fee_jpy",
    "international_jpy": "shipments.freight_jpy, shipment_lines.qty",
    "recovered_jpy": "claims.amount_granted",
}
_BAD = ("damaged", "defective", "wrong_item", "short")

# grain: one parcel of the final leg, named by the first of its chain
_FINAL = """\
SELECT s.shipment_id, coalesce(r.root_id, s.shipment_id) AS root_id, s.freight_jpy,
  s.delivered_at IS NOT NULL OR coalesce(s.state = 'delivered', FALSE) AS delivered,
  s.lost_at IS NOT NULL OR s.returned_at IS NOT NULL
    OR coalesce(s.state IN ('lost', 'returned'), FALSE) OR x.parcel_id IS NOT NULL AS failed,
  k.parent_id IS NULL AS is_last
FROM shipments s
LEFT JOIN lost_parcels x ON x.parcel_id = s.shipment_id
LEFT JOIN roots r ON r.shipment_id = s.shipment_id
LEFT JOIN (SELECT DISTINCT parent_id FROM continued) k ON k.parent_id = s.shipment_id
WHERE s.leg IS DISTINCT FROM 1 AND coalesce(s.state, '') <> 'void'"""

# grain: one delivery; parcels that carry on state what is paid besides, or the freight again, whole
# or in parts
_DELIVERIES = """\
SELECT root_id, CAST(CASE WHEN sum(freight_jpy) FILTER (WHERE NOT is_first AND NOT again)
      = max(of_first) THEN max(of_first)
    ELSE sum(freight_jpy) FILTER (WHERE is_first OR NOT again) END AS DOUBLE) AS freight,
  bool_and(delivered AND NOT failed) FILTER (WHERE is_last) AS delivered,
  bool_and(delivered OR failed) FILTER (WHERE is_last) AS over
FROM (
  SELECT *, shipment_id = root_id AS is_first, coalesce(freight_jpy = of_first, FALSE) AS again
  FROM (
    SELECT *, max(CASE WHEN shipment_id = root_id THEN freight_jpy END)
      OVER (PARTITION BY root_id) AS of_first
    FROM final_leg) f) g
GROUP BY root_id"""

# grain: one line in one delivery; stated on its first parcel, on the last ones, or on both
_SHARES = """\
SELECT f.root_id, c.order_no, c.line_no, count(*) = count(c.qty) AS counted,
  greatest(coalesce(sum(c.qty) FILTER (WHERE f.shipment_id = f.root_id), 0),
    coalesce(sum(c.qty) FILTER (WHERE f.is_last), 0)) AS pieces
FROM shipment_lines c JOIN final_leg f ON f.shipment_id = c.shipment_id
GROUP BY f.root_id, c.order_no, c.line_no"""

# grain: one line; a delivery of which any line's pieces are unknown cannot be shared
_CARRIED_FOR = """\
SELECT s.order_no, s.line_no, bool_and(d.over) AS over,
  CASE WHEN bool_and(s.all_counted) THEN sum(CASE WHEN d.delivered THEN s.pieces ELSE 0 END) END
    AS pieces,
  CASE WHEN bool_and(s.all_counted AND d.freight IS NOT NULL)
    THEN sum(d.freight * s.pieces / nullif(s.all_pieces, 0)) END AS international_jpy
FROM (SELECT *, bool_and(counted) OVER (PARTITION BY root_id) AS all_counted,
    CAST(sum(pieces) OVER (PARTITION BY root_id) AS DOUBLE) AS all_pieces FROM line_shares) s
JOIN final_deliveries d ON d.root_id = s.root_id
GROUP BY s.order_no, s.line_no"""


def landed_steps(snapshot: Snapshot, *, returns: bool) -> list[Step]:
    """Return the steps that end in ``landed_parts``, one row per line.

    They need ``lines``, the links of claims to lines and the tables of losses. ``returns``: whether
    any export brings costs of sending back, so that a blank one means none.
    """
    return [
        *CHAINS,
        *loss_steps(snapshot),
        ("final_leg", _FINAL),
        ("final_deliveries", _DELIVERIES),
        ("line_shares", _SHARES),
        ("carried_for", _CARRIED_FOR),
        ("brought_back", _brought_back(returns)),
        ("recovered", _RECOVERED),
        ("spoilt", _SPOILT),
        ("valued", _VALUED),
        ("shared", _SHARED),
        ("parts", _PARTS),
        ("landed_parts", _with_gaps()),
    ]


def _brought_back(returns: bool) -> str:
    """One row per claim and line that it may concern: what the claim brought, NULL if unknown."""
    granted = in_yen("c.amount_granted", "c.currency", "o.fx_rate")
    cost = in_yen("c.return_cost", "c.currency", "o.fx_rate")
    blank = "0.0" if returns else "CAST(NULL AS DOUBLE)"
    cost = f"CASE WHEN c.return_cost IS NULL THEN {blank} ELSE {cost} END"
    nothing = (
        "c.amount_granted = 0 OR (c.amount_granted IS NULL AND (c.decided_at IS NULL"
        " OR c.resolution NOT IN ('refund_full', 'refund_partial')))"
    )
    return f"""\
SELECT l.claim_id, l.order_no, l.line_no, l.sure, l.n_may,
  CASE WHEN {nothing} THEN 0.0 ELSE {granted} END
    - CASE WHEN c.decided_at IS NULL THEN 0.0 ELSE {cost} END AS net
FROM claim_candidates l
JOIN claims c ON c.claim_id = l.claim_id
LEFT JOIN orders o ON o.order_no = l.order_no"""


# grain: one line; what is for several lines, or for one of several, is shared equally among them
_RECOVERED = """\
SELECT order_no, line_no, bool_or(NOT sure AND coalesce(net <> 0, TRUE)) AS untold,
  CASE WHEN count(net) = count(*) THEN sum(net / n_may) END AS recovered_jpy
FROM brought_back GROUP BY order_no, line_no"""

# grain: one line with claims about goods that had reached Japan
_SPOILT = f"""\
SELECT c.order_no, c.line_no, CASE WHEN count(c.qty) = count(*) THEN sum(c.qty) END AS pieces,
  bool_or(NOT c.sure) AS untold
FROM (
  SELECT claim_id, order_no, line_no, stage_found, told_at, CAST(qty AS DOUBLE) AS qty, TRUE AS sure
  FROM claim_lines
  UNION ALL
  SELECT claim_id, order_no, line_no, stage_found, told_at, qty_share AS qty, FALSE AS sure
  FROM claim_candidates WHERE NOT sure) c
JOIN valid_claims v ON v.claim_id = c.claim_id
LEFT JOIN lines l ON l.order_no = c.order_no AND l.line_no = c.line_no
WHERE NOT v.withdrawn AND v.kind IN ({texts(_BAD)})
  AND (c.stage_found IN ({texts(JAPAN)})
    OR (c.stage_found IS NULL AND c.told_at >= l.delivered_first))
GROUP BY c.order_no, c.line_no"""

# grain: one line that was not cancelled, with its goods' value
_VALUED = """\
SELECT l.order_no, l.line_no, o.fx_rate, o.domestic_freight_cny, o.service_fee_jpy, l.delivered,
  coalesce(l.cancelled AND NOT l.delivered, FALSE) AS off,
  coalesce(o.completed_at IS NOT NULL OR o.state = 'closed' OR k.state IN ('closed', 'disposed'),
    FALSE) AS closed,
  CAST(k.unit_price_cny AS DOUBLE) * coalesce(k.qty_purchased, k.qty_ordered) AS value_cny
FROM lines l
JOIN order_lines k ON k.order_no = l.order_no AND k.line_no = l.line_no
LEFT JOIN orders o ON o.order_no = l.order_no"""

# grain: one line with its share of what is paid for the whole order
_SHARED = """\
SELECT v.*, CASE WHEN v.off THEN 0.0
    WHEN count(CASE WHEN NOT v.off AND v.value_cny IS NULL THEN 1 END) OVER mates > 0 THEN NULL
    WHEN sum(CASE WHEN v.off THEN 0.0 ELSE v.value_cny END) OVER mates > 0
      THEN v.value_cny / nullif(sum(CASE WHEN v.off THEN 0.0 ELSE v.value_cny END) OVER mates, 0)
    ELSE 1.0 / nullif(count(CASE WHEN NOT v.off THEN 1 END) OVER mates, 0) END AS share
FROM valued v WINDOW mates AS (PARTITION BY v.order_no)"""

_PARTS = """\
SELECT s.order_no, s.line_no, coalesce(c.over, s.closed) AS over,
  s.value_cny * CAST(s.fx_rate AS DOUBLE) AS goods_jpy,
  CASE WHEN s.domestic_freight_cny = 0 THEN 0.0
    ELSE s.share * CAST(s.domestic_freight_cny AS DOUBLE) * CAST(s.fx_rate AS DOUBLE) END
    AS domestic_jpy,
  CASE WHEN s.service_fee_jpy = 0 THEN 0.0 ELSE s.share * CAST(s.service_fee_jpy AS DOUBLE) END
    AS fee_jpy,
  CASE WHEN c.line_no IS NULL AND NOT s.delivered THEN 0.0 ELSE c.international_jpy END
    AS international_jpy,
  CASE WHEN r.line_no IS NULL THEN 0.0 ELSE r.recovered_jpy END AS recovered_jpy,
  CASE WHEN c.line_no IS NULL AND NOT s.delivered THEN 0
    WHEN b.line_no IS NULL THEN c.pieces
    WHEN c.pieces IS NOT NULL AND b.pieces IS NOT NULL THEN greatest(c.pieces - b.pieces, 0)
    END AS good_pieces,
  c.line_no IS NOT NULL AND c.pieces IS NULL AS uncounted,
  coalesce(r.untold, FALSE) OR coalesce(b.untold, FALSE) AS untold
FROM shared s
LEFT JOIN carried_for c ON c.order_no = s.order_no AND c.line_no = s.line_no
LEFT JOIN recovered r ON r.order_no = s.order_no AND r.line_no = s.line_no
LEFT JOIN spoilt b ON b.order_no = s.order_no AND b.line_no = s.line_no"""


def _with_gaps() -> str:
    gaps = ",\n  ".join(
        f"CASE WHEN {part} IS NULL THEN '{columns}' END AS {part}_missing"
        for part, columns in PARTS.items()
    )
    return f"""\
SELECT *, {gaps},
  CASE WHEN good_pieces IS NULL THEN CASE WHEN uncounted THEN 'shipment_lines.qty'
    ELSE 'claims.qty_affected' END END AS good_pieces_missing
FROM parts"""
