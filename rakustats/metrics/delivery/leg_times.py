"""Slowness of each seller, or carrier, on its own leg."""

from __future__ import annotations

from typing import Unpack

import pyarrow as pa
import pyarrow.compute as pc

from rakustats.calendar.local_days import is_midnight, local_day, local_hour
from rakustats.engine.database import Database
from rakustats.engine.steps import Step, with_steps
from rakustats.errors import UsageError, one_of
from rakustats.i18n.phrases import Phrase, phrase
from rakustats.marts.days import last_over
from rakustats.marts.deliveries import Deliveries, require_times
from rakustats.marts.keys import closure_of
from rakustats.marts.milestones import TABLES as WAY_TABLES
from rakustats.marts.needs import require
from rakustats.marts.question import Period, Question, ask
from rakustats.marts.staged import stage_steps
from rakustats.marts.workdays import lend_calendar
from rakustats.metrics.delivery.lead_times import spell_steps
from rakustats.metrics.delivery.slowness_tables import SLOWNESS, slowness_table
from rakustats.metrics.spec.documented import documented
from rakustats.metrics.spec.entities import OF, Of, unnamed_notes, with_names
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
_OVER = last_over(lambda moment: local_day(moment, "cn", ""), "seen_until")
_FIRST = "stage IN ('seller_dispatch', 'seller_to_warehouse')"
_SELLERS_LEG = "'seller_dispatch', 'leg1', 'seller_to_warehouse'"


@documented(
    SLOWNESS,
    rows="One row per entity, sorted by its id (``seller_name`` beside ``seller_id``)",
    by=None,
    cohort="Days of purchase (of the handover for carriers)",
)
def leg_times(db: Database, of: Of = "seller", **period: Unpack[Period]) -> Result:
    """Return how slow sellers are up to the warehouse, or carriers from there to the customer.

    Each is measured on its own leg, so nobody is charged with another's days. Times are compared as
    ratios; those of few orders are shrunken to the common time, and what is still open counts for
    as long as it has been open, up to the last day that was over. Sellers' days are Chinese working
    days from the purchase to the arrival at the warehouse, carriers' calendar days from the
    handover to the first attempt or delivery, against others with the same method.

    Parameters
    ----------
    of : {"seller", "carrier", "ship_method"}
        Whose leg.

    Notes
    -----
    :mod:`rakustats.stats.leg_durations` gives the model: log-normal times with a normal
    distribution of entities. Of what began at nine and was there the next day is known that it took
    between 15 and 39 hours, and so it is taken; a day without an hour may have begun at any.
    ``p50`` to ``p95`` are days to the hour, ``raw_days`` whole ones (0 as half a day).

    Examples
    --------
    >>> slow = rs.leg_times(db, of="seller")
    >>> bool((slow.frame()["lo"] <= slow.frame()["hi"]).all())
    True
    """
    one_of("of", of, OF)
    asked = ask(db, OF[of], period, _TITLES[of], phrase(ja="件", en="deliveries"))
    steps = _sellers(db, asked) if of == "seller" else _carriers(db, asked)
    text = with_steps([*steps, ("cells", _cells(OF[of]))], "SELECT * FROM cells")
    cells = db.engine.query(text)
    if cells.num_rows and not pc.any(cells.column("counts")).as_py():
        n = f"{pc.sum(cells.column('n')).as_py():,}"
        raise UsageError(
            ja=f"配送 {n} 件のどれにも、区間の開始日と終了日の両方がそろったものがないため、"
            "所要日数を比べられません。両方の日付のあるファイルを取り込んでください。",
            en=f"Of none of the {n} deliveries it is known both when the leg began and when it"
            " ended, so nobody's days can be told. Load an export that has both.",
        )
    table = slowness_table(cells.filter(pc.is_valid(cells.column(0))), OF[of])
    return asked.result(with_names(db, asked, table), text, "times", _notes(of, cells))


def _sellers(db: Database, asked: Question) -> list[Step]:
    """One row per line: its working days up to the warehouse, as far as they are known.

    What begins on a day off begins with the next working day.
    """
    bought, there = "orders.purchased_at", ("order_lines.arrived_at", "shipments.delivered_at")
    told_of = phrase(ja="倉庫到着までの日数", en="The way to the warehouse")
    require(db, told_of, *([bought, arrived] for arrived in there))
    over = "'open', 'lost', 'cancelled'"
    last = "stage IN ('leg1', 'seller_to_warehouse')"
    all_over = f"count(*) FILTER (WHERE stands IN ({over}) OR (stands = 'done' AND {last})) > 0"
    lines = f"""\
SELECT seller_id, {closure_of("cohort_day")} AS season, min(start_no) AS begun_no,
  min(CASE WHEN {is_midnight("start_at", "")} THEN NULL
    ELSE {local_hour("start_at", "cn", "")} END) FILTER (WHERE {_FIRST}) AS hour,
  max({_OVER}) AS over_no,
  max(until_no) FILTER (WHERE stands <> 'open') AS until_no,
  count(*) FILTER (WHERE stands = 'open') > 0 AS awaited,
  count(*) FILTER (WHERE stands IN ({over})) > 0 AS is_open,
  coalesce({all_over} AND count(*) FILTER (WHERE stands IN ('missing', 'negative', 'no_date')) = 0,
    FALSE) AS counts
FROM stages
WHERE stage IN ({_SELLERS_LEG}) AND NOT no_quantity AND NOT test
  AND {asked.days.where("cohort_day")}
GROUP BY seller_id, cohort_day, order_no, line_no"""
    calendar = lend_calendar(db, asked.snapshot)
    watched = """\
SELECT *, awaited OR until_no > over_no AS unseen,
  CASE WHEN awaited OR until_no > over_no THEN greatest(over_no, begun_no - 1) ELSE until_no END
    AS last_no FROM lines_begun"""
    spells = f"""\
SELECT l.seller_id, l.season, 'all' AS like_it, e.cn_business - b.cn_business AS days,
  l.is_open OR l.unseen AS is_open, l.unseen,
  CASE WHEN b.cn_business > y.cn_business THEN l.hour ELSE 24 END AS hour, l.counts
FROM watched l
LEFT JOIN {calendar} b ON b.day_no = l.begun_no
LEFT JOIN {calendar} y ON y.day_no = l.begun_no - 1
LEFT JOIN {calendar} e ON e.day_no = l.last_no"""
    stages = stage_steps(asked.keys, calendar, asked.snapshot)
    legs = [("lines_begun", lines), ("watched", watched), ("legs", spells)]
    return [*asked.steps(WAY_TABLES), *stages, *legs]


def _carriers(db: Database, asked: Question) -> list[Step]:
    told_of = phrase(ja="発送から配達までの日数", en="The way from the handover")
    require_times(db, told_of, "shipped")
    (key,) = asked.keys
    like = "'all'" if key == "ship_method" else "coalesce(p.ship_method, 'unknown')"
    # the handover is cut by the clock of Shanghai, the arrival by that of Japan, an hour ahead
    hour = local_hour("s.shipped_at", "cn", "s")
    ahead = "CASE WHEN s.utc_offset IS NULL THEN 1 ELSE 0 END"
    told = f"s.shipped_day = p.cohort_day AND NOT {is_midnight('s.shipped_at', 's')}"
    spells = f"""\
SELECT p.{key}, p.closure AS season, {like} AS like_it, p.days,
  p.ending IS DISTINCT FROM 'arrived' AS is_open, p.ending IS NULL AS unseen,
  CASE WHEN {told} THEN {hour} + {ahead} END AS hour, p.status IS NULL AS counts
FROM spells p LEFT JOIN shipments s ON s.shipment_id = p.shipment_id
WHERE p.status IS NULL OR p.status NOT IN ('no_quantity', 'test', 'void')"""
    wide = asked.by(key, "ship_method", "closure")
    steps = spell_steps(wide, Deliveries(clock="shipped", leg=2))
    return [*steps, ("legs", spells)]


def _cells(key: str) -> str:
    group = f"{key}, season, like_it, counts, days, is_open, unseen, hour"
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
    left_out = phrase(
        ja="相手の分からない {} 件は除いた。",
        en="{} of which nobody says whose they are are left out.",
    )
    return (*notes, *unnamed_notes(cells, OF[of], left_out))
