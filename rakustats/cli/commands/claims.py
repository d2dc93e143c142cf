"""``rakustats claims``: how often lines are claimed, how long claims take, what they bring."""

from __future__ import annotations

from typing import Any, Literal

import rakustats as rs
from rakustats.cli.command import command
from rakustats.cli.options import KEYS, Period, RateTable, listed, refuse

Shown = Literal["rates", "outcomes", "waits", "response", "decision", "resolution"]


@command(
    f"""
    クレームの割合、かかった日数、その結果を表示する
    show how often lines are claimed, how long claims take and what they bring
    rakustats claims --by kind --show response --since 2026-01-01

    --by KEYS
        集計の単位。次から一つ以上をコンマ区切りで: {KEYS}。
            rates 以外では kind, stage_found, attributed_to も使える
        group by one or more of these, with commas: {KEYS}; but for rates also kind, stage_found,
            attributed_to
    --show
        クレームのあった明細の割合 rates（既定）、結果と戻った金額 outcomes、誰の対応待ちか waits、
            または返答 response・判断 decision・完了 resolution までの日数
        rates (default) of claimed lines, outcomes (won, recovered), waits (on whom), or the time
            to response, decision or resolution
    --kinds KINDS
        数えるクレームの種類をコンマ区切りで（既定: 条件の変更を除くすべて）。rates と outcomes のみ
        kinds of claims that count, with commas (default: all but changes of terms); rates and
            outcomes only
    --withdrawn
        取り下げられたクレームも数える。rates のみ
        count withdrawn claims too; rates only
    --since D
        期間の最初の日（YYYY-MM-DD）。
            注文を買い付けた日（日数と対応待ちではクレームを申し立てた日）で数える
        first day of the period, YYYY-MM-DD; what counts is the day the order was purchased (of
            times and waits: the claim was opened)
    """
)
def claims(
    *,
    by: str = "",
    show: Shown = "rates",
    kinds: str | None = None,
    withdrawn: bool = False,
    period: Period,
    table: RateTable,
) -> None:
    """Deliver the table that is asked for."""
    if show != "rates":
        refuse(f"--show {show}", withdrawn=withdrawn)
    if show not in ("rates", "outcomes"):
        refuse(f"--show {show}", kinds=kinds, compare_with=table.compare_with)
    keys, days = listed(by), period.days
    asked: dict[str, Any] = {"by": keys, **days, "kinds": listed(kinds) or None}
    with table.open() as db:
        if show == "rates":
            found = table.ask(db, rs.claim_rates, **asked, withdrawn=withdrawn)
        elif show == "outcomes":
            found = table.ask(db, rs.claim_outcomes, "lower", **asked)
        elif show == "waits":
            found = rs.claim_waits(db, keys, **days)
        else:
            found = rs.claim_times(db, keys, **days, to=show)
    table.deliver(found)
