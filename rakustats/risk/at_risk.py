"""Open deliveries by risk: probability, prediction interval, reason codes, recommended action."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import numpy as np
import pyarrow as pa

from rakustats.engine.database import Database
from rakustats.errors import UsageError
from rakustats.i18n.phrases import Lang, Phrase, phrase
from rakustats.marts.question import Moment
from rakustats.metrics.spec.documented import of_database
from rakustats.metrics.spec.stale import last_seen_notes
from rakustats.results.result import Result
from rakustats.risk.decision_value import Costs
from rakustats.risk.decisions import NOW
from rakustats.risk.deliveries import NOUN, TITLE
from rakustats.risk.explanations import parts
from rakustats.risk.features import feature_table
from rakustats.risk.next_steps import NextStep, next_step
from rakustats.risk.open_state import claim_days_left, open_state_table
from rakustats.risk.reason_codes import reasons
from rakustats.risk.rows import Rows, rows_of
from rakustats.risk.training import MODEL, RiskModel, train_risk_model
from rakustats.risk.triage import Due, triage

_PLAIN = {
    "lane_rate": phrase(ja="便と経路のこれまでの遅れ", en="past lateness of its service and route"),
    "slack": phrase(ja="残り日数と通常の日数の差", en="days left against days that are usual"),
    "age_over_p80": phrase(ja="いまの段階での日数", en="its days in this stage"),
    "base_rate": phrase(ja="全体の割合", en="the rate of all"),
}
_ENDS = {1: phrase(ja="倉庫", en="warehouse"), 2: phrase(ja="日本", en="Japan")}
_OVERDUE = phrase(ja="約束の日を過ぎている", en="the promised day is over")
_NO_PROMISE = phrase(ja="約束の日がない", en="it has no promised day")


@of_database
def at_risk(
    db: Database,
    *,
    as_of: Moment = None,
    model: RiskModel | None = None,
    due: Due = "all",
    capacity: int | None = None,
    costs: Costs | None = None,
    lang: Lang = "ja",
) -> Result:
    """Return the open deliveries by risk, each with what to do next.

    Parameters
    ----------
    model : RiskModel, optional
        From :func:`train_risk_model`, of the same as-of or an earlier one; trained now by default.
    due : {"all", "ahead", "over"}
        All, those whose promised day is still ahead, or those whose promised day is over.
    capacity : int, optional
        How many of these deliveries can be looked after: ``chosen`` marks so many at most.
    costs : Costs, optional
        ``rs.Costs(acting, late, effect)``: ``chosen`` marks those where acting is expected to pay,
        and those whose promise is over.
    lang : {"ja", "en"}
        Language of ``reasons``, ``next_step`` and ``destination``.

    Returns
    -------
    Result
        One row per open delivery, the likeliest to be late first, then the latest promise:
        ``order_no`` (the first of a
        parcel of several), ``shipment_id``, ``probability`` (not there by the end of the promised
        day; 1 where that is over, NULL without a promise), ``arrives_p10``, ``arrives_p50``,
        ``arrives_p90`` (instants, UTC, of its receipt, if it arrives at all; NULL where hardly any
        that was on its way for so long ever arrived), ``reasons`` (what raises the risk
        most), ``next_step``; ``step`` (its code), ``owner`` (who has it in hand), ``leg``,
        ``destination`` (where it ends and arrives, in words: the warehouse on leg 1, Japan on leg
        2), ``stage``, ``seller_id``, ``carrier``, ``ship_method``, ``due_day`` (the promised day
        where it ends), ``due_at`` (end of that day, UTC), ``days_overdue``,
        ``silence_days`` (since the last scan, NULL where its carrier never scans), ``seen_until``
        (instant, UTC, of the export or scan that shows it last: all this is as of then),
        ``window_level`` (model: learnt for its leg and stage; stage: what the few others in its leg
        and stage took), ``expected_gain`` (JPY, with costs; NULL where the
        promise is over, as nothing makes that one come in time) and ``chosen``.

    Raises
    ------
    UsageError
        If no delivery has a promise, none is labelled, or the model was trained on later days.

    Notes
    -----
    p = 1 / (1 + exp(-logit)); see :class:`rakustats.risk.late_model.LateModel` for the logit, and
    docs/methods.md, Deliveries at risk. Act where
    p > cost of acting / (cost of being late x effect).

    Examples
    --------
    >>> open_ones = rs.at_risk(db, capacity=20)
    >>> open_ones.table.column_names[:4]
    ['order_no', 'shipment_id', 'probability', 'arrives_p10']
    """
    snapshot = db.snapshot(as_of)
    used = train_risk_model(db, as_of=snapshot.moment) if model is None else model
    if used.as_of > snapshot.moment:
        raise UsageError(
            ja=f"モデルは {used.as_of:%Y-%m-%d} 時点のデータで学習したもので、"
            f"as-of（{snapshot.moment:%Y-%m-%d}）より後のことまで知っています。"
            "as-of の時点で学習し直してください。",
            en=f"The model was trained as of {used.as_of:%Y-%m-%d}, after the as-of"
            f" {snapshot.moment:%Y-%m-%d}: it knows what came later. Train one as of that day.",
        )
    state, text = open_state_table(db, snapshot)
    rows = rows_of(feature_table(db, snapshot, [NOW]))
    made = _scored(rows, used, lang) if len(rows) else _nothing()
    states = state.to_pylist()
    now = snapshot.moment + timedelta(microseconds=1)
    steps = [_step(row, p, now) for row, p in zip(states, made["probability"], strict=True)]
    table = _by_risk(_table(state, made, steps, lang))
    found = Result(
        table=table, sql=text, as_of=snapshot.moment, title=TITLE,
        notes=(
            *_notes(used, made["probability"], made["p50"].count(None)),
            *last_seen_notes(state, snapshot, NOUN),
        ),
    )  # fmt: skip
    return triage(found, due=due, capacity=capacity, costs=costs)


def _nothing() -> dict[str, list[Any]]:
    return {name: [] for name in ("probability", "reasons", "level", "p10", "p50", "p90")}


def _scored(rows: Rows, used: RiskModel, lang: Lang) -> dict[str, list[Any]]:
    p = used.probability(rows)
    overdue, none = rows.due <= rows.asked, np.isnan(rows.due)
    known = [
        None if n else 1.0 if o else float(x) for x, o, n in zip(p, overdue, none, strict=True)
    ]
    texts = _reasons(rows, used, lang)
    for place in np.flatnonzero(overdue):
        texts[place] = _OVERDUE.to(lang)
    for place in np.flatnonzero(none):
        texts[place] = _NO_PROMISE.to(lang)
    made: dict[str, list[Any]] = {"probability": known, "reasons": texts}
    if used.intervals is None:
        empty: list[Any] = [None] * len(rows)
        return made | {"level": empty, "p10": empty, "p50": empty, "p90": empty}
    days, level = used.intervals.of(rows)
    instants = {f"p{q}": [_instant(d) for d in days[:, i]] for i, q in enumerate((10, 50, 90))}
    return made | {"level": level.tolist(), **instants}


def _instant(days: float) -> datetime | None:
    return (
        None if np.isnan(days) else datetime(1970, 1, 1) + timedelta(seconds=round(days * 86_400))
    )


def _reasons(rows: Rows, used: RiskModel, lang: Lang) -> list[str]:
    if used.used != MODEL or used.fitted is None:
        return [_PLAIN[used.used].to(lang)] * len(rows)
    features = rows.features.to_numpy(np.float64)
    _, made = parts(used.fitted.model, features)
    return reasons(made, rows, lang)


def _step(row: dict[str, Any], p: float | None, now: datetime) -> NextStep:
    left = claim_days_left(row, now)
    return next_step({**row, "probability": p, "claim_days_left": left})


def _table(
    state: pa.Table, made: dict[str, list[Any]], steps: list[NextStep], lang: Lang
) -> pa.Table:
    moment = pa.timestamp("us")
    own = ("stage", "seller_id", "carrier", "ship_method", "due_day", "due_at", "days_overdue",
           "silence_days", "seen_until")  # fmt: skip
    legs = state.column("leg")
    ends = [_ENDS[leg].to(lang) if leg in _ENDS else None for leg in legs.to_pylist()]
    columns = {
        "order_no": state.column("order_no"),
        "shipment_id": state.column("shipment_id"),
        "probability": pa.array(made["probability"], pa.float64()),
        **{f"arrives_{q}": pa.array(made[q], moment) for q in ("p10", "p50", "p90")},
        "reasons": pa.array(made["reasons"], pa.string()),
        "next_step": pa.array([s.text.to(lang) for s in steps], pa.string()),
        "step": pa.array([s.code for s in steps], pa.string()),
        "owner": pa.array([s.owner for s in steps], pa.string()),
        "leg": legs,
        "destination": pa.array(ends, pa.string()),
        **{name: state.column(name) for name in own},
        "window_level": pa.array(made["level"], pa.string()),
    }
    return pa.table(columns)


def _by_risk(table: pa.Table) -> pa.Table:
    # of those that are late for certain, the latest ones are most worth a question
    order = [("probability", "descending"), ("due_at", "descending"), ("shipment_id", "ascending")]
    return table.sort_by(order)


def _notes(used: RiskModel, p: list[float | None], unlike: int) -> tuple[Phrase, ...]:
    why, rows = used.card["why"], used.card["rows"]
    name = phrase(ja="モデル", en="the model") if used.used == MODEL else _PLAIN[used.used]
    texts = [
        phrase(
            ja=f"確率は{name.ja}による：{why['ja']}（{used.as_of:%Y-%m-%d} 時点、判定済み"
            f" {rows['n']:,} 件、該当 {rows['events']:,} 件で学習）。",
            en=f"Probabilities are from {name.en}: {why['en']} (trained as of {used.as_of:%Y-%m-%d}"
            f" on {rows['n']:,} labelled rows, {rows['events']:,} of them late).",
        )
    ]
    without = sum(x is None for x in p)
    if without:
        texts.append(
            phrase(
                ja=f"届いていない荷物のうち {without:,} 件は約束の日がなく、確率を出していない。",
                en=f"Of all open deliveries {without:,} have no promised day, and so no"
                " probability.",
            )
        )
    if unlike:
        texts.append(
            phrase(
                ja=f"届いていない荷物のうち {unlike:,} 件は、"
                "これまでに届いたどの荷物よりも長くかかっているなど、"
                "比べられる例が足りないため、到着予想を出していない。",
                en=f"Of all open deliveries {unlike:,} have no prediction interval: hardly any"
                " that was on its way for so long, or none like them, ever arrived.",
            )
        )
    return tuple(texts)
