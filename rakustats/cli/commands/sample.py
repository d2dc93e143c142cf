"""``rakustats sample``: exports to try everything with."""

from __future__ import annotations

from pathlib import Path

import rakustats as rs
from rakustats.cli.command import command
from rakustats.cli.terminal import progress, say


@command(
    """
    問題を仕込んだ、実物そっくりのサンプルを書き出す
    write realistic sample exports with planted troubles
    rakustats sample exports --orders 5000 --hazards all

    OUT
        書き出し先のフォルダー。正解のデータは OUT/truth に入る
        folder to write into; the truth goes to OUT/truth
    --orders N
        注文の件数（既定: 20000）
        how many orders (default: 20000)
    --seed S
        乱数の種。同じ値なら同じファイルができる（既定: 1）
        same seed, same bytes (default: 1)
    --as-of D
        サンプルの最後の日（既定: 2026-05-31）
        last day of the sample's world (default: 2026-05-31)
    --hazards H
        実際のファイルによくある問題も混ぜる。all または E1,E21 など（docs/exports.md）
        plant troubles of real exports besides: all, or ids such as E1,E21 (docs/exports.md)
    """
)
def sample(
    *,
    folder: Path,
    orders: int = 20000,
    seed: int = 1,
    as_of: str | None = None,
    hazards: str | None = None,
) -> None:
    """Write the exports and say where the truth behind them is."""
    with progress("orders") as advance:
        written = rs.sample(
            folder, orders=orders, seed=seed, as_of=as_of, hazards=hazards, progress=advance
        )
    besides = f", {len(written.hazards)} hazards planted" if written.hazards else ""
    say(
        f"{folder}: {written.orders:,} orders in {len(written.files)} files{besides}; "
        f"the truth behind them is in {written.truth}"
    )
