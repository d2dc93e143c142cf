"""P11: open deliveries of exports as they really come, against how they truly ended.

An export of today does not show what is filled in later: who carries a parcel, what it weighs. Past
days that are read from it do. So what was trained on the past is tested here on what is open in the
export itself, of which the sample's truth tells the end.
"""

from __future__ import annotations

import tempfile
from pathlib import Path

import numpy as np
import pandas as pd
from sklearn.metrics import roc_auc_score

import rakustats as rs
from validation.figures import Figure

IDS = ("P11",)
SEEDS, ORDERS = (1, 2, 3, 4), 8_000


def figures(quick: bool) -> list[Figure]:
    """Return P11; quick: one sample."""
    rows = pd.concat([_ended(seed) for seed in (SEEDS[:1] if quick else SEEDS)])
    late, p = rows["late"].to_numpy(float), rows["probability"].to_numpy(float)
    cells = rows.groupby(["leg", rows["stage"] == "to_ship"])
    off = max(_apart(cell) for _, cell in cells)
    shown = f"{len(rows):,} open deliveries of exports of {ORDERS:,} orders"
    return [
        Figure("P11", f"{shown}: calibration in the large",
               abs(float(p.mean() - late.mean())), most=0.03),
        Figure("P11", "the same by leg, sent or not, in standard errors: the largest", off,
               most=3.0, form=".1f"),
        Figure("P11", "AUC", float(roc_auc_score(late, p)), least=0.75),
    ]  # fmt: skip


def _apart(cell: pd.DataFrame) -> float:
    p, late = cell["probability"].to_numpy(float), cell["late"].to_numpy(float)
    return float(abs((late - p).sum()) / np.sqrt((p * (1 - p)).sum()))


def _ended(seed: int) -> pd.DataFrame:
    """Return the open deliveries of a sample whose promise is ahead, and whether they were late."""
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        rs.sample(root / "raw", orders=ORDERS, seed=seed)
        rs.load(root / "raw", db=root / "sample.duckdb")
        with rs.connect(root / "sample.duckdb") as db:
            found = rs.at_risk(db, due="ahead").frame()
        truth = pd.read_csv(root / "raw" / "truth" / "shipments.csv")
    late = truth.set_index("shipment_id")["late_on_original"]
    return found.assign(late=found["shipment_id"].map(late)).dropna(subset=["late"])
