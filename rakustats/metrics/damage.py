"""How often received goods turn out damaged or defective."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, timedelta

from rakustats.config import settings
from rakustats.engine.database import Database
from rakustats.errors import UsageError
from rakustats.metrics.cancelled import CANCELLED
from rakustats.metrics.keys import (
    DAY_KEYS,
    PARCEL_KEYS,
    cohort,
    day_columns,
    group_keys,
    key_columns,
    key_names,
)
from rakustats.metrics.rates import Question, Step, rate_result
from rakustats.not_trade import is_test
from rakustats.results import Phrase, Result, phrase
from rakustats.schema import tables
from rakustats.store.asof import literal

TABLES = ("orders", "order_lines", "shipments", "shipment_lines", "claims", "cancellations")
EXCLUDED = ("cancelled", "replacement", "no_quantity", "test")
EXTRA = {"n_recent": "status = 'matured' AND recent"}
LINE_RECEIVED = ("received_wh", "inspecting", "problem", "stored", "delivery_requested", "closed")
ORDER_RECEIVED = ("inspecting", "stored", "delivery_requested", "closed")


def damage_rates(
    db: Database,
    by: str | Sequence[str] | None = None,
    *,
    since: str | date | None = None,
    until: str | date | None = None,
    as_of: str | date | datetime | None = None,
    kinds: Sequence[str] = ("damaged", "defective"),
    found: str | Sequence[str] | None = None,
) -> Result:
    """Return how often received order lines were claimed damaged or defective, by group.

    A line has an event if a claim of one of ``kinds`` that was not withdrawn concerns it: by its
    number, or by its shipment, or by its order where that has one line only. With ``"defective"``
    among the kinds, defective pieces counted at the warehouse are an event too.

    Parameters
    ----------
    db : Database
        From :func:`rakustats.connect`.
    by : str or sequence of str, optional
        Keys: seller, carrier, ship_method, mode, origin_region, dest_region, category, platform,
        month, closure, leg. A line that came in parcels of two carriers counts once for each; the
        parcels of the final leg count, or those of the first where there are no others.
    since, until : str or date, optional
        Days of purchase (else payment, else submission of the order), until exclusive.
    as_of : str, date or datetime, optional
        Look at what was known then; the database's own as-of by default.
    kinds : sequence of str
        Kinds of claim that count.
    found : str or sequence of str, optional
        Count only what came to light at these stages, such as ``"warehouse"`` or ``"delivery"``.

    Returns
    -------
    Result
        One row per group, sorted by the keys: the keys (``seller_name`` beside ``seller_id``),
        ``n`` (lines received), ``events`` (lines claimed), ``rate``, ``estimate`` (rate drawn to
        the common one), ``lo``, ``hi`` (90 % interval of the estimate), ``n_open`` (not received
        yet), ``n_excluded`` (sum of ``n_cancelled``, ``n_replacement``, ``n_no_quantity``,
        ``n_test``: a test or a sample by its title or remark),
        ``n_recent`` (those of ``n`` received so recently that claims may still come).
        Rates are NULL where ``n`` is 0.

    Raises
    ------
    UsageError
        If a key, kind, stage or day is not valid, or no export brought anything that could tell.

    Examples
    --------
    >>> bad = rs.damage_rates(db, by="seller", found="warehouse")
    >>> bad.n > 0
    True
    """
    kinds = _chosen(kinds, "kind")
    stages = None if found is None else _chosen(found, "stage_found")
    counted = "defective" in kinds and (stages is None or "warehouse" in stages)
    _require_source(db, counted)
    title = phrase(ja="破損・不良の割合（明細）", en="Damaged or defective (lines)")
    noun = phrase(ja="明細", en="lines")
    asked = Question(group_keys(by), cohort(since, until), db.look_back(as_of), title, noun)
    steps = [
        *asked.look.steps(TABLES),
        ("carried", "SELECT DISTINCT shipment_id, order_no, line_no FROM shipment_lines"),
        ("arrivals", _ARRIVALS),
        *_claimed(kinds, stages),
        *CANCELLED,
        ("lines", _lines(asked, counted)),
        *_keyed(asked),
        ("units", _units(asked)),
    ]
    return rate_result(db, asked, steps, EXCLUDED, EXTRA, [_ripening()])


def _chosen(values: str | Sequence[str], column: str) -> tuple[str, ...]:
    given = (values,) if isinstance(values, str) else tuple(values)
    valid = tables()["claims"][column].values
    unknown = [v for v in given if v not in valid]
    if unknown or not given:
        raise UsageError(f"Unknown {column} {', '.join(unknown)!r}; use {', '.join(valid)}.")
    return given


def _require_source(db: Database, counted: bool) -> None:
    """Refuse to call goods sound only because nobody told of any trouble."""
    if db.count("claims", "claim_id") or (counted and db.count("order_lines", "qty_defective")):
        return
    pieces = " and order_lines.qty_defective is empty" if counted else ""
    raise UsageError(
        f"No claim was loaded{pieces}, so damage is unknown, not zero. Load the agency's claims"
        " (トラブル種類) or inspection results (不良数)."
    )


def _ripening() -> Phrase:
    days = settings().claim_lag_days
    return phrase(
        ja=f"入荷後 {days} 日未満の明細（n_recent）にはこれから申告が出ることがある。",
        en=f"Claims may still come for lines received less than {days} days ago (n_recent).",
    )


# grain: one line that lies in a parcel of the final leg that arrived
_ARRIVALS = """\
SELECT c.order_no, c.line_no, max(s.delivered_at) AS delivered_at
FROM carried c JOIN shipments s ON s.shipment_id = c.shipment_id
WHERE s.leg IS DISTINCT FROM 1 AND (s.delivered_at IS NOT NULL OR s.state = 'delivered')
GROUP BY c.order_no, c.line_no"""


def _claimed(kinds: Sequence[str], stages: Sequence[str] | None) -> list[Step]:
    """Lines that a claim concerns, by their own number, their parcel or their only order."""
    stage = "" if stages is None else f" AND stage_found IN ({_texts(stages)})"
    valid = f"""\
SELECT order_no, line_no, shipment_id FROM claims
WHERE kind IN ({_texts(kinds)}) AND coalesce(resolution, '') <> 'withdrawn'{stage}"""
    lines = """\
SELECT order_no, line_no FROM valid_claims WHERE order_no IS NOT NULL AND line_no IS NOT NULL
UNION
SELECT c.order_no, c.line_no FROM valid_claims v
JOIN carried c ON c.shipment_id = v.shipment_id WHERE v.line_no IS NULL
UNION
SELECT l.order_no, min(l.line_no) AS line_no FROM order_lines l
JOIN (SELECT DISTINCT order_no FROM valid_claims
  WHERE line_no IS NULL AND shipment_id IS NULL) v ON v.order_no = l.order_no
GROUP BY l.order_no HAVING count(*) = 1"""
    return [("valid_claims", valid), ("lines_bad", lines)]


def _texts(values: Sequence[str]) -> str:
    return ", ".join(f"'{value}'" for value in values)


def _lines(asked: Question, counted: bool) -> str:
    """One row per line: whether its goods came, whether they were bad, and its cohort day."""
    defective = " OR coalesce(l.qty_defective, 0) > 0" if counted else ""
    return f"""\
SELECT l.order_no, l.line_no{key_columns(asked.keys, line="l")},
  coalesce(o.purchased_day, o.paid_day, o.submitted_day) AS cohort_day,
  (l.arrived_at IS NOT NULL OR l.stored_at IS NOT NULL OR coalesce(l.qty_received, 0) > 0
    OR a.line_no IS NOT NULL OR coalesce(l.state IN ({_texts(LINE_RECEIVED)}), FALSE)
    OR coalesce(o.state IN ({_texts(ORDER_RECEIVED)}), FALSE)) AS received,
  greatest(l.arrived_at, l.stored_at, a.delivered_at) AS received_at,
  (b.line_no IS NOT NULL{defective}) AS event,
  (oc.order_no IS NOT NULL OR lc.order_no IS NOT NULL
    OR coalesce(l.state IN ('cancelled', 'refund_pending', 'refunded'), FALSE)) AS called_off,
  o.replacement_of IS NOT NULL AS replacement, coalesce(l.qty_ordered = 0, FALSE) AS no_quantity,
  coalesce({is_test("l.item_title", "l.remark")}, FALSE) AS test
FROM order_lines l
LEFT JOIN orders o ON o.order_no = l.order_no
LEFT JOIN arrivals a ON a.order_no = l.order_no AND a.line_no = l.line_no
LEFT JOIN lines_bad b ON b.order_no = l.order_no AND b.line_no = l.line_no
LEFT JOIN orders_cancelled oc ON oc.order_no = l.order_no
LEFT JOIN lines_cancelled lc ON lc.order_no = l.order_no AND lc.line_no = l.line_no"""


def _keyed(asked: Question) -> list[Step]:
    """One row per line and the keys of the parcels that carried it."""
    parcel = [k for k in asked.keys if k in PARCEL_KEYS]
    if not parcel:
        return [("keyed", "SELECT * FROM lines")]
    columns = ", ".join(f"s.{k}" for k in parcel)
    carriers = f"""\
SELECT DISTINCT c.order_no, c.line_no, {columns}
FROM carried c JOIN shipments s ON s.shipment_id = c.shipment_id
QUALIFY dense_rank() OVER (PARTITION BY c.order_no, c.line_no
  ORDER BY CASE WHEN s.leg IS DISTINCT FROM 1 THEN 0 ELSE 1 END) = 1"""
    keyed = f"""\
SELECT l.*, {", ".join(f"p.{k}" for k in parcel)} FROM lines l
LEFT JOIN line_carriers p ON p.order_no = l.order_no AND p.line_no = l.line_no"""
    return [("line_carriers", carriers), ("keyed", keyed)]


def _units(asked: Question) -> str:
    recent = literal(asked.look.moment - timedelta(days=settings().claim_lag_days))
    no_day = "WHEN cohort_day IS NULL THEN 'no_day' " if asked.days.bounded else ""
    plain = [k for k in asked.keys if k not in DAY_KEYS]
    return f"""\
SELECT {key_names(plain)}event, coalesce(received_at > {recent}, FALSE) AS recent,
  CASE {no_day}WHEN replacement THEN 'replacement' WHEN no_quantity THEN 'no_quantity'
    WHEN test THEN 'test' WHEN received THEN 'matured'
    WHEN called_off THEN 'cancelled' ELSE 'open' END AS status\
{day_columns(asked.keys, "cohort_day")}
FROM keyed WHERE {asked.days.where("cohort_day")}"""
