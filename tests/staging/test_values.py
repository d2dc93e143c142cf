from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal

import pytest

from rakustats.staging.values import boolean, instant, is_null, number

JST = timezone(timedelta(hours=9))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2026-07-01", datetime(2026, 7, 1)),
        ("2026/7/1", datetime(2026, 7, 1)),
        ("2026.07.01", datetime(2026, 7, 1)),
        ("20260701", datetime(2026, 7, 1)),
        ("2026年7月1日", datetime(2026, 7, 1)),
        ("２０２６年７月１日", datetime(2026, 7, 1)),
        ("令和8年7月1日", datetime(2026, 7, 1)),
        ("令和元年5月1日", datetime(2019, 5, 1)),
        ("R8.7.1", datetime(2026, 7, 1)),
        ("平成31年4月30日", datetime(2019, 4, 30)),
    ],
)
def test_a_day(text: str, expected: datetime) -> None:
    assert instant(text) == (expected, True)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2026/7/1 9:05", datetime(2026, 7, 1, 9, 5)),
        ("2026-07-01T09:05:07", datetime(2026, 7, 1, 9, 5, 7)),
        ("2026-07-01 09:05:07.25", datetime(2026, 7, 1, 9, 5, 7, 250000)),
        ("2026年7月1日 9時5分", datetime(2026, 7, 1, 9, 5)),
        ("2026年7月1日 午後3時", datetime(2026, 7, 1, 15)),
        ("2026/7/1 12:10 AM", datetime(2026, 7, 1, 0, 10)),
        ("2026/7/1 24:00", datetime(2026, 7, 2)),
        ("2026-07-01T09:00Z", datetime(2026, 7, 1, 9, tzinfo=UTC)),
        ("2026-07-01 09:00:00+09:00", datetime(2026, 7, 1, 9, tzinfo=JST)),
        ("2026-07-01 09:00 JST", datetime(2026, 7, 1, 9, tzinfo=JST)),
    ],
)
def test_an_instant(text: str, expected: datetime) -> None:
    found, is_day = instant(text)
    assert (found, is_day) == (expected, False)
    assert (found.tzinfo is None) == (expected.tzinfo is None)


@pytest.mark.parametrize(
    "text",
    [
        "07/01/2026",
        "2026-13-01",
        "2026-02-30",
        "7月1日",
        "soon",
        "2026/7/1 25:00",
        "2026/7/1 9:61",
        "12.5",
    ],
)
def test_no_date(text: str) -> None:
    with pytest.raises(ValueError, match="not a date"):
        instant(text)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("1200", "1200"),
        ("1,200", "1200"),
        ("１２，３４５", "12345"),
        ("¥1,200", "1200"),
        ("￥1,200", "1200"),
        ("1200円", "1200"),
        ("21.5元", "21.5"),
        ("RMB 12.50", "12.50"),
        ("△1,000", "-1000"),
        ("▲1,000円", "-1000"),
        ("(1,000)", "-1000"),
        ("-1,000-", "-1000"),
        ("-5", "-5"),
        ("30個", "30"),
    ],
)
def test_a_number(text: str, expected: str) -> None:
    assert number(text, 2) == Decimal(expected)


@pytest.mark.parametrize(
    ("text", "places"), [("abc", 2), ("12a", 2), ("1.5", 0), ("NaN", 2), ("Infinity", 2), ("", 2)]
)
def test_no_number(text: str, places: int) -> None:
    with pytest.raises(ValueError, match="not a"):
        number(text, places)


@pytest.mark.parametrize(
    "text", ["-", "ー", "■", "未定", "N/A", "#REF!", "0000-00-00", "nan", "None", " ", "なし"]
)
def test_words_for_unknown(text: str) -> None:
    assert is_null(text)


@pytest.mark.parametrize("text", ["0", "いいえ", "注文", "2026-07-01"])
def test_words_that_say_something(text: str) -> None:
    assert not is_null(text)


def test_yes_and_no() -> None:
    assert [boolean(t) for t in ("はい", "要", "TRUE", "いいえ", "不要", "0")] == [True] * 3 + [
        False
    ] * 3
    with pytest.raises(ValueError, match="neither"):
        boolean("たぶん")
