"""Evidence on sellers and carriers: one existing metric for each criterion of the card."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from functools import cached_property
from typing import TypeVar

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from scipy.special import expit, logit

from rakustats.config.scorecard import Criterion, Policy
from rakustats.engine.database import Database
from rakustats.errors import UsageError
from rakustats.i18n.phrases import Phrase, phrase
from rakustats.marts.question import Day, Moment
from rakustats.metrics.spec.added_columns import floats
from rakustats.metrics.spec.estimated import evidence
from rakustats.scorecards.criteria import METRIC_OF, Days
from rakustats.stats.arrays import Floats, Ints
from rakustats.stats.case_mix import MixShifts
from rakustats.store.instants import as_day

Column = TypeVar("Column", Ints, Floats)


@dataclass(frozen=True)
class Evidence:
    """What one metric says of each entity of the card; 0 units where it says nothing.

    Attributes
    ----------
    criterion : Criterion
        The criterion.
    n, events : arrays of int
        Matured units and bad ones among them, as the metric's own table has them.
    weighed, happened : arrays of float
        Effective units and events, where claims are still to be reported.
    mix : MixShifts
        What the entity's case mix does to the logit of its rate; nothing where rates are not
        adjusted.
    orders : array of int
        Orders that the bad units are of.
    """

    criterion: Criterion
    n: Ints
    events: Ints
    weighed: Floats
    happened: Floats
    mix: MixShifts
    orders: Ints

    @cached_property
    def common(self) -> float:
        """Rate of all entities together."""
        return float(self.happened.sum() / max(self.weighed.sum(), 1e-300))

    @cached_property
    def usual(self) -> Floats:
        """Rate that the common quality has with the entity's case mix."""
        common = np.clip(self.common, 1e-12, 1 - 1e-12)
        return np.where(self.mix.shift == 0, self.common, expit(logit(common) + self.mix.shift))


@dataclass(frozen=True)
class Gathered:
    """All evidence of a card: the entities by id, what no export has, and the texts that ran."""

    ids: pa.Array
    names: pa.Array
    found: tuple[Evidence, ...]
    dropped: tuple[tuple[str, Phrase], ...]
    sql: str


def scored_days(
    db: Database, rules: Policy, since: Day = None, until: Day = None, as_of: Moment = None
) -> Days:
    """Return the days asked for; by default the policy's window.

    It ends at the as-of or, where orders and parcels were not looked at so far, when they were: a
    newer export of anything else moves no window.
    """
    snapshot = db.snapshot(as_of)
    looked = snapshot.horizon("orders", "order_lines", "shipments")
    begin = snapshot.day(looked) - timedelta(days=rules.rules.window_days)
    return Days(begin if since is None else as_day(since, "since"), until, snapshot.moment)


def gathered(db: Database, key: str, rules: Policy, days: Days) -> Gathered:
    """Return the evidence for every criterion that some export has data for.

    Parameters
    ----------
    db : Database
        From :func:`rakustats.connect`.
    key : str
        Column that names who is scored: seller_id, carrier or ship_method.
    rules : Policy
        What counts.
    days : Window
        Which units.

    Raises
    ------
    UsageError
        If no criterion can be computed.
    """
    asked: list[tuple[Criterion, pa.Table]] = []
    dropped, texts = [], []
    for criterion in rules.criteria:
        try:
            result = METRIC_OF[criterion.name].ask(db, key, days)
        except UsageError as error:
            dropped.append((criterion.name, error.said))
            continue
        known = _known(result.table, key)
        if not known.num_rows:
            nobody = phrase(
                ja=f"この期間の行には {key} がありません。"
                f"{key} のあるファイルを取り込むか、since を早めてください。",
                en=f"No row of these days names the {key}."
                " Load an export that does, or ask for earlier days (since).",
            )
            dropped.append((criterion.name, nobody))
            continue
        asked.append((criterion, known))
        texts.append(f"-- {criterion.name}\n{result.sql}")
    if not asked:
        why = dropped[0][1]
        raise UsageError(
            ja=f"スコアの基準がどれも計算できません。{why.ja}",
            en=f"No criterion of the scorecard can be told. {why.en}",
        )
    ids, names = _entities([table for _, table in asked], key)
    found = [_evidence(criterion, table, ids, key) for criterion, table in asked]
    return Gathered(ids, names, tuple(found), tuple(dropped), ";\n\n".join(texts))


def _known(table: pa.Table, key: str) -> pa.Table:
    """Return the rows of who is named, one for each."""
    if "leg" in table.column_names:
        other = pc.fill_null(pc.not_equal(table.column("leg"), 1), True)
        table = _together(table.filter(other), key)
    return table.filter(pc.is_valid(table.column(key)))


def _together(table: pa.Table, key: str) -> pa.Table:
    summed = [(name, "sum") for name in ("n", "events", "expected") if name in table.column_names]
    found = table.group_by(key, use_threads=False).aggregate(summed)
    return found.rename_columns([name.removesuffix("_sum") for name in found.column_names])


def _entities(tables: Sequence[pa.Table], key: str) -> tuple[pa.Array, pa.Array]:
    """Return everybody whom any criterion knows, by id, with a name where there is one."""
    ids = pc.unique(pa.chunked_array([chunk for t in tables for chunk in t.column(key).chunks]))
    ids = ids.take(pc.sort_indices(ids))
    if key != "seller_id":
        return ids, pa.nulls(len(ids), pa.string())
    named = pa.concat_tables([t.select([key, "seller_name"]) for t in tables])
    named = named.filter(pc.is_valid(named.column("seller_name")))
    first = pc.index_in(ids, named.column(key).combine_chunks())
    return ids, named.column("seller_name").combine_chunks().take(first)


def _evidence(criterion: Criterion, table: pa.Table, ids: pa.Array, key: str) -> Evidence:
    """Put a metric's rows into the order of the entities."""
    place = pc.index_in(table.column(key).combine_chunks(), ids).to_numpy()
    happened, weighed = evidence(table)
    return Evidence(
        criterion,
        n=_spread(_whole(table, "n"), place, len(ids)),
        events=_spread(_whole(table, "events"), place, len(ids)),
        weighed=_spread(weighed, place, len(ids)),
        happened=_spread(happened, place, len(ids)),
        mix=_mix(table, place, len(ids)),
        orders=_spread(_whole(table, _orders(table)), place, len(ids)),
    )


def _mix(table: pa.Table, place: Ints, size: int) -> MixShifts:
    if "mix_odds" not in table.column_names:
        return MixShifts.none(size)
    shift, sd = np.log(floats(table, "mix_odds", 1)), floats(table, "mix_sd", 0)
    columns = shift, sd, floats(table, "n_alone", 0)
    return MixShifts(*(_spread(column, place, size) for column in columns))


def _orders(table: pa.Table) -> str:
    """Return the column that counts orders; a parcel is taken for an order of its own."""
    return "n_event_orders" if "n_event_orders" in table.column_names else "events"


def _whole(table: pa.Table, name: str) -> Ints:
    column: Ints = table.column(name).cast(pa.int64()).fill_null(0).to_numpy()
    return column


def _spread(values: Column, place: Ints, size: int) -> Column:
    full = np.zeros(size, dtype=values.dtype)
    full[place] = values
    return full
