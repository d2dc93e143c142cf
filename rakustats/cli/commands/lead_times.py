"""``rakustats lead-times``: how long deliveries take."""

from __future__ import annotations

from typing import Literal

import rakustats as rs
from rakustats.cli.command import command
from rakustats.cli.options import Period, Table, listed


@command(
    """
    届くまでの日数を、届いていない分も数えて表示する
    show how many days deliveries take, with open ones counted
    rakustats lead-times --by ship_method,closure --clock purchase --unit line

    --unit
        数える単位: 荷物（既定）または注文明細
        what arrives: a shipment (default) or an order line
    --clock
        起点: 配送の依頼（既定）、配送業者への引き渡し、または買付
        where the clock starts: the request (default), the handover, or the purchase
    --leg
        区間: 1 は店舗から倉庫、2 は倉庫から日本（既定: 最後の区間）
        1 seller to warehouse, 2 warehouse to Japan (default: the final one)
    --since D
        期間の最初の日（YYYY-MM-DD）。起点の日（--clock を参照）で数える
        first day of the period, YYYY-MM-DD; what counts is the day the clock starts (see --clock)
    """
)
def lead_times(
    *,
    by: str = "",
    clock: Literal["request", "shipped", "purchase"] = "request",
    unit: Literal["shipment", "line"] = "shipment",
    leg: Literal[1, 2] | None = None,
    period: Period,
    table: Table,
) -> None:
    """Deliver the table of delivery times."""
    with table.open() as db:
        table.deliver(
            rs.lead_times(db, by=listed(by), **period.days, clock=clock, unit=unit, leg=leg)
        )
