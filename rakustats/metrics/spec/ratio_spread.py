"""How much a ratio of sums over units differs between the orders that the units belong to."""

from __future__ import annotations

from collections.abc import Sequence

from rakustats.engine.steps import Step
from rakustats.marts.keys import key_names
from rakustats.metrics.spec.grouping import grouped


def spread_steps(keys: Sequence[str], rows: str) -> list[Step]:
    """Return the steps to ``spread``, one row per group: the standard deviation of Σ c / Σ g.

    The jackknife over orders: with residuals e = c - R g and shares h = g / G of the denominator,
    sd² = (k - 1) / k Σ (e / (1 - h))² / G² over the k orders; NULL where one of them has all of it.

    Parameters
    ----------
    keys : sequence of str
        Columns that make the groups.
    rows : str
        A step with the keys, ``of_order``, and of each unit its ``cost`` and ``good``.

    Returns
    -------
    list of Step
        The last has the keys, ``ratio_sd`` and ``clusters``, the effective number 1 / Σ h².
    """
    group = f"PARTITION BY {', '.join(keys)}" if keys else ""
    by = f"{key_names(keys)}of_order"
    by_order = f"""\
SELECT {by}, sum(cost) AS cost, CAST(sum(good) AS DOUBLE) AS good FROM {rows} GROUP BY {by}"""
    residuals = f"""\
SELECT *, good / all_good AS h,
  (cost - all_cost / all_good * good) / nullif(all_good - good, 0) AS e
FROM (SELECT *, sum(cost) OVER ({group}) AS all_cost,
  nullif(sum(good) OVER ({group}), 0) AS all_good FROM by_order) o"""
    spread = f"""\
SELECT {key_names(keys)}1 / sum(h * h) AS clusters,
  CASE WHEN count(e) = count(*) THEN sqrt(sum(e * e) * (count(*) - 1) / count(*)) END AS ratio_sd
FROM residuals{grouped(keys)}"""
    return [("by_order", by_order), ("residuals", residuals), ("spread", spread)]
