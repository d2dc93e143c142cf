"""Questions that are refused: metrics, scorecards, risk, charts, on a few databases of few rows."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import duckdb
import numpy as np
import pandas as pd
import pyarrow as pa
from canonical_db import OpenDb, Row, local, promise

import rakustats as rs
from rakustats.calendar import workdays
from rakustats.cli.app import main
from rakustats.engine.database import Database
from rakustats.i18n.phrases import phrase
from rakustats.metrics.comparison import drift
from rakustats.quality.summary import Quality
from rakustats.risk import (
    decision_value,
    evaluation,
    explained,
    guard,
    labels,
    late_model,
    model_registry,
)
from rakustats.risk.columns import NAMES
from rakustats.risk.training import MODEL, RiskModel

BOUGHT, SENT, THERE = (local(f"2026-0{month} 12:00") for month in ("4-01", "4-20", "5-12"))
DUE = promise("2026-05-10")
RATES = phrase(ja="率", en="rates")
LINE = {"order_no": "A", "line_no": "1"}
CLAIM = {"claim_id": "K", "order_no": "O1", "line_no": "1", "kind": "damaged", "opened_at": THERE}
WHY = {"ja": "履歴が短い", "en": "too short a history"}


@dataclass
class Given:
    """The databases that cases ask, and a folder to write into."""

    none: Database
    bare: Database
    sent: Database
    few: Database
    nameless: Database
    folder: Path


def databases(open_db: OpenDb, folder: Path) -> Given:
    """Open databases: without anything, of one line, of one that was sent, whole, of nobody."""
    duckdb.connect(str(folder / "nothing.duckdb")).close()
    return Given(
        rs.connect(folder / "nothing.duckdb"),
        open_db({"orders": [{"order_no": "A"}], "order_lines": [LINE]}),
        open_db(
            {
                "order_lines": [{**LINE, "seller_shipped_at": SENT}],
                "refunds": [{"refund_id": "R", "order_no": "A", "requested_at": SENT}],
            }
        ),
        open_db(_parcels("S1", "yamato") | {"claims": [CLAIM]}),
        open_db(_nameless()),
        folder,
    )


def _parcels(seller: str | None, carrier: str | None) -> dict[str, list[Row]]:
    orders, lines, shipments, carried = [], [], [], []
    for number in range(6):
        line = {"order_no": f"O{number}", "line_no": "1"}
        orders.append({"order_no": f"O{number}", "purchased_at": BOUGHT, "submitted_at": BOUGHT})
        # one line was bought later and was never dispatched
        dispatch = {"seller_shipped_at": SENT} if number else {}
        lines.append({**line, "seller_id": seller, "qty_ordered": 1, **dispatch})
        shipments.append(
            {
                "shipment_id": f"P{number}",
                "leg": 2,
                "carrier": carrier,
                "ship_method": "air",
                "promised_at_original": DUE,
                "shipped_at": SENT,
                "delivered_at": THERE,
            }
        )
        carried.append({"shipment_id": f"P{number}", **line, "qty": 1, "allocation": "stated"})
    orders[0]["purchased_at"] = local("2026-05-01 12:00")
    return {
        "orders": orders,
        "order_lines": lines,
        "shipments": shipments,
        "shipment_lines": carried,
    }


def _nameless() -> dict[str, list[Row]]:
    """Parcels of nobody, which left on no known day; what was bought is not what arrived."""
    given = _parcels(None, None)
    for order in given["orders"]:
        order["purchased_at"] = None
    for line in given["order_lines"]:
        line |= {"arrived_at": local("2026-04-10 12:00"), "stored_at": local("2026-04-11 12:00")}
    for parcel in given["shipments"]:
        parcel["shipped_at"] = None
    given["orders"].append({"order_no": "Z", "purchased_at": BOUGHT})
    return given


# a carrier that is watched on both legs
BOTH_LEGS: Any = SimpleNamespace(
    who=SimpleNamespace(
        of="carrier", columns={"carrier": pa.array(["K", "K"]), "leg": pa.array([1, 2])}
    ),
    known=np.arange(2),
)
# the features of nobody: to ask for those of an empty database takes two seconds
NO_ROWS: Any = SimpleNamespace(names=lambda _: np.array([]), due=np.array([]), asked=np.array([]))


def _model(used: str = "base_rate", as_of: str = "2026-11-01") -> RiskModel:
    card = {"why": WHY, "calibration": [], "rows": {"n": 9, "events": 1}, "as_of": as_of}
    fitted: Any = object() if used == MODEL else None
    return RiskModel("late", datetime.fromisoformat(as_of), used, card, fitted, None)


def _frame(**more: float) -> pd.DataFrame:
    return pd.DataFrame({name: [0.0] for name in NAMES} | {k: [v] for k, v in more.items()})


def _written(path: Path, content: bytes = b"PAR1") -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    return path


def _kept_run(g: Given) -> None:
    at = datetime(2026, 11, 1)
    _written(g.folder / "risk" / "model_runs" / "late_1.json", b"[]")
    model_registry.latest_run("late", at, at, g.folder / "risk")


def _predictions(g: Given) -> None:
    _written(g.folder / "strange" / "predictions" / "p.parquet")
    model_registry.kept_predictions(g.folder / "strange")


def _snapshot(g: Given) -> None:
    _written(g.folder / "shots" / "other.parquet")
    rs.kept_scores("carrier", folder=g.folder / "shots")


def _kept_today(g: Given) -> None:
    scores = rs.carrier_scores(g.few, since="2026-01-01")
    rs.keep_scores(scores, g.folder / "today")
    rs.score_changes(g.few, "carrier", folder=g.folder / "today")


def _quality() -> Quality:
    return Quality(table=pa.table({"n": [1]}), sql="", as_of=BOUGHT, title=RATES)


Ask = Callable[[Given], object]
NEEDS: dict[str, Ask] = {
    "attributions": lambda g: rs.attributions(g.bare),
    "claim_causes": lambda g: rs.claim_causes(g.bare),
    "repeat_offenders": lambda g: rs.repeat_offenders(g.bare),
    "claim_outcomes": lambda g: rs.claim_outcomes(g.bare),
    "claim_refusals": lambda g: rs.claim_refusals(g.bare),
    "claim_times": lambda g: rs.claim_times(g.bare),
    "claim_waits": lambda g: rs.claim_waits(g.bare),
    "claim_rates": lambda g: rs.claim_rates(g.bare),
    "fill_rates": lambda g: rs.fill_rates(g.bare),
    "order_times": lambda g: rs.order_times(g.bare),
    "dispatch_rates": lambda g: rs.dispatch_rates(g.bare),
    "dispatch_rates bought": lambda g: rs.dispatch_rates(g.sent),
    "lead_times": lambda g: rs.lead_times(g.bare),
    "lead_times begun": lambda g: rs.lead_times(g.nameless, clock="shipped"),
    "leg_times": lambda g: rs.leg_times(g.bare),
    "leg_times carrier": lambda g: rs.leg_times(g.bare, "carrier"),
    "non_arrival": lambda g: rs.non_arrival(g.bare),
    "stage_times": lambda g: rs.stage_times(g.bare),
    "tracking_quality": lambda g: rs.tracking_quality(g.bare),
    "open_deliveries": lambda g: rs.open_deliveries(g.bare),
    "carrier_damage": lambda g: rs.carrier_damage(g.bare),
    "inspection_escapes": lambda g: rs.inspection_escapes(g.bare),
    "quality_rates": lambda g: rs.quality_rates(g.bare),
    "landed_costs": lambda g: rs.landed_costs(g.bare),
    "quote_drift": lambda g: rs.quote_drift(g.bare),
    "weight_gaps": lambda g: rs.weight_gaps(g.bare),
    "cancellation_rates": lambda g: rs.cancellation_rates(g.bare),
    "cancel_leaks": lambda g: rs.cancel_leaks(g.bare),
    "refund_times": lambda g: rs.refund_times(g.bare),
    "unsettled_refunds": lambda g: rs.unsettled_refunds(g.bare),
    "buy_again": lambda g: rs.buy_again(g.bare, "client_sku"),
    "delay_rates": lambda g: rs.delay_rates(g.bare),
    "damage_rates": lambda g: rs.damage_rates(g.bare),
}

WRONG: dict[str, Ask] = {
    # metrics
    "unit": lambda g: rs.delay_rates(g.few, unit="box"),
    "promise": lambda g: rs.delay_rates(g.few, promise="new"),
    "period": lambda g: rs.delay_rates(g.few, since="2026-05-01", until="2026-05-01"),
    "since": lambda g: rs.delay_rates(g.few, since="soon"),
    "as_of": lambda g: rs.delay_rates(g.few, as_of="soon"),
    "key": lambda g: rs.delay_rates(g.few, by="colour"),
    "adjust": lambda g: rs.delay_rates(g.few, by="seller", adjust="colour"),
    "kind": lambda g: rs.claim_rates(g.few, kinds="sad"),
    "causes by": lambda g: rs.claim_causes(g.few, by="carrier"),
    "repeated": lambda g: rs.repeat_offenders(g.few, at_least=1),
    "claim_times to": lambda g: rs.claim_times(g.few, to="heaven"),
    "own doing": lambda g: rs.claim_rates(g.few, "seller", kinds=["customer_reason"]),
    "drift path": lambda g: rs.drift_path(g.few, "S9"),
    "drift path legs": lambda g: drift._place(BOTH_LEGS, "K", None),
    "drift nothing": lambda g: rs.drift(g.few, since="2030-01-01"),
    "drift nobody": lambda g: rs.drift(g.nameless),
    "effects nobody": lambda g: rs.crossed_effects(g.nameless),
    "effects alone": lambda g: rs.crossed_effects(g.few, "ship_method"),
    "effects of": lambda g: rs.crossed_effects(g.few, "agency"),
    "effects outcome": lambda g: rs.crossed_effects(g.few, outcome="lost"),
    "order_times which": lambda g: rs.order_times(g.few, which="last"),
    "order_times by": lambda g: rs.order_times(g.few, by="carrier"),
    "no dispatch": lambda g: rs.dispatch_rates(g.few, since="2026-05-01"),
    "leg_times of": lambda g: rs.leg_times(g.few, "agency"),
    "leg_times unknown": lambda g: rs.leg_times(g.nameless),
    "non_arrival leg": lambda g: rs.non_arrival(g.few, leg=3),
    "open_deliveries leg": lambda g: rs.open_deliveries(g.few, leg=3),
    "carrier_damage leg": lambda g: rs.carrier_damage(g.few, leg=3),
    "carrier_damage by": lambda g: rs.carrier_damage(g.few, by="seller"),
    "damage keys": lambda g: rs.damage_rates(g.few, by="stage_found", adjust="category"),
    "escapes": lambda g: rs.inspection_escapes(g.few, kinds=["late"]),
    "faults": lambda g: rs.quality_rates(g.few, what="ugly"),
    "weights by": lambda g: rs.weight_gaps(g.few, by="seller"),
    "cancellations": lambda g: rs.cancellation_rates(g.few, by="reason", adjust="category"),
    "refunds asked for": lambda g: rs.refund_times(g.sent),
    "refunds clock": lambda g: rs.refund_times(g.few, clock="wall"),
    "goods unit": lambda g: rs.damage_rates(g.few, unit="box"),
    "calendar years": lambda g: rs.stage_times(g.few, as_of="1980-01-01"),
    "calendar": lambda g: workdays.facts(BOUGHT.date(), "kr"),
    # scorecards
    "buy_again same": lambda g: rs.buy_again(g.few, "sku"),
    "carrier_scores by": lambda g: rs.carrier_scores(g.few, "seller"),
    "no criterion": lambda g: rs.carrier_scores(g.bare),
    "no names": lambda g: rs.carrier_scores(g.nameless, since="2026-01-01"),
    "changes of": lambda g: rs.score_changes(g.few, "agency"),
    "rate changes worse": lambda g: rs.rate_changes(g.few, rs.delay_rates, "2026-05-01", worse="x"),
    "rate changes of": lambda g: rs.rate_changes(g.few, rs.lead_times, "2026-05-01"),
    "rate changes when": lambda g: rs.rate_changes(g.few, rs.delay_rates, "2030-01-01"),
    "rate changes since": lambda g: rs.rate_changes(
        g.few, rs.delay_rates, "2026-05-01", since="2026-05-02"
    ),
    "criteria of": lambda g: rs.score_criteria(g.few, "agency"),
    "seller_card": lambda g: rs.seller_card(g.few, "nobody", since="2026-01-01"),
    "keep": lambda g: rs.keep_scores(rs.delay_rates(g.few), g.folder),
    "kept": lambda g: rs.kept_scores(folder=g.folder / "no"),
    "kept by": lambda g: rs.kept_scores(published_by="2020-01-01", folder=g.folder / "no"),
    "kept earlier": _kept_today,
    "snapshot": _snapshot,
    # risk
    "later model": lambda g: rs.at_risk(g.few, model=_model(as_of="2030-01-01")),
    "due": lambda g: rs.at_risk(g.bare, model=_model(), due="soon"),
    "backtest show": lambda g: rs.risk_backtest(_model(), "all"),
    "backtest": lambda g: rs.risk_backtest(_model(), "calibration"),
    "capacity": lambda g: decision_value.chosen(np.array([0.5]), capacity=0),
    "costs": lambda g: rs.Costs(-1, 1, 0.5),
    "costs text": lambda g: rs.Costs.parse("1,2"),
    "outcomes": lambda g: evaluation.evaluate([1], [0.1, 0.2], past_rate=0.1, capacity=1),
    "chances": lambda g: evaluation.evaluate([1], [1.2], past_rate=0.1, capacity=1),
    "explain baseline": lambda g: rs.explain_risk(g.bare, model=_model()),
    "explain whom": lambda g: explained._chosen(NO_ROWS, _model(MODEL), "P9"),
    "explain nobody": lambda g: explained._chosen(NO_ROWS, _model(MODEL), None),
    "feature later": lambda g: guard.check_known([*NAMES, "arrived_at"]),
    "feature strange": lambda g: guard.check_known([*NAMES, "weather"]),
    "feature missing": lambda g: guard.check_known(NAMES[1:]),
    "feature number": lambda g: guard.KnownFeatures().transform(_frame(kg=np.nan)),
    "target": lambda g: labels.rule_of("theft"),
    "one end": lambda g: late_model.LateModel().fit(np.zeros((5, len(NAMES))), np.zeros(5)),
    "predictions": _predictions,
    "model card": _kept_run,
    "threshold": lambda g: rs.warning_outcomes(g.few, threshold=1, folder=g.folder),
    "no predictions": lambda g: rs.warning_outcomes(g.few, folder=g.folder / "no"),
    "nothing begun": lambda g: rs.train_risk_model(g.few, as_of="2026-01-01"),
    "nothing over": lambda g: rs.train_risk_model(g.few, as_of="2026-05-01"),
    # results and charts
    "no rates": lambda g: g.few.sql("SELECT 1 AS one").plot(),
    "no chart": lambda g: rs.delay_rates(g.few).plot(kind="pie"),
    "other chart": lambda g: rs.delay_rates(g.few).plot(kind="curve"),
    "chart keys": lambda g: rs.delay_rates(g.few).plot(kind="months"),
    "chart columns": lambda g: rs.delay_rates(g.few, by="seller").plot(kind="range"),
    "no columns": lambda g: rs.Result(pa.table({"n": [1]}), "", BOUGHT, RATES, "rates"),
    "ending": lambda g: rs.delay_rates(g.few).write(g.folder / "a.pdf"),
    "card ending": lambda g: rs.write_model_card({}, g.folder / "a.pdf", lang="ja"),
    "quality": lambda g: rs.data_quality(g.none),
    "quality part": lambda g: _quality().part("files"),
    "quality book": lambda g: _quality().part("imports"),
    "command": lambda g: main(["refunds", "--unsettled", "--by", "seller"]),
    "own query": lambda g: g.few.sql("SELECT nothing FROM orders"),
    "nothing loaded": lambda g: rs.delay_rates(g.none),
    "no spark": lambda g: rs.connect(tables={}),
    "no tables": lambda g: rs.connect(spark=object()),
    "no database": lambda g: rs.connect(g.folder / "none.duckdb"),
    "no duckdb": lambda g: rs.connect(_written(g.folder / "text.duckdb", b"no database" * 999)),
    "report": lambda g: rs.report(["nothing"], db=g.folder / "none.duckdb"),
    "report language": lambda g: rs.report(lang="fr", db=g.folder / "none.duckdb"),
}
