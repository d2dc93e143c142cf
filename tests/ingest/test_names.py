from datetime import date
from pathlib import PurePath

import pytest

from rakustats.ingest import names


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("注文一覧_2026-03_出力20260531.csv", date(2026, 5, 31)),
        ("orders_2026-11-01.csv", date(2026, 11, 1)),
        ("2026年11月01日_注文.xlsx", date(2026, 11, 1)),
        ("P2026091008463813-2147.xlsx", None),
        ("orders.csv", None),
        ("orders_20261301.csv", None),
    ],
)
def test_the_day_in_a_name(name: str, expected: date | None) -> None:
    assert names.day_in_name(name) == expected


def test_a_month_in_a_name_ends_with_its_last_day() -> None:
    pattern = r"(?P<month>[A-Z][a-z]+)Sales(?P<year>\d{4})"
    assert names.day_in_name("FebruarySales2024_public.xlsx", pattern) == date(2024, 2, 29)
    assert names.day_in_name("Sales.xlsx", pattern) is None


@pytest.mark.parametrize(
    ("raw", "name"),
    [
        ("注文一覧.csv".encode(), "注文一覧.csv"),
        ("カ\u3099ラス.csv".encode(), "ガラス.csv"),
        ("注文一覧.csv".encode("cp932"), "注文一覧.csv"),
        ("表ソ①.csv".encode("cp932"), "表ソ①.csv"),
        ("订单导出.csv".encode("gb18030"), "订单导出.csv"),
        (b"orders.csv", "orders.csv"),
        (b"caf\x82.csv", "café.csv"),
    ],
)
def test_names_that_came_as_bytes(raw: bytes, name: str) -> None:
    assert names.decoded(raw) == name


@pytest.mark.parametrize(
    ("name", "temporary"),
    [
        ("~$orders.xlsx", True),
        (".~lock.orders.csv#", True),
        ("orders.csv.CRDOWNLOAD", True),
        ("orders.csv.part", True),
        ("orders.part1.csv", False),
        ("orders.tmp.csv", False),
        ("注文.csv", False),
    ],
)
def test_temporary_names(name: str, temporary: bool) -> None:
    assert names.is_temporary(PurePath("folder") / name) == temporary
