"""Properties of loading: nothing is lost; bytes, order and splitting change nothing."""

from __future__ import annotations

import csv
import io
import random
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

import duckdb
import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

import rakustats as rs
from rakustats.errors import RakustatsError, UsageError
from rakustats.ingest import archives
from rakustats.ingest.headers import recognise
from rakustats.schema.tables import tables

NAMES = (
    *("orders", "order_lines", "shipments", "claims", "refunds", "tracking_events"),
    *("price_observations", "seller_reviews"),
)
SIGNS = {"ja": "ア漢字髙ぁんガ㈱", "zh": "玻璃杯订单义乌的"}
ENCODINGS = {
    "ja": ["utf-8", "utf-8-sig", "cp932", "utf-16", "utf-16-le"],
    "zh": ["utf-8", "utf-8-sig", "gb18030", "utf-16", "utf-16-be"],
}
quick = settings(max_examples=10, deadline=None, suppress_health_check=list(HealthCheck))


def values(column, language):
    """Return a strategy for the texts of a column: what an export may say, or nothing."""
    if column.type == "TIMESTAMP":
        made = st.integers(0, 500_000).map(
            lambda m: f"{datetime(2026, 1, 1) + timedelta(minutes=m):%Y/%m/%d %H:%M}"
        )
    elif column.type == "INTEGER":
        made = st.integers(1, 5).map(str)
    elif column.type.startswith("DECIMAL"):
        made = st.integers(0, 9_999).map(lambda n: f"{n:,}")
    else:
        made = st.text(SIGNS[language] + "abcXYZ 0189,;\t\"'\n", max_size=6)
    return st.one_of(st.just(""), st.just("未定"), made, made)


@st.composite
def sheets(draw, most=12):
    """Draw a table of one kind: its name, a header in one language, rows with distinct keys."""
    name, language = draw(st.sampled_from(NAMES)), draw(st.sampled_from(["ja", "zh"]))
    own = draw(st.booleans())
    table = tables()[name]
    plain = [c for c in table.columns if c.name not in table.key and not c.values and not c.pii]
    chosen = draw(st.lists(st.sampled_from(plain), min_size=2, max_size=5, unique=True))
    header = [c.name if own else (getattr(c, language) or [c.name])[0] for c in chosen]
    keys = [table[k].name if own else (getattr(table[k], language) or [k])[0] for k in table.key]
    numbers = draw(st.lists(st.integers(0, 99), max_size=most, unique=True))
    moment = {c.name for c in table.columns if c.type == "TIMESTAMP"}
    rows = [
        [f"2026-01-01 {n // 60:02}:{n % 60:02}" if k in moment else f"{k}{n}" for k in table.key]
        + [draw(values(c, language)) for c in chosen]
        for n in numbers
    ]
    plan = recognise([*keys, *header])
    assume(plan and plan.targets[0].table == name)
    return name, language, [*keys, *header], rows


def written(header, rows, delimiter=",", end="\n", encoding="utf-8"):
    out = io.StringIO(newline="")
    # The writer leaves a \n bare where lines end otherwise.
    quoting = csv.QUOTE_MINIMAL if end == "\n" else csv.QUOTE_ALL
    writer = csv.writer(out, delimiter=delimiter, lineterminator=end, quoting=quoting)
    writer.writerows([header, *rows])
    return out.getvalue().encode(encoding)


def load(contents, table="orders", **options):
    """Load files into a new database; return the report and all of one table."""
    with TemporaryDirectory() as folder:
        root = Path(folder)
        for i, content in enumerate(contents):
            (root / f"o{i}.csv").write_bytes(content)
        report = rs.load(root, db=root / "t.duckdb", exported_at="2026-06-30", **options)
        with duckdb.connect(str(root / "t.duckdb"), read_only=True) as con:
            conserved(report, con, table)
            rows = con.execute(
                f"SELECT * EXCLUDE (source_file, source_row, n_versions) FROM {table} ORDER BY ALL"
            ).fetchall()
        return report, rows


def conserved(report, con, table):
    """Every row seen lies in the database or is accounted for: what is told of is really there."""
    for a in report.sheets:
        assert a.seen == a.loaded + a.rejected + a.duplicate + a.skipped
        assert min(a.loaded, a.rejected, a.duplicate, a.skipped) >= 0
    only, several, rejects = (
        con.execute(f"SELECT count(*) FROM {rows}").fetchone()[0]
        for rows in (f"main.{table} WHERE n_versions = 1", f"versions.{table}", "main.rejects")
    )
    assert only + several == sum(a.loaded for a in report.sheets)
    assert rejects == sum(a.rejected for a in report.sheets)


@quick
@given(
    sheet=sheets(),
    encoding=st.integers(0, 4),
    delimiter=st.sampled_from(",\t;|"),
    end=st.sampled_from(["\n", "\r\n", "\r"]),
)
def test_encoding_delimiter_and_line_end_change_nothing(sheet, encoding, delimiter, end):
    name, language, header, rows = sheet
    chosen = ENCODINGS[language][encoding]
    other = written(header, rows, delimiter, end, chosen)
    expected = load([written(header, rows)], name)
    try:
        got = load([other], name)
    except UsageError as refused:
        if "--encoding" not in str(refused):
            raise
        # few characters can be a true tie, which the option settles
        got = load([other], name, encoding=chosen)
    assert got[1] == expected[1]
    assert [a.seen for a in got[0].sheets] == [a.seen for a in expected[0].sheets]


@quick
@given(sheet=sheets(), seed=st.integers(0, 99), parts=st.integers(1, 4))
def test_splitting_and_shuffling_change_nothing(sheet, seed, parts):
    name, _, header, rows = sheet
    dice, mixed = random.Random(seed), rows.copy()
    dice.shuffle(mixed)
    files = [
        written(header, mixed[i::parts], dice.choice(",\t;"), dice.choice(["\n", "\r\n", "\r"]))
        for i in range(parts)
        if mixed[i::parts]
    ]
    assert load([written(header, rows)], name)[1] == load(files or [written(header, [])], name)[1]


@quick
@given(sheet=sheets(), doubled=st.lists(st.integers(0, 11), max_size=4))
def test_rows_that_come_twice_are_counted_and_change_nothing(sheet, doubled):
    name, _, header, rows = sheet
    again = [rows[i] for i in doubled if i < len(rows)]
    once, twice = load([written(header, rows)], name), load([written(header, rows + again)], name)
    assert once[1] == twice[1]
    assert once[0].sheets[0].seen == len(rows)
    assert twice[0].sheets[0].seen == once[0].sheets[0].seen + len(again)


def damage(content, dice):
    """Return bytes with some dropped, doubled or changed, or the end cut off."""
    raw = bytearray(content)
    start = raw.index(b"\n") + 1
    for _ in range(dice.randint(1, 6)):
        at = dice.randint(start, max(len(raw), start))
        act = dice.choice(["drop", "double", "change", "quote", "line", "byte", "header", "cut"])
        if act == "drop":
            del raw[at : at + dice.randint(1, 5)]
        elif act == "double":
            raw[at:at] = raw[at : at + dice.randint(1, 80)]
        elif act == "cut":
            del raw[max(at, len(raw) - 20) :]
        else:
            raw[at:at] = {
                "change": bytes([dice.randint(32, 126)]),
                "quote": b'"',
                "line": dice.choice([b"\n", b"\r", b"\r\n"]),
                "byte": bytes([dice.randint(0, 255)]),
                "header": raw[:start],
            }[act]
    return bytes(raw)


@settings(quick, max_examples=20)
@given(sheet=sheets(), seed=st.integers(0, 10_000), encoding=st.integers(0, 2))
def test_damage_never_loses_a_row(sheet, seed, encoding):
    """Whatever happens to a row, it is counted; what cannot be loaded is refused in a sentence."""
    name, language, header, rows = sheet
    content = damage(
        written(header, rows, encoding=ENCODINGS[language][encoding]), random.Random(seed)
    )
    try:
        load([content], name)
    except RakustatsError:
        return


@settings(quick, max_examples=20)
@given(sheet=sheets(), seed=st.integers(0, 10_000))
def test_reading_row_by_row_and_scanning_come_to_the_same(sheet, seed):
    """A plain file is scanned by DuckDB, any other read row by row: damaged or not, alike."""
    name, _, header, rows = sheet
    content = written(header, rows)
    content = damage(content, random.Random(seed)) if seed % 2 else content
    told = archives.fingerprint
    results = []
    for plain in (True, False):
        with pytest.MonkeyPatch.context() as patch:
            if not plain:
                patch.setattr(archives, "fingerprint", lambda s: replace(told(s), plain=False))
            try:
                report, table = load([content], name)
                counts = [(a.seen, a.rejected, a.skipped) for a in report.sheets]
                results.append((counts, table))
            except RakustatsError as error:
                results.append(str(error))
    assert results[0] == results[1]


@quick
@given(sheet=sheets(), cells=st.lists(st.tuples(*[st.integers(0, 99)] * 2, st.text(max_size=8))))
def test_any_text_in_any_cell_is_loaded_or_rejected(sheet, cells):
    name, _, header, rows = sheet
    for row, column, text in cells:
        if rows:
            rows[row % len(rows)][column % len(header)] = text
    try:
        content = written(header, rows)
    except UnicodeEncodeError:  # half a character is no text
        return
    try:
        report, _ = load([content], name)
    except UsageError as refused:
        if "--encoding" not in str(refused):
            raise
        # few characters can be a true tie, which the option settles
        report, _ = load([content], name, encoding="utf-8")
    assert report.sheets[0].seen >= len([r for r in rows if any(map(str.strip, r))])
