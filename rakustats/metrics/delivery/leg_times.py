"""How slow each seller, or carrier, is on its own leg of the way."""

from __future__ import annotations

from datetime import date, datetime

import pyarrow as pa
import pyarrow.compute as pc

from rakustats.engine.database import Database
from rakustats.engine.steps import Step, with_steps
from rakustats.errors import UsageError
from rakustats.i18n.phrases import Phrase, phrase
from rakustats.marts.deliveries import require_times
from rakustats.marts.keys import closure_of, cohort
from rakustats.marts.milestones import TABLES as WAY_TABLES
from rakustats.marts.needs import require
from rakustats.marts.question import Question
from rakustats.marts.staged import stage_steps
from rakustats.marts.workdays import lend_calendar
from rakustats.metrics.delivery.lead_times import spell_steps
from rakustats.metrics.delivery.slowness_tables import slowness_table
from rakustats.metrics.spec.entities import OF, Of, with_names
from rakustats.results.result import Result

_TITLES = {
    "seller": phrase(
        ja="購入から倉庫到着までの速さ（店舗別、中国の営業日）",
        en="From purchase to the warehouse, by seller (Chinese working days)",
    ),
    "carrier": phrase(
        ja="発送から配達までの速さ（配送業者別）", en="From handover to delivery, by carrier (days)"
    ),
    "ship_method": phrase(
        ja="発送から配達までの速さ（配送方法別）",
        en="From handover to delivery, by shipping method (days)",
    ),
}
_SELLERS_LEG = "'seller_dispatch', 'leg1', 'seller_to_warehouse'"


def leg_times(
    db: Database,
    of: Of = "seller",
    *,
    since: str | date | None = None,
    until: str | date | None = None,
    as_of: str | date | datetime | None = None,
) -> Result:
    """Return how slow sellers are up to the warehouse, or carriers from there to the customer.

    Each is judged on its own leg, so nobody is blamed for another's days. Times are compared as
    ratios; few orders are drawn to the common time, and what is still open counts for as long as
    it has been open. Sellers' days are Chinese working days from the purchase to the arrival at
    the warehouse, carriers' calendar days from the handover to the first attempt or delivery,
    against others with the same method.

    Parameters
    ----------
    db : Database
        From :func:`rakustats.connect`.
    of : {"seller", "carrier", "ship_method"}
        Whose leg.
    since, until : str or date, optional
        Days of purchase (of the handover for carriers), until exclusive.
    as_of : str, date or datetime, optional
        Look at what was known then; the database's own as-of by default.

    Returns
    -------
    Result
        A table of times, one row per entity, sorted by its id: ``n``, ``n_open`` (not there yet,
        or lost or cancelled on the way: counted up to then), ``p50``, ``p80``, ``p90``, ``p95``
        (days by which that share of its deliveries is there, in everybody's circumstances),
        ``slowness`` (how many times as long it takes as a mean one), ``lo``, ``hi`` (90 % interval
        of that), ``raw_days`` (geometric mean of those that ended, nothing adjusted),
        ``n_excluded`` (days that are missing or cannot be).

    Raises
    ------
    UsageError
        If ``of`` or a day is not valid, or no export tells when the leg began and ended.

    Notes ----- :mod:`rakustats.stats.leg_durations` gives the model: log-normal times with a normal
    distribution of entities, open ones as censored.

    Examples
    --------
    >>> slow = rs.leg_times(db, of="seller")
    >>> bool((slow.frame()["lo"] <= slow.frame()["hi"]).all())
    True
    """
    if of not in OF:
        raise UsageError(
            phrase(
                ja="of には seller、carrier、ship_method のどれかを指定してください。",
                en="of is seller, carrier or ship_method.",
            )
        )
    asked = Question(
        (OF[of],),
        cohort(since, until),
        db.look_back(as_of),
        _TITLES[of],
        phrase(ja="件", en="deliveries"),
    )
    steps = _sellers(db, asked) if of == "seller" else _carriers(db, asked)
    text = with_steps([*steps, ("cells", _cells(OF[of]))], "SELECT * FROM cells")
    cells = db.engine.query(text)
    if cells.num_rows and not pc.any(cells.column("counts")).as_py():
        n = f"{pc.sum(cells.column('n')).as_py():,}"
        raise UsageError(
            phrase(
                ja=f"配送 {n} 件のどれにも、区間の開始日と終了日の両方がそろったものがないため、"
                "所要日数を比べられません。両方の日付のあるファイルを取り込んでください。",
                en=f"Of none of the {n} deliveries it is known both when the leg began and when it"
                " ended, so nobody's days can be told. Load an export that has both.",
            )
        )
    table = slowness_table(cells.filter(pc.is_valid(cells.column(0))), OF[of])
    return Result(
        table=with_names(db, asked, table) if of == "seller" else table,
        sql=text,
        as_of=asked.look.moment,
        title=asked.title,
        kind="times",
        by=asked.keys,
        since=asked.days.since,
        until=asked.days.until,
        notes=_notes(of, cells),
    )


def _sellers(db: Database, asked: Question) -> list[Step]:
    """One row per line: its working days up to the warehouse, as far as they are known."""
    bought, there = "orders.purchased_at", ("order_lines.arrived_at", "shipments.delivered_at")
    told_of = phrase(ja="倉庫到着までの日数", en="The way to the warehouse")
    require(db, told_of, *([bought, arrived] for arrived in there))
    over = "'open', 'lost', 'cancelled'"
    last = "stage IN ('leg1', 'seller_to_warehouse')"
    told = f"count(*) FILTER (WHERE stands IN ({over}) OR (stands = 'done' AND {last})) > 0"
    spells = f"""\
SELECT seller_id, {closure_of("cohort_day")} AS season, 'all' AS like_it,
  sum(business_days) FILTER (WHERE stands IN ('done', {over})) AS days,
  count(*) FILTER (WHERE stands IN ({over})) > 0 AS is_open,
  coalesce({told} AND count(*) FILTER (WHERE stands IN ('missing', 'negative', 'no_date')) = 0,
    FALSE) AS counts
FROM stages
WHERE stage IN ({_SELLERS_LEG}) AND NOT no_quantity AND NOT test
  AND {asked.days.where("cohort_day")}
GROUP BY seller_id, cohort_day, order_no, line_no"""
    calendar = lend_calendar(db, asked.look)
    stages = stage_steps(asked.keys, calendar, asked.look.moment)
    return [*asked.look.steps(WAY_TABLES), *stages, ("legs", spells)]


def _carriers(db: Database, asked: Question) -> list[Step]:
    told_of = phrase(ja="発送から配達までの日数", en="The way from the handover")
    require_times(db, told_of, "shipped")
    keys = (asked.keys[0], "ship_method", "closure")
    wide = Question(tuple(dict.fromkeys(keys)), asked.days, asked.look, asked.title, asked.unit)
    like = "'all'" if asked.keys[0] == "ship_method" else "coalesce(ship_method, 'unknown')"
    spells = f"""\
SELECT {asked.keys[0]}, closure AS season, {like} AS like_it, days,
  ending IS DISTINCT FROM 'arrived' AS is_open, status IS NULL AS counts
FROM spells WHERE status IS NULL OR status NOT IN ('no_quantity', 'test', 'void')"""
    steps = spell_steps(wide, "shipment", "shipped", 2)
    return [*steps, ("legs", spells)]


def _cells(key: str) -> str:
    group = f"{key}, season, like_it, counts, days, is_open"
    return f"SELECT {group}, count(*) AS n FROM legs GROUP BY {group}"


def _notes(of: Of, cells: pa.Table) -> tuple[Phrase, ...]:
    notes = [
        phrase(
            ja="slowness は、平均的な相手の何倍の日数がかかるか。"
            "まだ着いていないものも、経った日数の分だけ数えている。",
            en="slowness is how many times as long it takes as an average one; what is still open"
            " counts for as long as it has been open.",
        )
    ]
    if of == "carrier":
        notes.append(
            phrase(
                ja="同じ配送方法どうしで比べている。一社しか使わない方法では、業者の差は分からない。",
                en="Compared within a shipping method; where one carrier alone does a method, the"
                " carrier's part cannot be told from the method's.",
            )
        )
    nobody = cells.filter(pc.is_null(cells.column(0)))
    without = pc.sum(nobody.column("n")).as_py() or 0
    if without:
        notes.append(
            phrase(
                ja=f"相手の分からない {without:,} 件は除いた。",
                en=f"{without:,} of which nobody says whose they are are left out.",
            )
        )
    return tuple(notes)
