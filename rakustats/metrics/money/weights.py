"""How much more weight is charged than lies on the scales."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime

from rakustats.engine.database import Database
from rakustats.engine.steps import with_steps
from rakustats.errors import UsageError
from rakustats.i18n.phrases import phrase
from rakustats.marts.keys import DAY_KEYS, PARCEL_KEYS, cohort, day_columns, group_keys, key_names
from rakustats.marts.needs import require
from rakustats.results.result import Result


def weight_gaps(
    db: Database,
    by: str | Sequence[str] | None = "ship_method",
    *,
    since: str | date | None = None,
    until: str | date | None = None,
    as_of: str | date | datetime | None = None,
) -> Result:
    """Return what is charged for volume beyond the weight on the scales, by group of parcels.

    Parameters
    ----------
    db : Database
        From :func:`rakustats.connect`.
    by : str or sequence of str, optional
        Keys: carrier, ship_method, mode, origin_region, dest_region, leg, month, closure.
    since, until : str or date, optional
        Days on which the parcel was handed to the carrier, until exclusive.
    as_of : str, date or datetime, optional
        Look at what was known then; the database's own as-of by default.

    Returns
    -------
    Result
        One row per group, sorted by the keys: the keys, ``n`` (parcels with both weights),
        ``n_unknown`` (without), ``actual_kg``, ``chargeable_kg`` (sums, NULL where ``n`` is 0),
        ``gap_kg`` (the difference) and ``gap_share`` (difference over actual weight). Parcels from
        seller to warehouse and withdrawn requests are left out.

    Raises
    ------
    UsageError
        If a key or day is not valid, or no export brought both weights.

    Notes
    -----
    Gap = (Σ chargeable - Σ actual) / Σ actual kg; carriers charge the larger of actual weight and
    volume, cm³ / 6000 (docs/methods.md, Prices, weight and landed cost).

    Examples
    --------
    >>> gaps = rs.weight_gaps(db).frame()
    >>> bool((gaps["gap_share"] >= 0).all())
    True
    """
    keys = group_keys(by)
    if wrong := [k for k in keys if k not in (*PARCEL_KEYS, *DAY_KEYS)]:
        raise UsageError(f"Parcels are not grouped by {', '.join(wrong)}; several lines share one.")
    require(db, "Charged weight", ["shipments.actual_kg", "shipments.chargeable_kg"])
    look, days = db.look_back(as_of), cohort(since, until)
    plain = [k for k in keys if k not in DAY_KEYS]
    dated = " AND shipped_day IS NOT NULL" if days.bounded else ""
    where = f"leg IS DISTINCT FROM 1 AND {days.where('shipped_day')}{dated}"
    weighed = f"""\
SELECT {key_names(plain)}CAST(actual_kg AS DOUBLE) AS actual,
  CAST(chargeable_kg AS DOUBLE) AS charged{day_columns(keys, "shipped_day")}
FROM shipments
WHERE {where} AND coalesce(state, '') <> 'void'"""
    both = "actual > 0 AND charged IS NOT NULL"
    sums = f"""\
SELECT {key_names(keys)}count(*) FILTER (WHERE {both}) AS n,
  count(*) - count(*) FILTER (WHERE {both}) AS n_unknown,
  sum(actual) FILTER (WHERE {both}) AS actual_kg,
  sum(charged) FILTER (WHERE {both}) AS chargeable_kg
FROM weighed{f" GROUP BY {', '.join(keys)}" if keys else ""}"""
    order = f"\nORDER BY {', '.join(f'{k} NULLS LAST' for k in keys)}" if keys else ""
    last = f"""\
SELECT {key_names(keys)}n, n_unknown, actual_kg, chargeable_kg, chargeable_kg - actual_kg AS gap_kg,
  (chargeable_kg - actual_kg) / nullif(actual_kg, 0) AS gap_share
FROM sums{order}"""
    steps = [*look.steps(("shipments",)), ("weighed", weighed), ("sums", sums)]
    text = with_steps(steps, last)
    return Result(
        table=db.engine.query(text),
        sql=text,
        as_of=look.moment,
        title=phrase(ja="実重量と課金重量の差", en="Charged weight against the scales"),
        by=keys,
        since=days.since,
        until=days.until,
    )
