"""Leakage guard: a model may use the features by name, and nothing that is known only later."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
from sklearn.base import BaseEstimator, TransformerMixin

from rakustats.errors import UsageError
from rakustats.risk.columns import NAMES, OUTCOME
from rakustats.stats.arrays import Floats


def check_known(columns: Sequence[str], known: Sequence[str] = NAMES) -> None:
    """Refuse columns that are not features; those that reveal the outcome are named as such.

    Raises
    ------
    UsageError
        If a column is known only after the instant of the question, is no feature, or is missing.

    Examples
    --------
    >>> check_known(["seller_late", "arrived_at"])
    Traceback (most recent call last):
    ...
    rakustats.errors.UsageError: arrived_at is known only after the question is asked: leave it out.
    """
    strange = [c for c in columns if c not in known]
    later = [c for c in strange if c in OUTCOME or c.endswith(("_at", "_day"))]
    if later:
        raise UsageError(
            ja=f"{'、'.join(later)} は、予測の時点ではまだ分かりません。外してください。",
            en=f"{', '.join(later)} {'is' if len(later) == 1 else 'are'} known only after the"
            " question is asked: leave it out.",
        )
    if strange:
        raise UsageError(
            ja=f"{'、'.join(strange)} という特徴量はありません。"
            "rakustats.risk.columns を確かめてください。",
            en=f"{', '.join(strange)}: no feature of risk. See rakustats.risk.columns.",
        )
    missing = [c for c in known if c not in columns]
    if missing:
        raise UsageError(
            ja=f"特徴量 {'、'.join(missing)} がありません。",
            en=f"The features {', '.join(missing)} are missing.",
        )


class KnownFeatures(TransformerMixin, BaseEstimator):  # type: ignore[misc] # untyped in the library
    """The first step of a pipeline: a frame of features as numbers, in their order.

    Raises
    ------
    UsageError
        If a frame has a column that is known only later, or a number is missing.
    """

    def fit(self, X: pd.DataFrame, y: Any = None) -> KnownFeatures:
        """Check the columns."""
        check_known([str(c) for c in X.columns])
        self.n_features_in_ = len(NAMES)
        return self

    def transform(self, X: pd.DataFrame) -> Floats:
        """Return the features as an array, rows by :data:`~rakustats.risk.columns.NAMES`."""
        check_known([str(c) for c in X.columns])
        values = X[list(NAMES)].to_numpy(np.float64)
        if not np.isfinite(values).all():
            bad = [n for n, good in zip(NAMES, np.isfinite(values).all(axis=0), strict=True)
                   if not good]  # fmt: skip
            raise UsageError(
                ja=f"{'、'.join(bad)} に欠けた数があります。"
                "0 を入れ、対応する no_ の列を 1 にしてください。",
                en=f"{', '.join(bad)}: a number is missing; use 0 and its no_ flag.",
            )
        return values
