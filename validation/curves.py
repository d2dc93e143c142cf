"""S1 and S2: curves in SQL against lifelines and scikit-survival, equal and faster."""

from __future__ import annotations

import subprocess
import sys
import time
from typing import Any

import duckdb
import numpy as np
import pyarrow as pa

from rakustats.engine.steps import with_steps
from rakustats.metrics.spec.survival import curve_steps
from validation.figures import Figure
from validation.oracles import asked, oracles

IDS = ("S1", "S2")
ORACLE = "oracle_curves.py"
SPELLS = (
    "spells",
    "SELECT g, days, CASE cause WHEN 1 THEN 'c1' WHEN 2 THEN 'c2' WHEN 3 THEN 'c3' END AS ending"
    " FROM given",
)
TIMED = 200


def figures(quick: bool) -> list[Figure]:
    """Return S1 and S2; quick: 60 groups, and 2,000 groups for the speed."""
    try:
        oracles()
    except subprocess.CalledProcessError as error:
        print(f"S1, S2: the oracles cannot be installed ({error})", file=sys.stderr)
        return [Figure(name, "the oracles are missing", float("nan")) for name in IDS]
    return [*_equal(60 if quick else 400), _fast(2_000 if quick else 100_000)]


def random_groups(number: int, seed: int = 1) -> list[dict[str, Any]]:
    """Groups of all sizes with many ties, each with two causes at least."""
    rng = np.random.default_rng(seed)
    groups: list[dict[str, Any]] = []
    while len(groups) < number:
        n = int(rng.choice([3, 5, 10, 40, 150]))
        days = rng.integers(0, int(rng.choice([6, 20, 60])), n)
        cause = rng.choice(4, n, p=[0.3, 0.5, 0.1, 0.1])
        if len(set(cause.tolist()) - {0}) > 1:
            groups.append({"days": days.tolist(), "cause": cause.tolist()})
    return groups


def _equal(number: int) -> list[Figure]:
    groups = random_groups(number)
    answers = asked(ORACLE, groups)["groups"]
    sizes = [len(g["days"]) for g in groups]
    given = pa.table(
        {
            "g": np.repeat(np.arange(number), sizes),
            "days": np.concatenate([g["days"] for g in groups]).astype(np.int32),
            "cause": np.concatenate([g["cause"] for g in groups]),
        }
    )
    off = dict.fromkeys(("survival", "survival_sd", "incidence", "sd_aalen"), 0.0)
    for cause in (1, 2, 3):
        found = _curves(given, f"c{cause}")
        for g, answer in enumerate(answers):
            mine = found[found["g"] == g]
            assert mine["days"].tolist() == answer["days"]
            for name, apart in off.items():
                said = answer[name]
                if isinstance(said, dict):
                    said = said.get(str(cause), [np.nan] * len(mine))
                differs = np.abs(mine[name].to_numpy() - np.array(said))
                off[name] = max(apart, float(np.nanmax(differs, initial=0.0)))
    return [
        Figure("S1", f"Kaplan–Meier, difference from lifelines, {number} groups", off["survival"],
               most=1e-12, form=".0e"),
        Figure("S1", "Greenwood's sd, difference from lifelines",
               off["survival_sd"], most=1e-9, form=".0e"),
        Figure("S1", "Aalen–Johansen, difference from scikit-survival, every cause",
               off["incidence"],
               most=1e-12, form=".0e"),
        Figure("S1", "Aalen's sd, difference from scikit-survival",
               off["sd_aalen"], most=1e-9, form=".0e"),
    ]  # fmt: skip


def _curves(given: pa.Table, cause: str) -> Any:
    steps = [SPELLS, *curve_steps(["g"], cause, aalen=True)]
    with duckdb.connect() as con:
        con.register("given", given)
        text = with_steps(steps, "SELECT * FROM curve ORDER BY g, days")
        return con.sql(text).df()


def _fast(number: int) -> Figure:
    """Time all groups in SQL against a loop over some, scaled to all; the best of three each."""
    rng = np.random.default_rng(2)
    n = 100
    days = np.minimum(rng.gamma(4.0, 4.0, (number, n)), 90).astype(np.int32)
    cause = rng.choice(4, (number, n), p=[0.2, 0.7, 0.05, 0.05])
    some = [
        {"days": d.tolist(), "cause": c.tolist(), "causes": False}
        for d, c in zip(days[:TIMED], cause[:TIMED], strict=True)
    ]
    loop = min(asked(ORACLE, some)["kaplan_meier_seconds"] for _ in range(3))
    given = pa.table(
        {"g": np.repeat(np.arange(number), n), "days": days.ravel(), "cause": cause.ravel()}
    )
    steps = [SPELLS, *curve_steps(["g"], "c1")]
    with duckdb.connect() as con:
        con.register("rows_given", given)
        con.execute("SET enable_progress_bar = false")
        con.execute("CREATE TABLE given AS SELECT * FROM rows_given")
        text = with_steps(steps, "SELECT * FROM curve")
        seconds = min(_seconds(con, f"CREATE OR REPLACE TABLE made AS {text}") for _ in range(3))
    print(
        f"S2: {number:,} groups in {seconds:.1f} s; {TIMED} by lifelines in {loop:.1f} s",
        file=sys.stderr,
    )
    times = loop * number / TIMED / seconds
    what = f"KM, AJ and variances of {number:,} groups: speed-up over lifelines' KM"
    return Figure("S2", what, times, least=150, form=".0f")


def _seconds(con: duckdb.DuckDBPyConnection, text: str) -> float:
    began = time.perf_counter()
    con.execute(text)
    return time.perf_counter() - began
