"""No row of a day or month after the as-of, whose last hour is the next day's first in Japan."""

from __future__ import annotations

import inspect
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest
from canonical_db import OpenDb, Row, local, promise

import rakustats as rs
from rakustats.errors import UsageError

NIGHT = local("2026-03-31 23:30", "Asia/Shanghai")
WIDTHS = {"month": "2026-04", "day": "2026-04-01"}
METRICS = [
    name
    for name in rs.__all__
    if getattr(rs, name).__module__.startswith("rakustats.metrics.")
    and name != "repeat_offenders"  # its keys are of its own
    and "by" in inspect.signature(getattr(rs, name)).parameters
]


def world() -> dict[str, list[Row]]:
    """An order of mid-March that is there, and one of the hour in which two days overlap."""
    early, there = local("2026-03-10 12:00"), local("2026-03-20 12:00")
    tables: dict[str, list[Row]] = {}
    for name, at in (("A", early), ("B", NIGHT)):
        order, line = {"order_no": name}, {"order_no": name, "line_no": "1"}
        goods = {"seller_id": "x", "qty_ordered": 2, "unit_price_cny": 5.0}
        parcel = {"shipment_id": name, "leg": 2, "carrier": "sagawa"}
        arrived = {"arrived_at": there, "stored_at": there} if name == "A" else {}
        delivered = {"delivered_at": there} if name == "A" else {}
        rows = {
            "orders": order | {"submitted_at": at},
            "order_lines": line | goods | arrived,
            "shipments": {
                **parcel,
                **delivered,
                "requested_at": at,
                "shipped_at": at,
                "promised_at": promise("2026-04-10"),
            },
            "shipment_lines": {"shipment_id": name, **line, "qty": 2},
            "claims": {"claim_id": name, **line, "order_no": "A", "kind": "damaged"}
            | {"opened_at": at, "amount_claimed": 100.0, "currency": "JPY"},
            "refunds": {"refund_id": name, "order_no": "A", "amount_expected": 100.0}
            | {"requested_at": at, "approved_at": at},
            "cancellations": {"cancellation_id": name, "order_no": "A", "level": "order"}
            | {"requested_at": at},
        }
        for table, row in rows.items():
            tables.setdefault(table, []).append(row)
    return tables


def days_of(db: rs.Database, name: str, as_of: str) -> dict[str, set[str]]:
    """Return the days and the months that a metric shows, of the keys that it knows."""
    shown: dict[str, set[str]] = {key: set() for key in WIDTHS}
    for keys in (("month", "day"), ("month",)):
        with suppress(UsageError):
            table = getattr(rs, name)(db, by=keys, as_of=as_of).table
            for key in keys:
                shown[key] = {day for day in table.column(key).to_pylist() if day is not None}
            break
    return shown


def test_what_begins_in_the_last_hour_counts_from_the_next_day_on(duck_db: OpenDb) -> None:
    db = duck_db(world())
    later = dict.fromkeys(WIDTHS, 0)
    for name in METRICS:
        known, next_day = (days_of(db, name, day) for day in ("2026-03-31", "2026-04-01"))
        for key in WIDTHS:
            width = len(WIDTHS[key])
            assert all(day <= "2026-03-31"[:width] for day in known[key]), name
            later[key] += "2026-04-01"[:width] in next_day[key]
    assert min(later.values()) > 10


def test_totals_are_those_of_the_months(open_db: OpenDb) -> None:
    db = open_db(world(), as_of="2026-03-31")
    names = ["delay_rates", "cancellation_rates", "claim_rates", "lead_times"]
    # on Spark one of each mart: that the engines agree on the others is tested with the sample
    for name in names if db.engine.name == "duckdb" else ("delay_rates", "claim_rates"):
        counts = [
            sum(sum(row.get(c) or 0 for c in ("n", "n_open", "n_excluded")) for row in rows)
            for rows in (getattr(rs, name)(db, by=by).table.to_pylist() for by in (None, "month"))
        ]
        assert counts[0] == counts[1], name


@pytest.fixture(scope="module")
def sample(sample_database: Path) -> Iterator[rs.Database]:
    with rs.connect(sample_database) as db:
        yield db


@pytest.mark.parametrize("name", METRICS)
def test_no_row_of_the_sample_lies_after_the_as_of(sample: rs.Database, name: str) -> None:
    for as_of in ("2025-11-30", "2026-03-15"):
        for found in days_of(sample, name, as_of).values():
            assert all(day <= as_of[: len(day)] for day in found)
