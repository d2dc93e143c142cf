"""Options that several commands have, each once: their words, and what they come to."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, TypedDict

import rakustats as rs
from rakustats.cli.result_table import show
from rakustats.cli.terminal import complain, say
from rakustats.errors import UsageError
from rakustats.i18n.language import language

KEYS = (
    "seller, carrier, ship_method, mode, origin_region, dest_region, category, platform, "
    "inspection_level, month, closure, leg"
)
SHARED = f"""
--by KEYS
    集計の単位。次から一つ以上をコンマ区切りで: {KEYS}
    group by one or more of these, with commas: {KEYS}
--until D
    期間の最後の日の翌日
    the day after the period's last day
--db FILE
    データベース（既定: data/processed/rakustats.duckdb）
    the database (default: data/processed/rakustats.duckdb)
--as-of D
    日付または日時。その時点までに起き、分かっていたことだけで見る（既定: 最新の出力日）
    a day or instant: what was known and had happened by then (default: newest export)
--compare-with D
    この日付または日時の時点と比べ、変わったところを悪化した順に表示する。
        後から分かっただけの分は分けて示す
    show what changed since this day or instant, worst first, with what is only known better now
        told apart
--out FILE
    表を画面に出さず、ファイルに書き出す: .csv .xlsx .parquet .json .html
    write the table instead of showing it: .csv .xlsx .parquet .json .html
--encoding E
    テキストファイルの文字コード（自動判定が誤るときに指定）
    encoding of text files, if the one found is wrong
--lang ja|en
    表示する言語（既定: 環境変数 RAKUSTATS_LANG の値、なければ ja）
    language of what is shown (default: RAKUSTATS_LANG, else ja)
--help
    この説明を表示して終了する
    show this help and exit
--version
    版を表示して終了する
    show the version and exit
--debug
    エラーの詳しい経過（トレースバック）を表示する
    show the traceback of an error
"""


class Days(TypedDict):
    """A period as the metrics take it."""

    since: str | None
    until: str | None


@dataclass(frozen=True)
class Period:
    """The days that count; a command's help says which day of a unit it is."""

    since: str | None = None
    until: str | None = None

    @property
    def days(self) -> Days:
        """The period as the metrics take it."""
        return {"since": self.since, "until": self.until}


@dataclass(frozen=True)
class Store:
    """The database."""

    db: Path | None = None

    def beside(self, name: str) -> Path | None:
        """Return a folder beside the database, None for the usual one."""
        return self.db.parent / name if self.db else None


def say_apart(db: rs.Database) -> None:
    """Say beside the output where the tables are of different ages."""
    if db.apart:
        complain(f"rakustats: {db.apart.to(language())}")


@dataclass(frozen=True)
class View(Store):
    """The database as it was known on a day."""

    as_of: str | None = None

    @contextmanager
    def open(self) -> Iterator[rs.Database]:
        """Yield the database; say beside the output where its tables are of different ages."""
        with rs.connect(self.db, as_of=self.as_of) as db:
            say_apart(db)
            yield db


@dataclass(frozen=True)
class Table(View):
    """A table made from the database, for the terminal or a file."""

    out: Path | None = None

    def deliver(self, result: rs.Result) -> None:
        """Show a table, or write it where a file is named."""
        if self.out:
            result.write(self.out, lang=language())
            say(f"{self.out}: {result.table.num_rows:,} rows")
        else:
            show(result)


@dataclass(frozen=True)
class RateTable(Table):
    """A table of rates, which may be compared with an earlier day."""

    compare_with: str | None = None

    def ask(
        self,
        db: rs.Database,
        metric: Callable[..., rs.Result],
        worse: Literal["higher", "lower"] = "higher",
        **asked: Any,
    ) -> rs.Result:
        """Return what the metric says, or what has changed in it."""
        if self.compare_with is None:
            return metric(db, **asked)
        return rs.rate_changes(db, metric, self.compare_with, worse=worse, **asked)


def listed(text: str | None) -> list[str]:
    """Return what stands between commas."""
    return [part.strip() for part in (text or "").split(",") if part.strip()]


def refuse(what: str, **given: object) -> None:
    """Refuse options that would be without effect on a table."""
    names = [f"--{name.replace('_', '-')}" for name, value in given.items() if value]
    if names:
        raise UsageError(
            ja=f"{what} と {'、'.join(names)} は一緒に使えません。",
            en=f"{what} takes no {' and no '.join(names)}.",
        )
