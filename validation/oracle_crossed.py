"""Crossed random effects by gpboost and statsmodels, run in an environment of their own.

    build/oracles/bin/python validation/oracle_crossed.py ROWS.json ANSWERS.json

ROWS has `seller`, `partner` (numbers from 0) and `event` (0 or 1), one entry per unit; `slow` asks
for statsmodels too.
"""

from __future__ import annotations

import json
import sys
import time
import warnings
from pathlib import Path

import gpboost
import numpy as np
from scipy import sparse
from statsmodels.genmod.bayes_mixed_glm import BinomialBayesMixedGLM

warnings.simplefilter("ignore")


def by_gpboost(
    seller: np.ndarray, partner: np.ndarray, event: np.ndarray
) -> tuple[list[float], list[float]]:
    """Return the sellers' effects, and the variances of sellers and partners."""
    groups = np.column_stack([seller, partner])
    model = gpboost.GPModel(group_data=groups, likelihood="bernoulli_logit")
    model.fit(y=event, X=np.ones((len(event), 1)))
    firsts = np.unique(seller, return_index=True)[1]
    effects = np.asarray(model.predict_training_data_random_effects())[firsts, 0]
    variances = np.ravel(model.get_cov_pars())
    return [float(effect) for effect in effects], [float(v) for v in variances]


def by_statsmodels(
    seller: np.ndarray, partner: np.ndarray, event: np.ndarray
) -> tuple[list[float], float]:
    sellers, partners = seller.max() + 1, partner.max() + 1
    rows = np.arange(len(event))
    of_seller = sparse.csr_matrix((np.ones(len(event)), (rows, seller)))
    of_partner = sparse.csr_matrix((np.ones(len(event)), (rows, partner)))
    kinds = np.repeat([0, 1], [sellers, partners])
    began = time.perf_counter()
    found = BinomialBayesMixedGLM(
        event, np.ones((len(event), 1)), sparse.hstack([of_seller, of_partner]).tocsr(), kinds
    ).fit_vb()
    seconds = time.perf_counter() - began
    return [float(effect) for effect in found.vc_mean[:sellers]], seconds


def main() -> None:
    given, answers = (Path(name) for name in sys.argv[1:3])
    rows = json.loads(given.read_text(encoding="utf-8"))
    seller, partner = np.array(rows["seller"]), np.array(rows["partner"])
    event = np.array(rows["event"], float)
    likeliest, variances = by_gpboost(seller, partner, event)
    found: dict[str, object] = {"gpboost": likeliest, "variances": variances}
    if rows["slow"]:
        found["statsmodels"], found["seconds"] = by_statsmodels(seller, partner, event)
    answers.write_text(json.dumps(found), encoding="utf-8")


if __name__ == "__main__":
    main()
