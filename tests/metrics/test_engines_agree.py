"""The sample through both engines: the same text gives the same counts, and floats to 1e-9."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import duckdb
import pandas as pd
import pytest

import rakustats as rs
from rakustats.risk.decisions import NOW, START
from rakustats.risk.deliveries import TITLE
from rakustats.risk.features import feature_table
from rakustats.schema.tables import tables

pytestmark = pytest.mark.spark


def features(db: rs.Database) -> rs.Result:
    """What a model of risk looks at, when deliveries began and now."""
    snapshot = db.snapshot("2026-04-25")
    return rs.Result(
        table=feature_table(db, snapshot, [START, NOW]), sql="", as_of=snapshot.moment, title=TITLE
    )


QUESTIONS: dict[str, Callable[[rs.Database], rs.Result]] = {
    "late parcels": lambda db: rs.delay_rates(db),
    "late on leg 1 by seller": lambda db: rs.delay_rates(db, by=["seller"], leg=1),
    "late on leg 2 by carrier, method and month": lambda db: rs.delay_rates(
        db, by=["carrier", "ship_method", "month"], leg=2, clock="shipped"
    ),
    "late lines around closures": lambda db: rs.delay_rates(
        db, by=["closure", "platform"], unit="line", since="2025-01-01", until="2026-05-01"
    ),
    "late as known before": lambda db: rs.delay_rates(db, by=["mode"], as_of="2026-04-25"),
    "delivery times by method": lambda db: rs.lead_times(
        db, by=["ship_method"], since="2025-06-01"
    ),
    "door to door by seller": lambda db: rs.lead_times(
        db, by=["seller", "closure"], unit="line", clock="purchase"
    ),
    "the curve of arrivals": lambda db: rs.arrival_curve(db, by=["mode"], clock="shipped"),
    "late against what the mix lets expect": lambda db: rs.delay_rates(
        db, by=["seller"], adjust=["category", "price_band", "season", "ship_method"]
    ),
    "dispatch by seller": lambda db: rs.dispatch_rates(
        db, by=["seller"], adjust=["category", "platform", "season"]
    ),
    "refusals by seller": lambda db: rs.claim_refusals(db, by=["seller"]),
    "short or wrong against the mix": lambda db: rs.quality_rates(
        db, by=["seller"], what="short_or_wrong", adjust=["category", "inspection_level"]
    ),
    "stages by seller": lambda db: rs.stage_times(db, by=["seller"]),
    "stages by carrier and owner": lambda db: rs.stage_times(
        db, by=["carrier", "owner"], since="2025-06-01", as_of="2026-04-25"
    ),
    "open ones that never arrive": lambda db: rs.non_arrival(db, by=["stage", "mode", "seller"]),
    "lost by carrier": lambda db: rs.loss_rates(db, by=["carrier"]),
    "tracking by carrier": lambda db: rs.tracking_quality(db, by=["carrier", "month"]),
    "pieces by their promise": lambda db: rs.fill_rates(db, by=["carrier"]),
    "lines by their promise": lambda db: rs.fill_rates(
        db, by=["seller", "month"], unit="line", as_of="2026-04-25"
    ),
    "first of an order": lambda db: rs.order_times(db, by=["platform"], which="first"),
    "whole orders": lambda db: rs.order_times(db, by=["month"], since="2025-06-01"),
    "damage by seller": lambda db: rs.damage_rates(db, by=["seller"]),
    "damage by carrier and month": lambda db: rs.damage_rates(
        db, by=["carrier", "month"], kinds=["damaged"], found=["transit", "delivery"]
    ),
    "bad pieces by inspection": lambda db: rs.damage_rates(
        db, by=["inspection_level"], unit="piece"
    ),
    "damage by stage and carrier": lambda db: rs.damage_rates(db, by=["stage_found", "carrier"]),
    "short pieces by seller": lambda db: rs.quality_rates(
        db, by=["seller"], what="short", unit="piece"
    ),
    "escapes by inspection": lambda db: rs.inspection_escapes(db, as_of="2026-04-25"),
    "damage by carriers": lambda db: rs.carrier_damage(db, by=["carrier", "month"]),
    "claims by seller": lambda db: rs.claim_rates(db, by=["seller"]),
    "answers by kind": lambda db: rs.claim_times(db, by=["kind"], to="response"),
    "outcomes by carrier": lambda db: rs.claim_outcomes(db, by=["carrier", "month"]),
    "cancellations by party and stage": lambda db: rs.cancellation_rates(
        db, by=["requested_by", "stage"], as_of="2026-04-25"
    ),
    "cancellations by seller": lambda db: rs.cancellation_rates(db, by=["seller"]),
    "refunds by method and category": lambda db: rs.refund_times(db, by=["method", "category"]),
    "drift of prices": lambda db: rs.quote_drift(db, by=["platform"]),
    "whose part: sellers": lambda db: rs.crossed_effects(db),
    "whose part: carriers' damage": lambda db: rs.crossed_effects(
        db, of="carrier", outcome="damage", as_of="2026-04-25"
    ),
    "sellers on their own leg": lambda db: rs.leg_times(db),
    "carriers on their own leg": lambda db: rs.leg_times(db, of="carrier", since="2025-06-01"),
    "damage as known before": lambda db: rs.damage_rates(db, by=["category"], as_of="2026-04-25"),
}


TABLES: dict[str, Callable[[rs.Database], rs.Result]] = {
    "costs by title": lambda db: rs.landed_costs(db, by=["item_title", "seller"]),
    "features of open deliveries": features,
    "who got worse": lambda db: rs.drift(db, of="ship_method"),
    "scores of sellers": lambda db: rs.seller_scores(db),
    "scores of carriers": lambda db: rs.carrier_scores(db),
    "open deliveries": lambda db: rs.open_deliveries(db),
    "stages of one order after the other": lambda db: rs.stage_days(db, as_of="2026-04-25"),
    "leaks": lambda db: rs.cancel_leaks(db),
    "unsettled refunds": lambda db: rs.unsettled_refunds(db, as_of="2026-04-25"),
    "faults": lambda db: rs.attributions(db, as_of="2026-04-25"),
    "causes": lambda db: rs.claim_causes(db, by=["rule", "month"]),
    "claimed again": lambda db: rs.repeat_offenders(db, by="sku"),
    "waits": lambda db: rs.claim_waits(db, by=["stage_found"]),
    "landed costs": lambda db: rs.landed_costs(db, by=["category", "month"]),
    "weights": lambda db: rs.weight_gaps(db, since="2025-06-01"),
}


@pytest.fixture(scope="module")
def on_spark(
    sample_database: Path, spark: Any, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[rs.Database]:
    folder = tmp_path_factory.mktemp("parquet")
    paths = {}
    with duckdb.connect(str(sample_database), read_only=True) as con:
        for name in [*tables(), *(f"history.{t}" for t in tables())]:
            paths[name] = (folder / f"{name}.parquet").as_posix()
            con.execute(f"COPY (FROM {name}) TO '{paths[name]}' (FORMAT parquet)")
    with rs.connect(spark=spark, tables=paths) as db:
        yield db


@pytest.mark.parametrize("question", QUESTIONS)
def test_the_engines_agree(sample_database: Path, on_spark: rs.Database, question: str) -> None:
    ask = QUESTIONS[question]
    with rs.connect(sample_database) as on_duckdb:
        expected, found = ask(on_duckdb), ask(on_spark)
    assert expected.table.num_rows > 0
    left, right = expected.frame(), found.frame()
    counts = [c for c in left.columns if left[c].dtype.kind == "i"]
    assert "n_open" in counts
    pd.testing.assert_frame_equal(left[counts], right[counts])
    # of sums of millions of yen a double keeps no nine decimals
    pd.testing.assert_frame_equal(left, right, check_dtype=False, rtol=1e-13, atol=1e-9)


@pytest.mark.parametrize("question", TABLES)
def test_the_engines_list_the_same(
    sample_database: Path, on_spark: rs.Database, question: str
) -> None:
    ask = TABLES[question]
    with rs.connect(sample_database) as on_duckdb:
        left, right = ask(on_duckdb).frame(), ask(on_spark).frame()
    assert len(left) > 0
    pd.testing.assert_frame_equal(left, right, check_dtype=False, rtol=1e-13, atol=1e-9)
