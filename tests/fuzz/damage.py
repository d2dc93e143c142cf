"""Exports of every kind, and the ways in which bytes get damaged."""

from __future__ import annotations

import gzip
import io
import zipfile
from pathlib import Path

import pandas as pd
from hypothesis import strategies as st

import rakustats as rs

OLD_WORKBOOK = Path(__file__).parents[1] / "hazards/fixtures/orders.xls"
ROWS = [["注文番号", "注文日", "店舗名", "商品名", "数量", "単価（元）", "合計"]] + [
    [f"A-{i}", f"2026/06/{i:02}", "㈱髙橋商店", f'皿,"{i}"枚', str(i), "21.5元", f"{i},000"]
    for i in range(1, 20)
]
ZH = [["订单号", "下单时间", "店铺名", "商品名称", "数量"]] + [
    [f"A-{i}", "2026-06-01 09:00", "义乌小商品", "玻璃杯", str(i)] for i in range(1, 20)
]


def corpus(folder: Path) -> dict[str, bytes]:
    """Return small exports of every kind by name, the sample's own workbooks among them."""
    ja, zh = _csv(ROWS), _csv(ZH)
    tables = "".join(f"<tr>{''.join(f'<td>{c}</td>' for c in row)}</tr>" for row in ROWS)
    frame = pd.DataFrame(ROWS[1:], columns=ROWS[0])
    book, parquet = io.BytesIO(), io.BytesIO()
    frame.to_excel(book, index=False, engine="xlsxwriter")
    frame.to_parquet(parquet)
    rs.sample(folder, orders=30)
    requests = {p.name: p.read_bytes() for p in sorted(folder.glob("P*.xlsx"))[:2]}
    return {
        "utf8.csv": ja.encode(),
        "sig.csv": ja.encode("utf-8-sig"),
        "cp932.csv": ja.encode("cp932"),
        "gb.csv": zh.encode("gb18030"),
        "utf16.csv": ja.encode("utf-16"),
        "tabs.tsv": ja.replace(",", "\t").replace("\n", "\r").encode("cp932"),
        "page.xls": f"<html><table>{tables}</table></html>".encode(),
        "old.xls": OLD_WORKBOOK.read_bytes(),
        "book.xlsx": book.getvalue(),
        "rows.parquet": parquet.getvalue(),
        "packed.csv.gz": gzip.compress(ja.encode()),
        "packed.zip": zipped({"a.csv": ja.encode(), "表.csv": zh.encode("gb18030")}),
        **requests,
    }


def _csv(rows: list[list[str]]) -> str:
    out = io.StringIO()
    pd.DataFrame(rows[1:], columns=rows[0]).to_csv(out, index=False, lineterminator="\n")
    return out.getvalue()


def zipped(members: dict[str, bytes]) -> bytes:
    """Return an archive of these members."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return out.getvalue()


places = st.floats(0, 1)
acts = st.lists(
    st.one_of(
        st.tuples(st.just("flip"), places, st.integers(0, 7)),
        st.tuples(st.just("write"), places, st.binary(min_size=1, max_size=6)),
        st.tuples(st.just("insert"), places, st.binary(min_size=1, max_size=6)),
        st.tuples(
            st.just("insert"),
            places,
            st.sampled_from(
                [b'"', b"\n", b"\r", b"\0", b"\xff", b"<", b">", b"]]>", b"\xef\xbb\xbf"]
            ),
        ),
        st.tuples(st.just("drop"), places, st.integers(1, 64)),
        st.tuples(st.just("double"), places, st.integers(1, 4096)),
        st.tuples(st.just("cut"), places, st.none()),
    ),
    min_size=1,
    max_size=6,
)


def damaged(content: bytes, damage: list[tuple[str, float, object]]) -> bytes:
    """Return bytes with this damage done to them, one act after the other."""
    raw = bytearray(content)
    for act, place, what in damage:
        at = int(place * max(len(raw) - 1, 0))
        if act == "flip" and raw:
            raw[at] ^= 1 << what
        elif act == "write":
            raw[at : at + len(what)] = what
        elif act == "insert":
            raw[at:at] = what
        elif act == "drop":
            del raw[at : at + what]
        elif act == "double":
            raw[at:at] = raw[at : at + what]
        elif act == "cut":
            del raw[at:]
    return bytes(raw)


def damaged_within(archive: bytes, place: float, damage: list[tuple[str, float, object]]) -> bytes:
    """Return an archive that is sound but for one member: a workbook's XML, say."""
    with zipfile.ZipFile(io.BytesIO(archive)) as opened:
        members = {info.filename: opened.read(info) for info in opened.infolist()}
    names = sorted(members)
    name = names[int(place * (len(names) - 1))]
    return zipped({**members, name: damaged(members[name], damage)})
