r"""Whether a delivery comes too late: a logistic model and an expected time, averaged on the logit.

The logistic model is trained on the outcomes, the expected time on the days: P(later than the
promise) is the survival of its distribution at the promised day. The weight of each is chosen on
the youngest quarter of the rows, by models of the older ones; both are then fitted to all.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import expit, logit
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.linear_model import LogisticRegression
from sklearn.utils.validation import check_is_fitted

from rakustats.errors import UsageError
from rakustats.risk.columns import NAMES
from rakustats.risk.rest_model import RestModel, fit_rest, log_time
from rakustats.stats.arrays import Floats

SHARES = (0.0, 0.25, 0.5, 0.75, 1.0)
YOUNGEST = 0.25
# a model of a million rows chooses on these many
MOST_TO_CHOOSE = 60_000
SURE = 1e-4
SLACK, NO_SLACK = NAMES.index("slack"), NAMES.index("no_slack")
FEWEST = 10


@dataclass(frozen=True)
class TrainingRows:
    """Rows to train on: standardised features, and their outcomes."""

    x: Floats
    slack: Floats
    late: NDArray[np.int64]
    labelled: NDArray[np.bool_]
    when: Floats
    weight: Floats
    times: tuple[Floats, Floats, NDArray[np.bool_]] | None

    def part(self, rows: NDArray[np.intp]) -> TrainingRows:
        """Return some of the rows."""
        times: Any = None if self.times is None else tuple(t[rows] for t in self.times)
        return TrainingRows(
            self.x[rows], self.slack[rows], self.late[rows], self.labelled[rows], self.when[rows],
            self.weight[rows], times,
        )  # fmt: skip


class LateModel(ClassifierMixin, BaseEstimator):  # type: ignore[misc] # untyped in the library
    """Probability that a delivery is late, from features in the order of their names.

    Parameters
    ----------
    C : float
        Inverse penalty of the logistic model.
    alpha : float
        Ridge penalty of the expected time.
    half_life : float
        Days after which a row counts half.
    share : float, optional
        Weight of the expected time, 0 to 1; None: chosen on the youngest rows.

    Attributes
    ----------
    share_ : float
        Weight of the expected time.
    rest_ : RestModel or None
        The expected time, None where no days were given.

    Notes
    -----
    logit p = (1 - share) (b0 + b x) + share logit P(T > promise).
    """

    def __init__(
        self, C: float = 0.03, alpha: float = 30.0, half_life: float = 365.0,
        share: float | None = None,
    ) -> None:  # fmt: skip
        self.C = C
        self.alpha = alpha
        self.half_life = half_life
        self.share = share

    def fit(
        self, X: ArrayLike, y: ArrayLike, asked: ArrayLike | None = None,
        days: ArrayLike | None = None, seen: ArrayLike | None = None,
        failed: ArrayLike | None = None,
    ) -> LateModel:  # fmt: skip
        """Fit to rows whose promise has passed; those asked about after it give their days alone.

        Parameters
        ----------
        X : array, rows x features
        y : array of 0 and 1
            Late.
        asked : array, optional
            Day of each question, a number; older ones count less. Without, all count alike.
        days, seen : array, optional
            Days from the question to the arrival (NaN while unknown) and to the censoring. Without,
            only the logistic model is fitted.
        failed : array of bool, optional
            Lost or returned.
        """
        rows, late = np.asarray(X, np.float64), np.asarray(y).astype(int)
        labelled = np.ones(len(late), bool)
        if days is not None:
            labelled = (rows[:, SLACK] > log_time(np.zeros(1))) & (rows[:, NO_SLACK] == 0)
        if len(np.unique(late[labelled])) < 2:
            raise UsageError(
                ja="どの行も結果が同じで、学習で見分けるものがありません。",
                en="All rows ended alike: there is nothing to tell apart.",
            )
        when = np.zeros(len(late)) if asked is None else np.asarray(asked, float)
        weight = 0.5 ** ((when.max() - when) / self.half_life)
        self.classes_ = np.array([0, 1])
        self.n_features_in_ = rows.shape[1]
        self.center_, self.scale_ = _scales(rows, weight)
        x = (rows - self.center_) / self.scale_
        times = None
        if days is not None:
            spent = np.asarray(days, float)
            last = np.full(len(late), np.nan) if seen is None else np.asarray(seen, float)
            lost = np.zeros(len(late), bool) if failed is None else np.asarray(failed, bool)
            times = (spent, last, lost)
        training = TrainingRows(x, rows[:, SLACK], late, labelled, when, weight, times)
        self.share_ = self._chosen_share(training)
        self.logistic_, self.rest_ = self._both(training)
        return self

    def _both(self, training: TrainingRows) -> tuple[LogisticRegression, RestModel | None]:
        j = training.labelled
        logistic = LogisticRegression(C=self.C, solver="newton-cholesky").fit(
            training.x[j], training.late[j], sample_weight=training.weight[j]
        )
        if training.times is None:
            return logistic, None
        return logistic, fit_rest(training.x, *training.times, training.weight, self.alpha)

    def _chosen_share(self, training: TrainingRows) -> float:
        """Return the share that does best on the youngest rows, by models of the older ones."""
        if training.times is None:
            return 0.0
        if self.share is not None:
            return float(self.share)
        order = np.argsort(training.when, kind="stable")
        order = order[:: -(-len(order) // MOST_TO_CHOOSE)]
        cut = int(len(order) * (1 - YOUNGEST))
        old, young = training.part(order[:cut]), order[cut:]
        ended = old.late[old.labelled]
        if min(ended.sum(), len(ended) - ended.sum()) < FEWEST:
            return 0.5
        logistic, rest = self._both(old)
        young = young[training.labelled[young]]
        a = np.asarray(logistic.decision_function(training.x[young]))
        b = _at_promise(rest, training.x[young], training.slack[young])
        sign, weight = 1 - 2 * training.late[young], training.weight[young]
        losses = [
            np.average(np.logaddexp(0, sign * ((1 - s) * a + s * b)), weights=weight)
            for s in SHARES
        ]
        return SHARES[int(np.argmin(losses))]

    def decision_function(self, X: ArrayLike) -> Floats:
        """Return the logit of the probability to be late."""
        check_is_fitted(self, "share_")
        rows = np.asarray(X, np.float64)
        x = self.standardised(rows)
        found = (1 - self.share_) * np.asarray(self.logistic_.decision_function(x))
        if self.share_:
            found = found + self.share_ * _at_promise(self.rest_, x, rows[:, SLACK])
        made: Floats = found
        return made

    def predict_proba(self, X: ArrayLike) -> Floats:
        """Return P(in time) and P(late), rows x 2."""
        late = expit(self.decision_function(X))
        return np.column_stack([1 - late, late])

    def predict(self, X: ArrayLike) -> NDArray[np.int64]:
        """Return 1 where late is likelier than not."""
        return (self.decision_function(X) > 0).astype(np.int64)

    def standardised(self, rows: Floats) -> Floats:
        """Return rows as the fitted models see them."""
        return (rows - self.center_) / self.scale_


def _scales(rows: Floats, weight: Floats) -> tuple[Floats, Floats]:
    center = np.average(rows, axis=0, weights=weight)
    spread = np.sqrt(np.average((rows - center) ** 2, axis=0, weights=weight))
    return center, np.where(spread > 1e-9, spread, 1.0)


def late_logit(rest: RestModel, z: Floats) -> Floats:
    """Return the logit of P(not there yet) at scaled residuals."""
    made: Floats = logit(np.clip(rest.surviving(z), SURE, 1 - SURE))
    return made


def _at_promise(rest: RestModel | None, x: Floats, slack: Floats) -> Floats:
    assert rest is not None
    mu, scale = rest.expected(x)
    return late_logit(rest, (slack - mu) / scale)
