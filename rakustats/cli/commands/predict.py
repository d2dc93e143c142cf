"""``rakustats predict``: which open deliveries will be late, and what to do."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

import rakustats as rs
from rakustats.cli.command import command
from rakustats.cli.options import Table, refuse
from rakustats.cli.terminal import say
from rakustats.i18n.language import language


@command(
    """
    届いていない荷物を遅れそうな順に、確率・到着の見込み・理由・次にすることと並べる
    show open deliveries by risk: probability, arrival window, reasons, what to do next
    rakustats predict --due ahead --capacity 20

    --due
        約束の日がまだ先のもの ahead、または過ぎたもの over だけ（既定: 未着のものすべて）
        only those whose promised day is still ahead, or is over (default: all open ones)
    --capacity N
        手を打てる件数。その件数だけ `chosen` に印を付けて表示する
        how many of them can be looked after; `chosen` marks so many, and those are shown
    --costs ACT,LATE,EFFECT
        一件に手を打つ費用（円）、一件の遅れの損失（円）、手を打てば間に合う割合。例: 300,5000,0.3。
            `chosen` は手を打つ価値のあるものと、約束の日を過ぎたものに付く
        JPY for looking after one delivery, JPY that a late one costs, share of late ones that come
            in time because of it, e.g. 300,5000,0.3; `chosen` marks those where it pays, and those
            whose promise is over
    --train
        この7日以内のモデルが残っていても、学習し直す
        train anew even if a model of the last seven days was kept
    --judge
        残してある警告が当たったかどうかを月別に表示する
        show how the warnings that were kept came true, by month
    --card FILE
        代わりにモデルカードを書き出す: データ、時点別・月別の成績、限界（.json .html）
        write the model's card instead: data, figures by origin and month, limits (.json .html)
    """
)
def predict(
    *,
    due: Literal["ahead", "over"] | None = None,
    capacity: int | None = None,
    costs: str | None = None,
    train: bool = False,
    judge: bool = False,
    card: Path | None = None,
    table: Table,
) -> None:
    """Deliver the open deliveries by risk, how warnings came true, or the model's card."""
    means = rs.Costs.parse(costs) if costs else None
    chosen = {"due": due, "capacity": capacity, "costs": costs}
    if judge:
        refuse("--judge", **chosen, train=train, card=card)
    if card:
        refuse("--card", **chosen, out=table.out)
    folder = table.beside("risk")
    with table.open() as db:
        if judge:
            return table.deliver(rs.warning_outcomes(db, folder=folder))
        run, model = rs.current_risk_model(db, folder=folder, anew=train)
        if card:
            return say(str(rs.write_model_card(model.card, card, language())))
        found = rs.at_risk(db, model=model, lang=language())
    triaged = rs.triage(
        found,
        due=due or "all",
        capacity=capacity,
        costs=means,
        chosen_only=not table.out and (capacity is not None or means is not None),
    )
    # stored before they are shown: what was shown can always be monitored
    rs.keep_predictions(found, run, folder)
    table.deliver(triaged)
