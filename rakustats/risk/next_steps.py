"""Recommended actions for open deliveries, in the order of the buyer's procedure.

Confirmation and payment first, then the stage, then tracking and promise, then the agency, then the
carrier, and a claim where it is overdue for long or silent as if lost.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from rakustats.config.settings import settings
from rakustats.i18n.phrases import Phrase, phrase
from rakustats.schema.shipped import shipped_values

Row = Mapping[str, Any]
LONGEST_TITLE = 30


class NextStep(NamedTuple):
    """A step: its code, who has the delivery in hand, and the sentence."""

    code: str
    owner: str
    text: Phrase


class _Reason(NamedTuple):
    step: str
    why: str = ""
    days: int = 0


def next_step(row: Row) -> NextStep:
    """Return the step for one open delivery.

    Parameters
    ----------
    row : mapping
        ``order_no``, ``item_title``, ``tracking_no``, ``leg``, ``stage``, ``mode``,
        ``days_overdue`` (below 0 before the promise), ``silence_days`` (None where its carrier
        never scans), ``paid``, ``freight_due``, ``claim_open``, ``claim_days_left`` and
        ``probability``; each may be None.

    Examples
    --------
    >>> next_step({"order_no": "P1", "stage": "in_transit", "days_overdue": 20}).code
    'claim'
    """
    found = _reason(row)
    return NextStep(found.step, owner(row), _told(found, row))


def owner(row: Row) -> str:
    """Return who has the delivery in hand."""
    first, stage = row.get("leg") == 1, row.get("stage")
    if stage == "to_ship":
        return "customer" if row.get("freight_due") else "seller" if first else "agency"
    if first:
        return "leg1_carrier"
    return {"customs": "customs", "last_mile": "jp_carrier"}.get(str(stage), "leg2_carrier")


def _reason(row: Row) -> _Reason:
    when = shipped_values("risk", "next_steps.toml")["when"]
    overdue, silent = row.get("days_overdue"), row.get("silence_days")
    left, p = row.get("claim_days_left"), row.get("probability")
    shipped = row.get("stage") not in (None, "to_ship")
    in_japan = row.get("leg") != 1 and row.get("stage") in ("customs", "last_mile")
    if row.get("claim_open"):
        return _Reason("follow_claim")
    if left is not None and 0 <= left <= when["claim_ends"]:
        return _Reason("claim", "window", int(left))
    if shipped and silent is not None and silent >= _lost_after(row):
        return _Reason("claim", "lost", int(silent))
    if overdue is not None and overdue >= when["long_overdue"]:
        return _Reason("claim", "overdue", int(overdue))
    if row.get("paid") is False:
        return _Reason("confirm_order", "unpaid")
    if row.get("freight_due"):
        return _Reason("pay_freight")
    if overdue is not None and overdue >= 0:
        late = overdue >= when["overdue"] and shipped and row.get("tracking_no")
        if in_japan or (late and row.get("leg") != 1):
            return _Reason("ask_carrier", "overdue", int(overdue))
        return _Reason("ask_agency", "overdue", int(overdue))
    if shipped and silent is not None and silent >= when["silent"]:
        step = "ask_carrier" if in_japan and row.get("tracking_no") else "ask_agency"
        return _Reason(step, "silent", int(silent))
    if p is not None and p >= when["likely"]:
        if shipped:
            return (
                _Reason("check_tracking", "likely")
                if row.get("tracking_no")
                else _Reason("ask_agency", "unknown")
            )
        return _Reason("see_stage", "likely")
    return _Reason("wait")


def _lost_after(row: Row) -> int:
    wait = settings().silence
    return {"air": wait.air, "sea": wait.sea}.get(str(row.get("mode")), wait.other)


def _told(found: _Reason, row: Row) -> Phrase:
    text, why = shipped_values("risk", "next_steps.toml")["steps"][found.step], _why(found)
    p, s = row.get("probability"), "" if found.days == 1 else "s"
    # what is not certain is not said to be: 99.6 % is 99
    percent = "?" if p is None else min(round(100 * p), 99)
    numbers = {"days": found.days, "s": s, "percent": percent}
    number = _plain(row.get("tracking_no"))
    due = row.get("due_day")
    made = {}
    for lang, tracking, alone, until in (
        ("ja", f"、追跡番号 {number}", f"追跡番号 {number}", f"約束の日は {due}。"),
        ("en", f", tracking no. {number}", f"tracking no. {number}", f" It is promised for {due}."),
    ):
        nothing = "追跡番号なし" if lang == "ja" else "the parcel"
        made[lang] = text[lang].format(
            why=why[lang].format(**numbers),
            order=_order(row, lang),
            tracking=tracking if number else "",
            tracking_only=alone if number else nothing,
            until=until if due else "",
        )
    return phrase(ja=made["ja"], en=made["en"])


def _why(found: _Reason) -> dict[str, str]:
    words: dict[str, dict[str, str]] = shipped_values("risk", "next_steps.toml")["why"]
    today = words.get(f"{found.why}_now") if found.days == 0 else None
    return today or words.get(found.why, {"ja": "", "en": ""})


def _order(row: Row, lang: str) -> str:
    order, item = _plain(row.get("order_no")), _plain(row.get("item_title"))[:LONGEST_TITLE]
    if not order:
        order = _plain(row.get("shipment_id"))
    named = f"注文 {order}" if lang == "ja" else f"order {order}"
    if not item:
        return named
    return f"{named}「{item}」" if lang == "ja" else f"{named} “{item}”"


def _plain(text: object) -> str:
    """Return text from a file without what a terminal or a page could act on."""
    return "".join(c for c in str(text or "") if c.isprintable()).strip()
