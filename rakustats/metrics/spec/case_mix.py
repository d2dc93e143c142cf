"""Case-mix adjustment: what a group's mix of goods, prices, seasons and methods lets expect."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
from scipy.special import gammaincinv

from rakustats.config.settings import settings
from rakustats.engine.steps import Step
from rakustats.errors import UsageError
from rakustats.marts.keys import LINE_KEYS, PARCEL_KEYS, closure_of, key_names
from rakustats.metrics.spec.added_columns import behind, floats
from rakustats.metrics.spec.grouping import grouped, same_keys
from rakustats.metrics.spec.mix_cells import COLUMN, listed_cells
from rakustats.stats.arrays import Floats

LINE_STRATA = tuple(k for k in LINE_KEYS if k != "seller_id")
STRATA = (*LINE_STRATA, "price_band", "season", *PARCEL_KEYS)
ALIASES = {"closure": "season"}

# grain: one line and parcel of the final leg
_OF_LINES = """\
order_lines l
LEFT JOIN shipment_lines c ON c.order_no = l.order_no AND c.line_no = l.line_no
LEFT JOIN shipments s ON s.shipment_id = c.shipment_id AND s.leg IS DISTINCT FROM 1"""
# grain: one shipment and line in it
_OF_SHIPMENTS = """\
shipments s
LEFT JOIN shipment_lines c ON c.shipment_id = s.shipment_id
LEFT JOIN order_lines l ON l.order_no = c.order_no AND l.line_no = c.line_no"""


@dataclass(frozen=True)
class CaseMix:
    """The strata of a case mix, coarsest variable first, and the columns that name a unit.

    ``units`` must have these columns and ``cohort_day`` besides what rates need.
    """

    strata: tuple[str, ...]
    unit: tuple[str, ...]


def case_mix(
    adjust: str | Sequence[str] | None, unit: Sequence[str] = ("order_no", "line_no")
) -> CaseMix | None:
    """Return the case mix that ``adjust`` asks for, None if it asks for nothing.

    Raises
    ------
    UsageError
        If a stratum is unknown; the message lists the valid ones.
    """
    given = [adjust] if isinstance(adjust, str) else list(adjust or ())
    strata = tuple(dict.fromkeys(ALIASES.get(s, s) for s in given))
    unknown = [s for s in strata if s not in STRATA]
    if unknown:
        raise UsageError(
            ja=f"{'、'.join(map(repr, unknown))} では調整できません。"
            f"使えるのは {'、'.join(STRATA)} です。",
            en=f"Cannot adjust for {', '.join(map(repr, unknown))}; valid are {', '.join(STRATA)}.",
        )
    return CaseMix(strata, tuple(unit)) if strata else None


def case_mix_steps(asked: CaseMix, keys: Sequence[str], units: str, events: str) -> list[Step]:
    """Return the steps that end in ``case_mix``: the keys, ``expected`` and the group's cells.

    ``units`` and ``events`` are the SQL of what a row of the step ``units`` counts for. Expected
    are the events at the rates of the others alone: with its own units in the rate, one that is
    most of a stratum would be what is usual there, however good or bad. A stratum in which the
    others have too few units takes the rate of the stratum that its last part is left out of.
    """
    places = range(1, len(asked.strata) + 1)
    strata = ", ".join(f"stratum_{i}" for i in places)
    group = key_names(keys)
    cells = f"""\
SELECT {group}{strata}, sum(mix_n) AS n, sum(mix_events) AS events
FROM mix_rows GROUP BY {group}{strata}"""
    levels = ", ".join(
        f"sum({what}) OVER ({_within(i)})"
        + (f" - sum({what}) OVER ({_within(i, keys)})" if keys else "")
        + f" AS {what}_{i}"
        for i in (0, *places)
        for what in ("n", "events")
    )
    least = settings().case_mix.least_units
    rates = " ".join(
        f"WHEN n_{i} >= {least} THEN CAST(events_{i} AS DOUBLE) / n_{i}" for i in reversed(places)
    )
    of_all = "CAST(sum(events) OVER () AS DOUBLE) / nullif(sum(n) OVER (), 0) AS of_all"
    rate = f"CASE {rates} ELSE coalesce(CAST(events_0 AS DOUBLE) / nullif(n_0, 0), of_all) END"
    listed = listed_cells([f"stratum_{i}" for i in places])
    expected = f"""\
SELECT {group}sum(n * {rate}) AS expected, {listed} AS {COLUMN} FROM mix_levels{grouped(keys)}"""
    return [
        ("mix_units", _units(asked)),
        ("mix_rows", _rows(asked, keys, units, events)),
        ("mix_cells", cells),
        ("mix_levels", f"SELECT *, {levels}, {of_all} FROM mix_cells"),
        ("case_mix", expected),
    ]


def _within(level: int, keys: Sequence[str] = ()) -> str:
    columns = ", ".join([*keys, *(f"stratum_{i}" for i in range(1, level + 1))])
    return f"PARTITION BY {columns}" if columns else ""


def _units(asked: CaseMix) -> str:
    """One row per unit with its strata; what its lines or parcels do not share is 'mixed'."""
    shipments = asked.unit == ("shipment_id",)
    one = "s" if shipments else "l"
    unit = ", ".join(f"{one}.{c}" for c in asked.unit)
    items = [
        f"{_stratum(name)} AS stratum_{i}"
        for i, name in enumerate(asked.strata, start=1)
        if name != "season"
    ]
    source = _OF_SHIPMENTS if shipments else _OF_LINES
    return f"SELECT {', '.join([unit, *items])}\nFROM {source}\nGROUP BY {unit}"


def _stratum(name: str) -> str:
    if name == "price_band":
        return price_band("max(l.unit_price_cny)")
    column = f"CAST({'l' if name in LINE_STRATA else 's'}.{name} AS STRING)"
    return f"CASE WHEN min({column}) < max({column}) THEN 'mixed' ELSE min({column}) END"


def price_band(price: str) -> str:
    """Return the SQL of the band that a unit price (CNY) lies in, as text that sorts."""
    bands = settings().case_mix.price_bands
    cases = " ".join(f"WHEN {price} < {top} THEN '{i}: <{top}'" for i, top in enumerate(bands))
    return f"CASE {cases} WHEN {price} IS NOT NULL THEN '{len(bands)}: {bands[-1]}+' END"


def _rows(asked: CaseMix, keys: Sequence[str], units: str, events: str) -> str:
    strata = "".join(
        f",\n  coalesce({_season() if name == 'season' else f'm.stratum_{i}'}, 'unknown')"
        f" AS stratum_{i}"
        for i, name in enumerate(asked.strata, start=1)
    )
    group = "".join(f"u.{k}, " for k in keys)
    same = " AND ".join(f"m.{c} = u.{c}" for c in asked.unit)
    return f"""\
SELECT {group}{units} AS mix_n, {events} AS mix_events{strata}
FROM units u LEFT JOIN mix_units m ON {same}
WHERE u.status = 'matured'"""


def _season() -> str:
    return closure_of("u.cohort_day")


def case_mix_join(keys: Sequence[str]) -> str:
    """Return the join that brings ``case_mix`` to the counts ``c``."""
    return f"\nLEFT JOIN case_mix x ON {same_keys(keys, 'x', 'c')}"


def with_ratios(table: pa.Table, alone: Floats) -> pa.Table:
    r"""Return the table with observed over expected events, its interval and a word for it.

    There is no word for who has all of its units ``alone``, in strata where nobody else has any.

    The exact interval of a Poisson count O (Garwood 1936): quantiles of Gamma(O) and Gamma(O + 1),
    each divided by the expected number E. Pieces of one order are no independent events: both
    numbers are divided by the design effect first.
    """
    happened = "events_shared" if "events_shared" in table.column_names else "events"
    observed = table.column(happened).cast(pa.float64()).to_numpy()
    expected = table.column("expected").cast(pa.float64()).to_numpy(zero_copy_only=False)
    if "design_effect" in table.column_names:
        effect = table.column("design_effect").fill_null(1.0).to_numpy()
        observed, expected = observed / effect, expected / effect
    expected = np.where(expected > 0, expected, np.nan)
    tail = (1 - settings().shrinkage.level) / 2
    some = np.where(observed > 0, observed, 1)
    lo = np.where(observed > 0, gammaincinv(some, tail), 0.0) / expected
    hi = gammaincinv(observed + 1, 1 - tail) / expected
    columns = {"ratio": observed / expected, "ratio_lo": lo, "ratio_hi": hi}
    table = behind(table, table.column_names[-1], columns)
    words = np.array(_compared(lo, hi), dtype=object)
    words[(alone > 0) & (alone >= floats(table, "n", 0))] = "alone"
    return table.append_column("judged", pa.array(words, type=pa.string()))


def _compared(lo: Floats, hi: Floats) -> list[str | None]:
    limit = settings().case_mix.much_worse
    words = np.select([lo > limit, lo > 1, hi < 1], ["much worse", "worse", "better"], "similar")
    return [None if np.isnan(low) else str(word) for low, word in zip(lo, words, strict=True)]
