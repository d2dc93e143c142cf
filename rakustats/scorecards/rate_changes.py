"""Changes of rates between two days: each as known then, with what is only restated apart."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Any, Literal

import numpy as np
import pyarrow as pa
from scipy.special import ndtr, ndtri

from rakustats.calendar.timezones import shown
from rakustats.config.settings import settings
from rakustats.engine.database import Database
from rakustats.errors import UsageError, one_of
from rakustats.i18n.phrases import Phrase, phrase
from rakustats.results.result import Result
from rakustats.store.instants import as_day

Worse = Literal["higher", "lower"]
Row = dict[str, Any]
Group = tuple[object, ...]
#: Of both days, and of the later day alone for those that had begun by the earlier one.
BOTH = (
    *("n", "events", "rate", "estimate", "lo", "hi", "n_open", "n_stale", "stale_since"),
    "n_excluded",
)
THEN, RESTATED = "_then", "_restated"
CHANGES = ("change", "change_restated", "change_new", "p_worse")
_COUNTS = ("n", "events", "n_open", "n_stale", "n_excluded")


def rate_changes(
    db: Database,
    metric: Callable[..., Result],
    compare_with: str | date | datetime,
    *,
    worse: Worse = "higher",
    **asked: Any,
) -> Result:
    """Return what changed in a rate between two days, worst first.

    Each day's figures are those that the metric gives as of that day. What differs is told in two
    parts: what is only restated, because more is known today of the units that had begun by then
    (claims that came later, deliveries that were not over), and what the units begun since bring.

    Parameters
    ----------
    db : Database
        From :func:`rakustats.connect`.
    metric : callable
        What makes the table of rates, such as ``rs.delay_rates``.
    compare_with : str, date or datetime
        The earlier day or instant. What began by the end of its day in China had begun by then.
    worse : {"higher", "lower"}
        Which way is worse: late deliveries are worse when higher, won claims when lower.
    **asked
        What else the metric is asked: ``by``, ``since``, ``until``, ``as_of`` (the later day) and
        its own words.

    Returns
    -------
    Result
        One row per group that is in either table, by ``p_worse``, those that cannot be compared at
        the end:

        - the columns of the metric, as of the later day
        - ``n_then``, ``events_then``, ``rate_then``, ``estimate_then``, ``lo_then``, ``hi_then``,
          ``n_open_then``, ``n_stale_then``, ``stale_since_then``, ``n_excluded_then``: as of the
          earlier day
        - ``n_restated``, ``events_restated``, ``rate_restated``, ``estimate_restated``,
          ``lo_restated``, ``hi_restated``, ``n_open_restated``, ``n_stale_restated``,
          ``stale_since_restated``, ``n_excluded_restated``: as of the later day, of those that had
          begun by the earlier one
        - ``change``: estimate - estimate_then
        - ``change_restated``: the part of it that those begun by then bring, now that more is known
          of them
        - ``change_new``: change - change_restated, the part of those begun since
        - ``p_worse``: probability that the rate has become worse

        A change is NULL where a group has no units on one of the two days.

    Raises
    ------
    UsageError
        If the metric gives no rates, the earlier day does not lie before the later one or before
        the period, or as the metric.

    Notes
    -----
    ``p_worse`` takes both estimates as normal and independent, with the standard deviations that
    their intervals have. Their units are in part the same, so it is cautious: nearer to one half
    than it might be. Estimates are shrunken towards the common rate, so a group's moves a little
    with the others. Units without a known cohort day are in both days' figures, but in neither part
    of ``change_restated``.

    Examples
    --------
    >>> moved = rs.rate_changes(db, rs.delay_rates, "2026-03-01", by="leg").frame()
    >>> parts = moved["change_restated"] + moved["change_new"]
    >>> bool(((parts - moved["change"]).abs() < 1e-12).all())
    True
    """
    one_of("worse", worse, ("higher", "lower"))
    then_at = db.snapshot(compare_with).moment
    end = _end(db, then_at, asked)
    now = metric(db, **asked)
    if now.kind != "rates":
        raise UsageError(
            ja=f"{now.title.ja}は率の表ではないため、二つの時点を比べられません。",
            en=f"{now.title.en} is no table of rates; only rates are compared between two days.",
        )
    then = metric(db, **asked | {"as_of": then_at})
    begun = metric(db, **asked | {"until": end})
    # a period leaves out what has no day: for the part restated it has to on both days
    bounded = asked.get("since") is not None or asked.get("until") is not None
    before = then if bounded else metric(db, **asked | {"as_of": then_at, "until": end})
    known = [_by_group(one) for one in (now, then, begun, before)]
    groups = dict.fromkeys((*known[0], *known[1]))
    rows = [dict(zip(now.by, group, strict=True)) | _row(group, known) for group in groups]
    day = shown(then_at)
    return replace(
        now,
        table=_table(now, _worst_first(rows, worse)),
        title=phrase(ja=f"{now.title.ja}の変化", en=f"{now.title.en}: changes"),
        notes=(_compared(day), *now.notes, *_of_then(day, then, now)),
    )


def _end(db: Database, then_at: datetime, asked: Mapping[str, Any]) -> date:
    """Return the day before which those that had begun by the earlier day began."""
    now = db.snapshot(asked.get("as_of"))
    now_at, day = now.moment, now.day(then_at)
    if then_at >= now_at:
        raise UsageError(
            ja=f"比べる時点 {shown(then_at)} は、{shown(now_at)} より前にしてください。",
            en=f"What is compared with, {shown(then_at)}, has to lie before {shown(now_at)}.",
        )
    since, until = (asked.get(name) for name in ("since", "until"))
    if since is not None and as_day(since, "since") > day:
        raise UsageError(
            ja=f"期間の最初の日 {since} が、比べる時点 {shown(then_at)} より後です。"
            "その時点にはまだ何も始まっていません。",
            en=f"The period begins on {since}, after {shown(then_at)}: nothing of it had begun by"
            " then that could be compared with.",
        )
    end = day + timedelta(days=1)
    return end if until is None else min(end, as_day(until, "until"))


def _by_group(result: Result) -> dict[Group, Row]:
    rows = result.table.to_pylist()
    return {tuple(row[key] for key in result.by): row for row in rows}


def _row(group: Group, known: Sequence[Mapping[Group, Row]]) -> Row:
    """Return what is known of a group on both days, each figure with its n and interval."""
    now, then, begun, before = (table.get(group, {}) for table in known)
    names = {"seller_name": then["seller_name"]} if "seller_name" in then else {}
    row = {**names, **now, **_figures(now), **_figures(then, THEN), **_figures(begun, RESTATED)}
    change, restated = _change(now, then), _change(begun, before)
    new = None if change is None or restated is None else change - restated
    moved = {"change": change, "change_restated": restated, "change_new": new}
    return row | moved | {"p_higher": _p_higher(now, then)}


def _figures(row: Row, when: str = "") -> Row:
    """Return a group's figures, under names that say of when; who is not there counts nothing."""
    return {f"{name}{when}": row.get(name, 0 if name in _COUNTS else None) for name in BOTH}


def _change(now: Row, then: Row) -> float | None:
    if not now.get("n") or not then.get("n"):
        return None
    return float(now["estimate"] - then["estimate"])


def _p_higher(now: Row, then: Row) -> float | None:
    moved = _change(now, then)
    if moved is None:
        return None
    width = np.hypot(*(row["hi"] - row["lo"] for row in (now, then)))
    sd = width / (2 * ndtri((1 + settings().shrinkage.level) / 2))
    return float(ndtr(moved / sd)) if sd > 0 else float(0.5 * (1 + np.sign(moved)))


def _worst_first(rows: list[Row], worse: Worse) -> list[Row]:
    """Order rows by the probability that they got worse, then by how bad they are today."""
    sign = 1 if worse == "higher" else -1
    for row in rows:
        p = row.pop("p_higher")
        row["p_worse"] = p if p is None or worse == "higher" else 1 - p

    def place(row: Row) -> tuple[float, float]:
        p, estimate = row["p_worse"], row["estimate"]
        return (2.0 if p is None else -p), (np.inf if estimate is None else -sign * estimate)

    return sorted(rows, key=place)


def _table(now: Result, rows: list[Row]) -> pa.Table:
    """Return the rows with the metric's own columns before those of the comparison."""
    own = {field.name: field.type for field in now.table.schema}
    types = dict(own)
    for when in (THEN, RESTATED):
        types |= {f"{name}{when}": own[name] for name in BOTH if name in own}
    types |= dict.fromkeys(CHANGES, pa.float64())
    columns = {
        name: pa.array([row.get(name) for row in rows], kind) for name, kind in types.items()
    }
    return pa.table(columns)


def _compared(day: str) -> Phrase:
    return phrase(
        ja=f"{day} 時点（_then）と比べた。change のうち change_restated は、その時点までに始まって"
        "いたものについて後から分かったことによる分、change_new はその後に始まったものによる分。",
        en=f"Compared with as of {day} (_then). Of the change, change_restated is what became known"
        " later of those that had begun by then, change_new what those begun since bring.",
    )


def _of_then(day: str, then: Result, now: Result) -> list[Phrase]:
    return [
        phrase(ja=f"{day} 時点：{note.ja}", en=f"As of {day}: {note.en}")
        for note in then.notes
        if note not in now.notes
    ]
