"""Making reports: every notebook runs first; only when all are finished is anything published."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import rakustats
from rakustats.calendar.timezones import shown
from rakustats.config.settings import settings
from rakustats.engine.database import AsOf, connect
from rakustats.i18n.phrases import Lang
from rakustats.reports.export import Cover, html_page
from rakustats.reports.kept import kept_tables, read_index
from rakustats.reports.notebooks import find_notebooks
from rakustats.reports.publishing import Entry, publish
from rakustats.reports.running import run_notebook
from rakustats.reports.tables import written
from rakustats.reports.texts import check_language, text, title
from rakustats.reports.workbook import write_workbook
from rakustats.results.writers.csv import write_frame

OUT = Path("data/processed/reports")


@dataclass(frozen=True)
class Setting:
    """What all reports of one run have in common."""

    database: Path
    as_of: datetime
    newest_export: datetime
    lang: Lang
    loaded: dict[str, int]
    horizon: str


def report(
    names: Sequence[str] | None = None,
    *,
    out: str | Path | None = None,
    db: str | Path | None = None,
    as_of: AsOf = None,
    lang: Lang = "ja",
    tell: Callable[[str], None] = lambda line: None,
) -> list[Path]:
    """Return the files of the finished reports, the summary last.

    Runs the report notebooks and writes for each one self-contained HTML page, one workbook and
    the tables as CSV, and for all of them ``summary.json``: key figures with n and interval, files,
    as-of, version and what was loaded.

    Parameters
    ----------
    names : sequence of str, optional
        Notebooks to run, ``02_delays`` or ``delays``; all of them if not given.
    out : path, optional
        Folder for the reports; ``data/processed/reports`` by default.
    db : path, optional
        Database; ``data/processed/rakustats.duckdb`` by default.
    as_of : str, date or datetime, optional
        The snapshot: the world as it was known then; default: when the newest export was made.
    lang : {"ja", "en"}
        Language of the reports.
    tell : callable, optional
        Called with one line for each step.

    Raises
    ------
    UsageError
        If a report, the language or the database is unknown.
    RakustatsError
        If any cell fails. Then nothing is published: earlier reports stay as they are.

    Examples
    --------
    >>> import rakustats as rs
    >>> [path.name for path in rs.report(["delays"], lang="en")][:2]
    ['02_delays.html', '02_delays.xlsx']
    """
    check_language(lang)
    notebooks = find_notebooks(names)
    setting = _setting(Path(db) if db else settings().database, as_of, lang)
    folder = Path(out) if out else OUT
    folder.mkdir(parents=True, exist_ok=True)
    # inside the target folder: only within one file system is a file put in place in one step
    with tempfile.TemporaryDirectory(prefix=".making-", dir=folder) as made:
        entries = []
        for number, notebook in enumerate(notebooks, 1):
            tell(f"[{number}/{len(notebooks)}] {notebook.stem}")
            entries.append(_make(notebook, setting, Path(made)))
        return publish(entries, _loaded(setting), Path(made), folder)


def _setting(database: Path, as_of: AsOf, lang: Lang) -> Setting:
    with connect(database, as_of) as db:
        look = db.snapshot()
        loaded = {
            "orders": db.count("orders", "order_no"),
            "lines": db.count("order_lines", "order_no"),
            "shipments": db.count("shipments", "shipment_id"),
        }
        horizon = db.horizon.to(lang)
        return Setting(database.resolve(), look.moment, look.newest, lang, loaded, horizon)


def _make(notebook: Path, setting: Setting, made: Path) -> Entry:
    """Write the files of one report into `made`."""
    name, lang = notebook.stem, setting.lang
    heading = title(name, "report", lang)
    with tempfile.TemporaryDirectory(prefix="run-", dir=made) as folder:
        run = Path(folder).resolve()
        executed = run_notebook(notebook, _parameters(setting, run), run)
        page = html_page(executed, _cover(heading, setting))
        tables, headlines = kept_tables(run), read_index(run)["headlines"]
    (made / f"{name}.html").write_text(page, encoding="utf-8", newline="\n")
    write_workbook(made / f"{name}.xlsx", heading, setting.as_of, tables, lang)
    sheets = {f"{name}.{table.name}.csv": frame for table, frame in tables}
    for file, frame in sheets.items():
        write_frame(frame, made / file, "\n")
    return Entry(
        name=name,
        title=heading,
        as_of=_iso(setting.as_of),
        lang=lang,
        headlines=headlines,
        tables=[{"name": t.name, "title": t.title, "rows": t.rows} for t, _ in tables],
        files=[f"{name}.html", f"{name}.xlsx", *sheets],
    )


def _parameters(setting: Setting, run: Path) -> dict[str, Any]:
    return {
        "db_path": str(setting.database),
        "as_of": setting.as_of.isoformat(),
        "lang": setting.lang,
        "keep_in": str(run),
    }


def _cover(heading: str, setting: Setting) -> Cover:
    counts = {name: written(count) for name, count in setting.loaded.items()}
    facts = text("common", "facts", setting.lang).format(
        as_of=shown(setting.as_of), horizon=setting.horizon, **counts
    )
    footer = text("common", "footer", setting.lang).format(version=rakustats.__version__)
    return Cover(heading, facts, footer, setting.lang)


def _loaded(setting: Setting) -> dict[str, Any]:
    return {"exported_at": _iso(setting.newest_export), "rows_loaded": setting.loaded}


def _iso(moment: datetime) -> str:
    return moment.isoformat() + "Z"
