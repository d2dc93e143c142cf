"""Small worlds made at random, with all that exports leave out or contradict, and their units."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any

from canonical_db import Row, build

import rakustats as rs

ORDERS = 30
FIRST = datetime(2026, 3, 1)


def make(path: Path, seed: int) -> Path:
    """Write a database of some thirty orders."""
    return build(path, World(Random(seed)).rows)


class World:
    """The rows of a world, table by table."""

    def __init__(self, random: Random) -> None:
        self.random = random
        names = ("orders", "order_lines", "shipments", "shipment_lines", "tracking_events")
        self.rows: dict[str, list[Row]] = {n: [] for n in (*names, *_AFTER)}
        for number in range(ORDERS):
            self._order(f"A{number:02}", FIRST + timedelta(days=random.randrange(90)))

    def one(self, *values: Any) -> Any:
        return self.random.choice(values)

    def maybe(self, value: Any, often: float = 0.7) -> Any:
        return value if self.random.random() < often else None

    def after(self, day: datetime, days: int, often: float = 0.7) -> datetime | None:
        return self.maybe(day + timedelta(hours=self.random.randrange(24 * days)), often)

    def _order(self, order_no: str, day: datetime) -> None:
        if self.random.random() < 0.93:
            states = (None, None, "closed", "cancelled", "purchased", "inspecting", "refunded")
            order: Row = {"order_no": order_no, "state": self.one(*states), "fx_rate": 20}
            instants = ("submitted_at", "quoted_at", "paid_at", "purchased_at")
            order |= {name: self.after(day, 5, 0.8) for name in instants}
            order["completed_at"] = self.after(day + timedelta(days=40), 20, 0.2)
            order["replacement_of"] = self.maybe("A00", 0.05)
            self.rows["orders"].append(order)
        lines = [str(n) for n in range(1, self.random.randrange(1, 4))] or ["1"]
        for line_no in lines:
            self._line(order_no, line_no, day)
        for number in range(self.random.randrange(4)):
            self._parcel(f"P{order_no}{number}", order_no, lines, day)
        self._aftermath(order_no, lines, day)

    def _line(self, order_no: str, line_no: str, day: datetime) -> None:
        ordered = self.one(None, 0, 1, 3, 10, 10)
        some = lambda: self.maybe(self.random.randrange(11), 0.4)  # noqa: E731
        line: Row = {"order_no": order_no, "line_no": line_no, "qty_ordered": ordered}
        counts = ("purchased", "received", "inspected", "defective", "short", "wrong", "shipped")
        line |= {f"qty_{name}": some() for name in counts}
        line |= {"seller_id": self.one(None, "s1", "s2"), "platform": self.one(None, "1688")}
        line |= {
            "category": self.one(None, "袋", "靴"),
            "item_title": self.one("袋", "サンプル", "靴"),
        }
        line["state"] = self.one(None, None, None, "stored", "cancelled", "closed", "purchased")
        line["unit_price_cny"] = self.maybe(self.random.randrange(20))
        line["unit_price_cny_quoted"] = self.maybe(self.random.randrange(20))
        for name in ("dispatch_promised_at", "delivery_promised_at"):
            line[name] = self.after(day + timedelta(days=5), 30, 0.3)
        for name in ("seller_shipped_at", "arrived_at", "stored_at"):
            line[name] = self.after(day + timedelta(days=3), 25, 0.5)
        self.rows["order_lines"].append(line)

    def _parcel(self, name: str, order_no: str, lines: list[str], day: datetime) -> None:
        parcels = self.rows["shipments"]
        sent = day + timedelta(days=5)
        row: Row = {"shipment_id": name, "order_no": self.maybe(order_no)}
        row |= {"leg": self.one(1, 1, 2, 2, None), "carrier": self.one(None, "中通", "ヤマト")}
        row |= {"mode": self.one(None, "air", "sea"), "tracking_no": self.maybe(f"T{name}")}
        row["ship_method"] = self.one("EMS", "船便", "EMS", "船便", "EMS", "自社便")
        row["state"] = self.one(
            None, None, None, "void", "lost", "returned", "delivered", "shipped"
        )
        row["requested_at"] = self.after(day, 5)
        for fact, often in (("packed_at", 0.5), ("freight_quoted_at", 0.5), ("shipped_at", 0.8)):
            row[fact] = self.after(sent, 5, often)
        for fact in ("promised_at", "promised_at_original"):
            row[fact] = self.after(sent + timedelta(days=5), 20)
        row["delivered_at"] = self.after(sent, 30, 0.6)
        for fact in ("first_attempt_at", "customs_in_at", "customs_out_at"):
            row[fact] = self.after(sent, 25, 0.3)
        for fact in ("lost_at", "returned_at"):
            row[fact] = self.after(sent, 60, 0.05)
        row["qty"] = None
        if parcels and self.random.random() < 0.1:
            before = parcels[-1]
            row |= {"parent_shipment_id": before["shipment_id"], "leg": before["leg"]}
        parcels.append({k: v for k, v in row.items() if k != "qty"})
        inside = [*lines, "9"] if self.random.random() < 0.1 else lines
        for line_no in inside:
            if self.random.random() < 0.6:
                facts = {"order_no": order_no, "line_no": line_no, "shipment_id": name}
                qty = self.one(None, 1, 5, 10)
                self.rows["shipment_lines"].append({**facts, "box_no": self.maybe("1"), "qty": qty})
        for kind in ("picked_up", "in_transit", "delivered"):
            if row["tracking_no"] and self.random.random() < 0.3:
                scan = {"carrier": row["carrier"], "tracking_no": row["tracking_no"], "kind": kind}
                at = sent + timedelta(hours=self.random.randrange(600))
                self.rows["tracking_events"].append({**scan, "event_at": at})

    def _aftermath(self, order_no: str, lines: list[str], day: datetime) -> None:
        about: Row = {"order_no": self.maybe(order_no, 0.9), "line_no": self.one(None, *lines)}
        if self.random.random() < 0.4:
            claim = {"claim_id": f"C{order_no}", **about, "stage_found": self.one(None, *_FOUND)}
            claim |= {"kind": self.one(*_KINDS), "resolution": self.one(None, None, *_RESOLVED)}
            claim["shipment_id"] = self.maybe(f"P{order_no}0", 0.3)
            claim["attributed_to"] = self.one(None, None, "seller", "agency", "leg2_carrier")
            claim |= {"qty_affected": self.one(None, 1, 4), "currency": "CNY"}
            claim |= {"amount_claimed": self.maybe(10), "amount_granted": self.one(None, 0, 5)}
            for name in (
                "detected_at",
                "opened_at",
                "first_response_at",
                "decided_at",
                "closed_at",
            ):
                claim[name] = self.after(day + timedelta(days=10), 50, 0.6)
            self.rows["claims"].append(claim)
        if self.random.random() < 0.25:
            off = {"cancellation_id": f"X{order_no}", **about, "order_no": order_no}
            off |= {"level": self.one(None, "order", "line"), "requested_by": self.one(*_ASKING)}
            off |= {"outcome": self.one(None, "accepted", "refused", "partial"), "fee_amount": None}
            for name in ("requested_at", "accepted_at", "confirmed_at"):
                off[name] = self.after(day, 40, 0.6)
            self.rows["cancellations"].append(off)
        if self.random.random() < 0.35:
            back = {"refund_id": f"R{order_no}", "order_no": self.maybe(order_no)}
            back |= {"claim_id": self.maybe(f"C{order_no}", 0.5), "currency": "CNY"}
            back |= {"method": self.one(None, "card", "bank"), "amount_expected": self.maybe(5)}
            back["amount_paid"] = self.maybe(5, 0.5)
            for name in ("requested_at", "approved_at", "expected_by", "paid_at"):
                back[name] = self.after(day + timedelta(days=20), 30, 0.6)
            self.rows["refunds"].append(back)


_AFTER = ("claims", "cancellations", "refunds")
_FOUND = ("warehouse", "delivery", "after_use", "transit")
_KINDS = ("damaged", "defective", "non_arrival", "wrong_item", "short", "late", "other")
_RESOLVED = ("refund_full", "resend", "rejected", "withdrawn")
_ENDED = ("decided_at", "closed_at")
_ASKING = (None, "customer", "seller", "agency")


# How many units there are, straight from the tables as known then.
def rows_of(db: rs.Database, table: str, columns: str) -> list[Row]:
    return db.sql(f"SELECT {columns} FROM {table}").table.to_pylist()


def counted(table: str) -> Callable[[rs.Database], int]:
    return lambda db: len(rows_of(db, table, "1 AS row"))


def deliveries(leg: int | str | None, fact: str = "") -> Callable[[rs.Database], int]:
    """Count what carries on under another number as one, on the leg, where a fact is known."""

    def count(db: rs.Database) -> int:
        names = "shipment_id, leg, state, parent_shipment_id, lost_at, returned_at, shipped_at"
        parcels = {row["shipment_id"]: row for row in rows_of(db, "shipments", names)}
        roots = set()
        for row in parcels.values():
            if leg is None or (row["leg"] != 1 if leg == "final" else row["leg"] == leg):
                first = row
                while goes_on(parent := parcels.get(first["parent_shipment_id"]), first):
                    first = parent
                if not fact or row[fact] or first[fact]:
                    roots.add(first["shipment_id"])
        return len(roots)

    return count


def goes_on(parent: Row | None, row: Row) -> bool:
    if parent is None or row["state"] == "void" or parent["leg"] != row["leg"]:
        return False
    failed = parent["lost_at"] or parent["returned_at"] or parent["state"] in ("lost", "returned")
    return not failed and parent["state"] != "void"


def orders_with_lines(db: rs.Database) -> int:
    return len({row["order_no"] for row in rows_of(db, "order_lines", "order_no")})


def pieces(db: rs.Database) -> int:
    """Count the pieces wanted; a line of which nobody says how many is one."""
    partly = {}
    for row in rows_of(db, "cancellations", "order_no, line_no, outcome"):
        if row["line_no"] is not None and row["outcome"] not in ("refused", "rejected"):
            key = row["order_no"], row["line_no"]
            partly[key] = partly.get(key, True) and row["outcome"] == "partial"
    total = 0
    for row in rows_of(db, "order_lines", "order_no, line_no, qty_ordered, qty_purchased"):
        ordered, bought = row["qty_ordered"], row["qty_purchased"]
        less = partly.get((row["order_no"], row["line_no"])) and None not in (ordered, bought)
        total += min(ordered, bought) if less else 1 if ordered is None else ordered
    return total


def stages_of_lines(db: rs.Database) -> int:
    """Count the stages that lines reached; what no stage explains is one once it is final."""
    rows = rs.stage_days(db).table.select(["stage", "status"]).to_pylist()
    return sum(row["stage"] != "unallocated" or row["status"] == "done" for row in rows)


def defective_lines(db: rs.Database) -> int:
    """Count lines that the warehouse found defective, or a claim in Japan."""
    inside = rows_of(db, "shipment_lines", "shipment_id, order_no, line_no")
    lines = {
        (row["order_no"], row["line_no"]): row["qty_defective"] or 0
        for row in rows_of(db, "order_lines", "order_no, line_no, qty_defective")
    }
    found = {line for line, defective in lines.items() if defective > 0}
    about = "order_no, line_no, shipment_id, kind, stage_found, resolution"
    for claim in rows_of(db, "claims", about):
        if claim["kind"] != "defective" or claim["resolution"] == "withdrawn":
            continue
        if claim["stage_found"] not in ("transit", "delivery", "after_use"):
            continue
        order, line, parcel = claim["order_no"], claim["line_no"], claim["shipment_id"]
        if order and line:
            found.add((order, line))
        elif parcel:
            carried = [row for row in inside if row["shipment_id"] == parcel]
            here = [(row["order_no"], row["line_no"]) for row in carried]
            found.update(key for key in here if order in (None, key[0]))
        elif len(own := [key for key in lines if key[0] == order]) == 1:
            found.update(own)
    return len(found & lines.keys())


def cancellable(db: rs.Database) -> int:
    """Count lines, and orders without any."""
    lines = [row["order_no"] for row in rows_of(db, "order_lines", "order_no")]
    orders = {row["order_no"] for row in rows_of(db, "orders", "order_no")}
    return len(lines) + len(orders - set(lines))
