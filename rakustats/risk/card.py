"""The model card: the training data, the backtest, and the known limits."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import roc_auc_score
from sklearn.model_selection import KFold, cross_val_predict
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from rakustats.calendar.local_days import day_at
from rakustats.i18n.phrases import Phrase, phrase
from rakustats.risk.backtest_folds import Fold
from rakustats.risk.columns import NAMES
from rakustats.risk.evaluation import calibration, evaluate
from rakustats.risk.labels import Rule
from rakustats.risk.prediction_intervals import covered
from rakustats.risk.rows import Rows
from rakustats.stats.arrays import Floats, Ints

CAPACITY = 50
WARNED = 0.5
# more rows make the leaky figure no more precise
MOST_LEAKY = 20_000
LIMITS = (
    phrase(
        ja="月や曜日の効果は、二、三年の記録では休業期間と見分けられないため使っていない",
        en="months and weekdays are not used: a few years do not tell them from the closures",
    ),
    phrase(
        ja="急な混雑は、届いた荷物や遅れた荷物に表れるまで分からない",
        en="sudden congestion is unseen until it shows in arrivals and missed promises",
    ),
    phrase(
        ja="到着予想の幅は、これまでのずれがこの先も同じだとみなしており、"
        "記録の中で初めての休業期間には早めに出る",
        en="windows take the errors of the past for those to come, and are too early in the first"
        " closure on record",
    ),
    phrase(
        ja="国際便（区間2）の配送会社は、配送依頼と同時に決まるとみなしている",
        en="the carrier of leg 2 is taken as known from the request on",
    ),
    phrase(
        ja="複数店舗をまとめた荷物は、番号順で最初の店舗の履歴で見る",
        en="a parcel of several sellers is read by the history of the first by id",
    ),
)


def card_of(
    rule: Rule,
    rows: Rows,
    label: Ints,
    backtest: Sequence[Fold],
    used: str,
    why: Phrase,
    clock: int,
) -> dict[str, Any]:
    """Return the card without its as-of, in types that JSON knows, days by the as-of's clock."""
    asked = (rows.asked.min(), rows.asked.max()) if len(rows) else ()
    first, last = [_day(d, clock) for d in asked] or (None, None)
    p = np.concatenate([f.p for f in backtest]) if backtest else np.zeros(0)
    seen = np.concatenate([f.label for f in backtest]) if backtest else np.zeros(0, np.int64)
    bins = calibration(seen, p) if len(seen) else None
    return {
        "target": rule.name,
        "label_rule": rule.words._asdict(),
        "rows": {
            "n": len(label), "events": int(label.sum()), "n_deliveries": len(np.unique(rows.unit)),
            "first": first, "last": last,
        },
        "used": used,
        "why": why._asdict(),
        "origins": [_of_fold(f, rule, clock) for f in backtest],
        "months": _months(backtest, clock),
        "calibration": [
            {"n": int(n), "probability": float(q), "rate": float(r)}
            for n, q, r in zip(bins.n, bins.probability, bins.rate, strict=True)
        ] if bins else [],
        "gain": _gain(seen, p),
        "auc": _auc(seen, p),
        "leaky_auc": leaky_auc(rows, label) if backtest else None,
        "limits": [limit._asdict() for limit in LIMITS],
        "features": list(NAMES),
    }  # fmt: skip


def _of_fold(fold: Fold, rule: Rule, clock: int) -> dict[str, Any]:
    found = evaluate(fold.label, fold.p, fold.past_rate, CAPACITY)
    warned = (fold.p >= WARNED) & (fold.label == 1)
    ahead = (rule.labelled_on(fold.rows) - fold.rows.asked)[warned]
    brier = {k: float(np.mean((b - fold.label) ** 2)) for k, b in fold.baselines.items()}
    return {
        "origin": _day(fold.fitted.at, clock), "n_learnt": fold.fitted.n, "n": found.n,
        "events": found.events, "mean_probability": found.mean_probability, "auc": found.auc,
        "average_precision": found.average_precision, "brier": found.brier, "skill": found.skill,
        "calibration_error": found.calibration_error, "capacity": found.capacity,
        "precision": found.precision, "lead_days": float(np.median(ahead)) if len(ahead) else None,
        "coverage": _coverage(fold), "baselines": brier,
        "share": fold.fitted.model.share_,
    }  # fmt: skip


def _coverage(fold: Fold) -> float | None:
    """Return the coverage of the prediction intervals; None without any arrival."""
    inside = _inside(fold, np.ones(len(fold.label), bool))
    return float(inside.mean()) if inside is not None and len(inside) else None


def _inside(fold: Fold, which: NDArray[np.bool_]) -> NDArray[np.bool_] | None:
    if fold.intervals is None:
        return None
    here = which & ~np.isnan(fold.rows.received) & ~np.isnan(fold.intervals[:, 0])
    return covered(fold.rows.received[here], fold.intervals[here])


def _months(backtest: Sequence[Fold], clock: int) -> list[dict[str, Any]]:
    """Return the figures by month of the question."""
    parts: dict[str, list[tuple[Fold, NDArray[np.bool_]]]] = {}
    for fold in backtest:
        month = np.array([_day(d, clock)[:7] for d in fold.rows.asked])
        for name in np.unique(month):
            parts.setdefault(str(name), []).append((fold, month == name))
    return [_of_month(name, here) for name, here in sorted(parts.items())]


def _of_month(name: str, parts: Sequence[tuple[Fold, NDArray[np.bool_]]]) -> dict[str, Any]:
    label = np.concatenate([fold.label[here] for fold, here in parts])
    p = np.concatenate([fold.p[here] for fold, here in parts])
    inside = [_inside(fold, here) for fold, here in parts]
    known = np.concatenate([one for one in inside if one is not None] or [np.zeros(0, bool)])
    return {
        "month": name, "n": len(label), "events": int(label.sum()), "rate": float(label.mean()),
        "mean_probability": float(p.mean()), "brier": float(np.mean((p - label) ** 2)),
        "auc": _auc(label, p), "coverage": float(known.mean()) if len(known) else None,
    }  # fmt: skip


def _gain(label: Ints, p: Floats) -> list[dict[str, float]]:
    """Return which share of the events is among the likeliest shares of all, by twentieths."""
    if not label.sum():
        return []
    found = np.cumsum(label[np.argsort(-p, kind="stable")]) / label.sum()
    steps = np.linspace(0, 1, 21)
    places = np.ceil(steps * len(label)).astype(int)
    return [
        {"share": float(s), "found": float(found[k - 1]) if k else 0.0}
        for s, k in zip(steps, places, strict=True)
    ]


def _auc(label: Ints, p: Floats) -> float | None:
    return float(roc_auc_score(label, p)) if 0 < label.sum() < len(label) else None


def leaky_auc(rows: Rows, label: Ints) -> float | None:
    """Return the AUC that the same data seem to give where the future leaks in.

    Random rows on both sides, and late shares of sellers and routes over the whole history: what
    published notebooks do. It is shown beside the honest figure, and used for nothing.
    """
    chosen = np.arange(len(label))[:: -(-len(label) // MOST_LEAKY)]
    if min(label[chosen].sum(), len(chosen) - label[chosen].sum()) < CAPACITY:
        return None
    whole = [_whole_share(rows.names(name), label) for name in ("seller_id", "route")]
    x = np.column_stack([rows.features.to_numpy(np.float64), *whole])[chosen]
    model = make_pipeline(StandardScaler(), LogisticRegression(solver="newton-cholesky"))
    folds = KFold(5, shuffle=True, random_state=0)
    p = cross_val_predict(model, x, label[chosen], cv=folds, method="predict_proba")[:, 1]
    return _auc(label[chosen], p)


def _whole_share(names: NDArray[np.object_], label: Ints) -> Floats:
    codes = np.unique(names.astype(str), return_inverse=True)[1]
    made: Floats = (np.bincount(codes, label) / np.bincount(codes))[codes]
    return made


def _day(number: float, clock: int) -> str:
    return day_at(datetime(1970, 1, 1) + timedelta(float(number)), clock).isoformat()
