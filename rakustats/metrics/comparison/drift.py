"""Drift: sellers and carriers against their own former level."""

from __future__ import annotations

from typing import Unpack

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from rakustats.engine.database import Database
from rakustats.errors import UsageError
from rakustats.i18n.phrases import Lang, Phrase, phrase
from rakustats.marts.question import Period, ask
from rakustats.metrics.comparison.compared import LEG, NAMES, Compared
from rakustats.metrics.comparison.drift_columns import DRIFTS, Watched, columns_of, in_order
from rakustats.metrics.comparison.drift_words import drift_notes, worded
from rakustats.metrics.comparison.outcomes import (
    OUTCOMES,
    Facts,
    Outcome,
    coded,
    codes_of,
    counted_cells,
    factors,
)
from rakustats.metrics.spec.documented import documented
from rakustats.metrics.spec.entities import OF, Of, with_names
from rakustats.results.result import Result
from rakustats.stats.cells import Codes
from rakustats.stats.drifts import Drifts
from rakustats.stats.risk_adjusted import Dated, watched_drifts

PATH = {
    "day": "day on which shipments were due, or lines received",
    "n": "units of the day",
    "cusum": "cumulative sum of the evidence for a change at its end, NULL during the baseline",
    "limit": "where the alarm is",
}


@documented(
    DRIFTS,
    rows="One row per entity, those with an alarm first, the latest of them first: its id"
    " (``seller_name`` beside ``seller_id``, ``leg`` beside ``carrier`` and ``ship_method``)",
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
    many units they have. Carriers and methods are watched on each leg by itself, and a parcel is
    one unit of theirs, however many sellers have goods in it. What nobody names is no entity: its
    units are left out, and a note says how many.

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
    columns = columns_of(watched)
    columns["explained"] = worded(columns, of, outcome, lang)
    table = with_names(db, watched.asked, in_order(pa.table(columns)))
    return watched.asked.result(table, watched.sql, notes=_notes(watched))


def _notes(watched: Watched) -> tuple[Phrase, ...]:
    return (*drift_notes(watched.who.of, watched.found), *watched.who.left_out())


@documented(PATH, rows="One row per day with units: the id", by=None, cohort="Cohort days")
def drift_path(
    db: Database,
    who: str,
    of: Of = "seller",
    outcome: Outcome = "late",
    *,
    leg: int | None = None,
    **period: Unpack[Period],
) -> Result:
    """Return the cumulative sum of one seller or carrier, day by day; ``plot()`` draws it.

    Parameters
    ----------
    who : str
        Its id: ``seller_id``, ``carrier`` or ``ship_method``.
    of, outcome
        As in :func:`drift`.
    leg : {1, 2}, optional
        Of a carrier or method that is watched on both legs, on which.

    Raises
    ------
    UsageError
        As :func:`drift`, or if there is no such entity, or it is on several legs.

    Examples
    --------
    >>> carrier = rs.drift(db, of="carrier").frame()["carrier"][0]
    >>> list(rs.drift_path(db, carrier, of="carrier").frame().columns)
    ['carrier', 'day', 'n', 'cusum', 'limit']
    """
    watched = _watched(db, of, outcome, period)
    found, place = watched.found, _place(watched, who, leg)
    rows = found.path_group == place
    days = found.path_day[rows].astype("datetime64[D]")
    table = pa.table(
        {
            OF[of]: pa.array([who] * len(days)),
            "day": pa.array(days, pa.date32()),
            "n": pa.array(np.rint(found.path_n[rows]).astype("int64")),
            "cusum": pa.array(found.path[rows], from_pandas=True),
            "limit": pa.array(np.full(len(days), found.limit[place]), from_pandas=True),
        }
    )
    return watched.asked.by(OF[of]).result(table, watched.sql, "path")


def _place(watched: Watched, who: str, leg: int | None) -> int:
    """Return the number of one entity among those with units."""
    of = watched.who.of
    columns = {name: ids.to_pylist() for name, ids in watched.who.columns.items()}
    legs = columns.get(LEG, [None] * len(columns[OF[of]]))
    named = [
        (number, legs[entity])
        for number, entity in enumerate(watched.known)
        if columns[OF[of]][entity] == who and (leg is None or legs[entity] == leg)
    ]
    if not named:
        raise UsageError(
            ja=f"{OF[of]} が {who!r} で、判定できる件数のあるものはありません。"
            "rs.drift(db) で一覧を確かめてください。",
            en=f"No {OF[of]} {who!r} has units that could be judged; see rs.drift(db).",
        )
    if len(named) > 1:
        raise UsageError(
            ja=f"{who!r} は区間 1 と区間 2 の両方で見ています。leg=1 か leg=2 を指定してください。",
            en=f"{who!r} is watched on both legs; name one, leg=1 or leg=2.",
        )
    return named[0][0]


def _watched(db: Database, of: Of, outcome: Outcome, period: Period) -> Watched:
    keys, what = (*factors(of, outcome), "month", "closure"), OUTCOMES[outcome]
    title = phrase(ja=f"{what.name.ja}の悪化", en=f"Getting worse: {what.name.en}")
    asked = ask(db, (*keys, LEG), period, title, phrase(ja="件", en="units"))
    counted = counted_cells(db, asked, of, outcome, dated=True)
    who = Compared.among(counted.cells.filter(pc.is_valid(counted.cells.column(what.day))), of)
    if not pc.sum(counted.cells.column("n")).as_py():
        raise UsageError(
            ja="この期間にはまだ判定できるものがないため、推移を見られません。"
            "新しいファイルを取り込むか、期間を広げてください。",
            en="Nothing could be judged yet in these days, so nobody can be watched."
            " Load newer exports, or ask for more days.",
        )
    if not who.counts["n"].any():
        raise UsageError(
            ja=f"判定できるもののうち、{NAMES[of].ja}と店舗（order_lines.seller_id）と日付がそろって"
            "分かるものがないため、推移を見られません。その列のあるファイルを取り込んでください。",
            en=f"Nothing that could be judged names its {NAMES[of].en}, who sold it"
            " (order_lines.seller_id) and its day, so nobody can be watched. Load an export that"
            " has them.",
        )
    known, found = _found(who, keys, what)
    return Watched(who, known, found, counted.sql, asked.by(*who.columns))


def _found(who: Compared, keys: tuple[str, ...], what: Facts) -> tuple[Codes, Drifts]:
    """Return who has units, and what became of them."""
    some = who.cells.column("n").to_numpy() > 0
    cells = who.cells.filter(pa.array(some))
    events, n, whole = (cells.column(c).to_numpy() for c in ("events", "n", "whole"))
    codes, of = codes_of(cells, keys), keys.index(OF[who.of])
    known, codes[of] = np.unique(who.place[some], return_inverse=True)
    day = cells.column(what.day).cast(pa.int32()).to_numpy().astype(np.int64)
    lane = coded(cells.column(LEG)) if what.lane else np.zeros_like(codes[0])
    units = Dated(day, lane.astype(np.int64), events, n, whole)
    return known.astype(np.intp), watched_drifts(codes, of, units, who.pool[some])
