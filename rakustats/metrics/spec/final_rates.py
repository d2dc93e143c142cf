"""The rate once all claims have come and stand: from what is told, by each group's own likelihood.

The engine counts a group's units by what their ages cover of the lag (a few cells), Python solves
for the group's own rate (:mod:`rakustats.stats.reporting_lag`): a common share of the claims that
have come would be too large for groups with many claims, whose unclaimed units are fewer. What is
claimed is multiplied by the probability that it stays (:mod:`rakustats.metrics.spec.claim_stays`).

The estimate rests on as many units as would know the rate as well,

    n_effective = (1 - p) / (p v),    v = var(p) / p²

v being the sum of that of the reports, of the estimated lag, and of the withdrawals.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from scipy.special import betaincinv

from rakustats.config.settings import settings
from rakustats.i18n.phrases import Phrase, phrase
from rakustats.metrics.spec.added_columns import behind, floats
from rakustats.metrics.spec.documented import Columns
from rakustats.stats.arrays import Floats
from rakustats.stats.reporting_lag import Delayed, relative_variances, reported_rates
from rakustats.stats.split_prior import MOST_SPLIT

FINAL_COLUMNS: Columns = {
    "ripe_share": "maturity: which part of the claims there will be has come by now",
    "stay_share": "which part of ``events`` will likely stay, not be withdrawn",
    "final_rate": "events stay_share / (n ripe_share): the rate once all claims have come and"
    " withdrawals are over",
    "final_lo, final_hi": "90 % interval of the final rate by the group's own units, not shrunken",
    "short_history": "whether no line is old enough to have shown the last claims: ``final_rate``"
    " lacks those to come after that age. Intervals then span from what is told so far to claims"
    " that go on as fast as in the last third of the ages seen",
}
CELLS = "lag_cells"
_APART = "\x1f"
# more claims to come than this part of those that came make a history too short
_MUCH = 0.02
# units at the common rate that draw the rate at which it is asked how much a group tells, and how
# many claims tell of the common split at most: for its own interval, where nothing but this says
# that a group may be unlike others, and for estimates, whose prior a weight that falls with the
# rate would bias
_OWN, _SHARED = (5.0, 20.0), (20.0, MOST_SPLIT)
#: What a cell's text is made of, what is added up by group, and what all groups share.
NUMBERS = ("n", "unreported", "share_1", "log_var_1", "share_2", "log_var_2")
SUMS = ("told_1", "told_2", "standing", "unsure", "stay_sd")
FACTS = ("rate_1", "rate_2", "tail_1", "tail_2", "no_lag", "gone_share")
_HIDDEN = (CELLS, *(f"lag_{name}" for name in (*SUMS, *FACTS)), "lag_effect", "lag_events")


def with_final_rates(table: pa.Table) -> pa.Table:
    """Return the table with the final rates in the place of what they are made of."""
    if CELLS not in table.column_names:
        return table
    told = np.stack([floats(table, f"lag_told_{k}", 0) for k in (1, 2)])
    fact = {name: floats(table, f"lag_{name}", 0) for name in (*SUMS, *FACTS)}
    n, events = floats(table, "n", 0), floats(table, "lag_events", 0)
    rates = np.stack([fact["rate_1"], fact["rate_2"]])
    common = _common(rates)
    cells = _cells(table)
    found = reported_rates(cells, told, common)
    whole, some = told.sum(axis=0), told.sum(axis=0) > 0
    stays = np.where(some, fact["standing"] / np.where(some, whole, 1.0), 1 - fact["gone_share"])
    named = np.where(n > 0, found.rate * np.where(some, stays, 0.0), np.nan)
    final, least, most = (named + more for more in _unnamed(table, n * found.ripe, stays))
    own, shared = (
        _effective(relative_variances(cells, told, found, *how), fact, whole, stays, n)
        / floats(table, "lag_effect", 1)
        for how in (_OWN, _SHARED)
    )
    tail = (found.split * np.stack([fact["tail_1"], fact["tail_2"]])).sum(axis=0)
    short = ((tail > _MUCH) | (fact["no_lag"] > 0)) & (n > 0)
    high = np.where(fact["no_lag"] > 0, 1.0, np.minimum(most * (1 + tail), 1.0))
    low, high = np.where(short, least * found.ripe, least), np.where(short, high, most)
    columns = {
        "ripe_share": np.where(n > 0, found.ripe, np.nan),
        "stay_share": np.where(
            events > 0, fact["standing"] / np.where(events > 0, events, 1.0), np.nan
        ),
        "final_rate": final,
        "final_lo": _bounds(low, own)[0],
        "final_hi": _bounds(high, own)[1],
        "short_history": pa.chunked_array([pa.array(short, mask=n == 0)]),
        "n_effective": np.where(n > 0, shared, 0.0),
        "final_low_end": low,
        "final_high_end": high,
    }
    place = table.column_names[table.column_names.index(f"lag_{SUMS[0]}") - 1]
    return behind(table, place, columns).drop_columns(list(_HIDDEN))


def _unnamed(table: pa.Table, told: Floats, stays: Floats) -> Iterator[Floats]:
    """Return what claims that may mean several units add to the rate: shared, at least, at most."""
    ends = [n if n in table.column_names else "events" for n in ("events_shared", "events_high")]
    for name in (ends[0], "events", ends[1]):
        more = floats(table, name, 0) - floats(table, "lag_events", 0)
        yield np.divide(more * stays, told, out=np.zeros_like(told), where=told > 0)


def _bounds(rate: Floats, n: Floats) -> tuple[Floats, Floats]:
    """Return Jeffreys' interval of rates that so many units tell; 0 and 1 where all is alike."""
    tail = (1 - settings().shrinkage.level) / 2
    known = np.isfinite(rate)
    yes = np.where(known, n * np.where(known, rate, 0.0), 0.0)
    no = np.maximum(np.where(known, n, 0.0) - yes, 0.0)
    lo = np.where(yes < 1e-9, 0.0, betaincinv(yes + 0.5, no + 0.5, tail))
    hi = np.where(no < 1e-9, 1.0, betaincinv(yes + 0.5, no + 0.5, 1 - tail))
    return np.where(known, lo, np.nan), np.where(known, hi, np.nan)


def _common(rates: Floats) -> Floats:
    """Return the common split of the claims over both clocks, the same in all groups."""
    if not rates.shape[1] or not rates.sum():
        return np.array([1.0, 0.0])
    place = int(np.argmax(rates.sum(axis=0) > 0))
    one = rates[:, place]
    return np.asarray(one / one.sum())


def _effective(
    known: tuple[Floats, Floats], fact: dict[str, Floats], whole: Floats, stays: Floats, n: Floats
) -> Floats:
    """Return how many units of which all is known would tell the rate as well."""
    relative, near = known
    gone = fact["gone_share"]
    noise = np.maximum(whole * gone * (1 - gone) - fact["unsure"], 0)
    told = np.maximum(fact["standing"], 0.5)
    of_stays = np.where(whole > 0, (noise + fact["stay_sd"] ** 2) / told**2, 0.0)
    p = np.clip(near * np.where(whole > 0, stays, 1.0), 1e-9, 1 - 1e-9)
    return np.minimum((1 - p) / (p * (relative + of_stays)), n)


def _cells(table: pa.Table) -> Delayed:
    """Return the cells of all groups, in an order that does not depend on the engine's."""
    listed = table.column(CELLS).combine_chunks()
    group = pc.list_parent_indices(listed).to_numpy().astype(np.int64)
    parts = pc.split_pattern(pc.list_flatten(listed), _APART)
    if not len(parts):
        return Delayed(group, *np.zeros((2, 0)), *np.zeros((2, 2, 0)))
    values = np.stack(
        [pc.list_element(parts, i).cast(pa.float64()).to_numpy() for i in range(len(NUMBERS))]
    )
    order = np.lexsort((*values, group))
    n, unreported, first, first_var, second, second_var = values[:, order]
    return Delayed(
        group[order], n, unreported, np.stack([first, second]), np.stack([first_var, second_var])
    )


def short_notes(table: pa.Table) -> list[Phrase]:
    """Return the note on histories that are shorter than claims take."""
    if "short_history" not in table.column_names:
        return []
    short = pc.sum(table.column("short_history")).as_py() or 0
    if not short:
        return []
    return [
        phrase(
            ja="記録の期間がクレームの出そろう日数より短く、まだ出ていないクレームの数は"
            "データから分からない（short_history）。final_rate は、これまでの日数で出る分だけの"
            "割合で、出そろったときの割合は final_lo から final_hi の間とみられる。",
            en="The records do not go back as far as claims take to come, so how many are still to"
            " come cannot be told from them (short_history). final_rate has those of the days seen"
            " only; the final rate is thought to lie between final_lo and final_hi.",
        )
    ]
