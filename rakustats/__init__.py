"""Trouble analytics for import orders: load exports, measure delay and damage, know whom to trust.

Examples
--------
>>> import rakustats as rs
>>> with rs.connect() as db:
...     late = rs.delay_rates(db, by=["carrier"])
>>> late.by
('carrier',)
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rakustats.engine.database import Database, connect
    from rakustats.errors import RakustatsError, UsageError
    from rakustats.infer import propose
    from rakustats.loading.load import load
    from rakustats.metrics.claims.attributions import attributions
    from rakustats.metrics.claims.causes import claim_causes, repeat_offenders
    from rakustats.metrics.claims.claim_outcomes import claim_outcomes
    from rakustats.metrics.claims.claim_refusals import claim_refusals
    from rakustats.metrics.claims.claim_times import claim_times
    from rakustats.metrics.claims.claim_waits import claim_waits
    from rakustats.metrics.claims.claims import claim_rates
    from rakustats.metrics.comparison.drift import drift, drift_path
    from rakustats.metrics.comparison.effects import crossed_effects
    from rakustats.metrics.delivery.completeness import fill_rates, order_times
    from rakustats.metrics.delivery.delays import delay_rates
    from rakustats.metrics.delivery.dispatch import dispatch_rates
    from rakustats.metrics.delivery.lead_times import arrival_curve, lead_times
    from rakustats.metrics.delivery.leg_times import leg_times
    from rakustats.metrics.delivery.non_arrival import loss_rates, non_arrival
    from rakustats.metrics.delivery.stages import stage_days, stage_times
    from rakustats.metrics.delivery.tracking import open_deliveries, tracking_quality
    from rakustats.metrics.goods.carrier_damage import carrier_damage
    from rakustats.metrics.goods.damage import damage_rates
    from rakustats.metrics.goods.inspection_escapes import inspection_escapes
    from rakustats.metrics.goods.quality_rates import quality_rates
    from rakustats.metrics.money.landed import landed_costs
    from rakustats.metrics.money.prices import quote_drift
    from rakustats.metrics.money.weights import weight_gaps
    from rakustats.metrics.settlement.cancellations import cancellation_rates
    from rakustats.metrics.settlement.leaks import cancel_leaks
    from rakustats.metrics.settlement.refunds import refund_times, unsettled_refunds
    from rakustats.quality.summary import data_quality
    from rakustats.reports.making import report
    from rakustats.reports.page import Page
    from rakustats.results.result import Result
    from rakustats.risk.at_risk import at_risk
    from rakustats.risk.backtest import risk_trials
    from rakustats.risk.decision_value import Costs
    from rakustats.risk.explained import explain_risk
    from rakustats.risk.model_registry import keep_predictions, keep_run
    from rakustats.risk.monitoring import judged_warnings
    from rakustats.risk.training import RiskModel, train_risk_model
    from rakustats.scorecards.buy_again import buy_again
    from rakustats.scorecards.cards import carrier_scores, seller_scores
    from rakustats.scorecards.changes import score_changes
    from rakustats.scorecards.score_criteria import score_criteria
    from rakustats.scorecards.seller_card import seller_card
    from rakustats.scorecards.snapshots import keep_scores, kept_scores
    from rakustats.simulate import sample

__version__ = "0.1.0"

# Loaded when first used: a command that prints its help should not wait for pandas.
_HOMES = {
    "Costs": "risk.decision_value",
    "Database": "engine.database",
    "Page": "reports.page",
    "RakustatsError": "errors",
    "Result": "results.result",
    "RiskModel": "risk.training",
    "UsageError": "errors",
    "arrival_curve": "metrics.delivery.lead_times",
    "at_risk": "risk.at_risk",
    "attributions": "metrics.claims.attributions",
    "buy_again": "scorecards.buy_again",
    "cancel_leaks": "metrics.settlement.leaks",
    "cancellation_rates": "metrics.settlement.cancellations",
    "carrier_damage": "metrics.goods.carrier_damage",
    "carrier_scores": "scorecards.cards",
    "claim_causes": "metrics.claims.causes",
    "claim_outcomes": "metrics.claims.claim_outcomes",
    "claim_rates": "metrics.claims.claims",
    "claim_refusals": "metrics.claims.claim_refusals",
    "claim_times": "metrics.claims.claim_times",
    "claim_waits": "metrics.claims.claim_waits",
    "connect": "engine.database",
    "crossed_effects": "metrics.comparison.effects",
    "damage_rates": "metrics.goods.damage",
    "data_quality": "quality.summary",
    "delay_rates": "metrics.delivery.delays",
    "dispatch_rates": "metrics.delivery.dispatch",
    "drift": "metrics.comparison.drift",
    "drift_path": "metrics.comparison.drift",
    "explain_risk": "risk.explained",
    "fill_rates": "metrics.delivery.completeness",
    "inspection_escapes": "metrics.goods.inspection_escapes",
    "judged_warnings": "risk.monitoring",
    "keep_predictions": "risk.model_registry",
    "keep_run": "risk.model_registry",
    "keep_scores": "scorecards.snapshots",
    "kept_scores": "scorecards.snapshots",
    "landed_costs": "metrics.money.landed",
    "lead_times": "metrics.delivery.lead_times",
    "leg_times": "metrics.delivery.leg_times",
    "load": "loading.load",
    "loss_rates": "metrics.delivery.non_arrival",
    "non_arrival": "metrics.delivery.non_arrival",
    "open_deliveries": "metrics.delivery.tracking",
    "order_times": "metrics.delivery.completeness",
    "propose": "infer",
    "quality_rates": "metrics.goods.quality_rates",
    "quote_drift": "metrics.money.prices",
    "refund_times": "metrics.settlement.refunds",
    "repeat_offenders": "metrics.claims.causes",
    "report": "reports.making",
    "risk_trials": "risk.backtest",
    "sample": "simulate",
    "score_changes": "scorecards.changes",
    "score_criteria": "scorecards.score_criteria",
    "seller_card": "scorecards.seller_card",
    "seller_scores": "scorecards.cards",
    "stage_days": "metrics.delivery.stages",
    "stage_times": "metrics.delivery.stages",
    "tracking_quality": "metrics.delivery.tracking",
    "train_risk_model": "risk.training",
    "unsettled_refunds": "metrics.settlement.refunds",
    "weight_gaps": "metrics.money.weights",
}

__all__ = [
    "Costs",
    "Database",
    "Page",
    "RakustatsError",
    "Result",
    "RiskModel",
    "UsageError",
    "arrival_curve",
    "at_risk",
    "attributions",
    "buy_again",
    "cancel_leaks",
    "cancellation_rates",
    "carrier_damage",
    "carrier_scores",
    "claim_causes",
    "claim_outcomes",
    "claim_rates",
    "claim_refusals",
    "claim_times",
    "claim_waits",
    "connect",
    "crossed_effects",
    "damage_rates",
    "data_quality",
    "delay_rates",
    "dispatch_rates",
    "drift",
    "drift_path",
    "explain_risk",
    "fill_rates",
    "inspection_escapes",
    "judged_warnings",
    "keep_predictions",
    "keep_run",
    "keep_scores",
    "kept_scores",
    "landed_costs",
    "lead_times",
    "leg_times",
    "load",
    "loss_rates",
    "non_arrival",
    "open_deliveries",
    "order_times",
    "propose",
    "quality_rates",
    "quote_drift",
    "refund_times",
    "repeat_offenders",
    "report",
    "risk_trials",
    "sample",
    "score_changes",
    "score_criteria",
    "seller_card",
    "seller_scores",
    "stage_days",
    "stage_times",
    "tracking_quality",
    "train_risk_model",
    "unsettled_refunds",
    "weight_gaps",
]


def __getattr__(name: str) -> object:
    if name not in _HOMES:
        raise AttributeError(f"module 'rakustats' has no attribute {name!r}")
    return getattr(import_module(f"rakustats.{_HOMES[name]}"), name)


def __dir__() -> list[str]:
    return [*__all__, "__version__"]
