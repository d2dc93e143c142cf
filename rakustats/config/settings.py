"""Settings and calendars, read from the package's settings.toml."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

from rakustats.schema.shipped import shipped_values


class Closure(NamedTuple):
    """A stretch of days in which the trade stands still, both ends included."""

    name: str
    first: date
    last: date


@dataclass(frozen=True)
class Shrinkage:
    """How rates of few units are estimated, and who counts as worse."""

    many_groups: int
    few_groups: int
    few_units: int
    level: float
    worse_odds: float
    false_share: float
    worst_share: float


@dataclass(frozen=True)
class Cases:
    """When cancellations and refunds are late, and claims too loose to rate sellers by."""

    confirmation_days: int
    refund_begins_days: int
    unlinked_limit: float


@dataclass(frozen=True)
class DriftRules:
    """How drift is monitored."""

    odds_ratio: float
    false_alarms: float
    baseline: int
    level_sd: float

    @property
    def strength(self) -> float:
        """How much the common level weighs in a group's own: 1 / variance of the log odds."""
        return 1 / self.level_sd**2


@dataclass(frozen=True)
class CaseMixRules:
    """How units are stratified where rates are adjusted for case mix."""

    price_bands: tuple[int, ...]
    least_units: int
    much_worse: float


@dataclass(frozen=True)
class Silence:
    """Days without a scan after which a parcel counts as lost, by its mode."""

    air: int
    sea: int
    other: int


@dataclass(frozen=True)
class Settings:
    """Everything that may be set, with the package's own values."""

    database: Path
    own_calendar: Path
    own_policies: Path
    own_attributions: Path
    own_scorecard: Path
    dispatch_days: int
    horizon_days: int
    claim_lag_days: int
    silence: Silence
    claim_horizon_days: int
    cases: Cases
    escape_agency_share: float
    shrinkage: Shrinkage
    drift: DriftRules
    case_mix: CaseMixRules
    most_groups: int
    closures: tuple[Closure, ...]
    holidays: tuple[Closure, ...]
    new_years: tuple[date, ...]

    @property
    def calendar(self) -> tuple[date, date]:
        """First and last day for which the closures are known."""
        years = [c.first.year for c in self.closures]
        return date(min(years), 1, 1), date(max(years), 12, 31)

    @property
    def phases(self) -> tuple[Closure, ...]:
        """The closures cut into the days before their holiday, the holiday, and those after it."""
        found = []
        for whole, holiday in zip(self.closures, self.holidays, strict=True):
            before, after = holiday.first - timedelta(1), holiday.last + timedelta(1)
            found.append(Closure(f"{whole.name}_before", whole.first, before))
            found.append(holiday)
            found.append(Closure(f"{whole.name}_after", after, whole.last))
        return tuple(found)


def _closures(spec: dict[str, Any], part: str) -> tuple[Closure, ...]:
    """Return the closures around the holidays, or the holidays themselves."""
    before, after = (timedelta(spec[f"{part}_{side}_new_year"]) for side in ("before", "after"))
    days = "national_day_" if part == "days" else f"national_day_{part}_"
    found = []
    for day in spec["new_year"]:
        found.append(Closure("lunar_new_year", day - before, day + after))
        first, last = (
            date.fromisoformat(f"{day.year}-{spec[days + end]}") for end in ("from", "to")
        )
        found.append(Closure("national_day", first, last))
    return tuple(found)


@cache
def settings() -> Settings:
    """Return the settings.

    Examples
    --------
    >>> from rakustats.config.settings import settings
    >>> settings().claim_lag_days
    30
    """
    spec = shipped_values("config", "settings.toml")
    return Settings(
        database=Path(spec["files"]["database"]),
        own_calendar=Path(spec["files"]["calendar"]),
        own_policies=Path(spec["files"]["policies"]),
        own_attributions=Path(spec["files"]["attributions"]),
        own_scorecard=Path(spec["files"]["scorecard"]),
        dispatch_days=spec["dispatch"]["working_days"],
        horizon_days=spec["horizon"]["days"],
        **spec["reporting_lag"],
        cases=Cases(**spec["cases"]),
        silence=Silence(**spec["silence"]),
        **spec["attribution"],
        shrinkage=Shrinkage(**spec["shrinkage"]),
        drift=DriftRules(**spec["drift"]),
        case_mix=CaseMixRules(
            **spec["case_mix"] | {"price_bands": tuple(spec["case_mix"]["price_bands"])}
        ),
        most_groups=spec["charts"]["most_groups"],
        closures=_closures(spec["closures"], "days"),
        holidays=_closures(spec["closures"], "holiday"),
        new_years=tuple(spec["closures"]["new_year"]),
    )
