"""Run the simulators and print what was reached beside what was to be reached.

    python -m validation [--only R,S2] [--quick] [--write]

A module of figures has `IDS`, the ids it measures, and `figures(quick)`, which returns them; its
name stands in MODULES. `--quick` takes few seeds. `--write` puts the tables into docs/methods.md,
each between `<!-- figures R -->` and `<!-- end of figures R -->`, R being the letter of the ids.
Exit code 1: a figure was missed.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Sequence
from importlib import import_module
from pathlib import Path

from validation.figures import Figure, table, write_table

MODULES: tuple[str, ...] = (
    *("sellers", "carriers", "million", "adjusted_rates"),
    *("curves", "open_orders", "quantile_times", "slices", "claim_lag", "late_claims"),
    *("whose_fault", "crossed_oracles", "legs"),
    *("carried", "short_legs"),
    *("drifts", "drift_volumes", "drift_samples", "drift_carriers"),
    *("at_risk", "live", "windows", "histories", "piece_costs"),
)
PAGE = Path(__file__).parents[1] / "docs" / "methods.md"


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure the chosen figures and return the exit code."""
    parser = argparse.ArgumentParser(prog="python -m validation")
    parser.add_argument("--only", default="", help="ids or their letters, as in R,S2")
    parser.add_argument("--quick", action="store_true", help="few seeds")
    parser.add_argument("--write", action="store_true", help="into docs/methods.md")
    asked = parser.parse_args(arguments)
    if asked.write and (asked.quick or any(part[1:] for part in asked.only.split(","))):
        parser.error("only whole letters of a long run are written")
    wanted = tuple(part.strip() for part in asked.only.split(",") if part.strip())
    found = measured(wanted, asked.quick)
    print(table(found))
    if asked.write:
        for letter in sorted({f.id[0] for f in found}):
            write_table(PAGE, letter, [f for f in found if f.id[0] == letter])
    return 0 if found and all(f.ok for f in found) else 1


def measured(wanted: tuple[str, ...], quick: bool) -> list[Figure]:
    """Return the figures whose id is wanted, all if none is named."""
    found: list[Figure] = []
    for name in MODULES:
        module = import_module(f"validation.{name}")
        if not wanted or any(_is_wanted(i, wanted) for i in module.IDS):
            began = time.perf_counter()
            found += module.figures(quick)
            print(f"{name}: {time.perf_counter() - began:.0f} s", file=sys.stderr)
    return [f for f in found if not wanted or _is_wanted(f.id, wanted)]


def _is_wanted(figure: str, wanted: Sequence[str]) -> bool:
    return figure in wanted or figure[0] in wanted


if __name__ == "__main__":
    raise SystemExit(main())
