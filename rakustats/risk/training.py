"""The model that is used: trained, backtested, replaced by a baseline that does as well."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from importlib.metadata import version
from typing import Any

import numpy as np

from rakustats.engine.database import Database
from rakustats.engine.steps import with_steps
from rakustats.errors import UsageError
from rakustats.i18n.phrases import Phrase, phrase
from rakustats.marts.question import Moment
from rakustats.metrics.delivery.delays import require_promises
from rakustats.metrics.spec.documented import of_database
from rakustats.risk.backtest_folds import (
    LEAST_EVENTS,
    LEAST_ROWS,
    Fitted,
    Fold,
    fit_at,
    folds,
    origins,
)
from rakustats.risk.baselines import Baseline, BaseRate, fit_baselines
from rakustats.risk.card import card_of
from rakustats.risk.decisions import Decisions, at_intervals
from rakustats.risk.deliveries import MATERIALISED, delivery_rows
from rakustats.risk.evaluation import beats
from rakustats.risk.features import feature_table
from rakustats.risk.labels import Rule, rule_of
from rakustats.risk.prediction_intervals import PredictionIntervals, fit_intervals
from rakustats.risk.rows import Rows, day_of, rows_of
from rakustats.stats.arrays import Floats
from rakustats.store.asof import Snapshot

EVERY_DAYS = 7
# from so many deliveries on, those on the way are sampled only every four weeks
MANY, EVERY_DAYS_OF_MANY = 200_000, 28
# histories use all deliveries; a model is trained on a sample of so many of them
MOST = 250_000
MODEL = "model"
# counted up where a stored model would no longer load as it was: it is trained anew
MODEL_FORMAT = "5"


@dataclass(frozen=True)
class RiskModel:
    """A trained model, or the baseline in its place, with its card.

    Attributes
    ----------
    target : str
        ``late`` or ``claim``.
    as_of : datetime
        Nothing later was trained on (UTC).
    used : str
        ``model``, the name of the baseline that does as well, or ``base_rate``.
    card : dict
        Data window, label rule, figures by origin and month, calibration, limits.
    """

    target: str
    as_of: datetime
    used: str
    card: dict[str, Any]
    fitted: Fitted | None
    plain: Baseline | BaseRate | None
    intervals: PredictionIntervals | None = None

    @property
    def rule(self) -> Rule:
        """What is predicted."""
        return rule_of(self.target)

    def probability(self, rows: Rows) -> Floats:
        """Return the probability of the target, by what is used."""
        if self.used == MODEL and self.fitted is not None:
            return self.fitted.probability(rows)
        assert self.plain is not None
        return self.plain.probability(rows)


@of_database
def train_risk_model(db: Database, *, as_of: Moment = None, target: str = "late") -> RiskModel:
    """Return a model of which open deliveries will be late, with its card.

    Parameters
    ----------
    target : {"late", "claim"}
        Not there by the end of the promised day, or a claim of goods after the arrival.

    Returns
    -------
    RiskModel
        Its ``card`` holds the data window, the label's rule, the figures of every origin and
        month (n, events, AUC, average precision, Brier and its skill over the past rate,
        calibration, precision at 50, coverage of the P10-P90 intervals), the baselines beside it,
        and its known limits.

    Raises
    ------
    UsageError
        If no delivery has a promise, none is labelled, or the target is unknown.

    Notes
    -----
    Trained only on deliveries whose promise had passed, so that who is in does not depend on the
    outcome. Backtested as of four past days, each on the quarter after it; the model is used where
    its Brier score is below every baseline's by more than one standard error (clustered by week).
    Under 200 deliveries or 30 events there is but the base rate.

    Examples
    --------
    >>> model = rs.train_risk_model(db)
    >>> model.card["used"] in ("model", "lane_rate", "slack", "age_over_p80", "base_rate")
    True
    """
    rule = rule_of(target)
    if target == "late":
        require_promises(db)
    snapshot = db.snapshot(as_of)
    n, began = first_begun(db, snapshot)
    if began is None:
        raise UsageError(
            ja="その時点までに始まった配送がないため、学習できません。",
            en="No delivery was begun by then, so there is nothing to learn from.",
        )
    # nothing is known of deliveries after they were last looked at, whatever else is newer
    looked = snapshot.horizon("shipments")
    rows = rows_of(feature_table(db, snapshot, _rules(target, n, began, looked)))
    return _trained(rows, rule, day_of(looked), day_of(began), looked, snapshot.clock)


def _rules(target: str, n: int, began: datetime, moment: datetime) -> list[Decisions]:
    """Return the prediction times: at the start and on the way, of very many deliveries of some."""
    every = EVERY_DAYS if n < MANY else EVERY_DAYS_OF_MANY
    one_in = -(-n // MOST)
    start = Decisions("start", one_in=one_in)
    return [start, at_intervals(moment, began, every, one_in)] if target == "late" else [start]


def first_begun(db: Database, snapshot: Snapshot) -> tuple[int, datetime | None]:
    """Return how many deliveries there are, and when the first of them began or was due."""
    text = "SELECT count(*) AS n, min(coalesce(begun_at, due_at)) AS first FROM risk_deliveries"
    row = db.engine.query(with_steps(delivery_rows(snapshot), text, MATERIALISED)).to_pylist()[0]
    return int(row["n"]), row["first"]


def _trained(
    rows: Rows, rule: Rule, at: float, first: float, moment: datetime, clock: int
) -> RiskModel:
    known = rule.labelled(rows, at)
    label = rule.label(rows.part(known))
    if not len(label):
        raise UsageError(
            ja="約束の日まで結果の分かった配送がないため、確率を学習できません。"
            "以前の配送のファイルも取り込んでください。",
            en="No delivery is over as far as its promise, so no probability can be estimated."
            " Load exports of older deliveries.",
        )
    fitted = fit_at(rows, rule, at)
    backtest = list(folds(rows, rule, at, origins(at, first))) if fitted else []
    used, why = _choose(fitted, backtest)
    rate = BaseRate(float((label.sum() + 0.5) / (len(label) + 1)))
    plain: Baseline | BaseRate = rate
    if used not in (MODEL, rate.name):
        made = fit_baselines(rows.part(known), rule, at)
        plain = next(b for b in made if b.name == used)
    card = card_of(rule, rows.part(known), label, backtest, used, why, clock)
    card |= {"as_of": moment.isoformat(), "versions": versions()}
    intervals = fitted.intervals if fitted else fit_intervals(rows, at) if rule.timed else None
    return RiskModel(rule.name, moment, used, card, fitted, plain, intervals)


def versions() -> dict[str, str]:
    """Return the versions on which a stored model depends."""
    packages = {name: version(name) for name in ("rakustats", "scikit-learn", "numpy")}
    return {**packages, "kept_as": MODEL_FORMAT}


def _choose(fitted: Fitted | None, backtest: Sequence[Fold]) -> tuple[str, Phrase]:
    if fitted is None:
        return "base_rate", phrase(
            ja=f"判定済みが {LEAST_ROWS} 件、該当が {LEAST_EVENTS} 件に満たないため、"
            "全体の割合だけを示す",
            en=f"fewer than {LEAST_ROWS} labelled rows or {LEAST_EVENTS} events: base rate alone",
        )
    if not backtest:
        return "base_rate", phrase(
            ja="過去の時点で試せるだけの期間がないため、全体の割合だけを示す",
            en="too short a history for a backtest: the base rate alone",
        )
    scores = {
        name: float(np.mean((_pooled(backtest, name) - _labels(backtest)) ** 2))
        for name in backtest[0].baselines
    }
    best = min(scores, key=lambda name: scores[name])
    p = np.concatenate([f.p for f in backtest])
    # deliveries of one week are late together
    week = np.concatenate([f.rows.asked for f in backtest]) // 7
    if all(beats(_labels(backtest), p, _pooled(backtest, name), week) for name in scores):
        return MODEL, phrase(
            ja="過去の時点での試験で、どの単純な方法よりも Brier スコアが標準誤差を超えて良い",
            en="as of past days its Brier score beats every baseline by more than a standard error",
        )
    return best, phrase(
        ja="モデルは単純な方法に標準誤差を超えて勝てなかったため、単純な方法を使う",
        en="the model does not beat this baseline by more than a standard error, so that is used",
    )


def _labels(backtest: Sequence[Fold]) -> Floats:
    return np.concatenate([f.label for f in backtest]).astype(float)


def _pooled(backtest: Sequence[Fold], name: str) -> Floats:
    return np.concatenate([f.baselines[name] for f in backtest])
