"""The world behind the exports: its time span, its sellers and what it keeps between chunks."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime, time

import numpy as np
import polars as pl

from rakustats.simulate import words
from rakustats.simulate.closures import DAY, seconds, spring_festivals
from rakustats.simulate.rows import Bools, Floats, Ints, Rows, Texts

MONTHS = 18
ITEMS_PER_SELLER = 12
CHUNK = 50_000
FIRST_MEMBER = 300_001
SNAPSHOT_LAG_DAYS = 42


@dataclass
class Sellers(Rows):
    """Latent truth of every seller, one array element per seller."""

    ids: Texts
    names: Texts
    platform: Ints
    region: Ints
    category: Ints
    volume: Floats
    defect: Floats
    wrong: Floats
    short: Floats
    cancel: Floats
    price_rise: Floats
    dispatch_days: Floats
    dispatch_spread: Floats
    promise_days: Floats
    bad: Bools
    bad_carrier: Floats
    worse_from: Floats
    worse_factor: Floats
    item_price: Ints

    def worsening(self, seller: Ints, at: Floats) -> Floats:
        """Return the factor on rates and dispatch time of ``seller`` at ``at``."""
        return np.where(at >= self.worse_from[seller], self.worse_factor[seller], 1.0)


def _names(rng: np.random.Generator, n: int, trade: Ints) -> pl.Series:
    place = rng.choice(words.SHOP_PLACES, n)
    name = rng.choice(words.SHOP_NAMES, n)
    form = rng.choice(words.SHOP_FORMS, n)
    full = [
        f"{p}{m}{words.SHOP_TRADES[t]}{f}"
        for p, m, t, f in zip(place, name, trade, form, strict=True)
    ]
    full[: len(words.SHOP_JAPANESE)] = words.SHOP_JAPANESE
    return pl.Series(full)


def make_sellers(rng: np.random.Generator, n: int, start: float, end: float) -> Sellers:
    """Return ``n`` sellers: Zipf volume, most good, an eighth bad, some worse from a day on."""
    rank = rng.permutation(n) + 1.0
    volume = rank**-0.95
    bad = np.arange(n) % 8 == 3
    category = rng.integers(0, len(words.CATEGORIES), n)
    worse = rng.random(n) < 0.1
    price = np.array(words.PRICE_CNY)[np.repeat(category, ITEMS_PER_SELLER)]
    price = price * rng.lognormal(0, 0.6, n * ITEMS_PER_SELLER)
    return Sellers(
        ids=pl.Series(
            [f"b2b-22{(i * 7_919_317 + 80_412_345) % 10**9:09d}{i % 89:02d}" for i in range(n)]
        ),
        names=_names(rng, n, category),
        platform=rng.choice(len(words.PLATFORMS), n, p=words.PLATFORM_WEIGHTS),
        region=rng.choice(len(words.REGIONS), n, p=words.REGION_WEIGHTS),
        category=category,
        volume=np.cumsum(volume) / volume.sum(),
        defect=np.where(bad, rng.beta(6, 44, n), rng.beta(1.5, 75, n)),
        wrong=np.where(bad, rng.beta(3, 77, n), rng.beta(1, 150, n)),
        short=np.where(bad, rng.beta(3, 77, n), rng.beta(1, 120, n)),
        cancel=np.where(bad, rng.beta(3, 47, n), rng.beta(1, 70, n)),
        price_rise=np.where(bad, 0.15, 0.04),
        dispatch_days=rng.lognormal(np.log(np.where(bad, 3.2, 1.5)), 0.35),
        dispatch_spread=rng.uniform(0.4, 0.8, n),
        promise_days=rng.integers(6, 9, n).astype(np.float64),
        bad=bad,
        bad_carrier=np.where(bad, 0.6, 0.05),
        worse_from=np.where(worse, start + rng.uniform(0.3, 0.8, n) * (end - start), np.inf),
        worse_factor=np.where(worse, rng.uniform(2.0, 4.0, n), 1.0),
        item_price=np.maximum(np.round(price * 100), 50).astype(np.int64),
    )


@dataclass
class Serials:
    """Running numbers that go on from chunk to chunk."""

    last: dict[str, int] = field(default_factory=dict)

    def take(self, kind: str, n: int) -> Ints:
        """Return the next ``n`` numbers of ``kind``."""
        first = self.last.get(kind, 0)
        self.last[kind] = first + n
        return np.arange(first + 1, first + n + 1)


@dataclass
class Resends(Rows):
    """Goods that a claim sends again: they become orders of a later chunk."""

    decided: Floats
    member: Ints
    seller: Ints
    item: Ints
    sku: Ints
    qty: Ints
    order_no: Texts

    @classmethod
    def none(cls) -> Resends:
        """Return an empty list."""
        zero = np.zeros(0, dtype=np.int64)
        return cls(np.zeros(0), zero, zero, zero, zero, zero, pl.Series([], dtype=pl.String))


@dataclass
class World:
    """Everything that chunks share."""

    seed: int
    orders: int
    as_of: float
    start: float
    sellers: Sellers
    members: int
    promise_days: Floats
    serials: Serials = field(default_factory=Serials)
    resends: Resends = field(default_factory=Resends.none)
    used_tracking: list[tuple[float, int, str]] = field(default_factory=list)

    @property
    def snapshot(self) -> float:
        """When the older of the two exports was made."""
        return self.as_of - SNAPSHOT_LAG_DAYS * DAY


@dataclass(frozen=True)
class Chunk:
    """Orders submitted in ``[start, end)``, all in one month."""

    index: int
    month: str
    start: float
    end: float
    orders: int


def local_seconds(moment: date | datetime) -> float:
    """Return ``moment`` as seconds since 1970 on the local clock; a bare date is its midnight."""
    if not isinstance(moment, datetime):
        moment = datetime.combine(moment, time())
    return (moment.replace(tzinfo=None) - datetime(1970, 1, 1)).total_seconds()


def _months_back(day: date, months: int) -> date:
    count = day.year * 12 + day.month - 1 - months
    return date(count // 12, count % 12 + 1, 1)


def first_day(as_of: float) -> date:
    """Return the first day of the world: the 18 calendar months up to ``as_of``."""
    last = datetime(1970, 1, 1).fromordinal(date(1970, 1, 1).toordinal() + int(as_of // DAY)).date()
    return _months_back(last, MONTHS - 1)


def make_world(seed: int, orders: int, as_of: float) -> World:
    """Return the world of ``seed``: sellers, members and promises of the ship methods."""
    rng = np.random.default_rng([seed, 0])
    start = seconds(first_day(as_of))
    sellers = make_sellers(rng, max(30, orders // 60), start, as_of)
    return World(seed, orders, as_of, start, sellers, max(20, orders // 40), calm_promises())


def calm_promises() -> Floats:
    """Return the days the agency promises per method: the 87th percentile of a calm season."""
    rng = np.random.default_rng(20_000)
    n = 4000
    totals = []
    for method in words.METHODS:
        desk = sum(rng.lognormal(np.log(m), s, n) for m, s in LEG2_DESK)
        flight = rng.lognormal(np.log(method.days), method.spread, n)
        customs = rng.lognormal(np.log(method.customs), 0.6, n)
        days = desk + flight + customs + rng.lognormal(np.log(1.2), 0.4, n)
        totals.append(np.ceil(np.quantile(days, 0.87)))
    return np.array(totals)


# packing, freight quote, freight payment, dispatch: median days and spread
LEG2_DESK = ((1.3, 0.5), (0.4, 0.6), (0.6, 0.8), (0.9, 0.5))


def _day_weights(start: float, days: int) -> Floats:
    """Return the relative number of orders per day: growth, weekdays, a quiet New Year."""
    day = np.arange(days)
    weight = 1.0 + 0.5 * day / max(days, 1)
    weekday = (day + int(start // DAY) + 3) % 7
    weight *= np.where(weekday >= 5, 0.75, 1.05)
    for festival in spring_festivals():
        distance = start / DAY + day - festival / DAY
        weight *= np.where((distance > -6) & (distance < 9), 0.45, 1.0)
    return weight


def plan(world: World) -> list[Chunk]:
    """Return the chunks: days in order, at most about 50,000 orders and one month in each."""
    days = max(1, int(np.ceil((world.as_of - world.start) / DAY)))
    ideal = np.cumsum(_day_weights(world.start, days))
    until = np.round(ideal / ideal[-1] * world.orders).astype(np.int64)
    per_day = np.diff(until, prepend=0)
    chunks: list[Chunk] = []
    first = 0
    for day in range(days):
        last_of_month = day + 1 == days or _month(world.start, day + 1) != _month(world.start, day)
        full = per_day[first : day + 1].sum() + (0 if last_of_month else per_day[day + 1]) > CHUNK
        if last_of_month or full:
            begin, end = world.start + first * DAY, world.start + (day + 1) * DAY
            n = int(per_day[first : day + 1].sum())
            chunks.append(
                Chunk(len(chunks), _month(world.start, first), begin, min(end, world.as_of), n)
            )
            first = day + 1
    return [c for c in chunks if c.orders]


def _month(start: float, day: int) -> str:
    return date.fromordinal(date(1970, 1, 1).toordinal() + int(start // DAY) + day).strftime(
        "%Y-%m"
    )
