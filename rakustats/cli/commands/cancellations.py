"""``rakustats cancellations``: what is called off, and what goes wrong after that."""

from __future__ import annotations

import rakustats as rs
from rakustats.cli.command import command
from rakustats.cli.options import KEYS, Period, RateTable, listed, refuse


@command(
    f"""
    何が、誰の申し出で、なぜ、どの段階でキャンセルされ、その後どうなったかを表示する
    show what is called off, by whom, why and at what stage, and what leaked
    rakustats cancellations --by requested_by,stage

    --by KEYS
        集計の単位。次から一つ以上をコンマ区切りで: {KEYS}, requested_by, reason, stage
        group by one or more of these, with commas: {KEYS}, requested_by, reason, stage
    --leaks
        キャンセルしたのに買付・発送・請求された、または返金されない注文を一覧にする
        list what was called off and yet bought, sent, charged or not refunded
    --since D
        期間の最初の日（YYYY-MM-DD）。注文を買い付けた日で数える
        first day of the period, YYYY-MM-DD; what counts is the day the order was purchased
    """
)
def cancellations(*, by: str = "", leaks: bool = False, period: Period, table: RateTable) -> None:
    """Deliver the rates, or the list of leaks."""
    if leaks:
        refuse("--leaks", by=by, compare_with=table.compare_with)
    with table.open() as db:
        if leaks:
            found = rs.cancel_leaks(db, **period.days)
        else:
            found = table.ask(db, rs.cancellation_rates, by=listed(by), **period.days)
    table.deliver(found)
