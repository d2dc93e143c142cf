"""One load under way: file by file into staging, then all at once into the tables and the log."""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime
from pathlib import Path

import duckdb

from rakustats import quality
from rakustats.calendar.timezones import end_of_day, to_utc, until
from rakustats.errors import UsageError
from rakustats.i18n.phrases import Phrase, phrase
from rakustats.ingest import columnar, files, formats, headers, mappings, requests, text
from rakustats.ingest.archives import Export
from rakustats.ingest.header_detection import HeaderDetection
from rakustats.ingest.names import day_in_name
from rakustats.ingest.plan import Plan, Sheet
from rakustats.loading.report import NO_EXPORT, SEEN_AGAIN, SheetReport
from rakustats.staging import dates, remarks, splitting
from rakustats.staging.sheets import Counts, stage
from rakustats.store.merge import merge


@dataclass(frozen=True)
class Options:
    """What the user said about the files of one load."""

    mapping: mappings.Mapping | None = None
    zone: str | None = None
    exported_at: date | datetime | None = None
    encoding: str | None = None

    @property
    def detection(self) -> HeaderDetection:
        """How headers are found: by the mapping's layouts, else by all that are known."""
        sources = self.mapping.sources if self.mapping else ()
        return HeaderDetection(tuple(source.headers for source in sources))

    @property
    def way_out(self) -> Phrase:
        """What to do about a layout that is not known."""
        if self.mapping:
            layouts = [source.headers for source in self.mapping.sources]
            return phrase(
                ja=f"マッピング {self.mapping.name} の見出しは"
                f" {'、または '.join('、'.join(layout) for layout in layouts)} です。",
                en=f"The mapping {self.mapping.name} expects:"
                f" {'; or '.join(', '.join(layout) for layout in layouts)}.",
            )
        return phrase(
            ja="--mapping でマッピングを指定してください。"
            "マッピングなしで読める見出しは docs/data_dictionary.md にあります。",
            en="Give a --mapping; docs/data_dictionary.md lists the headers that load without one.",
        )


@dataclass(frozen=True)
class StagedSheet:
    """A staged sheet and its report so far."""

    report: SheetReport
    sheet: Sheet
    plan: Plan


@dataclass
class Pipeline:
    """The files of one load on their way into an open build."""

    con: duckdb.DuckDBPyConnection
    scratch: Path
    options: Options
    salt: str
    staged: list[StagedSheet] = field(default_factory=list)
    left_out: list[SheetReport] = field(default_factory=list)

    def file(self, export: Export, facts: files.Bytes, *, again: bool = False) -> None:
        """Stage every sheet of a file; ``again``: its bytes are in, with an older export date."""
        path = export.laid_in(self.scratch)
        for sheet in self._sheets(path, export.name, facts):
            plan = self._plan(sheet)
            sheet = replace(sheet, notes=(*sheet.notes, *plan.notes))
            exported, how = self._exported_at(path, sheet, plan)
            if plan.skip:
                counts = self._skipped(sheet)
            else:
                counts, sheet = self._staged(sheet, plan, exported)
            report = SheetReport(
                sheet.file,
                sheet.name,
                tuple(t.table for t in plan.targets),
                sheet.encoding,
                seen=counts.seen,
                rejected=counts.rejected,
                skipped=counts.skipped,
                status=plan.skip or (SEEN_AGAIN if again else "loaded"),
                exported_at=exported,
                exported_at_source=how,
                unknown_headers=plan.unknown,
            )
            self.staged.append(StagedSheet(report, sheet, plan))
            self._keep_layout(sheet, plan)
        export.check_unchanged(facts)

    def finish(self) -> tuple[SheetReport, ...]:
        """Merge what was staged into the tables, write the log and return the report's sheets."""
        splitting.split(self.con)
        remarks.read(self.con)
        repeated = merge(self.con)
        sheets = []
        for number, entry in enumerate(self.staged):
            a, duplicate = entry.report, repeated.get(number, 0)
            loaded = a.seen - a.rejected - a.skipped - duplicate
            sheets.append(replace(a, duplicate=duplicate, loaded=loaded))
        self.con.begin()
        for report, entry in zip(sheets, self.staged, strict=True):
            self._log(report, entry)
        # what is wrong with a file that was seen again is in the books already
        again = [a.file for a in sheets if a.status == SEEN_AGAIN]
        for book in ("rejects", "issues"):
            self.con.execute(
                f"INSERT INTO main.{book} FROM stage.main.{book}"
                " WHERE NOT list_contains(?, coalesce(source_file, ''))",
                [again],
            )
        quality.run_checks(self.con, self.salt)
        self.con.commit()
        return (*sheets, *self.left_out)

    def _sheets(self, source: Path, name: str, facts: files.Bytes) -> list[Sheet]:
        options = self.options
        found, others = formats.read(
            source, facts, self.scratch, options.encoding, options.detection
        )
        self.left_out += [SheetReport(name, sheet, status=NO_EXPORT) for sheet in others]
        if not found:
            raise UsageError(
                ja=f"{name}：取り込める表のあるシートがありません。{options.way_out.ja}",
                en=f"{name}: no sheet holds an export that is known here. {options.way_out.en}",
            )
        return [replace(sheet, file=name) for sheet in found]

    def _plan(self, sheet: Sheet) -> Plan:
        if self.options.mapping:
            plan = self.options.mapping.plan(sheet.headers)
        elif requests.is_request(sheet.labels):
            plan = requests.plan(sheet)
        else:
            plan = headers.recognise(sheet.headers)
        if plan is None:
            seen = [h[:40] for h in sheet.headers[:12] if h]
            way_out = self.options.way_out
            raise UsageError(
                ja=f"{sheet.file}：見出しが {'、'.join(seen)} の表には対応していません。"
                f"{way_out.ja}",
                en=f"{sheet.file}: no export is known with the headers {', '.join(seen)}."
                f" {way_out.en}",
            )
        zone = self.options.zone
        return replace(plan, zone=zone, day_zone=zone) if zone else plan

    def _exported_at(self, path: Path, sheet: Sheet, plan: Plan) -> tuple[datetime, str]:
        """Return when the export was made, and how that is known: the best evidence first."""
        for stated in (sheet.labels[k] for k in requests.EXPORTED if k in sheet.labels):
            with suppress(ValueError):
                moment, is_day = dates.instant(stated)
                at = moment.date() if is_day else to_utc(moment, plan.zone)
                return until(at, plan.day_zone), "document"
        if day := day_in_name(sheet.file, plan.name_date):
            return end_of_day(day, plan.day_zone), "file name"
        if self.options.exported_at:
            return until(self.options.exported_at, plan.day_zone), "option"
        if plan.exported_at:
            return plan.exported_at, "mapping"
        changed = datetime.fromtimestamp(path.stat().st_mtime, UTC)
        return changed.replace(tzinfo=None, microsecond=0), "time of the file"

    def _skipped(self, sheet: Sheet) -> Counts:
        row = self.con.execute(f"SELECT count(*) FROM {sheet.relation}").fetchone()
        seen = int(row[0]) if row else 0
        return Counts(seen, 0, seen)

    def _staged(self, sheet: Sheet, plan: Plan, exported: datetime) -> tuple[Counts, Sheet]:
        number = len(self.staged)
        try:
            return stage(self.con, sheet, plan, exported, self.salt, number), sheet
        except duckdb.Error as error:
            if sheet.encoding == columnar.PARQUET:
                raise columnar.damaged(sheet.file, error) from None
            if not isinstance(error, duckdb.InvalidInputException | duckdb.ConversionException):
                raise
            if sheet.numbered or sheet.encoding not in ("utf-8", "utf-8-sig"):
                raise
        # DuckDB refused the file as it lies; row by row every ragged row is found.
        facts = files.Bytes(sheet.sha256, 0, False)
        again = text.careful(
            sheet.path, facts, self.scratch, self.options.encoding, self.options.detection
        )
        again = replace(again, file=sheet.file, notes=(*sheet.notes, *again.notes))
        return stage(self.con, again, plan, exported, self.salt, number), again

    def _keep_layout(self, sheet: Sheet, plan: Plan) -> None:
        """Remember which columns a file has: only there does a blank say something."""
        for target in plan.targets:
            columns = [f.column for f in target.fields]
            self.con.execute(
                "INSERT INTO main.layouts VALUES (?, ?, ?)", [sheet.file, target.table, columns]
            )

    def _log(self, a: SheetReport, entry: StagedSheet) -> None:
        row: Iterable[object] = (
            *(a.file, entry.sheet.sha256, a.sheet, ", ".join(a.tables), a.encoding),
            *(entry.sheet.header_row, a.exported_at, datetime.now(UTC).replace(tzinfo=None)),
            *(a.seen, a.loaded, a.rejected, a.duplicate, a.skipped, a.status),
            *(entry.plan.name, a.exported_at_source, list(a.unknown_headers)),
        )
        self.con.execute(f"INSERT INTO main.imports VALUES ({', '.join('?' * 17)})", list(row))
