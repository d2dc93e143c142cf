"""Damaged exports of every kind: they load or are refused in a sentence, soon and in little memory.

RAKUSTATS_FUZZ_SECONDS says how long to look for a counterexample (60 by default). What fails is
printed with the damage that was done, smallest first, so that it can be made a test of its own.
"""

import faulthandler
import os
import sys
import time
from itertools import count
from pathlib import Path

import duckdb
import pytest
from damage import acts, corpus, damaged, damaged_within, places, zipped
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import rakustats as rs
from rakustats.errors import RakustatsError
from rakustats.ingest import archives, columnar, text
from rakustats.loading.pipeline import Options, Pipeline

pytestmark = pytest.mark.fuzz

SECONDS = float(os.environ.get("RAKUSTATS_FUZZ_SECONDS", "60"))
SLOW = 30.0  # seconds for a file of some kilobytes, on a machine that does other things too
HUNG = 90.0
MOST_MEMORY = 3 << 30
some = settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))


@pytest.fixture(scope="module")
def exports(tmp_path_factory):
    return corpus(tmp_path_factory.mktemp("corpus"))


@pytest.fixture
def examine(tmp_path, capfd):
    """Return a function that reads bytes under a name, and sees that nothing but words come out.

    Where a reader hangs the run ends with its traceback; the file lies in pytest's folder then.
    """
    numbers = count()
    with capfd.disabled():
        terminal = os.fdopen(os.dup(2), "w")

    def examine(name, content, read):
        folder = tmp_path / str(next(numbers))
        folder.mkdir()
        path = folder / name
        path.write_bytes(content)
        started, said = time.monotonic(), "a sentence"
        faulthandler.dump_traceback_later(HUNG, exit=True, file=terminal)
        try:
            read(path, folder)
        except RakustatsError as error:
            said = str(error)
        finally:
            faulthandler.cancel_dump_traceback_later()
            for left in sorted(folder.rglob("*"), reverse=True):
                left.rmdir() if left.is_dir() else left.unlink()
        assert 10 <= len(said) < 1_000
        assert time.monotonic() - started < SLOW
        assert peak_memory() < MOST_MEMORY

    yield examine
    terminal.close()


def peak_memory():
    if sys.platform == "win32":
        return 0
    import resource

    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024


def for_a_share(share, look):
    """Look at new random examples until this share of the time is over."""
    end = time.monotonic() + SECONDS * share
    while time.monotonic() < end:
        look()


def read_sheets(path: Path, folder: Path) -> None:
    """Read a file as far as DuckDB can scan it, without loading it."""
    scratch = folder / "scratch"
    scratch.mkdir()
    with duckdb.connect() as con:
        pipeline = Pipeline(con, scratch, Options(), "salt")
        for export in archives.exports([path]):
            facts = export.fingerprint()
            source = export.laid_in(scratch)
            for sheet in pipeline._sheets(source, export.name, facts):
                try:
                    con.execute(f"SELECT * FROM {sheet.relation}").fetchall()
                except duckdb.Error as error:
                    if sheet.encoding == columnar.PARQUET:
                        raise columnar.damaged(export.name, error) from None
                    assert not sheet.numbered  # read row by row then, as the intake does
                    sheet = text.careful(source, facts, scratch, None, Options().detection)
                    con.execute(f"SELECT * FROM {sheet.relation}").fetchall()


def load(path: Path, folder: Path) -> None:
    """Load a file; what came in is accounted for."""
    report = rs.load(path, db=folder / "t.duckdb", exported_at="2026-06-30")
    for a in report.sheets:
        assert a.seen == a.loaded + a.rejected + a.duplicate + a.skipped


def test_damaged_bytes_are_read_or_refused(exports, examine):
    @some
    @given(name=st.sampled_from(sorted(exports)), damage=acts)
    def look(name, damage):
        examine(name, damaged(exports[name], damage), read_sheets)

    for_a_share(0.3, look)


def test_any_bytes_are_read_or_refused(examine):
    @some
    @given(
        name=st.sampled_from(["a.csv", "a.xls", "a.xlsx", "a.zip", "a.csv.gz", "a.parquet"]),
        start=st.sampled_from(
            [
                *(
                    b"",
                    b"PK\3\4",
                    b"PK\5\6",
                    b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1",
                    b"PAR1",
                    b"<table>",
                ),
                *(b"order_no,", b"\xff\xfe", b"\xef\xbb\xbf", b"\x1f\x8b\x08\0", b"<?xml"),
            ]
        ),
        content=st.binary(max_size=2_000),
    )
    def look(name, start, content):
        examine(name, start + content, read_sheets)

    for_a_share(0.1, look)


def test_archives_with_damage_inside_are_read_or_refused(exports, examine):
    packed = [name for name in exports if exports[name].startswith(b"PK")]

    @some
    @given(name=st.sampled_from(packed), place=places, damage=acts)
    def look(name, place, damage):
        examine(name, damaged_within(exports[name], place, damage), read_sheets)

    for_a_share(0.3, look)


def test_exports_put_together_are_read_or_refused(exports, examine):
    @some
    @given(names=st.lists(st.sampled_from(sorted(exports)), min_size=2, max_size=3))
    def look(names):
        examine(names[0], b"".join(exports[name] for name in names), read_sheets)
        members = {f"{i}{name}": exports[name] for i, name in enumerate(names)}
        examine("all.zip", zipped(members), read_sheets)

    for_a_share(0.05, look)


def test_damaged_exports_load_with_every_row_accounted_for(exports, examine):
    @settings(some, max_examples=5)
    @given(name=st.sampled_from(sorted(exports)), damage=acts)
    def look(name, damage):
        examine(name, damaged(exports[name], damage), load)

    for_a_share(0.25, look)
