"""The metric behind each criterion, and what the criterion is called."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from rakustats.engine.database import Database
from rakustats.i18n.phrases import Phrase, phrase
from rakustats.metrics.claims.claim_refusals import claim_refusals
from rakustats.metrics.delivery.delays import delay_rates
from rakustats.metrics.delivery.dispatch import dispatch_rates
from rakustats.metrics.delivery.non_arrival import loss_rates
from rakustats.metrics.delivery.tracking import tracking_quality
from rakustats.metrics.goods.carrier_damage import carrier_damage
from rakustats.metrics.goods.damage import damage_rates
from rakustats.metrics.goods.quality_rates import quality_rates
from rakustats.metrics.money.prices import quote_drift
from rakustats.metrics.settlement.cancellations import cancellation_rates
from rakustats.results.result import Result

GOODS = ("category", "inspection_level", "price_band", "season")
WAYS = ("ship_method", "dest_region", "season")


@dataclass(frozen=True)
class Days:
    """The cohort days that are scored, and the instant as of which."""

    since: date
    until: str | date | None
    as_of: datetime


Metric = Callable[..., Result]


@dataclass(frozen=True)
class Measured:
    """A criterion's metric with what it is asked besides by whom and when.

    Attributes
    ----------
    metric : callable
        Public function whose bad events count.
    title, unit : Phrase
        What is bad, and what is counted.
    options : dict
        What the metric is asked.
    goods : bool
        Whether units are goods or parcels, of which a grade needs some; claims are not.
    rating : str, optional
        Column of a platform's ratings that bears on it.
    by_leg : bool
        Whether the metric has to be asked leg by leg to leave out the first one.
    """

    metric: Metric
    title: Phrase
    unit: Phrase
    options: dict[str, Any]
    goods: bool = True
    rating: str | None = None
    by_leg: bool = False

    def ask(self, db: Database, key: str, days: Days) -> Result:
        """Return the metric's own table, by entity."""
        by = [key, "leg"] if self.by_leg else [key]
        adjust = [s for s in self.options.get("adjust", ()) if s != key]
        options = self.options | ({"adjust": adjust} if adjust else {})
        span = {"since": days.since, "until": days.until, "as_of": days.as_of}
        return self.metric(db, by=by, **span, **options)


_LINES = phrase(ja="明細", en="lines")
_PARCELS = phrase(ja="荷物", en="parcels")

METRIC_OF: dict[str, Measured] = {
    "dispatch_on_time": Measured(
        dispatch_rates,
        phrase(ja="発送遅れ", en="late dispatch"),
        _LINES,
        {"adjust": ("category", "platform", "season")},
        rating="rating_shipping",
    ),
    "defect_lines": Measured(
        damage_rates,
        phrase(ja="不良のある明細", en="lines with defective goods"),
        _LINES,
        {"kinds": ["defective"], "adjust": GOODS},
        rating="rating_item",
    ),
    "short_or_wrong": Measured(
        quality_rates,
        phrase(ja="数量不足・品違い", en="short or wrong goods"),
        _LINES,
        {"what": "short_or_wrong", "adjust": GOODS},
    ),
    "seller_cancellations": Measured(
        cancellation_rates,
        phrase(ja="店舗都合のキャンセル", en="called off by the seller"),
        _LINES,
        {"adjust": ("category", "season")},
    ),
    "commercial_drift": Measured(
        quote_drift,
        phrase(ja="見積より高い価格", en="dearer than quoted"),
        _LINES,
        {"adjust": ("category", "season")},
    ),
    "claim_cooperation": Measured(
        claim_refusals,
        phrase(ja="認められなかった申し立て", en="claims refused or given up"),
        phrase(ja="クレーム", en="claims"),
        {},
        goods=False,
        rating="rating_service",
    ),
    "on_time": Measured(
        delay_rates,
        phrase(ja="納期遅れ", en="late deliveries"),
        _PARCELS,
        {"leg": 2, "clock": "shipped", "adjust": WAYS},
    ),
    "damage": Measured(
        carrier_damage, phrase(ja="輸送中の破損", en="damaged on the way"), _PARCELS, {}
    ),
    "loss": Measured(loss_rates, phrase(ja="紛失・返送", en="lost or returned"), _PARCELS, {}),
    "valid_tracking": Measured(
        tracking_quality,
        phrase(ja="有効な追跡なし", en="without valid tracking"),
        _PARCELS,
        {},
        by_leg=True,
    ),
}
