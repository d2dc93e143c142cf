from __future__ import annotations

from typing import Any

import pytest


@pytest.mark.parametrize(
    ("facts", "doubted"),
    [
        ({"goods_total_cny": 0}, True),
        ({"total_jpy": 0}, True),
        ({"goods_total_cny": 0, "total_jpy": 0}, True),
        ({"goods_total_cny": 0, "total_jpy": 500}, False),
        ({"goods_total_cny": 12, "total_jpy": 0}, False),
        ({"goods_total_cny": 0, "replacement_of": "B"}, False),
        ({}, False),
    ],
)
def test_zero_price_order(look: Any, facts: dict[str, Any], doubted: bool) -> None:
    found = look("zero_price_order", orders=[{"order_no": "A", **facts}])
    assert [key for key, _ in found] == (["A"] if doubted else [])


@pytest.mark.parametrize(
    ("title", "doubted"),
    [
        ("テスト", True),
        ("Test", True),
        (" TEST ", True),
        ("【テスト】帽子", True),
        ("帽子（サンプル）", True),
        ("サンプル品 帽子", True),
        ("テスト注文", True),
        ("样品", True),
        ("hat [sample]", True),
        ("test order 3", True),
        ("HIV, Reveal G3 Rapid Antibody Test, 30 Tests", False),
        ("テスター付きコンテスト用バッジ", False),
        ("最新サンプリング機", False),
        ("latest hat", False),
        (None, False),
    ],
)
def test_test_or_sample(look: Any, title: str | None, doubted: bool) -> None:
    lines = [{"order_no": "A", "line_no": "1", "item_title": title, "qty_ordered": 1}]
    found = look("test_or_sample", order_lines=lines)
    assert found == ([("A/1", f"item_title: '{title}'")] if doubted else [])


def test_no_pieces_and_own_parcels(look: Any) -> None:
    found = look(
        "test_or_sample",
        order_lines=[
            {"order_no": "A", "line_no": "1", "qty_ordered": 0},
            {"order_no": "A", "line_no": "2"},
            {"order_no": "A", "line_no": "3", "item_title": "帽子", "remark": "サンプル注文"},
        ],
        shipments=[
            {"shipment_id": "S1", "carrier": "自社発送"},
            {"shipment_id": "S2", "ship_method": "お客様手配"},
            {"shipment_id": "S3", "carrier": "ラクマート自社便"},
        ],
    )
    assert found == [
        ("A/1", "qty_ordered: 0"), ("A/3", "remark: 'サンプル注文'"),
        ("S1", "carrier: '自社発送'"), ("S2", "carrier: 'お客様手配'"),
    ]  # fmt: skip
