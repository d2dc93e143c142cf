"""Crossed effects: a seller's own part, adjusted for its carriers, seasons and methods."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Unpack

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from rakustats.config.settings import settings
from rakustats.engine.database import Database
from rakustats.errors import UsageError
from rakustats.i18n.phrases import Lang, phrase
from rakustats.marts.question import Period, ask
from rakustats.metrics.comparison.effect_words import effect_notes, explained
from rakustats.metrics.comparison.outcomes import (
    OUTCOMES,
    Outcome,
    coded,
    counted_cells,
    factors,
    totals,
)
from rakustats.metrics.spec.documented import documented, names_of
from rakustats.metrics.spec.entities import OF, Of, with_names
from rakustats.results.result import Result
from rakustats.stats.arrays import Floats
from rakustats.stats.attributable_rates import attributable_rates
from rakustats.stats.cells import Codes
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
    rows="One row per entity, sorted by its id (``seller_name`` beside ``seller_id``)",
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
    :mod:`rakustats.stats.crossed` gives the model. What is late in one parcel is late for all of
    its sellers, so their intervals are too short where many share parcels. Damage of the last
    weeks is low for all alike, since claims come later; the months' effects take it up.

    Examples
    --------
    >>> effects = rs.crossed_effects(db, of="carrier", outcome="late")
    >>> list(effects.frame().columns[:7])
    ['carrier', 'n', 'events', 'rate', 'estimate', 'lo', 'hi']
    """
    keys = (*factors(of, outcome), "month")
    what = OUTCOMES[outcome]
    title = phrase(
        ja=f"{what.name.ja}は誰のせいか", en=f"{what.name.en.capitalize()}: whose part is it"
    )
    asked = ask(db, keys, period, title, what.unit)
    counted = counted_cells(db, asked, outcome)
    known = counted.cells.filter(pc.is_valid(counted.cells.column("seller_id")))
    if counted.cells.num_rows:
        _require_two(known, OF[of], of)
    table = with_names(db, asked, _table(known, of, keys, outcome, lang))
    notes = effect_notes(of, outcome, counted.cells)
    return asked.by(OF[of]).result(table, counted.sql, "rates", notes)


def _require_two(known: pa.Table, key: str, of: str) -> None:
    """Refuse to compare what stands alone."""
    with_units = known.filter(pc.greater(known.column("n"), 0))
    if not with_units.num_rows:
        raise UsageError(
            ja="判定できるもののうち、店舗（order_lines.seller_id）の分かるものがないため、"
            "だれの影響か分けられません。店舗ID の列のあるファイルを取り込んでください。",
            en="Nothing that could be judged names its seller (order_lines.seller_id), so"
            " nobody's part can be told. Load an export that has 店舗ID.",
        )
    if len(with_units.column(key).unique()) < 2:
        raise UsageError(
            ja=f"判定できるものの {of} がすべて同じで、比べる相手がありません。"
            f"{key} の分かるファイルを取り込むか、期間を広げてください。",
            en=f"All that could be judged has the same {of.replace('_', ' ')}, so there is"
            f" none to compare it with. Load exports that name it ({key}),"
            " or ask for more days.",
        )


def _table(cells: pa.Table, of: Of, keys: Sequence[str], outcome: Outcome, lang: Lang) -> pa.Table:
    key = OF[of]
    names, counts = totals(cells, key)
    figures: dict[str, Any] = {**counts, **_raw(counts["events"], counts["n"])}
    if counts["n"].any():
        codes = [coded(cells.column(k))[1] for k in keys]
        figures |= _adjusted(cells, codes, keys.index(key))
    columns: dict[str, pa.Array] = {key: names}
    for name in names_of(EFFECTS):
        values = figures.get(name, np.full(len(names), np.nan))
        kind = pa.int64() if name in counts else pa.bool_() if name == "flagged" else pa.float64()
        columns[name] = pa.array(values, kind, from_pandas=True)
    columns["explained"] = explained(columns, of, outcome, lang)
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


def _adjusted(cells: pa.Table, codes: Sequence[Codes], place: int) -> dict[str, Any]:
    rules = settings().shrinkage
    events, n = (cells.column(c).cast(pa.float64()).to_numpy() for c in ("events", "n"))
    found = attributable_rates(codes, events, n, place, rules.level, rules.worse_odds)
    known = np.isfinite(found.p_worse)
    flagged = np.full(len(known), None, dtype=object)
    flagged[known] = largest_list(found.p_worse[known], np.ones(known.sum()), rules.false_share)
    return {**vars(found), "flagged": flagged}
