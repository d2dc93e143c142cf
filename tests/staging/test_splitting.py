"""Cells that hold several things: what their parts are, and how large sheets are split."""

import pytest

from rakustats.staging import sheets
from rakustats.staging.remarks import codes
from rakustats.staging.splitting import in_boxes


@pytest.mark.parametrize(
    ("text", "boxes"),
    [
        ("NO1：30", [("1", 30)]),
        ("NO1：30,NO2：20", [("1", 30), ("2", 20)]),
        ("NO1：30\nNO2：20", [("1", 30), ("2", 20)]),
        ("ＮＯ１：３０、ＮＯ２：２０", [("1", 30), ("2", 20)]),
        ("No.1: 30個; No.2: 20個", [("1", 30), ("2", 20)]),
        ("箱3×12", [("3", 12)]),
        ("A-1:5/A-2:6", [("A-1", 5), ("A-2", 6)]),
        ("1:5,1:6", [("1", 11)]),
        ("1", []),
        ("1,2", []),
        ("NO1：30,不明", []),
        ("10:30着", []),
    ],
)
def test_the_boxes_of_a_cell(text, boxes):
    assert in_boxes(text) == boxes


@pytest.mark.parametrize(
    ("remark", "found", "unread"),
    [
        ("●A▲0701-30", [("A", "0701", 30)], False),
        ("●A▲0701-30●B-2▲0702-5", [("A", "0701", 30), ("B-2", "0702", 5)], False),
        ("● A 1 ▲ 7/01 － ３０", [("A 1", "7/01", 30)], False),
        ("●A▲0701-10\n●A▲0701-5", [("A", "0701", 15)], False),
        ("●A▲0701", [("A", "0701", None)], False),
        ("●A▲0701-3 付属品あり", [("A", "0701", 3)], False),
        ("●A▲来週", [], True),
        ("●A▲0701-3 ●B", [("A", "0701", 3)], True),
        ("▲注意", [], True),
        ("付属品のみ", [], False),
    ],
)
def test_the_codes_of_a_remark(remark, found, unread):
    read, left = codes(remark)
    assert [tuple(code) for code in read] == found
    assert left is unread


@pytest.mark.parametrize("large", [0, 50_000])
def test_large_sheets_are_split_like_small_ones(loaded, monkeypatch, large):
    monkeypatch.setattr(sheets, "LARGE", large)
    report = loaded.load(
        {
            "parcels.csv": (
                "追跡番号,配送業者,発送日,箱数\n"
                '"123456789012,123456789023",佐川急便,2026-06-01,2\n'
                "123456789034,佐川急便,2026-06-02,1\n"
            ),
            "lines.csv": "注文番号,明細番号,商品名,備考\nA-1,1,皿,●A▲0701-30\nA-1,2,箸,なし\n",
            "pieces.csv": (
                "shipment_id,order_no,line_no,box_no,qty\nS,A-1,1,1:2;2:1,3\nS,A-1,2,2,1\n"
            ),
        }
    )
    assert [(a.seen, a.loaded, a.duplicate) for a in report.sheets] == [(2, 2, 0)] * 3
    assert loaded.rows("SELECT tracking_no, boxes FROM shipments ORDER BY ALL") == [
        ("123456789012", 2),
        ("123456789023", None),
        ("123456789034", 1),
    ]
    assert loaded.rows("SELECT line_no, client_sku, mmdd, qty FROM client_skus") == [
        ("1", "A", "0701", 30)
    ]
    assert loaded.rows("SELECT line_no, box_no, qty FROM shipment_lines ORDER BY ALL") == [
        ("1", "1", 2),
        ("1", "2", 1),
        ("2", "2", 1),
    ]
