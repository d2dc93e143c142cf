"""``rakustats stages``: how long each stage takes, and whose it is."""

from __future__ import annotations

import rakustats as rs
from rakustats.cli.command import command
from rakustats.cli.options import KEYS, Period, Table, listed


@command(
    f"""
    工程ごとの所要日数と、その工程の担当を表示する
    show how long each stage of the way takes, and whose it is
    rakustats stages --by owner,month --since 2026-01-01

    --by KEYS
        集計の単位。次から一つ以上をコンマ区切りで: stage, owner, {KEYS}
        group by one or more of these, with commas: stage, owner, {KEYS}
    --since D
        期間の最初の日（YYYY-MM-DD）。注文を申し込んだ日で数える
        first day of the period, YYYY-MM-DD; what counts is the day the order was submitted
    """
)
def stages(*, by: str = "", period: Period, table: Table) -> None:
    """Deliver the table of stage times."""
    with table.open() as db:
        table.deliver(rs.stage_times(db, by=listed(by), **period.days))
