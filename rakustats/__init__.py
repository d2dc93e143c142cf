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
    from rakustats.loader import load
    from rakustats.metrics.attributions import attributions
    from rakustats.metrics.cancellations import cancellation_rates
    from rakustats.metrics.carrier_damage import carrier_damage
    from rakustats.metrics.causes import claim_causes, repeat_offenders
    from rakustats.metrics.claim_outcomes import claim_outcomes
    from rakustats.metrics.claim_refusals import claim_refusals
    from rakustats.metrics.claim_times import claim_times
    from rakustats.metrics.claim_waits import claim_waits
    from rakustats.metrics.claims import claim_rates
    from rakustats.metrics.completeness import fill_rates, order_times
    from rakustats.metrics.damage import damage_rates
    from rakustats.metrics.delays import delay_rates
    from rakustats.metrics.dispatch import dispatch_rates
    from rakustats.metrics.drift import drift, drift_path
    from rakustats.metrics.effects import crossed_effects
    from rakustats.metrics.escapes import inspection_escapes
    from rakustats.metrics.landed import landed_costs
    from rakustats.metrics.lead_times import arrival_curve, lead_times
    from rakustats.metrics.leaks import cancel_leaks
    from rakustats.metrics.leg_times import leg_times
    from rakustats.metrics.non_arrival import loss_rates, non_arrival
    from rakustats.metrics.prices import quote_drift
    from rakustats.metrics.quality import data_quality
    from rakustats.metrics.quality_rates import quality_rates
    from rakustats.metrics.refunds import refund_times, unsettled_refunds
    from rakustats.metrics.stages import stage_days, stage_times
    from rakustats.metrics.tracking import open_deliveries, tracking_quality
    from rakustats.metrics.weights import weight_gaps
    from rakustats.proposing import propose
    from rakustats.reports.making import report
    from rakustats.reports.page import Page
    from rakustats.results import Result
    from rakustats.risk.at_risk import at_risk
    from rakustats.risk.explained import explain_risk
    from rakustats.risk.judged import judged_warnings
    from rakustats.risk.runs import keep_predictions, keep_run
    from rakustats.risk.training import RiskModel, train_risk_model
    from rakustats.risk.tried import risk_trials
    from rakustats.risk.worth import Costs
    from rakustats.samples import sample
    from rakustats.scorecards.buy_again import buy_again
    from rakustats.scorecards.cards import carrier_scores, seller_scores
    from rakustats.scorecards.changes import score_changes
    from rakustats.scorecards.parts import score_criteria
    from rakustats.scorecards.seller_card import seller_card
    from rakustats.scorecards.snapshots import keep_scores, kept_scores

__version__ = "0.1.0"

# Loaded when first used: a command that prints its help should not wait for pandas.
_HOMES = {
    "Costs": "risk.worth",
    "Database": "engine.database",
    "Page": "reports.page",
    "RakustatsError": "errors",
    "Result": "results",
    "RiskModel": "risk.training",
    "UsageError": "errors",
    "arrival_curve": "metrics.lead_times",
    "at_risk": "risk.at_risk",
    "attributions": "metrics.attributions",
    "buy_again": "scorecards.buy_again",
    "cancel_leaks": "metrics.leaks",
    "cancellation_rates": "metrics.cancellations",
    "carrier_damage": "metrics.carrier_damage",
    "carrier_scores": "scorecards.cards",
    "claim_causes": "metrics.causes",
    "claim_outcomes": "metrics.claim_outcomes",
    "claim_rates": "metrics.claims",
    "claim_refusals": "metrics.claim_refusals",
    "claim_times": "metrics.claim_times",
    "claim_waits": "metrics.claim_waits",
    "connect": "engine.database",
    "crossed_effects": "metrics.effects",
    "damage_rates": "metrics.damage",
    "data_quality": "metrics.quality",
    "delay_rates": "metrics.delays",
    "dispatch_rates": "metrics.dispatch",
    "drift": "metrics.drift",
    "drift_path": "metrics.drift",
    "explain_risk": "risk.explained",
    "fill_rates": "metrics.completeness",
    "inspection_escapes": "metrics.escapes",
    "judged_warnings": "risk.judged",
    "keep_predictions": "risk.runs",
    "keep_run": "risk.runs",
    "keep_scores": "scorecards.snapshots",
    "kept_scores": "scorecards.snapshots",
    "landed_costs": "metrics.landed",
    "lead_times": "metrics.lead_times",
    "leg_times": "metrics.leg_times",
    "load": "loader",
    "loss_rates": "metrics.non_arrival",
    "non_arrival": "metrics.non_arrival",
    "open_deliveries": "metrics.tracking",
    "order_times": "metrics.completeness",
    "propose": "proposing",
    "quality_rates": "metrics.quality_rates",
    "quote_drift": "metrics.prices",
    "refund_times": "metrics.refunds",
    "repeat_offenders": "metrics.causes",
    "report": "reports.making",
    "risk_trials": "risk.tried",
    "sample": "samples",
    "score_changes": "scorecards.changes",
    "score_criteria": "scorecards.parts",
    "seller_card": "scorecards.seller_card",
    "seller_scores": "scorecards.cards",
    "stage_days": "metrics.stages",
    "stage_times": "metrics.stages",
    "tracking_quality": "metrics.tracking",
    "train_risk_model": "risk.training",
    "unsettled_refunds": "metrics.refunds",
    "weight_gaps": "metrics.weights",
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
