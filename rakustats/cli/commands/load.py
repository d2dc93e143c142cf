"""``rakustats load``: exports into the database, and what became of every row."""

from __future__ import annotations

from pathlib import Path

import rakustats as rs
from rakustats.cli.command import DONE, REJECTED, command
from rakustats.cli.options import Store, say_apart
from rakustats.cli.terminal import progress, say
from rakustats.cli.texts import Texts
from rakustats.i18n.language import language

_TIME_OF_FILE = "time of the file"
_HOW = {
    "document": "書類の記載",
    "file name": "ファイル名",
    "option": "指定",
    "mapping": "マッピング",
    _TIME_OF_FILE: "更新日時",
}
_NOTHING_NEW = ("already loaded", "same content as another file", "not an export")
_SEEN_AGAIN = "seen again"
_TEXTS = Texts(
    """
    counts
        読込 {seen:,} 行、取込 {loaded:,}、却下 {rejected:,}、重複 {duplicate:,}、
            対象外 {skipped:,}
        {seen:,} seen, {loaded:,} loaded, {rejected:,} rejected, {duplicate:,} duplicate,
            {skipped:,} skipped
    already loaded
        取込済みのため追加なし
        already loaded, nothing to add
    same content as another file
        別のファイルと同じ内容のため追加なし
        same content as another file, nothing to add
    seen again
        取込済みの内容を {day:%Y-%m-%d} の出力でも確認（行の追加なし）
        loaded before, and seen again in the export of {day:%Y-%m-%d}: no rows to add
    not an export
        データの表ではないため対象外
        no export, left out
    dated
        出力日 {day:%Y-%m-%d}（{how}による）
        exported {day:%Y-%m-%d} (from the {how})
    undated
        注意: ファイルにも名前にも出力日がないため、更新日時で代用しました。
            --exported-at で指定してください
        NOTE: neither the file nor its name says when it was exported, so the file's own time was
            taken. Better: --exported-at
    unused
        使わなかった列: {names}
        columns not used: {names}
    rejected
        {n:,} 行を却下しました。理由は rakustats check で確認できます。
        {n:,} rows were rejected; `rakustats check` lists them with their reasons.
    """
)


@command(
    """
    エクスポートしたファイルをデータベースに取り込む
    load exports into the database
    rakustats load exports --exported-at 2026-05-31

    PATH
        ファイルまたはフォルダー: CSV、TSV、XLSX、XLS、Parquet、.gz や .zip も可。
            元のファイルは書き換えない
        files and folders: CSV, TSV, XLSX, XLS, Parquet, also .gz and .zip; they are only read
    --mapping M
        .toml ファイル、または同梱のもの: scms、shopee、causact
        a .toml file, or a shipped one: scms, shopee, causact
    --zone Z
        時差の書かれていない時刻と日付に使うタイムゾーン。例: Asia/Tokyo
        zone of times without one and of local days, e.g. Asia/Tokyo
    --exported-at D
        ファイルを出力した日（ファイルにも名前にもない場合に指定）
        when the exports were made, if neither file nor name tells
    """
)
def load(
    *,
    paths: list[Path],
    mapping: str | None = None,
    zone: str | None = None,
    exported_at: str | None = None,
    encoding: str | None = None,
    store: Store,
) -> int:
    """Load and say what became of every row."""
    with progress("files") as advance:
        report = rs.load(
            paths,
            db=store.db,
            mapping=mapping,
            zone=zone,
            exported_at=exported_at,
            encoding=encoding,
            progress=lambda _, number, of: advance(number, of),
        )
    _show(report)
    with rs.connect(report.database) as db:
        say_apart(db)
    return REJECTED if report.rejected else DONE


def _show(report: rs.LoadReport) -> None:
    for sheet in report.sheets:
        title = f"{sheet.file} [{sheet.sheet}]" if sheet.sheet else sheet.file
        if sheet.status in _NOTHING_NEW:
            say(f"{title}: {_TEXTS(sheet.status)}")
        elif sheet.status == _SEEN_AGAIN:
            say(f"{title}: {_TEXTS(_SEEN_AGAIN, day=sheet.exported_at)}")
        else:
            line = f"{title}: {_TEXTS('counts', **vars(sheet))}"
            if sheet.exported_at:
                how = sheet.exported_at_source
                how = _HOW.get(how, how) if language() == "ja" else how
                dated = _TEXTS("dated", day=sheet.exported_at, how=how)
                line += f" → {', '.join(sheet.tables) or sheet.status} · {dated}"
            say(line)
        if sheet.exported_at_source == _TIME_OF_FILE:
            say(f"  {_TEXTS('undated')}")
        if sheet.unknown_headers:
            say(f"  {_TEXTS('unused', names=', '.join(sheet.unknown_headers))}")
    if report.rejected:
        say(_TEXTS("rejected", n=report.rejected))
