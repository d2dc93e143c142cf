"""Drift: sellers and carriers against their own former level."""

from __future__ import annotations

from typing import Unpack

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from rakustats.engine.database import Database
from rakustats.errors import UsageError
from rakustats.i18n.phrases import Lang, phrase
from rakustats.marts.question import Period, ask
from rakustats.metrics.comparison.drift_columns import DRIFTS, Watched, columns_of, in_order
from rakustats.metrics.comparison.drift_words import drift_notes, worded
from rakustats.metrics.comparison.outcomes import (
    OUTCOMES,
    Facts,
    Outcome,
    coded,
    counted_cells,
    factors,
    totals,
)
from rakustats.metrics.spec.documented import documented
from rakustats.metrics.spec.entities import OF, Of, with_names
from rakustats.results.result import Result
from rakustats.stats.cells import Codes
from rakustats.stats.drifts import Drifts
from rakustats.stats.risk_adjusted import watched_drifts

PATH = {
    "day": "day on which shipments were due, or lines received",
    "n": "units of the day",
    "cusum": "cumulative sum of the evidence for a change at its end, NULL during the baseline",
    "limit": "where the alarm is",
}


@documented(
    DRIFTS,
    rows="One row per entity, those with an alarm first, the latest of them first: its id"
    " (``seller_name`` beside ``seller_id``)",
    by=None,
    cohort="Cohort days",
)
def drift(
    db: Database,
    of: Of = "seller",
    outcome: Outcome = "late",
    *,
    lang: Lang = "en",
    **period: Unpack[Period],
) -> Result:
    """Return who got worse, since when and by how much.

    Each is compared with its own former level, after the carriers (or sellers), methods, months
    and closures of its units are allowed for, and what all others suffered in the same week and on
    the same day: a seller that was always bad raises no alarm, nor does a Lunar New Year that makes
    all of them late. The first 60 units estimate the level; those behind are watched by a
    cumulative sum that at most 5 % of unchanged ones drive over its limit within a year, however
    many units they have.

    Parameters
    ----------
    of : {"seller", "carrier", "ship_method"}
        Who is watched.
    outcome : {"late", "damage"}
        Shipments late as :func:`delay_rates` counts them, or lines as :func:`damage_rates` does,
        without those received so lately that claims may still come.
    lang : {"en", "ja"}
        Language of ``explained``.

    Notes
    -----
    The sum is the log-likelihood ratio of odds raised 2.5 times against none, from 0 on again
    whenever it falls below (Steiner, Cook, Farewell and Treasure 2000, Biostatistics 1, 441-452);
    the own level is integrated out (:mod:`rakustats.stats.evidence`); settings in ``[drift]`` of
    settings.toml. Units stand in the order of the days on which they were due (late) or received
    (damage); those of one day count as alike (:mod:`rakustats.stats.likeness`). The expected risk
    is that of :func:`crossed_effects`' model, shifted by what the others tell of each week and day
    (:mod:`rakustats.stats.shocks`). The alarm is the first one. What is picked for being bad looks
    worse than it is: the rate behind an alarm is more likely lower than higher in truth.

    Examples
    --------
    >>> worse = rs.drift(db, of="carrier")
    >>> bool((worse.frame()["n_watched"] <= worse.frame()["n"]).all())
    True
    """
    watched = _watched(db, of, outcome, period)
    columns = columns_of(watched, OF[of])
    columns["explained"] = worded(columns, of, outcome, lang)
    table = with_names(db, watched.asked, in_order(pa.table(columns)))
    return watched.asked.result(table, watched.sql, notes=drift_notes(of, watched.found))


@documented(PATH, rows="One row per day with units: the id", by=None, cohort="Cohort days")
def drift_path(
    db: Database, who: str, of: Of = "seller", outcome: Outcome = "late", **period: Unpack[Period]
) -> Result:
    """Return the cumulative sum of one seller or carrier, day by day; ``plot()`` draws it.

    Parameters
    ----------
    who : str
        Its id: ``seller_id``, ``carrier`` or ``ship_method``.
    of, outcome
        As in :func:`drift`.

    Raises
    ------
    UsageError
        As :func:`drift`, or if there is no such entity.

    Examples
    --------
    >>> carrier = rs.drift(db, of="carrier").frame()["carrier"][0]
    >>> list(rs.drift_path(db, carrier, of="carrier").frame().columns)
    ['carrier', 'day', 'n', 'cusum', 'limit']
    """
    watched = _watched(db, of, outcome, period)
    found, names = watched.found, watched.names.take(pa.array(watched.known)).to_pylist()
    if who not in names:
        raise UsageError(
            ja=f"{OF[of]} が {who!r} で、判定できる件数のあるものはありません。"
            "rs.drift(db) で一覧を確かめてください。",
            en=f"No {OF[of]} {who!r} has units that could be judged; see rs.drift(db).",
        )
    place = names.index(who)
    rows = found.path_group == place
    days = found.path_day[rows].astype("datetime64[D]")
    table = pa.table(
        {
            OF[of]: pa.array([who] * len(days)),
            "day": pa.array(days, pa.date32()),
            "n": pa.array(found.path_n[rows].astype("int64")),
            "cusum": pa.array(found.path[rows], from_pandas=True),
            "limit": pa.array(np.full(len(days), found.limit[place]), from_pandas=True),
        }
    )
    return watched.asked.result(table, watched.sql, "path")


def _watched(db: Database, of: Of, outcome: Outcome, period: Period) -> Watched:
    keys, what = (*factors(of, outcome), "month", "closure"), OUTCOMES[outcome]
    title = phrase(ja=f"{what.name.ja}の悪化", en=f"Getting worse: {what.name.en}")
    lane = (what.lane,) if what.lane else ()
    asked = ask(db, (*keys, *lane), period, title, phrase(ja="件", en="units"))
    counted = counted_cells(db, asked, outcome, dated=True)
    cells = counted.cells
    dated = pc.and_(pc.is_valid(cells.column("seller_id")), pc.is_valid(cells.column(what.day)))
    cells = cells.filter(dated)
    if not pc.sum(counted.cells.column("n")).as_py():
        raise UsageError(
            ja="この期間にはまだ判定できるものがないため、推移を見られません。"
            "新しいファイルを取り込むか、期間を広げてください。",
            en="Nothing could be judged yet in these days, so nobody can be watched."
            " Load newer exports, or ask for more days.",
        )
    if not pc.sum(cells.column("n")).as_py():
        raise UsageError(
            ja="判定できるもののうち、店舗（order_lines.seller_id）と日付の両方が分かるものがないため、"
            "推移を見られません。店舗ID の列のあるファイルを取り込んでください。",
            en="Nothing that could be judged names its seller (order_lines.seller_id) and its"
            " day, so nobody can be watched. Load an export that has 店舗ID.",
        )
    names, counts = totals(cells, OF[of])
    known, found = _found(cells, keys, keys.index(OF[of]), what)
    return Watched(names, counts, known, found, counted.sql, asked.by(OF[of]))


def _found(cells: pa.Table, keys: tuple[str, ...], of: int, what: Facts) -> tuple[Codes, Drifts]:
    """Return who has units, and what became of them."""
    every = coded(cells.column(keys[of]))[1]
    some = cells.column("n").to_numpy() > 0
    with_units = cells.filter(pa.array(some))
    n, events = (with_units.column(c).cast(pa.float64()).to_numpy() for c in ("n", "events"))
    codes = [coded(with_units.column(key))[1] for key in keys]
    day = with_units.column(what.day).cast(pa.int32()).to_numpy().astype(np.int64)
    lane = coded(with_units.column(what.lane))[1] if what.lane else np.zeros_like(codes[0])
    known = np.unique(every[some])
    return known.astype(np.intp), watched_drifts(codes, of, day, lane.astype(np.int64), events, n)
