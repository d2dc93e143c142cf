import random
from pathlib import Path

import pytest

from rakustats.errors import UsageError
from rakustats.ingest.encodings import detect, named
from rakustats.schema.tables import tables

JA = "注文番号,注文日,店舗名,商品名\n1-300001,2026/07/01,㈱髙橋商店～①,ガラスのコップ\n"
ZH = "订单号,下单时间,店铺名,商品名称\n1-300001,2026/07/01,义乌市小商品,玻璃杯\n"
ENCODINGS = [
    *("utf-8", "utf-8-sig", "cp932", "gb18030"),
    *("utf-16", "utf-16-le", "utf-16-be"),
]
DATA = {
    "ja": [
        "ガラスのコップ",
        "㈱髙橋商店",
        "①番",
        "東京都",
        "検品中に不良を発見",
        "在庫切れ",
        "返金",
    ],
    "zh": ["玻璃杯", "义乌市小商品批发", "广州服装厂", "不锈钢保温杯", "缺货", "已发货", "退款"],
    "half": ["ｶﾞﾗｽ", "ﾔﾏﾄ運輸", "ﾜｲﾔﾚｽ ｲﾔﾎﾝ", "ﾌﾟﾗｽﾁｯｸ", "ｼﾞｬｹｯﾄ", "ﾘﾓｺﾝ･ｹｰｽ"],
}


def found(path: Path, text: str, encoding: str) -> str:
    path.write_bytes(text.encode(encoding))
    return detect(path)


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
        # valid UTF-8 by chance, for Hebrew and a combining accent
        ("order_no,状态\n1,x\n", "gb18030", "gb18030"),
        ("order_no,item_title\n1,30×20 café\n", "utf-8", "utf-8"),
        ("order_no,item_title\n1,Ωμέγα και άλφα\n", "utf-8", "utf-8"),
        ("order_no,item_title\n" + "1,plain\n" * 50_000 + "2,検品中\n", "cp932", "cp932"),
        ("order_no,item_title\r" + "1,plain\r" * 50_000 + "2,不锈钢保温杯\r", "gb18030", "gb18030"),
    ],
)
def test_an_encoding_is_found(tmp_path: Path, text: str, encoding: str, expected: str) -> None:
    assert found(tmp_path / "orders.csv", text, encoding) == expected


def test_cp932_and_gb18030_decode_each_other_so_the_headers_decide(tmp_path: Path) -> None:
    header = JA.splitlines()[0]
    assert header.encode("cp932").decode("gb18030") != header
    path = tmp_path / "orders.csv"
    path.write_bytes(header.encode("cp932") + b"\n1,2,3,4\n")
    assert detect(path) == "cp932"


@pytest.mark.parametrize("words", DATA)
@pytest.mark.parametrize(
    ("language", "encoding"),
    [*(("ja", e) for e in ENCODINGS), *(("zh", e) for e in ENCODINGS if e != "cp932")],
)
def test_every_tables_header_tells_its_encoding(
    tmp_path: Path, language: str, words: str, encoding: str
) -> None:
    dice, path, seen = random.Random(1), tmp_path / "export.csv", 0
    for table in tables().values():
        for size in (0, 1, 20):
            aliases = [getattr(c, language) or (c.name,) for c in table.columns]
            header = [dice.choice(names) for names in aliases]
            choice = [*DATA[words], "2026-06-01", "1,200", ""]
            rows = [[dice.choice(choice) for _ in header] for _ in range(size)]
            text = "\n".join('"' + '","'.join(row) + '"' for row in [header, *rows])
            try:
                raw = text.encode(encoding)
            except UnicodeEncodeError:  # the other language's signs
                continue
            path.write_bytes(raw)
            assert detect(path) == encoding, (table.name, text[:200])
            seen += 1
    assert seen > 10


@pytest.mark.parametrize(
    ("words", "encoding"), [("ja", "cp932"), ("ja", "gb18030"), ("zh", "gb18030")]
)
def test_data_below_an_english_header_tells_its_encoding_too(
    tmp_path: Path, words: str, encoding: str
) -> None:
    dice, path = random.Random(2), tmp_path / "export.csv"
    for table in tables().values():
        header = [c.name for c in table.columns]
        rows = [[dice.choice([*DATA[words], "7", ""]) for _ in header] for _ in range(3)]
        path.write_bytes("\n".join(map(",".join, [header, *rows])).encode(encoding, "ignore"))
        assert detect(path) == encoding


@pytest.mark.parametrize(("text", "encoding"), [("ｶｷﾐｻ", "cp932"), ("状态", "gb18030")])
def test_a_true_tie_is_refused(tmp_path: Path, text: str, encoding: str) -> None:
    with pytest.raises(UsageError, match=r"could be .* as well as .*--encoding"):
        found(tmp_path / "o.csv", f"order_no,note_of_mine\n1,{text}x\n", encoding)


def test_what_nobody_can_decode_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "orders.csv"
    path.write_bytes(b"order_no,x\n\xff\xff\xff\x80\x81\xff,1\n" * 3)
    with pytest.raises(UsageError, match="--encoding"):
        detect(path)


@pytest.mark.parametrize(
    ("said", "meant"),
    [
        *(("shift_jis", "cp932"), ("sjis", "cp932"), ("MS932", "cp932"), ("cp932", "cp932")),
        *(("gbk", "gb18030"), ("GB2312", "gb18030"), ("utf8", "utf-8"), ("UTF-16", "utf-16")),
    ],
)
def test_the_larger_set_is_meant(said: str, meant: str) -> None:
    assert named(said) == meant
