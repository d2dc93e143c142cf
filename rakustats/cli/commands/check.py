"""``rakustats check``: data quality."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import rakustats as rs
from rakustats.cli.command import command
from rakustats.cli.options import Store, say_apart
from rakustats.cli.terminal import say, table
from rakustats.cli.texts import Texts
from rakustats.i18n.language import language

if TYPE_CHECKING:
    import pandas as pd

_COUNTS = ["rows_seen", "rows_loaded", "rows_rejected", "rows_duplicate", "rows_skipped"]
_TEXTS = Texts(
    """
    imports
        取込の記録
        Imports
    conserved
        すべての行の行方がわかっています（読込 = 取込 + 却下 + 重複 + 対象外）。
        Every row is accounted for: seen = loaded + rejected + duplicate + skipped.
    lost
        行数が合いません（読込 ≠ 取込 + 却下 + 重複 + 対象外）。
        ROWS ARE MISSING: seen is not loaded + rejected + duplicate + skipped.
    rejects
        却下した行（理由別）
        Rejected rows by reason
    examples
        却下した行の例
        The first of them
    issues
        取り込んだが疑わしい値
        Kept, but doubtful
    stale
        最新の出力になく、以前の状態のまま残した行
        Kept as last seen: rows that the newest export of their kind does not show
    horizon
        表ごとの取込データの時点（出力日、中国時間）
        How far each table was looked at: days of its exports (in China)
    coverage
        表の充足率
        How far the tables are filled
    none
        なし
        none
    """
)


@command(
    """
    読み込んだもの、却下したもの、疑わしいもの、出力の時点、表の充足率を表示する
    show what was read, refused and doubted, how old exports are, how far tables are filled
    rakustats check --lang en
    """
)
def check(*, store: Store) -> None:
    """Show the books of loading."""
    with rs.connect(store.db) as db:
        say_apart(db)
        quality = rs.data_quality(db)
    _section("imports", quality.imports[["file", "sheet", "table_name", *_COUNTS]])
    say(_TEXTS("conserved" if quality.conserved else "lost"))
    _section("rejects", quality.rejects)
    rows = quality.reject_rows
    if len(rows):
        first = rows.assign(reasons=[" · ".join(reasons) for reasons in rows["reasons"]]).head(20)
        _section("examples", first[["source_file", "source_row", "reasons"]])
    _section("issues", quality.issues_in(language()))
    _section("stale", quality.stale[quality.stale["stale"] > 0])
    _section("horizon", _in_days(quality.horizon))
    _section("coverage", quality.coverage)


def _in_days(horizon: pd.DataFrame) -> pd.DataFrame:
    """Return the ages of the tables with days in China in the place of instants in UTC."""
    in_china = timedelta(hours=8)
    days = {
        name: [f"{at + in_china:%Y-%m-%d}" for at in horizon[name]] for name in ("oldest", "newest")
    }
    return horizon.assign(**days)


def _section(title: str, frame: pd.DataFrame) -> None:
    say(f"\n{_TEXTS(title)}")
    say(table(frame) if len(frame) else _TEXTS("none"))
