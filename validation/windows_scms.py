"""W4: arrival windows of real deliveries (SCMS), asked about and learnt anew every four weeks.

Beside them stand the quantiles of what deliveries of the same lane and age had still taken by then,
open ones censored (Kaplan-Meier): of lane and age where ten arrived, else of the age, else of all.
"""

from __future__ import annotations

import tempfile
from datetime import datetime
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray

import rakustats as rs
from rakustats.risk.decisions import at_intervals
from rakustats.risk.features import feature_table
from rakustats.risk.prediction_intervals import FEWEST, covered, fit_intervals
from rakustats.risk.remaining_time import conformal_bounds
from rakustats.risk.rows import Rows, day_of, rows_of
from rakustats.stats.arrays import Floats, Ints
from validation.figures import Figure
from validation.interval_scores import interval_score

SCMS = Path(__file__).parents[2] / "shared" / "data"
BEGAN, FIRST, LAST = datetime(2006, 4, 1), datetime(2010, 1, 1), datetime(2015, 1, 1)
WEEKS = 4
AGES = (14, 30, 60, 90, 120, 180, 270)


def by_months(every: int = 1) -> list[Figure]:
    """Return W4; ``every``: so many months apart."""
    files = sorted(SCMS.glob("**/*SCMS*.csv"))
    if not files:
        return []
    rows = _asked(files[0])
    months = np.unique(rows.asked)
    months = months[(months >= day_of(FIRST)) & (months < day_of(LAST))][::every]
    scores, beside, inside = [], [], []
    for at in months:
        mine = rows.part(rows.asked == at)
        found, _ = fit_intervals(rows, at).of(mine)
        told = ~np.isnan(found[:, 0])
        arrived = mine.received[told]
        usual = at + _usual(rows, at)[told]
        inside.append(covered(arrived, found[told]))
        scores.append(interval_score(arrived, found[told, 0], found[told, 2]))
        beside.append(interval_score(arrived, usual[:, 0], usual[:, 2]))
    hit = np.concatenate(inside)
    ratio = np.concatenate(scores).mean() / np.concatenate(beside).mean()
    shown = f"SCMS, {len(hit):,} open deliveries of {len(months)} months"
    return [
        Figure("W4", f"{shown}: covered by P10–P90", float(hit.mean()), 0.75, 0.85),
        Figure("W4", "interval score / that of the quantiles of lane and age", float(ratio),
               most=1.0),
    ]  # fmt: skip


def _asked(file: Path) -> Rows:
    with tempfile.TemporaryDirectory() as folder:
        rs.load([file], db=Path(folder) / "scms.duckdb", mapping="scms")
        with rs.connect(Path(folder) / "scms.duckdb") as db:
            snapshot = db.snapshot()
            rule = at_intervals(snapshot.moment, BEGAN, 7 * WEEKS)
            return rows_of(feature_table(db, snapshot, [rule]))


def _usual(rows: Rows, at: float) -> Floats:
    """Return the P10, P50 and P90 of days that rows asked about at a day usually still take."""
    asked, past = rows.asked == at, (rows.asked < at) & ~rows.gone(at)
    band = np.digitize(np.exp(rows.features["age"].to_numpy()) - 0.5, AGES)
    lane = pd.factorize(rows.names("method") + "|" + rows.names("route"))[0]
    made = np.full((int(asked.sum()), 3), np.nan)
    days, seen = rows.remaining(at), rows.known(at) - rows.asked
    for key in (np.zeros(len(rows), np.int64), band, lane * 100 + band):
        _fill(made, key[asked], key, past, np.where(np.isnan(days), seen, days), ~np.isnan(days))
    return made


def _fill(
    made: Floats, wanted: Ints, key: Ints, past: NDArray[np.bool_], spent: Floats,
    known: NDArray[np.bool_],
) -> None:  # fmt: skip
    for one in np.unique(wanted):
        here = past & (key == one)
        if known[here].sum() >= FEWEST:
            bounds = conformal_bounds(spent[here], known[here], np.ones(int(here.sum())))
            made[wanted == one] = bounds
