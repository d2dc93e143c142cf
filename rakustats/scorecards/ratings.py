"""Platforms' ratings of sellers as prior information: a few pseudo-units beside one's own data."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from scipy.special import expit, logit

from rakustats.config.scorecard import Rules
from rakustats.engine.database import Database
from rakustats.engine.steps import with_steps
from rakustats.scorecards.criteria import METRIC_OF
from rakustats.scorecards.evidence import Evidence
from rakustats.scorecards.utilities import Pseudo
from rakustats.stats.arrays import Floats
from rakustats.store.asof import Snapshot

COLUMNS = ("rating_item", "rating_service", "rating_shipping")
STAR_STEP = 0.1


@dataclass(frozen=True)
class Ratings:
    """A platform's ratings of each seller, 1 to 5; NaN where there is none.

    ``stars`` and ``counts`` hold them by column of ``seller_reviews``, ``mean`` over the columns.
    """

    stars: dict[str, Floats]
    counts: dict[str, Floats]
    mean: Floats
    n: Floats


def ratings(db: Database, snapshot: Snapshot, ids: pa.Array) -> Ratings:
    """Return what platforms say of the sellers with these ids."""
    text = with_steps(snapshot.steps(["seller_reviews"]), _select())
    table = db.engine.query(text)
    place = pc.index_in(ids, table.column("seller_id").combine_chunks())
    columns = {name: _taken(table, name, place) for name in table.column_names[1:]}
    stars = {name: columns[name] for name in COLUMNS}
    counts = {name: np.nan_to_num(columns[f"n_{name}"]) for name in COLUMNS}
    known = sum(~np.isnan(values) for values in stars.values())
    total = sum(np.nan_to_num(values) for values in stars.values())
    mean = np.where(known > 0, total / np.maximum(known, 1), np.nan)
    return Ratings(stars, counts, mean, np.nan_to_num(columns["n_reviews"]))


def _select() -> str:
    items = "".join(
        f", avg(CAST({name} AS DOUBLE)) AS {name}, count({name}) AS n_{name}" for name in COLUMNS
    )
    return f"""\
SELECT seller_id, count(*) AS n_reviews{items}
FROM seller_reviews WHERE source = 'platform' AND seller_id IS NOT NULL
GROUP BY seller_id ORDER BY seller_id"""


def _taken(table: pa.Table, name: str, place: pa.Array) -> Floats:
    column = table.column(name).combine_chunks().cast(pa.float64()).take(place)
    values: Floats = column.fill_null(np.nan).to_numpy(zero_copy_only=False)
    return values


def pseudo_units(found: Evidence, rated: Ratings, rules: Rules) -> Pseudo | None:
    r"""Return ratings as pseudo-units on one criterion, None where they do not bear on it.

    As many units as there are ratings, :data:`rating_units` at most, with the rate p of bad ones,

    .. math:: \mathrm{logit}\,p = \mathrm{logit}\,p_0 - (r - \bar r) \log o

    where :math:`p_0` is the common rate, r the mean rating of the seller, :math:`\bar r` that of
    all rated sellers and o ``rating_odds``. Nothing of it enters the estimate of the prior.
    """
    column = METRIC_OF[found.criterion.name].rating
    if column is None or rules.rating_units == 0 or not np.isfinite(rated.stars[column]).any():
        return None
    stars = rated.stars[column]
    above = np.round((stars - np.nanmean(stars)) / STAR_STEP) * STAR_STEP
    common = np.clip(found.common, 1e-4, 1 - 1e-4)
    rate = expit(logit(common) - np.nan_to_num(above) * np.log(rules.rating_odds))
    n = np.minimum(rated.counts[column], rules.rating_units)
    return Pseudo(n, n * rate)
