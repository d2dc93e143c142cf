"""The columns of a table of drifts: alarms and their days, rates before and after."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from scipy.stats import beta

from rakustats.config.settings import settings
from rakustats.marts.question import Question
from rakustats.metrics.comparison.compared import LEG, Compared
from rakustats.metrics.spec.documented import Columns
from rakustats.metrics.spec.entities import OF
from rakustats.stats.arrays import Floats
from rakustats.stats.cells import Codes
from rakustats.stats.drifts import Drifts

DRIFTS: Columns = {
    "n": "matured units",
    "events": "those late, or damaged",
    "n_watched": "units behind the baseline",
    "expected": "events expected of them at its own level",
    "alarm": "whether there was one, NULL where there are too few units to watch",
    "worse_since, alarm_on": "days on which shipments were due, or lines received",
    "n_before, rate_before, before_lo, before_hi": "units before ``worse_since`` and their raw rate"
    " with its 90 % interval",
    "n_after, rate_after, after_lo, after_hi": "the same of those from it on",
    "odds_ratio": "odds of the later units over the earlier ones, in like circumstances",
    "cusum, limit": "the sum by now, and where the alarm is: at most 5 % of unchanged ones reach it"
    " within a year",
    "n_open": "units not due or received yet, or claims of which may still come",
    "n_excluded": "units that do not count",
    "explained": "the same in words",
}


@dataclass(frozen=True)
class Watched:
    """Who is watched, which of them have units, and what became of these."""

    who: Compared
    known: Codes
    found: Drifts
    sql: str
    asked: Question


def columns_of(watched: Watched) -> dict[str, pa.Array]:
    """Return the columns by name; what an entity without enough units cannot have is NULL."""
    found, counts = watched.found, watched.who.counts
    size, columns = len(counts["n"]), dict(watched.who.columns)
    for name in ("n", "events"):
        columns[name] = pa.array(counts[name].astype(np.int64))

    def spread(values: Any, kind: pa.DataType, nothing: Any = None) -> pa.Array:
        rows = np.full(size, nothing, dtype=object)
        rows[watched.known] = [None if v != v else v for v in values.tolist()]
        return pa.array(rows.tolist(), kind)

    too_few = found.watched == 0
    alarm = np.where(too_few, None, found.alarm >= 0)  # type: ignore[call-overload]
    columns["n_watched"] = spread(np.rint(found.watched), pa.float64(), 0.0).cast(pa.int64())
    columns["expected"] = spread(np.where(too_few, np.nan, found.expected), pa.float64())
    columns["alarm"] = spread(alarm, pa.bool_())
    for name, days in (("worse_since", found.since), ("alarm_on", found.alarm)):
        columns[name] = spread(np.where(days < 0, np.nan, days), pa.float64())
        columns[name] = columns[name].cast(pa.int32()).cast(pa.date32())
    for name, side in (("before", found.before), ("after", found.after)):
        columns |= {n: spread(v, pa.float64()) for n, v in _rated(name, np.rint(side)).items()}
        columns[f"n_{name}"] = columns[f"n_{name}"].cast(pa.int64())
    for name in ("odds_ratio", "level", "limit"):
        shown = "cusum" if name == "level" else name
        columns[shown] = spread(getattr(found, name), pa.float64())
    for name in ("n_open", "n_excluded"):
        columns[name] = pa.array(counts[name].astype(np.int64))
    return columns


def _rated(name: str, side: Floats) -> dict[str, Floats]:
    """Return units, rate and its interval (Jeffreys' prior) on one side of the change point."""
    n, events = side.T
    tail = (1 - settings().shrinkage.level) / 2
    with np.errstate(invalid="ignore", divide="ignore"):
        rate = events / n
    bounds = (beta.ppf(at, events + 0.5, n - events + 0.5) for at in (tail, 1 - tail))
    lo, hi = bounds
    return {f"n_{name}": n, f"rate_{name}": rate, f"{name}_lo": lo, f"{name}_hi": hi}


def in_order(table: pa.Table) -> pa.Table:
    """Put the latest alarms first, then the others by how high their sum stands."""
    keys = [("alarm_on", "descending", "at_end"), ("cusum", "descending", "at_end")]
    names = [name for name in table.column_names if name in (*OF.values(), LEG)]
    keys += [(name, "ascending", "at_end") for name in names]
    return table.take(pc.sort_indices(table, sort_keys=keys))
