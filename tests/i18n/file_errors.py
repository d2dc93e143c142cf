"""Files that are refused: exports, mappings, what people write in TOML, what cannot be written."""

from __future__ import annotations

import gzip
import io
import os
import sys
import zipfile
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from nbclient.exceptions import CellExecutionError, DeadKernelError

import rakustats as rs
from rakustats.engine import spark
from rakustats.infer import ProposedMapping, tables
from rakustats.ingest import archives, encodings, files, lines, mappings, text, web, workbooks
from rakustats.ingest.header_detection import HeaderDetection
from rakustats.reports import publishing, running
from rakustats.results.atomic_write import put
from rakustats.simulate.hazards import registry
from rakustats.store.publish import build

ORDERS = "order_no,total_jpy\nA-1,1\n"
Case = Callable[[Path], object]


def _load(content: str | bytes, name: str = "o.csv", **options: Any) -> Case:
    def case(folder: Path) -> object:
        return rs.load(_file(folder, content, name), db=folder / "o.duckdb", **options)

    return case


def _file(folder: Path, content: str | bytes, name: str = "o.csv") -> Path:
    path = folder / name
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return path


def _made(folder: Path, name: str = "", content: bytes = b"") -> Path:
    """Make a folder, with a file in it where one is named; return the folder."""
    folder.mkdir(exist_ok=True)
    if name:
        _file(folder, content, name)
    return folder


def _workbook(folder: Path, content: bytes) -> None:
    path = _file(folder, content, "o.xls")
    facts = archives.exports([path])[0].fingerprint()
    workbooks.read(path, facts, folder, HeaderDetection())


def _keyless(folder: Path) -> None:
    toml = "[[source]]\nheaders = ['A']\n[source.orders]\norder_no = 'B'"
    mappings.read(_file(folder, toml, "m.toml")).plan(["A"])


def _unplanned_parquet(folder: Path) -> None:
    """A Parquet file whose header is whole and whose rows are not."""
    path = folder / "o.parquet"
    pq.write_table(pa.table({"order_no": ["A-1"] * 999, "total_jpy": ["1"] * 999}), path)
    content = bytearray(path.read_bytes())
    content[4:60] = b"\xff" * 56
    rs.load(_file(folder, bytes(content), "o.parquet"), db=folder / "o.duckdb")


def _zipped(**members: str | bytes) -> bytes:
    whole = io.BytesIO()
    with zipfile.ZipFile(whole, "w") as archive:
        for name, content in members.items():
            archive.writestr(name.replace("_", "."), content)
    return whole.getvalue()


def _with(case: Case, **patched: tuple[Any, object]) -> Case:
    """Return a case during which attributes, by their names, are others."""

    def patching(folder: Path) -> None:
        with pytest.MonkeyPatch.context() as patch:
            for name, (owner, value) in patched.items():
                patch.setattr(owner, name, value)
            case(folder)

    return patching


def _refusing(error: OSError) -> Callable[..., Any]:
    def refuse(*given: object, **options: object) -> Any:
        raise error

    return refuse


def _changed(folder: Path) -> None:
    export = archives.exports([_file(folder, ORDERS)])[0]
    facts = export.fingerprint()
    _file(folder, ORDERS * 2)
    export.check_unchanged(facts)


def _read(path: Path, encoding: str = "utf-8", given: bool = True) -> None:
    for _ in lines.Lines(path, encoding, given=given):
        pass


def _tables(path: Path) -> None:
    with tables.tables_of(path):
        pass


def _text(folder: Path, content: str) -> None:
    path = _file(folder, content)
    export = archives.exports([path])[0]
    text.read(path, export.fingerprint(), folder, None, HeaderDetection())


def _published(folder: Path, meanwhile: Callable[[Path], object]) -> None:
    with build(folder / "p.duckdb"):
        meanwhile(folder / "p.duckdb")


def _publish_report(folder: Path) -> None:
    (made := folder / "made").mkdir(exist_ok=True)
    entry = publishing.Entry("a", "a", "2026-06-30", "ja", [], [], ["a.html"])
    publishing.publish([entry], {}, made, folder)


def _cell_fails(error: Exception) -> Case:
    def case(folder: Path) -> None:
        notebook: Any = SimpleNamespace(cells=[], metadata={})
        with pytest.MonkeyPatch.context() as patch:
            client = SimpleNamespace(execute=_raising(error))
            patch.setattr(running, "NotebookClient", lambda *given, **options: client)
            running._execute(folder / "09_toy.ipynb", notebook, None, folder)  # type: ignore[arg-type]

    return case


def _raising(error: Exception) -> Callable[..., Any]:
    def fail(**options: object) -> Any:
        raise error

    return fail


class Session:
    """As much of a Spark session as is asked before any row is read."""

    def __init__(self, zone: str = "UTC", fails: Exception | None = None) -> None:
        self.conf = SimpleNamespace(get=lambda _: zone)
        run = _raising(fails) if fails else lambda **_: []
        rows = SimpleNamespace(map=lambda _: SimpleNamespace(collect=run))
        self.sparkContext = SimpleNamespace(
            applicationId=f"of-these-tests-{fails}", parallelize=lambda *_: rows
        )

        self.read = SimpleNamespace(parquet=lambda _: _raising(AnalysisException("no path"))())


class AnalysisException(Exception):
    """Spark's own, where Spark is not installed."""


def _spark(given: Any = "x.parquet", name: str = "orders", **session: Any) -> Case:
    return lambda folder: spark.SparkEngine(Session(**session), {name: given})  # type: ignore[arg-type]


def _spark_path(folder: Path) -> object:
    """Ask a session for Parquet that is not there; pyspark itself may be missing here."""
    errors = SimpleNamespace(AnalysisException=AnalysisException)
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(sys.modules, "pyspark", SimpleNamespace(errors=errors))
        patch.setitem(sys.modules, "pyspark.errors", errors)
        return _spark()(folder)


EMPTY = _zipped()
PROPOSED = ProposedMapping("", known=1, guessed=0, open=0, keyed=True, needed=True)
BAD_PYTHON = RuntimeError("[PYTHON_VERSION_MISMATCH] Python in worker has different version")
FRAME = SimpleNamespace(columns=["order_no"], createOrReplaceTempView=None)
IN_USE = PermissionError(13, "Permission denied")
FULL = OSError(28, "No space left on device")

FILES: dict[str, Case] = {
    "no path": lambda f: files.find([f / "nowhere.csv"]),
    "nothing inside": lambda f: files.find([_made(f / "hollow")]),
    "temporary": lambda f: files.find([_file(f, "x", "~$o.xlsx")]),
    "empty": lambda f: files.kind(_file(f, b"")),
    **{
        f"magic {magic!r}": lambda f, magic=magic: files.kind(_file(f, magic))
        for magic, _ in files._MAGIC
    },
    "no workbook": lambda f: files.kind(_file(f, b"\0\1\2" * 99, "o.xls")),
    "changed": _changed,
    "endless": _with(
        _load(gzip.compress(b"\n" * (1 << 21)), "o.csv.gz"), MOST_UNPACKED=(archives, 1 << 10)
    ),
    "too many": _with(_load(_zipped(o_csv=ORDERS), "o.zip"), MOST_MEMBERS=(archives, 0)),
    "locked": _with(
        lambda f: archives.exports([_file(f, EMPTY, "o.zip")]), ZipFile=(zipfile, _refusing(IN_USE))
    ),
    "no archive": lambda f: archives.exports([_file(f, b"no archive", "o.zip")]),
    "cannot be read": _with(
        lambda f: archives.exports([_file(f, EMPTY, "o.zip")]), ZipFile=(zipfile, _refusing(FULL))
    ),
    "archive in archive": lambda f: archives.exports(
        [_file(f, _zipped(in_zip=_zipped(o_csv="x")), "o.zip")]
    ),
    "archive of none": lambda f: archives.exports([_file(f, _zipped(o_md="x"), "o.zip")]),
    "parquet": _load(b"PAR1 broken", "o.parquet"),
    "parquet rows": _unplanned_parquet,
    "no encoding": lambda f: encodings.detect(
        _file(f, b"order_no,x\n\xff\xff\xff\x80\x81\xff,1\n" * 3)
    ),
    "two encodings": lambda f: encodings.detect(
        _file(f, "order_no,note_of_mine\n1,ｶｷﾐｻx\n".encode("cp932"))
    ),
    "long line": _with(lambda f: _read(_file(f, "x" * 999)), LONGEST=(lines, 99)),
    "not utf-16": lambda f: _read(_file(f, b"no mark"), "utf-16"),
    "blank lines": lambda f: _text(f, "\n" * 50),
    "columns": lambda f: _text(f, ",".join(f"c{n}" for n in range(3000)) + "\n1\n"),
    "page": _with(
        lambda f: list(web._rows(_file(f, "<table" * 99), "utf-8")), _LONGEST_TAG=(web, 9)
    ),
    "workbook chains": lambda f: _workbook(f, b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600),
    "workbook": lambda f: _workbook(f, b"PK\x03\x04 cut off"),
    "zone": _load(ORDERS, zone="Mars/Base"),
    "encoding": _load(ORDERS, encoding="klingon"),
    "exported_at": _load(ORDERS, exported_at="soon"),
    "page of none": _load("<html><body>Please log in</body></html>", "o.xls"),
    "headers": _load("a,b,c\n1,2,3\n"),
    "mapping headers": _load(ORDERS, mapping="scms"),
    "no mapping": _load(ORDERS, mapping="nowhere"),
    "no mapping file": _load(ORDERS, mapping="nowhere.toml"),
    "no key column": _keyless,
    "folder": lambda f: _tables(f),
    "no table": lambda f: _tables(_file(f, ",,\n,,\n")),
    "mapping name": lambda f: PROPOSED.write(f / "m.txt"),
    "mapping there": lambda f: PROPOSED.write(_file(f, "", "m.toml")),
    "mapping unwritten": lambda f: _with(
        lambda f: PROPOSED.write(f / "n.toml"), open=(Path, _refusing(IN_USE))
    )(f),
    "unmade": lambda f: put(_file(f, "x", "flat") / "a.txt", lambda _: None),
    "unwritten": lambda f: put(f / "a.txt", _refusing(FULL)),
    "unpublished": lambda f: _published(_file(f, "x", "flat"), lambda _: None),
    "meanwhile": lambda f: _published(f, lambda path: path.write_bytes(b"other")),
    "not a database": lambda f: _published(
        _made(f, "p.duckdb", b"no database" * 99), lambda _: None
    ),
    "in use": _with(
        lambda f: _published(_made(f / "new"), lambda _: None), replace=(os, _refusing(IN_USE))
    ),
    "report in use": _with(_publish_report, replace=(os, _refusing(IN_USE))),
    "cells": lambda f: running.inject(SimpleNamespace(cells=[]), {}, f / "09_toy.ipynb"),  # type: ignore[arg-type]
    "cell fails": _cell_fails(CellExecutionError("", "ValueError", "last line")),
    "kernel dies": _cell_fails(DeadKernelError("Kernel died")),
    "sample orders": lambda f: rs.sample(f / "s", orders=0),
    "sample seed": lambda f: rs.sample(f / "s", seed=-1),
    "sample day": lambda f: rs.sample(f / "s", as_of="1999-01-01"),
    "sample no day": lambda f: rs.sample(f / "s", as_of="soon"),
    "sample file": lambda f: rs.sample(_file(f, "x", "flat"), orders=1),
    "sample again": lambda f: rs.sample(_made(f, "P1.xlsx", b"x"), orders=1),
    "hazards": lambda f: registry.chosen("E999"),
    "hazards day": lambda f: rs.sample(f / "s", hazards="E1", as_of="2026-01-01"),
    "spark zone": _spark(zone="Asia/Tokyo"),
    "spark table": _spark(name="parcels"),
    "spark columns": _spark(FRAME),
    "spark path": _spark_path,
    "spark python": _spark(fails=BAD_PYTHON),
}
