"""Curves against lifelines and scikit-survival, and a variance that holds where days are shared.

oracle_curves.json was made by lifelines 0.30.3 and scikit-survival 0.28.0:
`python -m validation --only S1` compares 400 groups; these are three of ten rows,
`[g for g in random_groups(60, seed=7) if len(g["days"]) == 10][:3]` of validation/curves.py.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
import pandas as pd
import pytest

from rakustats.engine.steps import with_steps
from rakustats.metrics.spec.survival import curve_steps

ORACLE = json.loads(Path(__file__).with_name("oracle_curves.json").read_text(encoding="utf-8"))


def curve(days: Any, cause: Any, asked: str, group: Any = 0) -> pd.DataFrame:
    """The curve of rows with a cause, 0 for those still open."""
    rows = pd.DataFrame({"g": group, "days": days, "cause": cause})
    with duckdb.connect() as con:
        con.register("rows_given", rows)
        con.execute("CREATE TABLE given AS SELECT * FROM rows_given")
        spells = "SELECT g, days, CASE WHEN cause > 0 THEN 'c' || cause END AS ending FROM given"
        steps = [("spells", spells), *curve_steps(["g"], asked, aalen=True)]
        return con.sql(with_steps(steps, "SELECT * FROM curve ORDER BY g, days")).df()


@pytest.mark.parametrize("group", ORACLE)
def test_the_curves_are_those_of_other_packages(group: dict[str, Any]) -> None:
    for cause, incidence in group["incidence"].items():
        found = curve(group["days"], group["cause"], f"c{cause}")
        assert found["survival"].tolist() == pytest.approx(group["survival"], abs=1e-12)
        assert found["incidence"].tolist() == pytest.approx(incidence, abs=1e-12)
        assert found["sd_aalen"].tolist() == pytest.approx(group["sd_aalen"][cause], abs=1e-9)
        alive = found[found["survival"] > 0]
        expected = group["survival_sd"][: len(alive)]
        assert alive["survival_sd"].tolist() == pytest.approx(expected, abs=1e-9)


def test_the_sd_is_the_spread_of_the_estimates_though_days_are_shared() -> None:
    """4,000 groups of 100 on 6 days with two endings; Aalen's formula would fall short by 7 %."""
    rng = np.random.default_rng(1)
    groups, n = 4_000, 100
    ends, seen = rng.integers(1, 7, groups * n), rng.integers(1, 10, groups * n)
    kind = rng.choice([1, 2], groups * n, p=[0.3, 0.7])
    found = curve(
        np.minimum(ends, seen),
        np.where(ends <= seen, kind, 0),
        "c1",
        np.repeat(np.arange(groups), n),
    )
    last = found[found["days"] == 6]
    spread = last["incidence"].std()
    assert last["incidence"].mean() == pytest.approx(0.3, abs=0.003)
    assert last["sd"].mean() == pytest.approx(spread, rel=0.03)
    assert last["sd_aalen"].mean() < 0.96 * spread


def test_the_incidences_and_what_is_left_add_up() -> None:
    rng = np.random.default_rng(2)
    days, cause = rng.integers(0, 12, 300), rng.choice(4, 300, p=[0.4, 0.3, 0.2, 0.1])
    parts = [curve(days, cause, f"c{c}") for c in (1, 2, 3)]
    total = sum(part["incidence"] for part in parts) + parts[0]["survival"]
    assert total.tolist() == pytest.approx([1.0] * len(total), abs=1e-12)
