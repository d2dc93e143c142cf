"""What the engine tells of a group whose claims are still to come: cells of units, and sums."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from rakustats.engine.steps import Step
from rakustats.metrics.spec.final_rates import CELLS, FACTS, NUMBERS
from rakustats.metrics.spec.grouping import grouped, same_keys
from rakustats.metrics.spec.pieces import in_any_order
from rakustats.metrics.spec.rates import Weighing

_BETWEEN = "chr(31)"
_MATURED = "FILTER (WHERE status = 'matured')"
# shares that lie nearer to each other than this part are one cell, at their mean
_STEPS = 16


def lagged(weighing: Weighing, keys: Sequence[str]) -> Weighing:
    """Return the weighing with what final rates are made of.

    Rows have what :func:`rakustats.metrics.spec.claim_lag.maturity_steps` gives them, and
    ``pieces``, ``hits`` (of claims that stand), ``told_hits`` (withdrawn ones too),
    ``told_early``, ``told_late``, ``stay``, ``stay_sd`` and ``gone_share``, the part of all claims
    that is withdrawn in the end.
    """
    second = "rate_2 > 0 AND told_late AND NOT told_early"
    stays = "hits * coalesce(stay, 1.0)"
    sums = {
        "told_1": f"CASE WHEN {second} THEN 0 ELSE told_hits END",
        "told_2": f"CASE WHEN {second} THEN told_hits ELSE 0 END",
        "standing": stays,
        "unsure": f"{stays} * (1 - coalesce(stay, 1.0))",
        "stay_sd": "hits * coalesce(stay_sd, 0.0)",
    }
    made = {f"lag_{name}": in_any_order(sql, _MATURED) for name, sql in sums.items()}
    facts = {name: name for name in (*FACTS[:4], "gone_share")}
    facts["no_lag"] = "CASE WHEN coalesce(total, 0) = 0 AND is_short THEN 1 ELSE 0 END"
    made |= {f"lag_{name}": f"CAST(max({sql}) {_MATURED} AS DOUBLE)" for name, sql in facts.items()}
    effect = weighing.figures.get("design_effect", "1.0")
    figures = {
        **{name: sql for name, sql in weighing.figures.items() if name != "n_effective"},
        **{name: f"c.{name}" for name in made},
        "lag_events": "c.events",
        "lag_effect": f"CAST({effect} AS DOUBLE)",
        CELLS: f"y.{CELLS}",
    }
    return replace(
        weighing,
        exposure="(told_hits + (pieces - told_hits) * maturity)",
        sums={**weighing.sums, **made},
        figures=figures,
        steps=(*weighing.steps, *_cell_steps(keys)),
        joins=f"{weighing.joins}\nLEFT JOIN lag_cells y ON {same_keys(keys, 'y', 'c')}",
    )


def _cell_steps(keys: Sequence[str]) -> list[Step]:
    """Return the steps to ``lag_cells``: per group a list of its cells.

    What is not claimed of a line that has a claim is known to be sound.
    """
    names = "".join(f"{k}, " for k in keys)
    first = "CASE WHEN total > 0 THEN share_1 ELSE covered END"
    rows = f"""\
SELECT {names}CASE WHEN told THEN told_hits ELSE pieces END AS n,
  CASE WHEN told THEN 0 ELSE pieces END AS unreported,
  {first} AS share_1, log_var_1, share_2, log_var_2
FROM units WHERE status = 'matured'
UNION ALL
SELECT {names}pieces - told_hits AS n, pieces - told_hits AS unreported, 1.0 AS share_1,
  0.0 AS log_var_1, CASE WHEN rate_2 > 0 THEN 1.0 ELSE 0.0 END AS share_2, 0.0 AS log_var_2
FROM units WHERE status = 'matured' AND told AND pieces > told_hits"""
    means = ", ".join(f"{in_any_order(f'n * {name}')} / sum(n) AS {name}" for name in NUMBERS[2:])
    cells = f"""\
SELECT {names}sum(n) AS n, sum(unreported) AS unreported, {means}
FROM lag_rows WHERE n > 0
GROUP BY {names}CAST(round({_STEPS} * share_1) AS INT), CAST(round({_STEPS} * share_2) AS INT)"""
    texts = ", ".join(f"CAST({name} AS STRING)" for name in NUMBERS)
    listed = f"""\
SELECT {names}array_agg(concat_ws({_BETWEEN}, {texts})) AS {CELLS}
FROM lag_sums{grouped(keys)}"""
    return [("lag_rows", rows), ("lag_sums", cells), (CELLS, listed)]
