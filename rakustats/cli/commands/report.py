"""``rakustats report``: the report notebooks, run and exported."""

from __future__ import annotations

from pathlib import Path

import rakustats as rs
from rakustats.cli.command import command
from rakustats.cli.options import View
from rakustats.cli.terminal import say
from rakustats.i18n.language import language


@command(
    """
    レポートを作成する: HTML、XLSX、CSV、要約の JSON
    run the report notebooks: HTML, XLSX, CSV and a JSON summary
    rakustats report delays --lang en --out reports

    NAME
        レポートの名前。delays でも 02_delays でもよい（既定: すべて）
        reports, e.g. delays or 02_delays (default: all)
    --out DIR
        書き出し先のフォルダー（既定: data/processed/reports）
        folder (default: data/processed/reports)
    """
)
def report(*, names: list[str] | None = None, out: Path | None = None, view: View) -> None:
    """Run the reports and say where they are."""
    written = rs.report(names, out=out, db=view.db, as_of=view.as_of, lang=language(), tell=say)
    for path in written:
        say(str(path))
