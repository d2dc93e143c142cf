from pathlib import Path

import pytest

from rakustats.errors import UsageError
from rakustats.ingest.encodings import detect

JA = "注文番号,注文日,店舗名,商品名\n1-300001,2026/07/01,㈱髙橋商店～①,ガラスのコップ\n"
ZH = "订单号,下单时间,店铺名,商品名称\n1-300001,2026/07/01,义乌市小商品,玻璃杯\n"


@pytest.mark.parametrize(
    ("text", "encoding", "expected"),
    [
        (JA, "cp932", "cp932"),
        (JA, "utf-8", "utf-8"),
        (JA, "utf-8-sig", "utf-8-sig"),
        (JA, "utf-16", "utf-16"),
        (JA, "utf-16-le", "utf-16-le"),
        (ZH, "gb18030", "gb18030"),
        (ZH, "utf-8", "utf-8"),
        ("order_no,total_jpy\n1,2\n", "ascii", "utf-8"),
        ("order_no,item_title\n1,ガラスのコップ\n", "cp932", "cp932"),
        ("order_no,item_title\n1,玻璃杯的订单\n", "gb18030", "gb18030"),
    ],
)
def test_an_encoding_is_found(tmp_path: Path, text: str, encoding: str, expected: str) -> None:
    path = tmp_path / "orders.csv"
    path.write_bytes(text.encode(encoding))
    assert detect(path) == expected


def test_cp932_and_gb18030_decode_each_other_so_the_headers_decide(tmp_path: Path) -> None:
    header = JA.splitlines()[0]
    assert header.encode("cp932").decode("gb18030") != header
    path = tmp_path / "orders.csv"
    path.write_bytes(header.encode("cp932") + b"\n1,2,3,4\n")
    assert detect(path) == "cp932"


def test_what_nobody_can_decode_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "orders.csv"
    path.write_bytes(b"order_no,x\n\xff\xff\xff\x80\x81\xff,1\n" * 3)
    with pytest.raises(UsageError, match="--encoding"):
        detect(path)
