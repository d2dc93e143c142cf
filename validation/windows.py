"""W1 to W4: arrival windows of open deliveries, against when these were truly received.

W1 to W3 score what is open in sample exports as they come, and read from the sample's truth when
each was received. A window is judged by its interval score (Gneiting and Raftery 2007): its width,
and ten times the days by which it was missed. One window for the whole stage, learnt from the truth
of the other seeds, stands beside it: it knows what nobody knows, but tells none from another.
W4 asks on real deliveries (SCMS), month by month.
"""

from __future__ import annotations

import tempfile
from datetime import timedelta
from pathlib import Path

import numpy as np
import pandas as pd

import rakustats as rs
from rakustats.risk.prediction_intervals import covered
from rakustats.stats.arrays import Floats
from validation.figures import Figure
from validation.interval_scores import interval_score
from validation.windows_scms import by_months

IDS = ("W1", "W2", "W3", "W4")
# none of these was looked at while the method was chosen
SEEDS, ORDERS = (201, 202, 203, 204, 205), 20_000
LEAST = 200
CHINA = timedelta(hours=8)
BOUNDS = ["p10", "p50", "p90"]


def figures(quick: bool) -> list[Figure]:
    """Return W1 to W4; quick: two small samples, cells of any size."""
    seeds, orders, least = (SEEDS[:2], 4_000, 1) if quick else (SEEDS, ORDERS, LEAST)
    rows = pd.concat([received(seed, orders) for seed in seeds])
    return [*_cells(rows, least), *by_months(every=6 if quick else 1)]


def received(seed: int, orders: int) -> pd.DataFrame:
    """Return the open deliveries of a sample that have a window and are received at some time.

    Days count from when each is asked about: ``days`` until it was received.
    """
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        rs.sample(root / "raw", orders=orders, seed=seed)
        rs.load(root / "raw", db=root / "sample.duckdb")
        with rs.connect(root / "sample.duckdb") as db:
            found = rs.at_risk(db).frame()
        truth = pd.read_csv(root / "raw" / "truth" / "shipments.csv", parse_dates=["delivered_at"])
    return ended(found, truth, seed)


def ended(found: pd.DataFrame, truth: pd.DataFrame, seed: int) -> pd.DataFrame:
    """Return the windows beside the truth, in days from when each was last seen."""
    ends = found["shipment_id"].map(truth.set_index("shipment_id")["delivered_at"]) - CHINA
    table = found[["leg", "stage", "probability"]].assign(
        seed=seed,
        days=_days(ends, found["seen_until"]),
        due=_days(found["due_at"], found["seen_until"]),
    )
    for name in BOUNDS:
        table[name] = _days(found[f"arrives_{name}"], found["seen_until"])
    return table.dropna(subset=["days", "p10"])


def _days(ends: pd.Series, asked: pd.Series) -> pd.Series:
    return (ends - asked).dt.total_seconds() / 86_400


def scored(rows: pd.DataFrame) -> pd.DataFrame:
    """Return the rows with their scores, and those of one window for the whole stage."""
    parts = []
    for (_, _, seed), cell in rows.groupby(["leg", "stage", "seed"]):
        stage = rows[
            (rows["leg"] == cell["leg"].iloc[0]) & (rows["stage"] == cell["stage"].iloc[0])
        ]
        others = stage.loc[stage["seed"] != seed, "days"]
        low, high = (np.full(len(cell), others.quantile(q)) for q in (0.1, 0.9))
        days = cell["days"].to_numpy()
        own = interval_score(days, cell["p10"].to_numpy(), cell["p90"].to_numpy())
        parts.append(cell.assign(score=own, one_window=interval_score(days, low, high)))
    return pd.concat(parts)


def _cells(rows: pd.DataFrame, least: int) -> list[Figure]:
    rows = scored(rows)
    found: dict[str, list[Figure]] = {name: [] for name in IDS[:3]}
    for (leg, stage), cell in rows.groupby(["leg", "stage"]):
        if len(cell) < least:
            continue
        told = f"leg {leg}, {str(stage).replace('_', ' ')}"
        days = cell["days"].to_numpy()
        inside = float(covered(days, cell[BOUNDS].to_numpy()).mean())
        ratio = float(cell["score"].sum() / cell["one_window"].sum())
        early = float((days <= cell["p50"].to_numpy()).mean())
        width, spread = (cell["p90"] - cell["p10"]).median(), _spread(days)
        found["W1"].append(
            Figure(
                "W1",
                f"{told}: covered by P10–P90, of {len(cell):,}; median width"
                f" {width:.1f} days, stage {spread:.1f}",
                inside,
                0.75,
                0.86,
            )
        )
        found["W2"].append(
            Figure("W2", f"{told}: interval score / that of one window", ratio, most=1.2)
        )
        found["W3"].append(Figure("W3", f"{told}: received by P50", early, 0.42, 0.58))
    total = float(rows["score"].sum() / rows["one_window"].sum())
    found["W2"].append(
        Figure("W2", "sum of interval scores / that of one window for each stage", total, most=0.85)
    )
    return [figure for figures in found.values() for figure in figures]


def _spread(days: Floats) -> float:
    return float(np.quantile(days, 0.9) - np.quantile(days, 0.1))
