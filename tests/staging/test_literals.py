"""Literals as exports write them: what the careful readers make of each, and that casts agree."""

from __future__ import annotations

from contextlib import suppress
from datetime import date, datetime
from decimal import Decimal

import duckdb
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rakustats.ingest.plan import Field
from rakustats.staging import numbers
from rakustats.staging.cells import Cell
from rakustats.staging.dates import instant
from rakustats.staging.identifiers import identifier, is_rounded, several
from rakustats.staging.parsers import Around, Read, read

REFUSED = object()
AROUND = Around("Asia/Shanghai", date(2026, 11, 1))
YEN = Cell(Field("", (0,)), "DECIMAL(14,0)", "whole", unit="JPY")
YUAN = Cell(Field("", (0,)), "DECIMAL(14,2)", "decimal", unit="CNY")
AMOUNT = Cell(Field("", (0,)), "DECIMAL(14,2)", "decimal")
PIECES = Cell(Field("", (0,)), "INTEGER", "whole", unit="pieces")
WEIGHT = Cell(Field("", (0,)), "DECIMAL(10,3)", "decimal", unit="kg")
PERCENT = Cell(Field("", (0,)), "DECIMAL(9,3)", "decimal", unit="%")
RATE = Cell(Field("", (0,)), "DECIMAL(12,6)", "rate", unit="JPY per CNY")
EVENT = Cell(Field("", (0,)), "TIMESTAMP", "instant", time="event")
PLAN = Cell(Field("", (0,)), "TIMESTAMP", "instant", time="plan")
ID = Cell(Field("", (0,)), "VARCHAR", "id")
ORDER = Cell(Field("", (0,)), "VARCHAR", "order number")
ANSWER = Cell(Field("", (0,)), "BOOLEAN", "boolean")

NUMBERS = [
    (YEN, "1200", 1200),
    (YEN, "1,200", 1200),
    (YEN, "１２，３４５", 12345),
    (YEN, "¥1,200", 1200),
    (YEN, "￥1,200", 1200),
    (YEN, "\\1,200", 1200),
    (YEN, "1200円", 1200),
    (YEN, "1,200 円", 1200),
    (YEN, "1,200円（税込）", 1200),
    (YEN, "1200日元", 1200),
    (YEN, "JPY 1,200", 1200),
    (YEN, "¥1,200-", 1200),
    (YEN, "1.2万円", 12000),
    (YEN, "1200.00", 1200),
    (YEN, "△1,000", -1000),
    (YEN, "▲1,000円", -1000),
    (YEN, "¥△1,000", -1000),
    (YEN, "(1,000)", -1000),
    (YEN, "（¥1,000）", -1000),
    (YEN, "1,000-", -1000),
    (YEN, "-1,000-", -1000),
    (YEN, "－１，０００", -1000),
    (YEN, "−1,000", -1000),
    (YEN, "+5", 5),
    (YEN, "1 200", 1200),
    (YEN, "1,200.5", REFUSED),
    (YEN, "21.5元", "currency_conflict"),
    (YEN, "RMB 12", "currency_conflict"),
    (YEN, "99999999999999999円", REFUSED),
    (YUAN, "21.5元", "21.5"),
    (YUAN, "¥21.50", "21.5"),
    (YUAN, "CN¥ 21.5", "21.5"),
    (YUAN, "RMB 12.50", "12.5"),
    (YUAN, "人民币12.5", "12.5"),
    (YUAN, "1,200円", "currency_conflict"),
    (YUAN, "JPY1200", "currency_conflict"),
    (YUAN, "12.5$", REFUSED),
    (AMOUNT, "1,200円", 1200),
    (AMOUNT, "21.5元", "21.5"),
    (PIECES, "30個", 30),
    (PIECES, "３０", 30),
    (PIECES, "12 pcs", 12),
    (PIECES, "1.0", 1),
    (PIECES, "1.5", REFUSED),
    (PIECES, "30円", REFUSED),
    (WEIGHT, "1.25kg", "1.25"),
    (WEIGHT, "500g", "0.5"),
    (WEIGHT, "2公斤", 2),
    (WEIGHT, "1.25cm", REFUSED),
    (PERCENT, "10％", 10),
    (YEN, "abc", REFUSED),
    (YEN, "12,34", REFUSED),
    (YEN, "12 34", REFUSED),
    (YEN, "1-2", REFUSED),
    (YEN, "--5", REFUSED),
    (YEN, "NaN円", REFUSED),
    (YEN, "Infinity", REFUSED),
    (RATE, "1元=21.5円", "21.5"),
    (RATE, "1元＝２１．５円", "21.5"),
    (RATE, "21.5円/元", "21.5"),
    (RATE, "1:21.5", "21.5"),
    (RATE, "0.0465", "inverse_rate"),
    (RATE, "1円=0.0465元", "inverse_rate"),
    (RATE, "100円=4.65元", "inverse_rate"),
    (RATE, "215", "odd_rate"),
    (RATE, "0", "odd_rate"),
    (RATE, "1円=21.5円", REFUSED),
]

# What Shanghai's clock shows, where no zone is said.
DATES = [
    ("2026-07-01", "2026-07-01"),
    ("2026/7/1", "2026-07-01"),
    ("2026.07.01", "2026-07-01"),
    ("20260701", "2026-07-01"),
    ("2026年7月1日", "2026-07-01"),
    ("２０２６年７月１日", "2026-07-01"),
    ("2026年7月1日(水)", "2026-07-01"),
    ("2026年7月1号", "2026-07-01"),
    ("26年7月1日", "2026-07-01"),
    ("令和8年7月1日", "2026-07-01"),
    ("令和元年5月1日", "2019-05-01"),
    ("㋿8年7月1日", "2026-07-01"),
    ("R8.7.1", "2026-07-01"),
    ("R08/07/01", "2026-07-01"),
    ("H31.4.30", "2019-04-30"),
    ("平成31年4月30日", "2019-04-30"),
    ("S101.7.1", "2026-07-01"),
    ("1-Jul-26", "2026-07-01"),
    ("July 1, 2026", "2026-07-01"),
    ("13/07/2026", "2026-07-13"),
    ("07/13/2026", "2026-07-13"),
    ("46204", "2026-07-01"),
    ("2026/7/1 9:05", "2026-07-01 09:05:00"),
    ("2026-07-01T09:05:07", "2026-07-01 09:05:07"),
    ("2026-07-01 09:05:07.25", "2026-07-01 09:05:07.250000"),
    ("20260701093000", "2026-07-01 09:30:00"),
    ("2026年7月1日 9時5分", "2026-07-01 09:05:00"),
    ("2026年7月1日9时5分7秒", "2026-07-01 09:05:07"),
    ("2026/7/1 午後3時", "2026-07-01 15:00:00"),
    ("2026/7/1 下午3点半", "2026-07-01 15:30:00"),
    ("2026/7/1 午前0:10", "2026-07-01 00:10:00"),
    ("2026/7/1 3:05 PM", "2026-07-01 15:05:00"),
    ("2026/7/1 AM 12:10", "2026-07-01 00:10:00"),
    ("2026/7/1 24:00", "2026-07-02 00:00:00"),
    ("2026-07-01 24:00:00", "2026-07-02 00:00:00"),
    ("46204.75", "2026-07-01 18:00:00"),
    ("1782864000", "2026-07-01 08:00:00"),
    ("1782864000000", "2026-07-01 08:00:00"),
    ("2026-07-01T09:00Z", "2026-07-01 17:00:00"),
    ("2026-07-01 09:00:00+09:00", "2026-07-01 08:00:00"),
    ("2026-07-01 09:00-05:00", "2026-07-01 22:00:00"),
    ("2026-07-01 9:00 JST", "2026-07-01 08:00:00"),
    ("2026-07-01 9:00 UTC", "2026-07-01 17:00:00"),
    ("2026/7/1 9:00 (北京时间)", "2026-07-01 09:00:00"),
    ("2026/07/01 14:00～16:00", "2026-07-01"),
    ("2026/7/1 午前中", "2026-07-01"),
    ("7/1", "inferred_year"),
    ("7月1日 10:30", "inferred_year"),
    ("07/01/2026", "ambiguous_date"),
    ("26/07/01", "ambiguous_date"),
    ("07-01-26", "ambiguous_date"),
    ("2026-13-01", REFUSED),
    ("2026-02-30", REFUSED),
    ("2/30", REFUSED),
    ("0026-07-01", REFUSED),
    ("2206-07-01", REFUSED),
    ("昭和63年1月1日", REFUSED),
    ("2026/7/1 25:00", REFUSED),
    ("2026/7/1 9:61", REFUSED),
    ("2026/07", REFUSED),
    ("10:30", REFUSED),
    ("soon", REFUSED),
    ("12.5", REFUSED),
    ("99999", REFUSED),
]

IDS = [
    (ID, "412345678901", "412345678901"),
    (ID, "０１２３－４５", "0123-45"),
    (ID, "ＲＷ１２３", "RW123"),
    (ID, "0012345", "0012345"),
    (ID, "'0012345", "0012345"),
    (ID, "’0012345", "0012345"),
    (ID, '="0012345"', "0012345"),
    (ID, "\t0012345", "0012345"),
    (ID, "0012345\n", "0012345"),
    (ID, " 0012345　", "0012345"),
    (ID, "\u200b0012345", "0012345"),
    (ID, "123456.0", "123456"),
    (ID, "00123.00", "00123"),
    (ID, "1.05", "1.05"),
    (ID, "A1.0", "A1.0"),
    (ID, "v2.0.1", "v2.0.1"),
    (ID, "4.12346E+11", "damaged_id"),
    (ID, "4.1e+11", "damaged_id"),
    (ID, "4E+11", "damaged_id"),
    (ID, "ヤマト運輸-4.12346E+11", "damaged_id"),
    (ID, "4E11", "4E11"),
    (ID, "12−34", "12-34"),
    (ID, "12‐34", "12-34"),
    (ID, "赤〜青", "赤~青"),
    (ID, "赤～青", "赤~青"),
    (ID, "ｶﾊﾞﾝ", "カバン"),
    (ID, "ラベル", "ラベル"),
    (ID, "-", None),
    (ID, "ー", None),
    (ID, "null", None),
    (ID, "#N/A", None),
    (ID, "'", None),
    (ORDER, "2026071715475684-300001", "2026071715475684-300001"),
    (ORDER, "2026071715475684－300001", "2026071715475684-300001"),
    (ORDER, "2026071715475684−300001", "2026071715475684-300001"),
    (ORDER, "2026071715475684-300000", "2026071715475684-300000"),
    (ORDER, "2026071715475680", "rounded_id"),
    (ORDER, "2026071715475684", "2026071715475684"),
    (ORDER, "4213567890123450000", "rounded_id"),
    (ORDER, "4213567890123456780", "4213567890123456780"),
    (ORDER, "2.02607E+15", "damaged_id"),
    (ORDER, "A-100001、A-100002", "several_values"),
    (ORDER, "A-100001,A-100002", "several_values"),
    (ORDER, "A-100001 / A-100002", "several_values"),
    (ORDER, "A-100001\nA-100002", "several_values"),
    (ORDER, "A-1 B", "A-1 B"),
]

ANSWERS = [
    *(
        (ANSWER, text, True)
        for text in ("はい", "要", "TRUE", "Yes", "y", "1", "○", "✓", "有", "是")
    ),
    *(
        (ANSWER, text, False)
        for text in ("いいえ", "不要", "FALSE", "No", "n", "0", "×", "無", "否")
    ),
    *((ANSWER, text, None) for text in ("-", "未定", "N/A", "#REF!")),
    *((ANSWER, text, REFUSED) for text in ("たぶん", "2", "要確認")),
    *((YEN, text, None) for text in ("-", "ー", "—", "■", "未定", "N/A", "#N/A", "#REF!", "nan")),
    *((YEN, text, None) for text in ("None", "NULL", "なし", "不明", "暂无", "＃Ｎ／Ａ", "#NUM!")),
    *((EVENT, text, None) for text in ("0000-00-00", "0000/00/00", "0000-00-00 00:00:00")),
    *((EVENT, text, None) for text in ("1900/01/00", "1900-01-01", "1970-01-01 08:00:00")),
    *((EVENT, text, None) for text in ("9999-12-31", "0001-01-01", "未発送", "未入金", "待发货")),
    *((EVENT, text, None) for text in ("入金待ち", "確認中", "TBD", "未定", "-", "#VALUE!")),
]


def outcome(cell: Cell, text: str) -> Read | None:
    """Return what is read, None for a refusal; any other error fails the test."""
    try:
        return read(cell, text, AROUND)
    except ValueError as error:
        message = str(error)
    assert repr(text)[1:-1].partition("\\x1f")[0] in message
    return None


def checked(cell: Cell, text: str, expected: object) -> object | None:
    """Return the value read, once refusals and doubts are found to be as expected."""
    found = outcome(cell, text)
    if expected is REFUSED:
        assert found is None
        return None
    assert found is not None
    issue = found.issue.rule if found.issue else None
    if isinstance(expected, str) and "_" in expected:
        assert issue == expected
        return None
    assert issue is None
    return found


@pytest.mark.parametrize(("cell", "text", "expected"), NUMBERS)
def test_numbers_and_money(cell: Cell, text: str, expected: object) -> None:
    found = checked(cell, text, expected)
    assert found is None or Decimal(str(found.value)) == Decimal(str(expected))


@pytest.mark.parametrize(("text", "expected"), DATES)
def test_days_and_instants(text: str, expected: object) -> None:
    found = checked(EVENT, text, expected)
    if found is not None:
        there = datetime.fromisoformat(str(expected))
        utc = there.timestamp() - datetime(1970, 1, 1).timestamp() - 8 * 3600
        assert (found.value - datetime(1970, 1, 1)).total_seconds() == utc
        assert found.is_day == (len(str(expected)) == 10)


@pytest.mark.parametrize(("cell", "text", "expected"), IDS)
def test_numbers_that_name_things(cell: Cell, text: str, expected: object) -> None:
    found = checked(cell, text, expected)
    assert found is None or found.value == expected


@pytest.mark.parametrize(("cell", "text", "expected"), ANSWERS)
def test_answers_and_words_for_unknown(cell: Cell, text: str, expected: object) -> None:
    found = checked(cell, text, expected)
    assert found is None or found.value is expected


def test_at_least_thirty_of_each_kind() -> None:
    assert min(map(len, (NUMBERS, DATES, IDS, ANSWERS))) >= 30


def test_a_plain_cast_reads_nothing_otherwise_than_the_careful_readers() -> None:
    literals = [(cell, text) for cell, text, _ in (*NUMBERS, *IDS, *ANSWERS)]
    literals += [(EVENT, text) for text, _ in DATES]
    with duckdb.connect() as con:
        con.execute("SET TimeZone = 'UTC'")
        for cell, text in literals:
            sql = f"SELECT {cell.typed('t', AROUND.zone)} FROM (SELECT ?::VARCHAR AS t)"
            ((cast,),) = con.execute(sql, [text]).fetchall()
            if cast is not None:
                found = outcome(cell, text)
                assert found is not None, text
                number = isinstance(cast, Decimal | int) and not isinstance(cast, bool)
                value = Decimal(str(found.value)) if number else found.value
                assert (value, found.issue) == (cast, None), text


@pytest.mark.parametrize(
    ("text", "near", "expected"),
    [
        ("7/1", "", "2026-07-01"),
        ("12/28", "", "2025-12-28"),
        ("11/2", "", "2025-11-02"),
        ("12/28", "2026-01-05", "2025-12-28"),
        ("1月5日", "2025-12-28", "2026-01-05"),
        ("2/29", "", "2024-02-29"),
    ],
)
def test_a_date_without_a_year_takes_it_from_its_row_or_the_export(
    text: str, near: str, expected: str
) -> None:
    found = read(EVENT, f"{text}\x1f{near}", AROUND)
    assert str(found.value + (datetime(2026, 1, 2) - datetime(2026, 1, 1)) / 3) == (
        f"{expected} 00:00:00"
    )
    assert found.issue == ("inferred_year", f"{text!r} read as {expected}")


def test_a_promise_without_a_year_may_lie_ahead() -> None:
    assert str(read(PLAN, "12/28", AROUND).value) == "2026-12-27 16:00:00"


def test_a_currency_in_a_text_must_be_the_one_its_row_states() -> None:
    assert read(AMOUNT, "1,200円\x1f円", AROUND).value == "1200"
    conflict = read(AMOUNT, "1,200円\x1fCNY", AROUND)
    assert conflict == (None, None, ("currency_conflict", "JPY, not CNY: '1,200円'"))


TEXTS = st.text() | st.text(st.sampled_from("0123456789.,-/:年月日時円元¥△()ER+ 令和午後T"))


@given(TEXTS)
def test_no_text_breaks_a_reader(text: str) -> None:
    for parse in (instant, numbers.number, numbers.rate, identifier, is_rounded, several):
        with suppress(ValueError):
            parse(text)
    for cell in (YEN, YUAN, AMOUNT, WEIGHT, RATE, EVENT, PLAN, ID, ORDER, ANSWER):
        outcome(cell, text)
