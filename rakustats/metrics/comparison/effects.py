"""Crossed effects: a seller's own part, adjusted for its carriers, seasons and methods."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Unpack

import numpy as np
import pyarrow as pa

from rakustats.config.settings import settings
from rakustats.engine.database import Database
from rakustats.errors import UsageError
from rakustats.i18n.phrases import Lang, phrase
from rakustats.marts.question import Period, ask
from rakustats.metrics.comparison.compared import LEG, NAMES, Compared
from rakustats.metrics.comparison.effect_words import effect_notes, explained
from rakustats.metrics.comparison.outcomes import (
    OUTCOMES,
    Outcome,
    codes_of,
    counted_cells,
    factors,
)
from rakustats.metrics.spec.documented import documented, names_of
from rakustats.metrics.spec.entities import OF, Of, with_names
from rakustats.results.result import Result
from rakustats.stats.arrays import Bools, Floats
from rakustats.stats.attributable_rates import attributable_rates
from rakustats.stats.ranks import largest_list
from rakustats.stats.shrinkage import estimates

EFFECTS = {
    "n": "matured units",
    "events": "those late, or damaged",
    "rate": "events / n",
    "estimate": "the rate that it would have in everybody's circumstances",
    "lo, hi": "90 % interval of the estimate",
    "raw_estimate": "the rate shrunken towards the common one but not adjusted",
    "raw_lo, raw_hi": "90 % interval of the raw estimate",
    "odds_ratio": "odds against a mean entity's",
    "odds_lo, odds_hi": "90 % interval of the odds ratio",
    "company_rate": "rate of a mean entity in this one's circumstances",
    "common_rate": "rate of a mean entity in everybody's circumstances",
    "p_worse": "posterior probability that the odds are more than twice a mean one's",
    "flagged": "on the list of such of which a tenth at most is expected to be false",
    "n_open": "units not due or received yet",
    "n_excluded": "units that do not count",
}


@documented(
    {**EFFECTS, "explained": "the same in words"},
    rows="One row per entity, sorted by its id (``seller_name`` beside ``seller_id``, ``leg``"
    " beside ``carrier`` and ``ship_method``)",
    by=None,
    cohort="Cohort days",
)
def crossed_effects(
    db: Database,
    of: Of = "seller",
    outcome: Outcome = "late",
    *,
    lang: Lang = "en",
    **period: Unpack[Period],
) -> Result:
    """Return sellers adjusted for their carriers and seasons, or carriers for their sellers.

    Bad sellers often use bad carriers, so raw rates charge each with the other's part. A logistic
    model with effects of sellers, carriers, months and methods (categories for damage) separates
    them; what a seller's choice of carriers says about the seller stays with the seller.

    Carriers and methods are compared with those of their own leg, each leg by a model of its own;
    one that works on both has two rows. Units of which nobody says whose they are, or who sold what
    is in them, are left out, and a note says how many.

    Where the arrival at the warehouse is known, :func:`leg_times` is the surer answer for delays:
    there each is measured on its own leg.

    Parameters
    ----------
    of : {"seller", "carrier", "ship_method"}
        Whose effects; sellers are adjusted for their carriers.
    outcome : {"late", "damage"}
        Shipments late as :func:`delay_rates` counts them, or lines as :func:`damage_rates` does.
    lang : {"en", "ja"}
        Language of ``explained``.

    Notes
    -----
    :mod:`rakustats.stats.crossed` gives the model. Of a carrier a parcel is one unit, in which each
    of its k sellers has the weight 1 / k. Of sellers it counts for each of them, so their intervals
    are too short where many share parcels. Damage of the last weeks is low for all alike, since
    claims come later; the months' effects take it up.

    Examples
    --------
    >>> effects = rs.crossed_effects(db, of="carrier", outcome="late")
    >>> list(effects.frame().columns[:8])
    ['carrier', 'leg', 'n', 'events', 'rate', 'estimate', 'lo', 'hi']
    """
    keys = (*factors(of, outcome), "month")
    what = OUTCOMES[outcome]
    title = phrase(
        ja=f"{what.name.ja}は誰のせいか", en=f"{what.name.en.capitalize()}: whose part is it"
    )
    asked = ask(db, (*keys, LEG), period, title, what.unit)
    counted = counted_cells(db, asked, of, outcome)
    compared = Compared.among(counted.cells, of)
    if counted.cells.num_rows:
        _require_two(compared)
    table = with_names(db, asked, _table(compared, keys, outcome, lang))
    notes = (*effect_notes(of, outcome), *compared.left_out())
    return asked.by(*compared.columns).result(table, counted.sql, "rates", notes)


def _require_two(compared: Compared) -> None:
    """Refuse to compare what stands alone."""
    named, some = NAMES[compared.of], compared.counts["n"] > 0
    if not some.any():
        raise UsageError(
            ja=f"判定できるもののうち、{named.ja}と店舗（order_lines.seller_id）の分かるものがないため、"
            "だれの影響か分けられません。その列のあるファイルを取り込んでください。",
            en=f"Nothing that could be judged names its {named.en} and who sold it"
            " (order_lines.seller_id), so nobody's part can be told. Load an export that has them.",
        )
    if np.bincount(compared.pools[some]).max() < 2:
        where = "" if compared.of == "seller" else "on a leg "
        raise UsageError(
            ja=f"判定できるものの{named.ja}が{'区間ごとに' if where else 'すべて'}同じで、"
            "比べる相手がありません。ほかにも分かるファイルを取り込むか、期間を広げてください。",
            en=f"All that could be judged {where}has the same {named.en}, so there is none to"
            " compare it with. Load exports that name others, or ask for more days.",
        )


def _table(compared: Compared, keys: Sequence[str], outcome: Outcome, lang: Lang) -> pa.Table:
    counts, size = compared.counts, len(compared.counts["n"])
    figures: dict[str, Any] = {name: np.full(size, np.nan) for name in names_of(EFFECTS)} | counts
    for pool in np.unique(compared.pools[counts["n"] > 0]):
        who = compared.pools == pool
        made = _raw(counts["events"][who], counts["n"][who])
        if (counts["n"][who] > 0).sum() > 1:
            made |= _adjusted(compared, compared.pool == pool, keys)
        for name, values in made.items():
            figures[name][who] = values
    figures["flagged"] = _flagged(figures["p_worse"])
    columns: dict[str, pa.Array] = dict(compared.columns)
    for name in names_of(EFFECTS):
        kind = pa.int64() if name in counts else pa.bool_() if name == "flagged" else pa.float64()
        columns[name] = pa.array(figures[name], kind, from_pandas=True)
    columns["explained"] = explained(columns, compared.of, outcome, lang)
    return pa.table(columns)


def _raw(events: Floats, n: Floats) -> dict[str, Floats]:
    """Return the rates, and their posterior means if nothing is adjusted."""
    estimated = estimates(events, n)
    with np.errstate(invalid="ignore"):
        rate = events / n
    return {
        "rate": rate,
        "raw_estimate": estimated.mean,
        "raw_lo": estimated.lo,
        "raw_hi": estimated.hi,
    }


def _adjusted(compared: Compared, rows: Bools, keys: Sequence[str]) -> dict[str, Floats]:
    """Return the figures of those of one leg, by the cells of that leg."""
    rules, place = settings().shrinkage, keys.index(OF[compared.of])
    cells = compared.cells.filter(pa.array(rows))
    codes = codes_of(cells, keys)
    codes[place] = np.unique(compared.place[rows], return_inverse=True)[1].astype(np.intp)
    events, n, whole = (cells.column(c).to_numpy() for c in ("events", "n", "whole"))
    found = attributable_rates(codes, events, n, place, rules.level, rules.worse_odds, whole)
    return dict(vars(found))


def _flagged(p_worse: Floats) -> np.ndarray[tuple[int], np.dtype[np.object_]]:
    known = np.isfinite(p_worse)
    flagged = np.full(len(known), None, dtype=object)
    share = settings().shrinkage.false_share
    flagged[known] = largest_list(p_worse[known], np.ones(known.sum()), share)
    return flagged
