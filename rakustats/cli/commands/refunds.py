"""``rakustats refunds``: how long refunds take, and which are overdue or short."""

from __future__ import annotations

from typing import Literal

import rakustats as rs
from rakustats.cli.command import command
from rakustats.cli.options import KEYS, Period, Table, listed, refuse


@command(
    f"""
    返金までの日数（未返金の分も数えて）と、遅れ・不足のある返金を表示する
    show how long refunds take, with unpaid ones and what is overdue or short
    rakustats refunds --by method --out refunds.xlsx

    --by KEYS
        集計の単位。次から一つ以上をコンマ区切りで: {KEYS}, method
        group by one or more of these, with commas: {KEYS}, method
    --clock
        起点: 返金の承認（既定）または申請
        where the clock starts: the approval (default), or the request
    --unsettled
        遅れている返金と不足のある返金を一覧にする
        list what is overdue or was paid short
    --since D
        期間の最初の日（YYYY-MM-DD）。起点の日（--clock を参照）で数える
        first day of the period, YYYY-MM-DD; what counts is the day the clock starts (see --clock)
    """
)
def refunds(
    *,
    by: str = "",
    clock: Literal["approved", "requested"] = "approved",
    unsettled: bool = False,
    period: Period,
    table: Table,
) -> None:
    """Deliver the times, or the list of what is not settled."""
    if unsettled:
        refuse("--unsettled", by=by, since=period.since, until=period.until)
    with table.open() as db:
        if unsettled:
            found = rs.unsettled_refunds(db)
        else:
            found = rs.refund_times(db, by=listed(by), **period.days, clock=clock)
    table.deliver(found)
