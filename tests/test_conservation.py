"""Properties of loading: nothing is lost; bytes, order and splitting change nothing."""

from __future__ import annotations

import csv
import io
import random
from datetime import datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

import duckdb
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import rakustats as rs
from rakustats.errors import RakustatsError

HEADER = ["注文番号", "注文日", "支払方法", "合計", "商品代金合計"]
words = st.text("ア漢字髙ぁabcXYZ 0189", min_size=0, max_size=6)
orders = st.lists(
    st.tuples(
        st.integers(0, 40).map(lambda n: f"A-{n}"),
        st.integers(0, 500_000).map(
            lambda m: f"{datetime(2026, 1, 1) + timedelta(minutes=m):%Y/%m/%d %H:%M}"
        ),
        words,
        st.one_of(st.just(""), st.integers(0, 999_999).map(lambda n: f"{n:,}")),
        st.one_of(st.just("未定"), st.integers(0, 9_999).map(lambda n: f"{n / 4:.2f}元")),
    ),
    max_size=25,
)
quick = settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))


def written(rows, delimiter=",", end="\n", encoding="utf-8"):
    out = io.StringIO(newline="")
    csv.writer(out, delimiter=delimiter, lineterminator=end).writerows([HEADER, *rows])
    return out.getvalue().encode(encoding)


def known(folder: Path):
    with duckdb.connect(str(folder / "t.duckdb"), read_only=True) as con:
        query = "SELECT * EXCLUDE (source_file, source_row, n_versions) FROM orders ORDER BY ALL"
        return con.execute(query).fetchall()


def load(contents, name="o{}.csv"):
    with TemporaryDirectory() as folder:
        root = Path(folder)
        for i, content in enumerate(contents):
            (root / name.format(i)).write_bytes(content)
        report = rs.load(root, db=root / "t.duckdb", exported_at="2026-06-30")
        return report, known(root)


@quick
@given(
    rows=orders,
    encoding=st.sampled_from(["utf-8", "utf-8-sig", "cp932", "utf-16"]),
    delimiter=st.sampled_from(",\t;"),
    end=st.sampled_from(["\n", "\r\n", "\r"]),
)
def test_encoding_delimiter_and_line_end_change_nothing(rows, encoding, delimiter, end):
    rows = {r[0]: r for r in rows}.values()
    assert load([written(rows)])[1] == load([written(rows, delimiter, end, encoding)])[1]


@quick
@given(rows=orders, seed=st.integers(0, 99))
def test_splitting_and_shuffling_change_nothing(rows, seed):
    rows = list({r[0]: r for r in rows}.values())
    mixed = rows.copy()
    random.Random(seed).shuffle(mixed)
    cut = len(mixed) // 3
    parts = [p for p in (mixed[:cut], mixed[cut:]) if p]
    assert load([written(rows)])[1] == load([written(p) for p in parts] or [written([])])[1]


@quick
@given(rows=orders, seed=st.integers(0, 10_000))
def test_damage_never_loses_a_row(rows, seed):
    """Bytes dropped, doubled or changed: whatever happens to a row, it is counted."""
    content, dice = bytearray(written(rows)), random.Random(seed)
    start = content.index(b"\n") + 1
    for _ in range(dice.randint(1, 6)):
        at = dice.randint(start, len(content))
        act = dice.choice(["drop", "double", "change", "quote", "line"])
        if act == "drop":
            del content[at : at + dice.randint(1, 5)]
        elif act == "double":
            content[at:at] = content[at : at + 8]
        else:
            content[at:at] = {
                "change": bytes([dice.randint(32, 126)]),
                "quote": b'"',
                "line": b"\n",
            }[act]
    try:
        report, _ = load([bytes(content)])
    except RakustatsError:
        return
    for a in report.accounts:
        assert a.seen == a.loaded + a.rejected + a.duplicate + a.skipped
        assert min(a.loaded, a.rejected, a.duplicate, a.skipped) >= 0
