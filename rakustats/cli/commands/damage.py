"""``rakustats damage``: damage and defect rates."""

from __future__ import annotations

from typing import Any, Literal

import rakustats as rs
from rakustats.cli.command import command
from rakustats.cli.options import Period, RateTable, listed


@command(
    """
    届いた商品の破損・不良の割合を表示する
    show damage and defect rates of received goods
    rakustats damage --by carrier --kinds damaged --found transit,delivery

    --kinds KINDS
        数えるクレームの種類をコンマ区切りで（既定: damaged,defective）
        kinds of claims that count, with commas (default: damaged,defective)
    --found STAGES
        この段階で見つかったものだけ。コンマ区切りで: warehouse、transit、delivery、after_use
        only what came to light here, with commas: warehouse, transit, delivery, after_use
    --unit
        数える単位: 注文明細（既定）またはその中の個数
        count order lines or the pieces in them (default: line)
    --since D
        期間の最初の日（YYYY-MM-DD）。注文を買い付けた日で数える
        first day of the period, YYYY-MM-DD; what counts is the day the order was purchased
    """
)
def damage(
    *,
    by: str = "",
    kinds: str = "damaged,defective",
    found: str | None = None,
    unit: Literal["line", "piece"] = "line",
    period: Period,
    table: RateTable,
) -> None:
    """Deliver the table of damage rates."""
    where = listed(found) or None
    asked: dict[str, Any] = {"kinds": listed(kinds), "found": where, "unit": unit}
    with table.open() as db:
        rates = table.ask(db, rs.damage_rates, by=listed(by), **period.days, **asked)
    table.deliver(rates)
