"""Data quality: what was read, refused and doubted, and how far the tables are filled."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from rakustats.engine.database import Database
from rakustats.errors import UsageError
from rakustats.i18n.phrases import phrase
from rakustats.schema.issue_rules import rules
from rakustats.schema.tables import Table, tables

if TYPE_CHECKING:
    import pandas as pd

    from rakustats.i18n.phrases import Lang

_CONSERVED = "rows_seen = rows_loaded + rows_rejected + rows_duplicate + rows_skipped"
# What the figures stand on: how often it is known says how far they can be trusted.
_WATCHED = {
    "orders": ("purchased_at",),
    "order_lines": ("seller_id", "arrived_at", "qty_defective"),
    "shipments": ("promised_at_original", "carrier", "shipped_at", "delivered_at"),
    "claims": ("order_no", "kind", "stage_found"),
    "refunds": ("expected_by", "paid_at"),
}
SEVERITIES = {
    "ja": {"error": "誤り", "warning": "注意", "info": "参考"},
    "en": {"error": "error", "warning": "warning", "info": "info"},
}
_ISSUES = """
    SELECT table_name, rule, severity,
        array_to_string(list(detail ORDER BY n DESC, detail)[:3], ' · ') AS detail,
        CAST(sum(n) AS BIGINT) AS n
    FROM (
        SELECT table_name, rule, severity, detail, count(*) AS n FROM main.issues GROUP BY ALL)
    GROUP BY table_name, rule, severity
    ORDER BY list_position(['error', 'warning', 'info'], severity), n DESC, table_name, rule"""
# Files that bring the same tables in the same layout are exports of one kind. A delivery request is
# a document of its own: a newer one says nothing about the others.
_KINDS = """
    SELECT file, max(newest) AS newest FROM (
        SELECT file, max(exported_at) OVER (PARTITION BY mapping, table_name) AS newest
        FROM main.imports WHERE mapping <> 'delivery request')
    GROUP BY file"""


@dataclass(frozen=True)
class Quality:
    """What `rakustats check` shows.

    Attributes
    ----------
    imports : pandas.DataFrame
        One row a sheet, as in the table ``imports``.
    rejects : pandas.DataFrame
        file, table_name, reason, n: refused rows by reason; with two reasons under both.
    reject_rows : pandas.DataFrame
        The first refused rows of each file and reason: source_file, source_row, reasons, raw.
    issues : pandas.DataFrame
        table_name, rule, severity, detail, n: facts that were kept but are doubtful, by rule, the
        gravest first; detail shows the most frequent ones, three at most.
    stale : pandas.DataFrame
        table_name, rows, stale, oldest, newest: how many rows are not in the newest export of
        their kind, and when the exports of the table's rows were made. Such rows are kept as they
        were last seen: what an export does not show is not thereby gone.
    coverage : pandas.DataFrame
        table_name, column_name, rows, known, share: how many rows know what figures stand on.
    conserved : bool
        Whether seen = loaded + rejected + duplicate + skipped for every import.
    """

    imports: pd.DataFrame
    rejects: pd.DataFrame
    reject_rows: pd.DataFrame
    issues: pd.DataFrame
    stale: pd.DataFrame
    coverage: pd.DataFrame
    conserved: bool

    def issues_in(self, lang: Lang) -> pd.DataFrame:
        """Return the issues for readers: severity, meaning, table_name, n, detail.

        Examples
        --------
        >>> list(rs.data_quality(db).issues_in("en").columns)
        ['severity', 'meaning', 'table_name', 'n', 'detail']
        """
        meanings = [getattr(rules()[rule], lang) for rule in self.issues["rule"]]
        shown = self.issues.assign(
            meaning=meanings,
            severity=[SEVERITIES[lang][severity] for severity in self.issues["severity"]],
        )
        return shown[["severity", "meaning", "table_name", "n", "detail"]]


def data_quality(db: Database) -> Quality:
    """Return the books of loading and how far the tables are filled.

    Raises
    ------
    UsageError
        If the database keeps no books (tables given to Spark without them).

    Examples
    --------
    >>> rs.data_quality(db).conserved
    True
    """
    if db.engine.source("imports") is None:
        raise UsageError(
            phrase(
                ja="これらの表には取込の記録がありません。"
                "データ品質は `rakustats load` で取り込んだデータベースで見られます。",
                en="These tables come without books; data quality is kept by `rakustats load`.",
            )
        )
    query = db.engine.query
    imports = query("SELECT * FROM main.imports ORDER BY file, sheet").to_pandas()
    rejects = query(
        "SELECT source_file AS file, table_name, reason, count(*) AS n FROM "
        "(SELECT source_file, table_name, unnest(reasons) AS reason FROM main.rejects) AS r "
        "GROUP BY ALL ORDER BY n DESC, file, reason"
    ).to_pandas()
    rows = query(
        "SELECT source_file, source_row, reasons, raw FROM main.rejects "
        "QUALIFY row_number() OVER (PARTITION BY source_file, reasons[1] ORDER BY source_row) <= 3 "
        "ORDER BY source_file, source_row"
    ).to_pandas()
    issues = query(_ISSUES).to_pandas()
    conserved = query(f"SELECT coalesce(bool_and({_CONSERVED}), true) AS ok FROM main.imports")
    return Quality(
        imports,
        rejects,
        rows,
        issues,
        _stale(db),
        _coverage(db),
        bool(conserved.column("ok")[0].as_py()),
    )


def _stale(db: Database) -> pd.DataFrame:
    parts = " UNION ALL ".join(
        f"SELECT '{name}' AS table_name, count(*) AS n_rows, "
        "count(*) FILTER (t.exported_at < k.newest) AS stale, "
        "min(t.exported_at) AS oldest, max(t.exported_at) AS newest "
        f"FROM main.{name} t LEFT JOIN kinds k ON k.file = t.source_file"
        for name in tables()
    )
    counted = f"WITH kinds AS ({_KINDS}) SELECT * FROM ({parts}) AS c WHERE n_rows > 0"
    frame: pd.DataFrame = db.engine.query(counted).to_pandas()
    return frame.rename(columns={"n_rows": "rows"})


def _coverage(db: Database) -> pd.DataFrame:
    parts = " UNION ALL ".join(_looks(table) for table in tables().values())
    counted = f"SELECT *, known / nullif(n_rows, 0) AS share FROM ({parts}) AS c WHERE n_rows > 0"
    frame: pd.DataFrame = db.engine.query(counted).to_pandas()
    return frame.rename(columns={"n_rows": "rows"})


def _looks(table: Table) -> str:
    columns = _WATCHED.get(table.name, table.key[:1])
    return " UNION ALL ".join(
        f"SELECT '{table.name}' AS table_name, '{c}' AS column_name, count(*) AS n_rows, "
        f"count({c}) AS known "
        f"FROM main.{table.name}"
        for c in columns
    )
