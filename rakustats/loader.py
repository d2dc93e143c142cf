"""Loading: from files to the published tables, one line of account for every sheet."""

from __future__ import annotations

import gzip
import secrets
import shutil
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import duckdb

from rakustats import config
from rakustats.errors import UsageError
from rakustats.ingest import columnar, files, headers, mappings, requests, text, workbooks
from rakustats.ingest.plan import Plan, Sheet
from rakustats.moments import end_of_day, to_utc
from rakustats.staging import values
from rakustats.staging.sheets import Counts, stage
from rakustats.store.asof import instant
from rakustats.store.fold import fold
from rakustats.store.publish import build

if TYPE_CHECKING:
    import pandas as pd

Progress = Callable[[str, int, int], None]


@dataclass(frozen=True)
class Account:
    """What became of one sheet: its rows, where they went, and how the export's day is known."""

    file: str
    sheet: str
    tables: tuple[str, ...]
    encoding: str
    seen: int
    loaded: int
    rejected: int
    duplicate: int
    skipped: int
    status: str
    exported_at: datetime | None = None
    exported_at_source: str = ""
    unknown_headers: tuple[str, ...] = ()


@dataclass(frozen=True)
class LoadReport:
    """The accounts of one load."""

    database: Path
    accounts: tuple[Account, ...]

    @property
    def rejected(self) -> int:
        """Rows refused in this load."""
        return sum(a.rejected for a in self.accounts)

    def frame(self) -> pd.DataFrame:
        """Return one row a sheet, as pandas."""
        import pandas as pd

        return pd.DataFrame([vars(a) for a in self.accounts])


@dataclass(frozen=True)
class _Options:
    mapping: mappings.Mapping | None
    zone: str | None
    exported_at: datetime | None
    encoding: str | None


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
        Files and folders: CSV, TSV, XLSX, XLS, Parquet, also gzipped. They are never changed.
    db : path, optional
        The database; default ``data/processed/rakustats.duckdb``.
    mapping : str or path, optional
        A TOML mapping, or the name of a shipped one (``scms``, ``shopee``, ``causact``), for layouts
        that are not recognised by their headers.
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
        One account a sheet: seen = loaded + rejected + duplicate + skipped.

    Raises
    ------
    UsageError
        For a missing or unreadable file, an unknown layout, mapping, zone or encoding.

    Examples
    --------
    >>> import rakustats as rs
    >>> rs.sample("exports", orders=50).orders
    50
    >>> report = rs.load("exports", db="trouble.duckdb")
    >>> bool((report.frame()["seen"] > 0).all())
    True
    """
    given = [paths] if isinstance(paths, str | Path) else list(paths)
    options = _options(mapping, zone, exported_at, encoding)
    found = files.find(given)
    target = Path(db) if db else config.settings().database
    with build(target) as (con, scratch):
        load = _Load(con, scratch, options, _salt(target.parent))
        for number, path in enumerate(found, start=1):
            if progress:
                progress(files.shown(path), number, len(found))
            load.file(path)
        accounts = load.finish()
    return LoadReport(target, accounts)


def _options(
    mapping: str | Path | None,
    zone: str | None,
    exported_at: str | date | datetime | None,
    encoding: str | None,
) -> _Options:
    try:
        if zone:
            ZoneInfo(zone)
    except (ZoneInfoNotFoundError, ValueError):
        raise UsageError(f"{zone!r} is not a time zone; write one such as Asia/Tokyo.") from None
    try:
        if encoding:
            "".encode(encoding)
    except LookupError:
        raise UsageError(
            f"{encoding!r} is not an encoding; try utf-8, cp932, gb18030 or utf-16."
        ) from None
    known = instant(exported_at) if exported_at else None
    return _Options(mappings.read(mapping) if mapping else None, zone, known, encoding)


def _salt(folder: Path) -> str:
    """Return the secret that member ids are hashed with; it lies beside the database, never in it."""
    path = folder / ".member-salt"
    if not path.exists():
        path.write_text(secrets.token_hex(16), encoding="ascii")
        path.chmod(0o600)
    return path.read_text(encoding="ascii").strip()


class _Load:
    """One load under way."""

    def __init__(
        self, con: duckdb.DuckDBPyConnection, scratch: Path, options: _Options, salt: str
    ) -> None:
        self.con, self.scratch, self.options, self.salt = con, scratch, options, salt
        self.accounts: list[Account] = []
        self.sheets: list[tuple[Sheet, Plan]] = []
        self.known = {
            s for (s,) in con.execute("SELECT DISTINCT sha256 FROM main.imports").fetchall()
        }

    def file(self, path: Path) -> None:
        """Stage one file, unless the same content is already in."""
        facts = files.fingerprint(path)
        if facts.sha256 in self.known:
            self._account(
                Account(files.shown(path), "", (), "", 0, 0, 0, 0, 0, "already loaded"), None, None
            )
            return
        self.known.add(facts.sha256)
        for sheet in self._sheets(path, facts):
            self._stage(sheet)

    def _sheets(self, path: Path, facts: files.Bytes) -> list[Sheet]:
        source = self._unpacked(path)
        expected = self._expected()
        kind = files.kind(source)
        if kind == "workbook":
            found = workbooks.read(source, facts, self.scratch, expected)
        elif kind == "parquet":
            found = [columnar.read(source, facts)]
        else:
            found = [text.read(source, facts, self.scratch, self.options.encoding, expected)]
        if not found:
            raise UsageError(
                f"{files.shown(path)}: no sheet holds an export that is known here. {self._way_out()}"
            )
        return [replace(sheet, file=files.shown(path)) for sheet in found]

    def _unpacked(self, path: Path) -> Path:
        if path.suffix.lower() != ".gz":
            return path
        unpacked = self.scratch / path.stem
        try:
            with gzip.open(path, "rb") as packed, unpacked.open("wb") as out:
                shutil.copyfileobj(packed, out, 1 << 22)
        except (OSError, EOFError) as error:
            raise UsageError(
                f"{files.shown(path)}: cannot be unpacked ({error}). Is the download complete?"
            ) from None
        return unpacked

    def _expected(self) -> tuple[str, ...]:
        mapping = self.options.mapping
        return mapping.sources[0].headers if mapping else ()

    def _way_out(self) -> str:
        if self.options.mapping:
            return (
                f"The mapping {self.options.mapping.name} expects: {', '.join(self._expected())}."
            )
        return "Give a --mapping, or see docs/data_dictionary.md for the headers that load without one."

    def _plan(self, sheet: Sheet) -> Plan:
        if self.options.mapping:
            plan = self.options.mapping.plan(sheet.headers)
        elif requests.is_request(sheet.labels):
            plan = requests.plan(sheet.headers, sheet.labels)
        else:
            plan = headers.recognise(sheet.headers)
        if plan is None:
            seen = ", ".join(h for h in sheet.headers[:12] if h)
            raise UsageError(
                f"{sheet.file}: no export is known with the headers {seen}. {self._way_out()}"
            )
        zone = self.options.zone
        return replace(plan, zone=zone, day_zone=zone) if zone else plan

    def _stage(self, sheet: Sheet) -> None:
        plan = self._plan(sheet)
        exported, how = self._exported_at(sheet, plan)
        if plan.skip:
            rows = self.con.execute(f"SELECT count(*) FROM {sheet.relation}").fetchone()
            counts = Counts(rows[0] if rows else 0, 0, rows[0] if rows else 0)
        else:
            counts = self._rows(sheet, plan, exported)
        self._account(
            Account(
                sheet.file, sheet.name, tuple(t.table for t in plan.targets), sheet.encoding,
                counts.seen, 0, counts.rejected, 0, counts.skipped, plan.skip or "loaded", exported, how, plan.unknown,
            ),
            sheet,
            plan,
        )  # fmt: skip

    def _rows(self, sheet: Sheet, plan: Plan, exported: datetime) -> Counts:
        number = len(self.accounts)
        try:
            return stage(self.con, sheet, plan, exported, self.salt, number)
        except (duckdb.InvalidInputException, duckdb.ConversionException):
            if sheet.numbered or sheet.encoding not in ("utf-8", "utf-8-sig"):
                raise
        facts = files.Bytes(sheet.sha256, 0, False)
        again = text.careful(
            sheet.path, facts, self.scratch, self.options.encoding, self._expected()
        )
        return stage(self.con, replace(again, file=sheet.file), plan, exported, self.salt, number)

    def _exported_at(self, sheet: Sheet, plan: Plan) -> tuple[datetime, str]:
        """Return when the export was made, and how that is known: the surest witness first."""
        for label in requests.EXPORTED:
            if label in sheet.labels:
                moment, is_day = values.instant(sheet.labels[label])
                return (end_of_day(moment) if is_day else to_utc(moment, plan.zone)), "document"
        if day := files.day_in_name(sheet.file, plan.name_date):
            return end_of_day(day), "file name"
        if self.options.exported_at:
            return self.options.exported_at, "option"
        if plan.exported_at:
            return plan.exported_at, "mapping"
        changed = datetime.fromtimestamp(sheet.path.stat().st_mtime, UTC)
        return changed.replace(tzinfo=None, microsecond=0), "time of the file"

    def _account(self, account: Account, sheet: Sheet | None, plan: Plan | None) -> None:
        self.accounts.append(account)
        self.sheets.append((sheet, plan))

    def finish(self) -> tuple[Account, ...]:
        """Fold what was staged into the tables, write the books and return the accounts."""
        repeated = fold(self.con)
        accounts = [self._settled(a, repeated, i) for i, a in enumerate(self.accounts)]
        self.con.begin()
        for account, (sheet, plan) in zip(accounts, self.sheets, strict=True):
            if sheet and plan:
                self._book(account, sheet, plan)
        self.con.commit()
        self.con.execute(
            "INSERT INTO main.rejects FROM stage.main.rejects; INSERT INTO main.issues FROM stage.main.issues"
        )
        return tuple(accounts)

    def _settled(self, account: Account, repeated: Counter[int], number: int) -> Account:
        duplicate = repeated.get(number, 0)
        loaded = account.seen - account.rejected - account.skipped - duplicate
        return replace(account, duplicate=duplicate, loaded=loaded)

    def _book(self, a: Account, sheet: Sheet, plan: Plan) -> None:
        loaded_at = datetime.now(UTC).replace(tzinfo=None)
        row = (
            a.file, sheet.sha256, a.sheet, ", ".join(a.tables), a.encoding, sheet.header_row, a.exported_at,
            loaded_at, a.seen, a.loaded, a.rejected, a.duplicate, a.skipped, a.status, plan.name,
            a.exported_at_source, list(a.unknown_headers),
        )  # fmt: skip
        self.con.execute(f"INSERT INTO main.imports VALUES ({', '.join('?' * len(row))})", row)
