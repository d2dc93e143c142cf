"""Which orders and lines were called off, and when: the one reading of cancellations.

A cancellation is *accepted* if it was accepted or confirmed, if its outcome says so, or if the
state of its order or line does; *refused* if its outcome says so; else *pending*. Where no export
tells what became of any, each one on record is taken as accepted.

It concerns the line it names, else all lines of its order; one of a line without a number concerns
the only line of its order (of its shop there), or none that is known. Called off is what an
accepted one concerns, unless it was accepted in part only: then the rest of the line still comes.
"""

from __future__ import annotations

from rakustats.engine.steps import Step
from rakustats.store.asof import Snapshot

STATE_OFF = "coalesce({}.state IN ('cancelled', 'refund_pending', 'refunded'), FALSE)"
#: What tells that a cancellation was decided, and how.
VERDICTS = ("accepted_at", "confirmed_at", "outcome")
_AT = "min(coalesce(accepted_at, asked_at))"
_STOCK_OUT = ("stock_out", "out of stock", "在庫切れ", "欠品", "缺货", "断货", "无货")

# grain: one line that is its shop's only one in an order
_ONLY_LINES = """\
SELECT * FROM (
  SELECT order_no, seller_id, min(line_no) AS line_no, count(*) AS of_shop,
    sum(count(*)) OVER (PARTITION BY order_no) AS of_order
  FROM order_lines GROUP BY order_no, seller_id) s
WHERE of_shop = 1"""

# grain: one cancellation of a known order
_SUBJECTS = """\
SELECT c.*, coalesce(c.level, CASE WHEN c.line_no IS NULL THEN 'order' ELSE 'line' END) AS of_what,
  CASE WHEN c.level = 'line' THEN coalesce(c.line_no, s.line_no)
    WHEN c.level IS NULL THEN c.line_no END AS of_line
FROM cancellations c
LEFT JOIN only_lines s ON s.order_no = c.order_no
  AND ((c.seller_id IS NULL AND s.of_order = 1) OR c.seller_id = s.seller_id)
WHERE c.order_no IS NOT NULL"""

# grain: one order without a cancellation of its own; when it was called off nobody tells
_ORDERS = f"""\
SELECT order_no, {_AT} AS cancelled_at, FALSE AS by_state FROM cancel_requests
WHERE level <> 'line' AND verdict = 'accepted' AND NOT partial GROUP BY order_no
UNION ALL
SELECT o.order_no, CAST(NULL AS TIMESTAMP) AS cancelled_at, TRUE AS by_state FROM orders o
WHERE {STATE_OFF.format("o")} AND NOT EXISTS (
  SELECT 1 FROM cancel_requests c WHERE c.order_no = o.order_no)"""

# grain: one line, likewise
_LINES = f"""\
SELECT order_no, line_no, {_AT} AS cancelled_at, FALSE AS by_state FROM cancel_requests
WHERE level = 'line' AND line_no IS NOT NULL AND verdict = 'accepted' AND NOT partial
GROUP BY order_no, line_no
UNION ALL
SELECT l.order_no, l.line_no, CAST(NULL AS TIMESTAMP) AS cancelled_at, TRUE AS by_state
FROM order_lines l WHERE {STATE_OFF.format("l")} AND NOT EXISTS (
  SELECT 1 FROM cancel_requests c WHERE c.order_no = l.order_no AND c.line_no = l.line_no)"""


def request_steps(snapshot: Snapshot) -> list[Step]:
    """Return ``cancel_requests``: one row per cancellation of a known order, with its verdict.

    ``level`` is quote, order or line, ``line_no`` that of one of a line. ``cause`` is who is behind
    it: running out of stock is the seller's doing, whoever said so; ``told_seller`` the shop that
    a line number or a column names. They need orders and order lines.
    """
    stock_out = " OR ".join(
        f"lower(coalesce(concat_ws(' ', c.reason_code, c.reason_text), '')) LIKE '%{word}%'"
        for word in _STOCK_OUT
    )
    stands = "c.accepted_at IS NOT NULL OR c.confirmed_at IS NOT NULL"
    state = f"{STATE_OFF.format('o')} OR {STATE_OFF.format('l')}"
    requests = f"""\
SELECT c.cancellation_id, c.order_no, c.of_what AS level, c.of_line AS line_no,
  coalesce(k.seller_id, c.seller_id) AS told_seller, c.requested_by,
  coalesce(c.reason_code, c.reason_text) AS reason,
  CASE WHEN {stock_out} THEN 'seller' ELSE c.requested_by END AS cause,
  coalesce(c.requested_at, c.accepted_at, c.confirmed_at) AS asked_at,
  coalesce(c.accepted_at, c.confirmed_at) AS accepted_at, c.confirmed_at,
  coalesce(c.outcome = 'partial', FALSE) AS partial,
  CASE WHEN coalesce(c.outcome, '') IN ('refused', 'rejected') THEN 'refused'
    WHEN {stands} OR coalesce(c.outcome IN ('accepted', 'partial'), FALSE) OR {state}
      OR NOT {_told(snapshot)} THEN 'accepted'
    ELSE 'pending' END AS verdict,
  c.fee_amount, c.fee_currency, c.seen_until, c.utc_offset
FROM cancel_subjects c
LEFT JOIN orders o ON o.order_no = c.order_no
LEFT JOIN order_lines l ON l.order_no = c.order_no AND l.line_no = c.of_line
LEFT JOIN order_lines k ON k.order_no = c.order_no AND k.line_no = c.line_no"""
    return [
        ("only_lines", _ONLY_LINES),
        ("cancel_subjects", _SUBJECTS),
        ("cancel_requests", requests),
    ]


def cancelled_steps(snapshot: Snapshot) -> list[Step]:
    """Return ``cancel_requests``, ``orders_cancelled`` and ``lines_cancelled``.

    ``cancelled_at`` is NULL and ``by_state`` true where only a state shows that it was called off.
    """
    return [
        *request_steps(snapshot),
        ("orders_cancelled", _ORDERS),
        ("lines_cancelled", _LINES),
    ]


def _told(snapshot: Snapshot) -> str:
    """Return the SQL of whether any export, of whatever day, tells what became of cancellations."""
    source = snapshot.source("cancellations", False)
    if source is None:
        return "FALSE"
    return f"((SELECT {' + '.join(f'count({name})' for name in VERDICTS)} FROM {source}) > 0)"
