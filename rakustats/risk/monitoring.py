"""Monitoring: which warnings came true, how long before, and which were false alarms."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
from numpy.typing import NDArray

from rakustats.engine.database import Database
from rakustats.engine.steps import with_steps
from rakustats.errors import UsageError
from rakustats.i18n.phrases import Phrase, phrase
from rakustats.marts.question import Moment
from rakustats.metrics.spec.documented import of_database
from rakustats.results.result import Result
from rakustats.risk.deliveries import MATERIALISED, delivery_rows
from rakustats.risk.model_registry import kept_predictions, risk_folder
from rakustats.stats.shrinkage import estimates

WARNED = 0.5
_OUTCOMES = """\
SELECT shipment_id, late, arrived_at, status, slice_until FROM risk_deliveries"""


@of_database
def warning_outcomes(
    db: Database,
    *,
    as_of: Moment = None,
    threshold: float = WARNED,
    folder: str | Path | None = None,
) -> Result:
    """Return how predictions that were kept came true, by the month in which they were first made.

    Parameters
    ----------
    threshold : float
        A delivery was warned of where its probability was at least this before its promised day
        was over.
    folder : str or Path, optional
        Where predictions lie; ``data/processed/risk`` by default.

    Returns
    -------
    Result
        A table of rates, one row per ``month``: ``n`` (deliveries predicted whose promise had
        passed when they were last exported), ``events`` (late ones), ``rate``, ``estimate``,
        ``lo``, ``hi``, ``n_open`` (promise not over yet), ``n_excluded`` (without a promise, called
        off, gone from the exports, or predicted after the promised day), ``n_backdated`` (those of
        ``n`` that were predicted for a past day, after the promise: backtests, no warnings given),
        ``n_warned``, ``hits`` (warned and late),
        ``missed`` (late without a warning), ``false_alarms``, ``hit_rate`` (hits / n_warned),
        ``hit_lo`` and ``hit_hi`` (bounds of that rate by the same prior and level as ``lo``),
        ``lead_days`` (median days from the first warning to the end of the promised day),
        ``brier`` (of the first predictions), ``n_arrived`` and ``covered`` (share of them within
        the first P10-P90 interval). NULL where there is nothing to divide by.

    Raises
    ------
    UsageError
        If no predictions were kept, or the threshold is no probability.

    Examples
    --------
    >>> model = rs.train_risk_model(db, as_of="2026-03-01")
    >>> run = rs.keep_run(model, "risk")
    >>> path = rs.keep_predictions(rs.at_risk(db, as_of="2026-03-01", model=model), run, "risk")
    >>> rs.warning_outcomes(db, folder="risk").by
    ('month',)
    """
    if not 0 < threshold < 1:
        raise UsageError(
            ja="threshold は 0 より大きく 1 より小さくしてください。",
            en="threshold lies between 0 and 1.",
        )
    kept = kept_predictions(folder)
    if kept is None:
        raise UsageError(
            ja=f"{risk_folder(folder)}：保存した予測がありません。"
            "`rakustats predict` を実行すると保存されます。",
            en=f"{risk_folder(folder)}: no predictions were kept. `rakustats predict` keeps them.",
        )
    snapshot = db.snapshot(as_of)
    text = with_steps(delivery_rows(snapshot), _OUTCOMES, MATERIALISED)
    ends = db.engine.query(text).to_pandas()
    units = _units(kept.to_pandas(), ends, snapshot.moment, threshold)
    table = _by_month(units)
    return Result(
        table=table,
        sql=text,
        as_of=snapshot.moment,
        title=phrase(ja="遅延の警告とその結果", en="Warnings of late deliveries, and what came"),
        kind="rates",
        by=("month",),
        notes=_backdated(sum(table.column("n_backdated").to_pylist())),
    )


# the former name
judged_warnings = warning_outcomes


def _backdated(n: int) -> tuple[Phrase, ...]:
    if not n:
        return ()
    note = phrase(
        ja=f"{n:,} 件は約束の日を過ぎてから過去の日付で予測した試算で、警告は出していない。",
        en=f"{n:,} of them were predicted for a past day, after the promise: tries, no warnings.",
    )
    return (note,)


def _units(kept: pd.DataFrame, ends: pd.DataFrame, now: datetime, threshold: float) -> pd.DataFrame:
    """One row per delivery: its first prediction, its first warning and its end."""
    order = ["shipment_id", "predicted_at", "published_at"]
    kept = kept[kept["predicted_at"] <= now].sort_values(order)
    kept["before"] = kept["predicted_at"] < kept["due_at"]
    warned = kept[kept["before"] & (kept["probability"] >= threshold)]
    # one that was first seen without a promise counts from when it had one
    with_chance = kept["probability"].notna()
    first = pd.concat([kept[with_chance], kept[~with_chance]]).drop_duplicates("shipment_id")
    alarm = warned.groupby("shipment_id")["predicted_at"].first().rename("warned_at").reset_index()
    units = first.merge(alarm, how="left", on="shipment_id").merge(
        ends, how="left", on="shipment_id"
    )
    units["counts"] = units["before"] & units["probability"].notna()
    units["counts"] &= units["status"].isin(["matured", "open", "not_due"])
    # a promise that moved since may not be over yet: its outcome is open
    seen = units["slice_until"]
    units["over"] = units["counts"] & (units["due_at"] <= seen) & units["late"].notna()
    units["month"] = units["predicted_at"].dt.strftime("%Y-%m")
    return units


def _by_month(units: pd.DataFrame) -> pa.Table:
    rows = [_row(str(month), group) for month, group in units.groupby("month")]
    table = pa.Table.from_pylist(rows)
    n, events, warned, hits = (
        np.array([row[name] for row in rows], float) for name in ("n", "events", "n_warned", "hits")
    )
    drawn, came_true = estimates(events, n), estimates(hits, warned)
    for name, values in (("hi", drawn.hi), ("lo", drawn.lo), ("estimate", drawn.mean)):
        table = table.add_column(table.column_names.index("rate") + 1, name, _where(n, values))
    for name, values in (("hit_hi", came_true.hi), ("hit_lo", came_true.lo)):
        place = table.column_names.index("hit_rate") + 1
        table = table.add_column(place, name, _where(warned, values))
    return table


def _where(n: NDArray[np.float64], values: NDArray[np.float64]) -> pa.Array:
    """Return values, unknown where there is nothing to divide by."""
    return pa.array(np.where(n > 0, values, np.nan), from_pandas=True, type=pa.float64())


def _row(month: str, group: pd.DataFrame) -> dict[str, object]:
    over = group[group["over"]]
    late = over["late"].astype(bool)
    warned = over["warned_at"].notna()
    hits = int((late & warned).sum())
    there = over[over["arrived_at"].notna() & over["arrives_p10"].notna()]
    inside = there["arrived_at"].between(there["arrives_p10"], there["arrives_p90"])
    lead = (over["due_at"] - over["warned_at"])[late & warned].dt.total_seconds() / 86_400
    off = (over["probability"].astype(float) - late.astype(float)) ** 2
    n = len(over)
    return {
        "month": month, "n": n, "events": int(late.sum()),
        "rate": float(late.mean()) if n else None,
        "n_open": int((group["counts"] & ~group["over"]).sum()),
        "n_excluded": int((~group["counts"]).sum()),
        "n_backdated": int((over["published_at"] > over["due_at"]).sum()),
        "n_warned": int(warned.sum()), "hits": hits, "missed": int((late & ~warned).sum()),
        "false_alarms": int((warned & ~late).sum()),
        "hit_rate": hits / int(warned.sum()) if warned.any() else None,
        "lead_days": float(lead.median()) if len(lead) else None,
        "brier": float(off.mean()) if n else None,
        "n_arrived": len(there), "covered": float(inside.mean()) if len(there) else None,
    }  # fmt: skip
