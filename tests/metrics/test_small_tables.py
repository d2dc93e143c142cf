"""Small tables: a stage without events, open stages, silent carriers, a day that is not over."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from case_folders import needs_cases, opened
from scipy.stats import binom

import rakustats as rs
from rakustats.stats.shrinkage import estimates, estimates_by_kind

Case = Callable[..., rs.Database]


@pytest.fixture
def case(tmp_path: Path) -> Any:
    """Load one case into a database of its own."""
    databases = []

    def load(name: str, zone: str = "Asia/Tokyo", at: str = "2026-06-30T12:00:00Z") -> rs.Database:
        databases.append(opened(name, tmp_path, zone=zone, exported_at=at))
        return databases[-1]

    yield load
    for db in databases:
        db.close()


@needs_cases
def test_stage_zero_has_the_interval_of_any_group(case: Case) -> None:
    db = case("stage-zero")
    by_stage = rs.damage_rates(db, by="stage_found").table.to_pylist()
    for row in by_stage:
        alone = rs.damage_rates(db, found=row["stage_found"]).table.to_pylist()[0]
        assert row["lo"] < row["estimate"] < row["hi"]
        assert [row[c] for c in ("n", "estimate", "lo", "hi")] == pytest.approx(
            [alone[c] for c in ("n", "estimate", "lo", "hi")]
        )
    zero = [row for row in by_stage if not row["events"]]
    assert [(row["n"], row["hi"] > 0.003) for row in zero] == [(500, True)] * 3


@pytest.mark.parametrize("n", [10, 50, 500])
def test_intervals_of_rare_events_cover(n: int) -> None:
    """One group alone, exactly: over true rates of 0.1 to 5 expected events."""
    events = np.arange(n + 1.0)
    bounds = [estimates(np.array([x]), np.array([float(n)])) for x in events]
    lo, hi = (np.array([getattr(e, c)[0] for e in bounds]) for c in ("lo", "hi"))
    cover = [
        binom.pmf(events, n, p)[(lo <= p) & (p <= hi)].sum()
        for p in np.linspace(0.1, 5, 50) / n
    ]  # fmt: skip
    assert np.mean(cover) > 0.88
    assert min(cover) > 0.76


def test_kinds_are_estimated_apart() -> None:
    events, n = np.array([20.0, 0, 3, 0]), np.full(4, 500.0)
    apart = estimates_by_kind(np.array([0, 1, 0, 1]), events, n)
    first = estimates(events[[0, 2]], n[[0, 2]])
    assert apart.mean[[0, 2]] == pytest.approx(first.mean)
    assert apart.rank[[0, 2]] == pytest.approx(first.rank)
    assert (apart.lo <= apart.mean).all()
    assert (apart.mean <= apart.hi).all()
    assert apart.groups == 2


@needs_cases
def test_stw_open_lines_stand_where_finished_ones_do(case: Case) -> None:
    db = case("stw-open", "Asia/Shanghai", "2026-05-31T00:00:00+08:00")
    rows = rs.stage_times(db, since="2026-05-22").table.to_pylist()
    by_stage = {row["stage"]: row for row in rows}
    whole = by_stage["seller_to_warehouse"]
    assert (whole["n"], whole["n_open"], whole["p90"]) == (18, 11, None)
    assert (by_stage["seller_dispatch"]["n"], by_stage["seller_dispatch"]["n_open"]) == (0, 0)
    of_all = rs.stage_times(db).table.to_pylist()
    (all_days,) = [row["p90"] for row in of_all if row["stage"] == "seller_to_warehouse"]
    assert all_days == 10


@needs_cases
def test_loss_noscan_counts_the_silent_by_their_age(case: Case) -> None:
    for name, by_age in (("with-scans", 0), ("no-scans", 10)):
        db = case(f"loss-noscan/{name}", at="2026-06-20")
        result = rs.loss_rates(db)
        (row,) = result.table.to_pylist()
        counts = ("n", "events", "n_open", "n_presumed_lost", "n_presumed_by_age")
        assert [row[c] for c in counts] == [100, 10, 0, 10, by_age]
        assert ("by their age alone" in result.notes[0].en) == bool(by_age)
        assert rs.non_arrival(db).frame()["n_presumed_by_age"].tolist() == [by_age]
        assert rs.open_deliveries(db).frame()["presumed_lost"].tolist() == [True] * 10


@needs_cases
def test_asof_day_is_not_looked_at(case: Case) -> None:
    at = "2026-06-12T00:10:00+08:00"
    lines = rs.stage_times(case("asof-day/lines", "Asia/Shanghai", at)).table.to_pylist()
    (row,) = [row for row in lines if row["stage"] == "inspection"]
    parcels = rs.lead_times(case("asof-day/parcels", "Asia/Shanghai", at)).table.to_pylist()[0]
    columns = ("n", "n_open", "p50", "p80", "p90")
    assert [row[c] for c in columns] == [parcels[c] for c in columns] == [80, 20, 1, 1, 1]
