"""``rakustats score``: how far sellers and carriers can be relied on."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

import rakustats as rs
from rakustats.cli.command import command
from rakustats.cli.options import Period, Table, refuse
from rakustats.cli.terminal import say
from rakustats.i18n.language import language


@command(
    """
    店舗や配送業者をどこまで信頼できるか、評価・理由・次にすることを表示する
    show how far sellers or carriers can be relied on, with grades, reasons and what to do
    rakustats score --by seller --out sellers.xlsx

    --by
        評価する相手: 店舗 seller（既定）、配送業者 carrier、配送方法 ship_method
        whom to score: seller (default), carrier or ship_method
    --criteria
        スコアの内訳を基準ごとに表示する
        show what each score is made of, by criterion
    --keep
        公表する: いまのスコアをデータベースの隣の scores に残す
        publish: keep the scores as they are now, in `scores` beside the database
    --changes
        これより前の時点で最後に残したスコアからの変化を、公表時の値と計算し直した値で表示する
        show what changed since the scores last kept as of an earlier time, as published and
            restated
    --policy FILE
        独自の基準・重み・目盛り（既定: data/scorecard.toml があればそれ）
        criteria, weights and anchors of your own (default: data/scorecard.toml, if it is there)
    --since D
        期間の最初の日（YYYY-MM-DD）。注文を買い付けた日（配送業者では荷物を発送した日）で数える
        first day of the period, YYYY-MM-DD; what counts is the day the order was purchased (of
            carriers: the parcel was sent)
    """
)
def score(
    *,
    by: Literal["seller", "carrier", "ship_method"] = "seller",
    criteria: bool = False,
    keep: bool = False,
    changes: bool = False,
    policy: Path | None = None,
    period: Period,
    table: Table,
) -> None:
    """Deliver the scores, what they are made of or what changed, and keep them if asked to."""
    if changes:
        refuse("--changes", criteria=criteria, keep=keep, since=period.since, until=period.until)
    if keep:
        refuse("--keep", criteria=criteria)
    folder, lang = table.beside("scores"), language()
    with table.open() as db:
        if changes:
            found = rs.score_changes(db, by, lang=lang, policy=policy, folder=folder)
        elif by == "seller" and criteria:
            found = rs.score_criteria(db, **period.days, lang=lang, policy=policy)
        elif by == "seller":
            found = rs.seller_scores(db, **period.days, lang=lang, policy=policy)
        elif criteria:
            found = rs.score_criteria(db, "carrier", by=by, **period.days, lang=lang, policy=policy)
        else:
            found = rs.carrier_scores(db, by, **period.days, lang=lang, policy=policy)
    table.deliver(found)
    if keep:
        say(str(rs.keep_scores(found, folder)))
