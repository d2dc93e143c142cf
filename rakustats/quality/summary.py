"""Data quality: what was read, rejected and flagged, and how far the tables are filled."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING

from rakustats.engine import BOOKS
from rakustats.engine.database import Database
from rakustats.engine.steps import with_steps
from rakustats.errors import UsageError
from rakustats.i18n.phrases import Lang, Phrase, phrase
from rakustats.quality.parts import PARTS, parts, summary
from rakustats.results.result import Result
from rakustats.schema.issue_rules import rules
from rakustats.store.horizon import listed

if TYPE_CHECKING:
    import pandas as pd

TITLE = phrase(ja="データ品質", en="Data quality")
SEVERITIES = {
    "ja": {"error": "誤り", "warning": "注意", "info": "参考"},
    "en": {"error": "error", "warning": "warning", "info": "info"},
}
_ACCOUNT = ("rows_loaded", "rows_rejected", "rows_duplicate", "rows_skipped")


@dataclass(frozen=True, repr=False)
class Quality(Result):
    """Data quality as one table, and each of its parts as a result of its own.

    Attributes
    ----------
    parts : mapping of str to Result
        ``imports``, ``rejects``, ``reject_rows``, ``issues``, ``stale``, ``horizon``, ``coverage``:
        those that the tables can tell. Each also stands as a pandas frame under its own name.
    """

    parts: Mapping[str, Result] = field(default_factory=dict)

    def part(self, name: str) -> Result:
        """Return one part as a result.

        Raises
        ------
        UsageError
            If there is no such part, or the book that it is read from was not given.

        Examples
        --------
        >>> list(rs.data_quality(db).part("coverage").frame().columns)
        ['table_name', 'column_name', 'rows', 'known', 'share']
        """
        if name in self.parts:
            return self.parts[name]
        if name in PARTS:
            raise UsageError(_missing([PARTS[name][0] or name]))
        raise UsageError(
            ja=f"データ品質に {name!r} という部分はありません。あるのは {'、'.join(PARTS)} です。",
            en=f"Data quality has no part {name!r}; use one of {', '.join(PARTS)}.",
        )

    @property
    def imports(self) -> pd.DataFrame:
        """One row a sheet, as in the table ``imports``."""
        return self.part("imports").frame()

    @property
    def rejects(self) -> pd.DataFrame:
        """Refused rows by reason, with two reasons under both: file, table_name, reason, n."""
        return self.part("rejects").frame()

    @property
    def reject_rows(self) -> pd.DataFrame:
        """The first refused rows of each file and reason: source_file, source_row, reasons, raw."""
        return self.part("reject_rows").frame()

    @property
    def issues(self) -> pd.DataFrame:
        """Facts that were kept but are doubtful, by rule, the gravest first.

        table_name, rule, severity, detail, n; detail shows the most frequent ones, three at most.
        """
        return self.part("issues").frame()

    @property
    def stale(self) -> pd.DataFrame:
        """How many rows are not in the newest export of their kind.

        table_name, rows, stale, and oldest and newest: when the exports of the table's rows were
        made. Such rows are kept as they were last seen: what an export does not show is not
        thereby gone.
        """
        return self.part("stale").frame()

    @property
    def horizon(self) -> pd.DataFrame:
        """How far each table was looked at: table_name, oldest, newest, days_behind.

        When the exports were made in which its rows were last seen, and how many days the newest of
        them lies behind the newest of all tables. What is absent from a table is absent up to then.
        """
        return self.part("horizon").frame()

    @property
    def coverage(self) -> pd.DataFrame:
        """How many rows know what figures stand on: table_name, column_name, rows, known, share."""
        return self.part("coverage").frame()

    @property
    def conserved(self) -> bool:
        """Whether seen = loaded + rejected + duplicate + skipped for every import."""
        return _conserved(self.part("imports"))

    def issues_in(self, lang: Lang) -> pd.DataFrame:
        """Return the issues for readers: severity, meaning, table_name, n, detail.

        Examples
        --------
        >>> list(rs.data_quality(db).issues_in("en").columns)
        ['severity', 'meaning', 'table_name', 'n', 'detail']
        """
        issues = self.issues
        shown = issues.assign(
            meaning=[getattr(rules()[rule], lang) for rule in issues["rule"]],
            severity=[SEVERITIES[lang][severity] for severity in issues["severity"]],
        )
        return shown[["severity", "meaning", "table_name", "n", "detail"]]


def data_quality(db: Database) -> Quality:
    """Return the books of loading and how far the tables are filled.

    The table has one row for each thing that was counted: ``part`` (imports, rejects, issues,
    stale, horizon, coverage), ``table_name``, ``name`` (what became of read rows, the reason, the
    rule, the column), ``severity`` (of issues), ``n``, ``total`` (of how many, where that is known)
    and ``share``. Every part is a result of its own, see :meth:`Quality.part`.

    Raises
    ------
    UsageError
        If there is neither a canonical table nor a book.

    Notes
    -----
    The books tell of all loads, whatever the as-of.

    Examples
    --------
    >>> quality = rs.data_quality(db)
    >>> quality.conserved
    True
    >>> list(quality.frame().columns)
    ['part', 'table_name', 'name', 'severity', 'n', 'total', 'share']
    """
    made = parts(db.engine, db.clock)
    if not made:
        raise UsageError(
            ja="取り込みの記録も表もありません。`rakustats load` が作ります。",
            en="There are neither tables nor books of loading; `rakustats load` makes them.",
        )
    as_of = db.newest_export or db.as_of
    query = db.engine.query
    found = {name: Result(query(text), text, as_of, PARTS[name][1]) for name, text in made}
    sql = with_steps(made, summary(made))
    return Quality(
        table=query(sql), sql=sql, as_of=as_of, title=TITLE,
        notes=tuple(_notes(db, found, as_of)), parts=found,
    )  # fmt: skip


def _notes(db: Database, found: Mapping[str, Result], as_of: datetime) -> Iterator[Phrase]:
    if db.slices:
        looked = listed(db.slices, as_of)
        yield phrase(
            ja=f"取込データの時点：{looked.ja}。", en=f"Exports were seen up to: {looked.en}."
        )
    missing = [book for book in BOOKS if db.engine.source(book) is None]
    if missing:
        yield _missing(missing)
    if db.as_of != as_of:
        yield phrase(
            ja="取り込みの記録は、基準日にかかわらず、読み込んだすべてのファイルについてのものです。",
            en="The books tell of all loads, whatever the as-of.",
        )
    if "imports" in found and not _conserved(found["imports"]):
        yield phrase(
            ja="行が失われています。読み込んだ行数が、取込・却下・重複・対象外の合計と合いません。",
            en="Rows are missing: seen is not loaded + rejected + duplicate + skipped.",
        )


def _conserved(imports: Result) -> bool:
    counts = imports.table.select(["rows_seen", *_ACCOUNT]).to_pylist()
    return all(row["rows_seen"] == sum(row[name] for name in _ACCOUNT) for row in counts)


def _missing(books: Sequence[str]) -> Phrase:
    named = ", ".join(books)
    return phrase(
        ja=f"取り込みの記録（{named}）がないため、その部分は示せません。"
        "`rakustats load` が記録し、Spark では connect の tables= で渡せます。",
        en=f"Without the books {named} their part of data quality cannot be told; `rakustats load`"
        " keeps them, and on Spark tables= of connect takes them.",
    )
