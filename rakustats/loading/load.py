"""Loading exports: all the files given, or none of them."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterable
from contextlib import suppress
from datetime import date, datetime
from pathlib import Path
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import duckdb

from rakustats.calendar.timezones import end_of_day, until
from rakustats.config import settings as config
from rakustats.errors import UsageError
from rakustats.ingest import archives, mappings
from rakustats.ingest.names import day_in_name
from rakustats.loading.pipeline import Options, Pipeline
from rakustats.loading.report import ALREADY, COPY, LoadReport, SheetReport
from rakustats.schema import vocabularies
from rakustats.store.instants import day_or_instant
from rakustats.store.publish import build

__all__ = ["LoadReport", "SheetReport", "load"]

Progress = Callable[[str, int, int], None]


def load(
    paths: str | Path | Iterable[str | Path],
    *,
    db: str | Path | None = None,
    mapping: str | Path | None = None,
    zone: str | None = None,
    exported_at: str | date | datetime | None = None,
    encoding: str | None = None,
    progress: Progress | None = None,
) -> LoadReport:
    """Load exports into the published database; all of them or, if one cannot be read, none.

    Parameters
    ----------
    paths : path or list of paths
        Files and folders: CSV, TSV, XLSX, XLS, Parquet, also gzipped or in a zip archive. They are
        never changed.
    db : path, optional
        The database; default ``data/processed/rakustats.duckdb``.
    mapping : str or path, optional
        A TOML mapping, or the name of a shipped one (``scms``, ``shopee``, ``causact``), for
        layouts that are not recognised by their headers.
    zone : str, optional
        Time zone of every time without one and of every local day; default the source's own.
    exported_at : str, date or datetime, optional
        When the exports were made, where neither file nor name tells.
    encoding : str, optional
        Encoding of all text files; default: found out for each.
    progress : callable, optional
        Called with (file, number, files) before each file.

    Returns
    -------
    LoadReport
        One row a sheet: seen = loaded + rejected + duplicate + skipped. A file whose content
        is in already adds nothing and counts nothing, unless its name, the option or the mapping
        says that it was exported later than before: then its rows were seen again.

    Raises
    ------
    UsageError
        For a missing or unreadable file, an unknown layout, mapping, zone or encoding.

    Examples
    --------
    >>> rs.sample("exports", orders=50).orders
    50
    >>> rs.load("exports", db="trouble.duckdb").rejected
    0
    """
    given = [paths] if isinstance(paths, str | Path) else list(paths)
    own_mapping = mappings.read(mapping) if mapping else None
    options = _options(own_mapping, zone, exported_at, encoding)
    target = Path(db) if db else config.settings().database
    known, here = _known(target), dict[str, datetime | None]()
    arrived, again = {}, []
    for export in archives.exports(given):
        facts = export.fingerprint()
        dated = _stated_date(export.name, own_mapping, options)
        before = here if facts.sha256 in here else known
        if facts.sha256 in before and not _is_newer(dated, before[facts.sha256]):
            status = COPY if before is here else ALREADY
            again.append(SheetReport(export.name, status=status))
        else:
            arrived[export] = facts, facts.sha256 in before
            here[facts.sha256] = dated
    if not arrived:
        return LoadReport(target, tuple(again))
    with (
        build(target) as (con, scratch),
        vocabularies.also(own_mapping.words if own_mapping else {}),
    ):
        pipeline = Pipeline(con, scratch, options, _salt(target.parent))
        for number, (export, (facts, seen)) in enumerate(arrived.items(), start=1):
            if progress:
                progress(export.name, number, len(arrived))
            pipeline.file(export, facts, again=seen)
        sheets = pipeline.finish()
    return LoadReport(target, (*again, *sheets))


def _options(
    own_mapping: mappings.Mapping | None,
    zone: str | None,
    exported_at: str | date | datetime | None,
    encoding: str | None,
) -> Options:
    _check_zone(zone)
    _check_encoding(encoding)
    # a mapping may bring nothing but words of its own, and leave headers to the dictionary
    layouts = own_mapping if own_mapping and own_mapping.sources else None
    return Options(layouts, zone, _moment(exported_at) if exported_at else None, encoding)


def _check_zone(zone: str | None) -> None:
    try:
        if zone:
            ZoneInfo(zone)
    except (ZoneInfoNotFoundError, ValueError):
        raise UsageError(
            ja=f"{zone!r} というタイムゾーンはありません。Asia/Tokyo のように書いてください。",
            en=f"{zone!r} is not a time zone; write one such as Asia/Tokyo.",
        ) from None


def _check_encoding(encoding: str | None) -> None:
    try:
        if encoding:
            "".encode(encoding)
    except LookupError:
        raise UsageError(
            ja=f"{encoding!r} という文字コードはありません。"
            "utf-8、cp932、gb18030、utf-16 のどれかを試してください。",
            en=f"{encoding!r} is not an encoding; try utf-8, cp932, gb18030 or utf-16.",
        ) from None


def _moment(exported_at: str | date | datetime) -> date | datetime:
    try:
        return day_or_instant(exported_at)
    except UsageError:
        # the as-of's own complaint would name an option that was not given
        raise UsageError(
            ja=f"exported-at {exported_at!r} は日時として読めません。"
            "YYYY-MM-DD か YYYY-MM-DDTHH:MM:SSZ の形で書いてください。",
            en=f"exported-at {exported_at!r} is neither a day (YYYY-MM-DD)"
            " nor an instant (YYYY-MM-DDTHH:MM:SSZ).",
        ) from None


def _known(path: Path) -> dict[str, datetime | None]:
    """Return the fingerprints of what is in the published file, and when it was exported last.

    Where the document itself says that, there is no other day for the same bytes: None.
    """
    if path.is_file():
        # what is no database is reported when the build opens it
        with suppress(duckdb.Error), duckdb.connect(str(path), read_only=True) as con:
            found = con.execute("""
                SELECT sha256, CASE WHEN bool_or(exported_at_source = 'document') THEN NULL
                    ELSE max(exported_at) END
                FROM main.imports GROUP BY sha256
            """)
            return {str(sha256): exported for sha256, exported in found.fetchall()}
    return {}


def _stated_date(name: str, mapping: mappings.Mapping | None, options: Options) -> datetime | None:
    """Return when a file says that it was exported; its own time is no statement, copies have one.

    The best evidence first, as where its rows are dated.
    """
    zone = options.zone or (mapping.zone if mapping else None)
    if day := day_in_name(name, mapping.name_date if mapping else None):
        return end_of_day(day, zone)
    if options.exported_at:
        return until(options.exported_at, zone)
    return mapping.exported_at if mapping else None


def _is_newer(dated: datetime | None, before: datetime | None) -> bool:
    return dated is not None and before is not None and dated > before


def _salt(folder: Path) -> str:
    """Return the secret that member ids are hashed with; it lies beside the database, not in it."""
    path = folder / ".member-salt"
    if not path.exists():
        path.write_text(secrets.token_hex(16), encoding="ascii")
        path.chmod(0o600)
    return path.read_text(encoding="ascii").strip()
