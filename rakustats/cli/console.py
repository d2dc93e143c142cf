"""What the commands write on the terminal: tables, accounts, progress and complaints."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import TYPE_CHECKING
from unicodedata import east_asian_width

from tqdm import tqdm

from rakustats.calendar.timezones import shown
from rakustats.loading.report import ALREADY, COPY, NO_EXPORT

if TYPE_CHECKING:
    from pathlib import Path

    import pandas as pd

    from rakustats.i18n.phrases import Lang
    from rakustats.infer import Proposal
    from rakustats.loading.report import Account, LoadReport
    from rakustats.quality.summary import Quality
    from rakustats.results.result import Result

_OF_SCORES = ("n", "score", "lo", "hi", "grade", "p_worst", "standing", "reasons")
ACCOUNT = {
    "en": (
        "{seen:,} seen, {loaded:,} loaded, {rejected:,} rejected, {duplicate:,} duplicate, "
        "{skipped:,} skipped"
    ),
    "ja": (
        "読込 {seen:,} 行、取込 {loaded:,}、却下 {rejected:,}、重複 {duplicate:,}、"
        "対象外 {skipped:,}"
    ),
}
WORDS = {
    "en": {
        ALREADY: "already loaded, nothing to add",
        COPY: "same content as another file, nothing to add",
        NO_EXPORT: "no export, left out",
        "dated": "exported {day} (from the {how})",
        "mtime": (
            "NOTE: neither the file nor its name says when it was exported, so the file's own time "
            "was taken. Better: --exported-at"
        ),
        "unknown": "columns not used: {names}",
        "rejected": "{n:,} rows were rejected; `rakustats check` lists them with their reasons.",
        "imports": "Imports",
        "conserved": "Every row is accounted for: seen = loaded + rejected + duplicate + skipped.",
        "lost": "ROWS ARE MISSING: seen is not loaded + rejected + duplicate + skipped.",
        "rejects": "Rejected rows by reason",
        "examples": "The first of them",
        "issues": "Kept, but doubtful",
        "stale": "Kept as last seen: rows that the newest export of their kind does not show",
        "coverage": "How far the tables are filled",
        "none": "none",
        "empty": "Nothing falls into this period.",
        "more_columns": "All columns (ranks, weights, ratings ...): --out FILE",
        "more_of_risks": "All columns (days overdue, silence, expected gain ...): --out FILE",
        "proposed": "{known} columns recognised, {guessed} guessed, {open} open.",
        "proposed_next": "Check and complete it, then: rakustats load {file} --mapping {mapping}",
        "proposed_keyless": (
            "No column was found that tells the rows apart; fill in the key before you load."
        ),
        "as_of": "as of {moment}",
    },
    "ja": {
        ALREADY: "取込済みのため追加なし",
        COPY: "別のファイルと同じ内容のため追加なし",
        NO_EXPORT: "データの表ではないため対象外",
        "dated": "出力日 {day}（{how}による）",
        "mtime": (
            "注意: ファイルにも名前にも出力日がないため、更新日時で代用しました。"
            "--exported-at で指定してください"
        ),
        "unknown": "使わなかった列: {names}",
        "rejected": "{n:,} 行を却下しました。理由は rakustats check で確認できます。",
        "imports": "取込の記録",
        "conserved": "すべての行の行方がわかっています（読込 = 取込 + 却下 + 重複 + 対象外）。",
        "lost": "行数が合いません（読込 ≠ 取込 + 却下 + 重複 + 対象外）。",
        "rejects": "却下した行（理由別）",
        "examples": "却下した行の例",
        "issues": "取り込んだが疑わしい値",
        "stale": "最新の出力になく、以前の状態のまま残した行",
        "coverage": "表の充足率",
        "none": "なし",
        "empty": "この期間に該当するものはありません。",
        "more_columns": "全部の列（順位、重みの影響、評価など）は --out FILE で書き出せます。",
        "more_of_risks": "全部の列（超過日数、追跡の空白など）は --out FILE で書き出せます。",
        "proposed": "わかった列 {known}、推定した列 {guessed}、未定の列 {open}。",
        "proposed_next": ("内容を確かめて直してから: rakustats load {file} --mapping {mapping}"),
        "proposed_keyless": (
            "行を区別する番号の列が見つかりません。取り込む前に書き足してください。"
        ),
        "as_of": "基準 {moment}",
    },
}
SOURCES = {
    "en": {},
    "ja": {
        "document": "書類の記載",
        "file name": "ファイル名",
        "option": "指定",
        "mapping": "マッピング",
        "time of the file": "更新日時",
    },
}


def prepare() -> None:
    """Let output that the terminal's encoding lacks be replaced rather than end the command."""
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="replace")


def say(text: str) -> None:
    """Write a line of output."""
    sys.stdout.write(f"{text}\n")


def complain(text: str) -> None:
    """Write what is wrong."""
    sys.stderr.write(f"rakustats: {text}\n")


@contextmanager
def progress(unit: str) -> Iterator[Callable[[int, int], None]]:
    """Yield a function (done, total) that moves a bar on a terminal and does nothing elsewhere."""
    with tqdm(unit=f" {unit}", disable=not sys.stderr.isatty(), leave=False) as bar:

        def advance(done: int, total: int) -> None:
            bar.total = total
            bar.update(done - bar.n)

        yield advance


def show_load(report: LoadReport, lang: Lang) -> None:
    """Write a line of account for each sheet."""
    words = WORDS[lang]
    for account in report.accounts:
        say(f"{_title(account)}: {_account(account, lang)}")
        if account.exported_at_source == "time of the file":
            say(f"  {words['mtime']}")
        if account.unknown_headers:
            say("  " + words["unknown"].format(names=", ".join(account.unknown_headers)))
    if report.rejected:
        say(words["rejected"].format(n=report.rejected))


def _title(account: Account) -> str:
    return f"{account.file} [{account.sheet}]" if account.sheet else account.file


def _account(account: Account, lang: Lang) -> str:
    words = WORDS[lang]
    if account.status in (ALREADY, COPY, NO_EXPORT):
        return words[account.status]
    line = ACCOUNT[lang].format(**vars(account))
    if not account.exported_at:
        return line
    how = SOURCES[lang].get(account.exported_at_source, account.exported_at_source)
    dated = words["dated"].format(day=f"{account.exported_at:%Y-%m-%d}", how=how)
    return f"{line} → {', '.join(account.tables) or account.status} · {dated}"


def show_proposal(proposal: Proposal, file: Path, out: Path | None, lang: Lang) -> None:
    """Write how far a proposed mapping goes and what to do next, beside the mapping itself."""
    words = WORDS[lang]
    lines = [words["proposed"].format(**vars(proposal))]
    if not proposal.keyed:
        lines.append(words["proposed_keyless"])
    lines.append(words["proposed_next"].format(file=file, mapping=out or "MAPPING.toml"))
    sys.stderr.write("".join(f"{line}\n" for line in lines))


def show_result(result: Result, lang: Lang) -> None:
    """Write a table of figures with what is needed to read it."""
    known = WORDS[lang]["as_of"].format(moment=shown(result.as_of))
    say(f"{result.title.to(lang)} · {known}")
    frame = result.frame()
    more = ""
    if result.kind == "scores":
        more = "more_columns"
        frame = _short_scores(frame)
    elif "next_step" in frame:
        more = "more_of_risks"
        frame = _short_risks(frame, result.as_of.year)
    say(_table(frame) if len(frame) else WORDS[lang]["empty"])
    for note in result.notes:
        say(f"* {note.to(lang)}")
    if more:
        say(WORDS[lang][more])


def _short_risks(frame: pd.DataFrame, year: int) -> pd.DataFrame:
    """Return the columns of open deliveries that fit on a terminal, instants as days in Japan."""
    told = {
        f"arrives_{q}": [_day(moment, year) for moment in frame[f"arrives_{q}"]]
        for q in ("p10", "p50", "p90")
    }
    chances = [_whole(100 * p, "%") for p in frame["probability"]]
    shown = frame[["shipment_id", "stage", "owner"]].assign(probability=chances, **told)
    sentences = {name: _left(frame[name]) for name in ("reasons", "next_step")}
    return shown.assign(**sentences)


def _day(moment: pd.Timestamp, year: int) -> str:
    """Return a day in Japan, with its year where that is another one."""
    if moment != moment:
        return ""
    there = moment + timedelta(hours=9)
    return f"{there:%m-%d}" if there.year == year else f"{there:%Y-%m-%d}"


def _left(texts: Iterable[str]) -> list[str]:
    """Return texts of one width on a terminal, as sentences are read from their beginning."""
    widths = [sum(1 + (east_asian_width(c) in "WF") for c in text) for text in texts]
    most = max(widths, default=0)
    return [text + " " * (most - width) for text, width in zip(texts, widths, strict=True)]


def _short_scores(frame: pd.DataFrame) -> pd.DataFrame:
    """Return the columns of scores that fit on a terminal, in whole points."""
    shown = frame[[c for c in frame.columns[:2] if c != "n"] + list(_OF_SCORES)]
    points = {name: [_whole(x) for x in shown[name]] for name in ("score", "lo", "hi")}
    chances = [_whole(100 * x, "%") for x in shown["p_worst"]]
    return shown.assign(**points, p_worst=chances)


def _whole(value: float, unit: str = "") -> str:
    return "" if value != value else f"{value:.0f}{unit}"


def show_quality(quality: Quality, lang: Lang) -> None:
    """Write the books of loading."""
    words = WORDS[lang]
    counts = ["rows_seen", "rows_loaded", "rows_rejected", "rows_duplicate", "rows_skipped"]
    _section(
        words["imports"], quality.imports[["file", "sheet", "table_name", *counts]], words["none"]
    )
    say(words["conserved"] if quality.conserved else words["lost"])
    _section(words["rejects"], quality.rejects, words["none"])
    if len(quality.reject_rows):
        rows = quality.reject_rows.assign(
            reasons=[" · ".join(r) for r in quality.reject_rows["reasons"]]
        )
        _section(
            words["examples"],
            rows[["source_file", "source_row", "reasons"]].head(20),
            words["none"],
        )
    _section(words["issues"], quality.issues_in(lang), words["none"])
    _section(words["stale"], quality.stale[quality.stale["stale"] > 0], words["none"])
    _section(words["coverage"], quality.coverage, words["none"])


def _section(title: str, frame: pd.DataFrame, nothing: str) -> None:
    say(f"\n{title}")
    say(_table(frame) if len(frame) else nothing)


def _table(frame: pd.DataFrame) -> str:
    """Return a table as aligned text: full-width characters take two places, rates four digits."""
    import pandas as pd

    with pd.option_context("display.unicode.east_asian_width", True, "display.max_colwidth", 60):
        return frame.to_string(index=False, na_rep="", float_format=lambda x: f"{x:.4f}")
