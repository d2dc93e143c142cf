"""Public metrics as they are asked of one world, and what says that two answers are the same."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import datetime
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from build_cache import cached

import rakustats as rs
from rakustats.simulate import world as worlds
from rakustats.simulate.files import LAYOUTS, Files
from rakustats.simulate.trade import simulate
from rakustats.simulate.world import local_seconds, make_world, plan
from rakustats.simulate.writing import SHOWN

Ask = Callable[[rs.Database], rs.Result]
METRICS: dict[str, Ask] = {
    "delay_rates": lambda db: rs.delay_rates(db, by=["carrier"]),
    "delay_rates of leg 1": lambda db: rs.delay_rates(db, by=["carrier"], leg=1),
    "delay_rates of lines": lambda db: rs.delay_rates(db, by=["seller", "month"], unit="line"),
    "lead_times": lambda db: rs.lead_times(db, by=["ship_method"]),
    "lead_times of lines": lambda db: rs.lead_times(db, by=["seller"], unit="line"),
    "arrival_curve": lambda db: rs.arrival_curve(db, by=["mode"]),
    "stage_times": lambda db: rs.stage_times(db, by=["carrier"]),
    "stage_days": lambda db: rs.stage_days(db),
    "dispatch_rates": lambda db: rs.dispatch_rates(db, by=["seller"]),
    "leg_times": lambda db: rs.leg_times(db, of="carrier"),
    "non_arrival": lambda db: rs.non_arrival(db, by=["stage", "mode"]),
    "loss_rates": lambda db: rs.loss_rates(db, by=["carrier"]),
    "open_deliveries": lambda db: rs.open_deliveries(db),
    "tracking_quality": lambda db: rs.tracking_quality(db, by=["carrier"]),
    "fill_rates": lambda db: rs.fill_rates(db, by=["carrier"]),
    "order_times": lambda db: rs.order_times(db, by=["month"]),
    "damage_rates": lambda db: rs.damage_rates(db, by=["seller"]),
    "damage_rates by stage": lambda db: rs.damage_rates(db, by=["stage_found", "carrier"]),
    "quality_rates": lambda db: rs.quality_rates(db, by=["seller"], what="short", unit="piece"),
    "inspection_escapes": lambda db: rs.inspection_escapes(db),
    "carrier_damage": lambda db: rs.carrier_damage(db, by=["carrier"]),
    "claim_rates": lambda db: rs.claim_rates(db, by=["seller"]),
    "claim_times": lambda db: rs.claim_times(db, by=["kind"]),
    "claim_times to an answer": lambda db: rs.claim_times(db, to="response"),
    "claim_waits": lambda db: rs.claim_waits(db, by=["kind"]),
    "claim_outcomes": lambda db: rs.claim_outcomes(db, by=["kind"]),
    "claim_refusals": lambda db: rs.claim_refusals(db, by=["seller"]),
    "claim_causes": lambda db: rs.claim_causes(db),
    "attributions": lambda db: rs.attributions(db),
    "repeat_offenders": lambda db: rs.repeat_offenders(db, by="seller"),
    "cancellation_rates": lambda db: rs.cancellation_rates(db, by=["requested_by", "stage"]),
    "cancel_leaks": lambda db: rs.cancel_leaks(db),
    "refund_times": lambda db: rs.refund_times(db, by=["method"]),
    "unsettled_refunds": lambda db: rs.unsettled_refunds(db),
    "landed_costs": lambda db: rs.landed_costs(db, by=["category"]),
    "quote_drift": lambda db: rs.quote_drift(db, by=["platform"]),
    "weight_gaps": lambda db: rs.weight_gaps(db),
    "drift": lambda db: rs.drift(db, of="seller"),
    "crossed_effects": lambda db: rs.crossed_effects(db, of="carrier", outcome="damage"),
    "seller_scores": lambda db: rs.seller_scores(db),
    "carrier_scores": lambda db: rs.carrier_scores(db),
    "score_criteria": lambda db: rs.score_criteria(db),
    "buy_again": lambda db: rs.buy_again(db),
}
#: Public questions that are no metric of their own, with the reason.
NOT_METRICS = {
    "at_risk": "a model's answer: tests/risk",
    "drift_path": "one seller of drift",
    "explain_risk": "one delivery of at_risk",
    "judged_warnings": "the former name of warning_outcomes",
    "report": "pages of metrics",
    "score_changes": "scores beside published ones",
    "seller_card": "one seller of many metrics",
    "train_risk_model": "a model: tests/risk",
    "warning_outcomes": "predictions that were kept",
}


TODAY = "2026-05-31"
DAYS = ("2026-02-10", "2026-03-31", "2026-05-12")
ORDERS, MONTHS = 300, 6


def made_world() -> Path:
    """Return a folder with the exports of one world at several days, each with its database."""

    def make(folder: Path) -> None:
        for day in (*DAYS, TODAY):
            export(folder, day)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(worlds, "MONTHS", MONTHS)
        return cached("looking-back", make)


def export(folder: Path, day: str) -> None:
    """Load what the agency's files of one world show at the end of a day."""
    at = local_seconds(datetime.fromisoformat(f"{day} 23:59:59"))
    world = make_world(7, ORDERS, local_seconds(datetime.fromisoformat(f"{TODAY} 23:59:59")))
    raw = folder / day
    raw.mkdir()
    files = Files(raw)
    for chunk in plan(world):
        trade = simulate(world, chunk)
        for kind, shown in SHOWN.items():
            name = LAYOUTS[kind].name("", day.replace("-", ""))
            files.append(name, LAYOUTS[kind], shown(trade, at))
    rs.load(raw, db=folder / f"{day}.duckdb")


def answer(ask: Ask, db: rs.Database) -> pd.DataFrame:
    """Return the figures, or the sentence with which the question is refused."""
    try:
        return ask(db).frame()
    except rs.UsageError as refused:
        return pd.DataFrame({"refused": [str(refused)]})


def assert_same(then: pd.DataFrame, now: pd.DataFrame, leave: Iterable[str] = ()) -> None:
    """Compare figures: counts exactly, floats to 1e-9."""
    kept = [c for c in then.columns if c not in set(leave)]
    assert list(now.columns) == list(then.columns)
    pd.testing.assert_frame_equal(then[kept], now[kept], rtol=1e-9, atol=1e-9)
    whole = [c for c in kept if then[c].dtype.kind in "iu"]
    assert np.array_equal(then[whole].to_numpy(), now[whole].to_numpy())
