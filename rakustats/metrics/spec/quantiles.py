"""Quantiles of times with their intervals, read from the curve of what has ended by each day.

A quantile is the first day on which the incidence reaches its share. Its interval holds the days on
which the share is not rejected, by a test of the incidence against it (Brookmeyer and Crowley
1982), here the score test of a share with the effective number of units in the place of n: that is
as good for ten units as for a thousand, where the normal intervals of the curve are not.
"""

from __future__ import annotations

from collections.abc import Sequence

from scipy.special import ndtri

from rakustats.config.settings import settings
from rakustats.engine.steps import Step
from rakustats.marts.keys import key_names
from rakustats.metrics.spec.grouping import grouped

QUANTILES = {"p50": 0.50, "p80": 0.80, "p90": 0.90, "p95": 0.95}
#: Those with an interval, and its columns.
BOUNDED = ("p50", "p90")
BOUNDS = tuple(f"{name}_{end}" for name in BOUNDED for end in ("lo", "hi"))
# A share of 9 in 10 is made of logarithms and may come out a hair below itself.
_HAIR = 1e-9


def quantile_steps(keys: Sequence[str]) -> list[Step]:
    """Return the steps from ``curve`` to ``quantiles``, one row per group."""
    z = float(ndtri(0.5 + settings().shrinkage.level / 2))
    columns = [f"{_first(f'>= {p} - {_HAIR}')} AS {name}" for name, p in QUANTILES.items()]
    for name in BOUNDED:
        p = QUANTILES[name]
        sd = (p * (1 - p)) ** 0.5
        low = _first(f">= {p} - {sd!r} * reach - {_HAIR}")
        # of too few units nothing excludes the first day; what no day reaches lies beyond the last
        few, last = f"max(n) <= {z * z * (1 - p) / p!r}", "max(days) FILTER (WHERE days >= 0)"
        columns.append(f"CASE WHEN {few} THEN 0 ELSE coalesce({low}, {last}) END AS {name}_lo")
        columns.append(f"{_first(f'> {p} + {sd!r} * reach + {_HAIR}')} AS {name}_hi")
    listed = ",\n  ".join(columns)
    quantiles = f"SELECT {key_names(keys)}\n  {listed}\nFROM tested{grouped(keys)}"
    return [("tested", _tested(keys, z)), ("quantiles", quantiles)]


def _first(test: str) -> str:
    return f"min(days) FILTER (WHERE days >= 0 AND incidence {test})"


def _tested(keys: Sequence[str], z: float) -> str:
    """Add ``reach``: how far an incidence may lie from the true one, in sd of a single unit.

    Where nothing or everything has happened, all of whom it is known where they stand are units.
    """
    part = f"PARTITION BY {', '.join(keys)}" if keys else ""
    return f"""\
SELECT *, {z!r} / sqrt(greatest(1e-9, CASE
    WHEN sd > 1e-9 AND incidence > 1e-9 AND incidence < 1 - 1e-9
    THEN least(incidence * (1 - incidence) / (sd * sd), n) ELSE n_known END)) AS reach
FROM (SELECT *, max(at_risk) OVER ({part}) AS n FROM curve) c"""
