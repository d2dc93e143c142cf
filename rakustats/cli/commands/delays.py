"""``rakustats delays``: late rates."""

from __future__ import annotations

from typing import Literal

import rakustats as rs
from rakustats.cli.command import command
from rakustats.cli.options import Period, RateTable, listed


@command(
    """
    納期遅れの割合を、届いていない分も数えて表示する
    show late rates, with open deliveries counted
    rakustats delays --by seller,month --leg 1 --out late.xlsx

    --unit
        数える単位: 荷物（既定）または注文明細
        what is late: a shipment (default) or an order line
    --clock
        起点: 配送の依頼（既定）または配送業者への引き渡し
        where the clock starts: the request (default), or the handover to the carrier
    --leg
        区間: 1 は店舗から倉庫、2 は倉庫から日本（既定: 両方）
        1 seller to warehouse, 2 warehouse to Japan (default: both)
    --since D
        期間の最初の日（YYYY-MM-DD）。起点の日（--clock を参照）で数える
        first day of the period, YYYY-MM-DD; what counts is the day the clock starts (see --clock)
    """
)
def delays(
    *,
    by: str = "",
    unit: Literal["shipment", "line"] = "shipment",
    clock: Literal["request", "shipped"] = "request",
    leg: Literal[1, 2] | None = None,
    period: Period,
    table: RateTable,
) -> None:
    """Deliver the table of late rates."""
    with table.open() as db:
        found = table.ask(
            db, rs.delay_rates, by=listed(by), **period.days, unit=unit, clock=clock, leg=leg
        )
    table.deliver(found)
