"""Triage of open deliveries: which of them are looked after."""

from __future__ import annotations

from dataclasses import replace
from typing import Literal

import pyarrow as pa
import pyarrow.compute as pc

from rakustats.errors import one_of
from rakustats.i18n.phrases import phrase
from rakustats.results.result import Result
from rakustats.risk.decision_value import Costs, chosen

Due = Literal["all", "ahead", "over"]
DUE: tuple[Due, ...] = ("all", "ahead", "over")


def triage(
    result: Result,
    *,
    due: Due = "all",
    capacity: int | None = None,
    costs: Costs | None = None,
    chosen_only: bool = False,
) -> Result:
    """Return open deliveries, all or some of them, with ``expected_gain`` and ``chosen`` anew.

    Nothing is predicted again: kept predictions can be triaged as often as the means change.

    Parameters
    ----------
    result : Result
        From :func:`rakustats.at_risk`.
    due : {"all", "ahead", "over"}
        All, those whose promised day is still ahead, or those whose promised day is over.
    capacity : int, optional
        How many of them can be looked after: ``chosen`` marks so many at most.
    costs : Costs, optional
        What looking after one costs and saves, in JPY: ``chosen`` marks those where it pays, and
        those whose promise is over.
    chosen_only : bool
        Leave out the rows that are not chosen; a note says how many.

    Returns
    -------
    Result
        The rows and columns of :func:`rakustats.at_risk` that are asked for.

    Raises
    ------
    UsageError
        If ``due`` is none of these, or the capacity is below 1.

    Examples
    --------
    >>> found = rs.at_risk(db)
    >>> ahead = rs.triage(found, due="ahead", capacity=5).frame()
    >>> int(ahead["chosen"].sum()), bool((ahead["days_overdue"] < 0).all())
    (5, True)
    >>> rs.triage(found, due="ahead", capacity=5, chosen_only=True).table.num_rows
    5
    """
    one_of("due", due, DUE)
    table = result.table.drop_columns(
        [name for name in ("expected_gain", "chosen") if name in result.table.column_names]
    )
    overdue = pc.greater_equal(table.column("days_overdue"), 0)
    if due != "all":
        # what has no promised day is neither
        wanted = overdue if due == "over" else pc.invert(overdue)
        table, overdue = table.filter(wanted), overdue.filter(wanted)
    p, over = table.column("probability").to_numpy(), overdue.fill_null(False).to_numpy()
    take, gain = chosen(p, overdue=over, capacity=capacity, costs=costs)
    table = table.append_column("expected_gain", pa.array(gain, from_pandas=True))
    marked = replace(result, table=table.append_column("chosen", pa.array(take)))
    return _without_others(marked) if chosen_only else marked


def _without_others(result: Result) -> Result:
    table = result.table.filter(result.table.column("chosen"))
    left = result.table.num_rows - table.num_rows
    note = phrase(
        ja=f"手を打つ {table.num_rows:,} 件を示した。この一覧にはほかに {left:,} 件ある。",
        en=f"These {table.num_rows:,} are to be looked after; the list has {left:,} more.",
    )
    return replace(result, table=table, notes=(*result.notes, note))
