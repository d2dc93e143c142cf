"""Curves and variances by lifelines and scikit-survival, run in an environment of their own.

    build/oracles/bin/python validation/oracle_curves.py GROUPS.json ANSWERS.json

A group has `days` and `cause` (0 open, else the number of the ending), at least two causes: with a
single one scikit-survival 0.28 stops. It wants causes without gaps and times above 0.
"""

from __future__ import annotations

import json
import sys
import time
import warnings
from pathlib import Path
from typing import Any

import numpy as np
from lifelines import KaplanMeierFitter
from sksurv import nonparametric

warnings.simplefilter("ignore")


def kaplan_meier(days: np.ndarray, cause: np.ndarray) -> dict[str, list[float]]:
    fitted = KaplanMeierFitter().fit(days, cause > 0)
    survival = fitted.survival_function_.iloc[:, 0]
    # lifelines keeps the sum of Greenwood's formula, the sd is the survival times its root
    greenwood = np.ravel(fitted._cumulative_sq_)
    at = np.isin(survival.index, days)
    return {
        "survival": survival[at].tolist(),
        "survival_sd": (survival * np.sqrt(greenwood))[at].tolist(),
    }


def aalen_johansen(days: np.ndarray, cause: np.ndarray) -> dict[str, Any]:
    present = sorted(set(cause.tolist()) - {0})
    variances: list[np.ndarray] = []
    own = nonparametric._var_aalen

    def kept(*arguments: Any) -> np.ndarray:
        variances.append(own(*arguments))
        return variances[-1]

    nonparametric._var_aalen = kept
    numbered = np.searchsorted([0, *present], cause)
    times, incidence, _ = nonparametric.cumulative_incidence_competing_risks(
        numbered, days + 1.0, conf_type="log-log"
    )
    nonparametric._var_aalen = own
    sd = np.sqrt(np.maximum(variances[0], 0))
    return {
        "days": (times - 1).tolist(),
        "incidence": {c: incidence[i + 1].tolist() for i, c in enumerate(present)},
        "sd_aalen": {c: sd[i].tolist() for i, c in enumerate(present)},
    }


def main() -> None:
    given, answers = (Path(name) for name in sys.argv[1:3])
    found, seconds = [], 0.0
    for group in json.loads(given.read_text(encoding="utf-8")):
        days, cause = np.array(group["days"], float), np.array(group["cause"])
        began = time.perf_counter()
        curve = kaplan_meier(days, cause)
        seconds += time.perf_counter() - began
        found.append(curve | (aalen_johansen(days, cause) if group.get("causes", True) else {}))
    text = json.dumps({"groups": found, "kaplan_meier_seconds": seconds})
    answers.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
