"""The sample as a user finds it on disk: bytes, headers, keys, quantities, planted troubles."""

import csv
import io
from collections import Counter, defaultdict
from datetime import date, datetime
from functools import cache
from pathlib import Path

import openpyxl
import pytest

from rakustats.errors import UsageError
from rakustats.schema.tables import tables
from rakustats.simulate import SampleSummary, sample
from rakustats.simulate import world as worlds
from rakustats.simulate.files import LAYOUTS, Layout, header

Row = dict[str, str]
AS_OF = datetime(2026, 5, 31, 23, 59, 59)
DECODE = {"utf-16-le": "utf-16"}


@pytest.fixture(scope="module")
def exports(tmp_path_factory: pytest.TempPathFactory) -> SampleSummary:
    return sample(tmp_path_factory.mktemp("sample"), orders=1500)


def rows_of(path: Path, layout: Layout) -> list[Row]:
    """Read an export back by canonical column names."""
    text = path.read_bytes().decode(DECODE.get(layout.encoding, layout.encoding))
    back = {header(layout.table, c, layout.lang): c for c in _written(layout)}
    separator = "\t" if path.suffix == ".tsv" else ","
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator)
    names = [back[h] for h in next(reader)]
    return [dict(zip(names, cells, strict=True)) for cells in reader]


def _written(layout: Layout) -> list[str]:
    columns = tables()[layout.table].columns
    return [c.name for c in columns if (c.zh if layout.lang == "zh" else c.ja)]


def export(exports: SampleSummary, kind: str, day: str = "20260531") -> list[Row]:
    return _read(exports.folder, kind, day)


@cache
def _read(folder: Path, kind: str, day: str) -> list[Row]:
    layout = LAYOUTS[kind]
    paths = sorted(folder.glob(f"{layout.stem}*出力{day}{layout.ending}"))
    assert paths
    return [row for path in paths for row in rows_of(path, layout)]


def truth(exports: SampleSummary, name: str) -> list[Row]:
    with (exports.truth / name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def instant(text: str) -> datetime:
    return datetime.fromisoformat(text.replace("/", "-"))


def contents(folder: Path) -> dict[str, bytes]:
    return {str(p.relative_to(folder)): p.read_bytes() for p in folder.rglob("*") if p.is_file()}


def test_same_seed_gives_the_same_bytes_and_another_seed_others(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(worlds, "MONTHS", 4)
    for name, seed in (("a", 1), ("b", 1), ("c", 2)):
        sample(tmp_path / name, orders=300, seed=seed)
    first = contents(tmp_path / "a")
    assert first == contents(tmp_path / "b")
    other = contents(tmp_path / "c")
    assert first["クレーム一覧_出力20260531.csv"] != other["クレーム一覧_出力20260531.csv"]


def test_every_canonical_table_has_a_file_and_every_file_is_listed(exports: SampleSummary) -> None:
    on_disk = {p.name for p in exports.folder.iterdir() if p.is_file()}
    assert set(exports.files) == on_disk
    covered = {k.table for k in LAYOUTS.values() if any(f.startswith(k.stem) for f in on_disk)}
    # read out of the remarks on lines, and shared out from refunds
    assert covered == set(tables()) - {"client_skus", "refund_allocations"}


def test_headers_are_the_first_ones_of_the_schema(exports: SampleSummary) -> None:
    orders = (exports.folder / "注文一覧_2026-02_出力20260531.csv").read_bytes().decode("cp932")
    names = orders.splitlines()[0].split(",")
    spec = tables()["orders"]
    assert names == [c.ja[0] for c in spec.columns if c.ja]
    leg1 = (exports.folder / "国内物流_2026-02_出力20260531.csv").read_bytes().decode("gb18030")
    zh = {c.zh[0] for c in tables()["shipments"].columns if c.zh}
    assert set(leg1.splitlines()[0].split(",")) <= zh


@pytest.mark.parametrize("kind", [k for k in LAYOUTS if k != "watchlist"])
def test_nothing_but_promises_lies_after_the_export(exports: SampleSummary, kind: str) -> None:
    spec = tables()[LAYOUTS[kind].table]
    events = [c.name for c in spec.columns if c.time == "event"]
    found = [instant(r[e]) for r in export(exports, kind) for e in events if r.get(e)]
    if events:
        assert max(found) <= AS_OF
    else:
        assert not found


@pytest.mark.parametrize("kind", [k for k in LAYOUTS if k != "watchlist"])
def test_keys_are_unique_over_all_chunks(exports: SampleSummary, kind: str) -> None:
    key = tables()[LAYOUTS[kind].table].key
    seen = Counter(tuple(row[k] for k in key) for row in export(exports, kind))
    assert max(seen.values()) == 1


def test_counts_tell_the_distinct_keys(exports: SampleSummary) -> None:
    found = Counter[str]()
    for kind, layout in LAYOUTS.items():
        if kind != "watchlist":
            found[layout.table] += len(export(exports, kind))
    book = openpyxl.load_workbook(exports.folder / "監視リスト_出力20260531.xlsx")
    found["watchlist"] = book.worksheets[0].max_row - 1
    assert found == {r["table"]: int(r["rows"]) for r in truth(exports, "counts.csv")}


def test_boxes_hold_what_the_lines_say_was_shipped(exports: SampleSummary) -> None:
    leg2 = {s["shipment_id"] for s in export(exports, "leg2") if s["shipped_at"]}
    packed = Counter[tuple[str, str]]()
    for row in export(exports, "shipment_lines"):
        if row["shipment_id"] in leg2:
            packed[row["order_no"], row["line_no"]] += int(row["qty"])
    lines = export(exports, "order_lines")
    shipped = {
        (r["order_no"], r["line_no"]): int(r["qty_shipped"]) for r in lines if r["qty_shipped"]
    }
    assert packed == shipped
    received = [r for r in lines if r["qty_shipped"]]
    assert all(int(r["qty_shipped"]) <= int(r["qty_received"]) for r in received)
    assert all(int(r["qty_received"]) <= int(r["qty_ordered"]) + 1 for r in received)


def test_every_shipment_that_names_its_order_has_lines(exports: SampleSummary) -> None:
    filled = {r["shipment_id"] for r in export(exports, "shipment_lines")}
    named = export(exports, "leg1") + [s for s in export(exports, "leg2") if s["order_no"]]
    assert {s["shipment_id"] for s in named} <= filled


def test_parcels_are_merged_and_orders_split(exports: SampleSummary) -> None:
    orders_of, shipments_of, boxes_of = (defaultdict(set) for _ in range(3))
    for row in export(exports, "shipment_lines"):
        if row["shipment_id"].startswith("P"):
            orders_of[row["shipment_id"]].add(row["order_no"])
            shipments_of[row["order_no"]].add(row["shipment_id"])
            boxes_of[row["shipment_id"], row["order_no"], row["line_no"]].add(row["box_no"])
    for links in (orders_of, shipments_of, boxes_of):
        assert sum(len(v) > 1 for v in links.values()) > 20


def test_japanese_parcel_numbers_pass_their_check_digit(exports: SampleSummary) -> None:
    numbers = [s["tracking_no"] for s in export(exports, "leg2") if s["tracking_no"].isdigit()]
    assert len(numbers) > 200
    assert all(len(n) == 12 and int(n[:11]) % 7 == int(n[11]) for n in numbers)


def test_bad_sellers_and_their_carrier_show_in_the_exports(exports: SampleSummary) -> None:
    bad = {r["seller_id"] for r in truth(exports, "sellers.csv") if r["bad"] == "true"}
    pieces, defects = Counter[bool](), Counter[bool]()
    for row in export(exports, "order_lines"):
        if row["qty_inspected"]:
            pieces[row["seller_id"] in bad] += int(row["qty_inspected"])
            defects[row["seller_id"] in bad] += int(row["qty_defective"])
    assert defects[True] / pieces[True] > 2.5 * defects[False] / pieces[False]


def test_fifteen_to_twenty_five_percent_arrive_late(exports: SampleSummary) -> None:
    due = [
        s
        for s in export(exports, "leg2")
        if s["promised_at"] and instant(s["promised_at"]).date() < AS_OF.date()
    ]
    late = [
        s for s in due if not s["delivered_at"] or _day(s["delivered_at"]) > _day(s["promised_at"])
    ]
    assert 0.15 < len(late) / len(due) < 0.25


def _day(text: str) -> date:
    return instant(text).date()


def test_stages_follow_each_other(exports: SampleSummary) -> None:
    way = {
        "orders": ("submitted_at", "quoted_at", "paid_at", "purchased_at", "completed_at"),
        "order_lines": ("seller_shipped_at", "arrived_at", "stored_at"),
        "leg1": ("requested_at", "shipped_at", "delivered_at"),
        "leg2": (
            "requested_at",
            "packed_at",
            "freight_quoted_at",
            "freight_paid_at",
            "shipped_at",
            "customs_in_at",
            "customs_out_at",
            "first_attempt_at",
            "delivered_at",
        ),
        "claims": ("detected_at", "opened_at", "first_response_at", "decided_at", "closed_at"),
        "refunds": ("requested_at", "approved_at", "paid_at", "confirmed_at"),
    }
    for kind, stages in way.items():
        for row in export(exports, kind):
            times = [instant(row[s]) for s in stages if row[s]]
            assert times == sorted(times), (kind, row)


def test_open_orders_are_found_in_every_stage(exports: SampleSummary) -> None:
    orders = {r["state_raw"] for r in export(exports, "orders")}
    assert orders >= {"入金待ち", "買付済", "店舗発送済", "配送依頼済", "完了", "キャンセル"}
    leg2 = {r["state_raw"] for r in export(exports, "leg2")}
    assert leg2 >= {"梱包作業中", "輸送中", "配達完了", "紛失", "無効な配送依頼"}


def test_the_older_snapshot_knows_less(exports: SampleSummary) -> None:
    old = {s["shipment_id"]: s for s in export(exports, "leg2", "20260419")}
    new = {s["shipment_id"]: s for s in export(exports, "leg2")}
    assert old.keys() <= new.keys()
    assert sum(not s["delivered_at"] and bool(new[k]["delivered_at"]) for k, s in old.items()) > 3
    assert sum(s["promised_at"] != new[k]["promised_at"] for k, s in old.items()) > 0
    last = max(instant(s["requested_at"]) for s in old.values())
    assert last <= datetime(2026, 4, 19, 23, 59, 59)


def test_planted_leaks_were_sent_after_the_cancellation(exports: SampleSummary) -> None:
    lines = defaultdict(list)
    for row in export(exports, "order_lines"):
        lines[row["order_no"]].append(row)
    shown = {
        c["cancellation_id"]
        for c in export(exports, "cancellations")
        if c["accepted_at"]
        and any(
            row["seller_shipped_at"] > c["accepted_at"]
            for row in lines[c["order_no"]]
            if not c["line_no"] or c["line_no"] == row["line_no"]
        )
    }
    assert shown == _planted(exports, "cancel_leak", "cancellations") != set()


def test_planted_refund_troubles_are_in_the_ledger_and_no_others(exports: SampleSummary) -> None:
    refunds = export(exports, "refunds")
    overdue = {
        r["refund_id"]
        for r in refunds
        if r["expected_by"] and not r["paid_at"] and _day(r["expected_by"]) < AS_OF.date()
    }
    assert overdue == _planted(exports, "overdue_refund", "refunds") != set()
    short = {
        r["refund_id"]
        for r in refunds
        if r["paid_at"]
        and float(r["amount_paid"]) + float(r["fee_deducted"] or 0)
        < float(r["amount_expected"]) - 1
    }
    assert short == _planted(exports, "short_paid", "refunds") != set()


def test_planted_missing_mails_are_missing(exports: SampleSummary) -> None:
    told = {m["order_no"] for m in export(exports, "messages") if "ご注文確認" in m["subject"]}
    planted = _planted(exports, "missing_confirmation", "orders")
    old = {
        o["order_no"]
        for o in export(exports, "orders")
        if instant(o["submitted_at"]) <= datetime(2026, 5, 28, 23, 59, 59)
    }
    assert old - told == planted != set()


def test_planted_numbers_are_used_twice(exports: SampleSummary) -> None:
    used = Counter(s["tracking_no"] for s in export(exports, "leg2") if s["tracking_no"])
    number = {s["shipment_id"]: s["tracking_no"] for s in export(exports, "leg2")}
    planted = _planted(exports, "reused_tracking", "shipments")
    assert {number[k] for k in planted} == {n for n, times in used.items() if times > 1} != set()


def _planted(exports: SampleSummary, detector: str, table: str) -> set[str]:
    rows = truth(exports, "planted.csv")
    return {r["key"] for r in rows if (r["detector"], r["table"]) == (detector, table)}


def test_replacements_are_free_and_name_an_earlier_order(exports: SampleSummary) -> None:
    orders = export(exports, "orders")
    known = {o["order_no"]: o["submitted_at"] for o in orders}
    again = [o for o in orders if o["replacement_of"]]
    assert again
    assert all(known[o["replacement_of"]] < o["submitted_at"] for o in again)
    assert {o["goods_total_cny"] for o in again if o["quoted_at"]} == {"0.00"}


def test_workbooks_repeat_the_facts_of_the_exports(exports: SampleSummary) -> None:
    boxes = {
        (r["shipment_id"], r["order_no"], r["line_no"]): (r["box_no"], int(r["qty"]))
        for r in export(exports, "shipment_lines")
    }
    ordered = {(r["order_no"], r["line_no"]): r for r in export(exports, "order_lines")}
    header_rows = set()
    books = sorted(exports.folder.glob("P*.xlsx"))
    assert len(books) == 40
    for path in books:
        details, packing = openpyxl.load_workbook(path).worksheets
        rows = [[c.value for c in row] for row in details.iter_rows()]
        top = next(i for i, r in enumerate(rows) if r[0] == "配送依頼書NO")
        header_rows.add(top + 1)
        lines = [r for r in rows[top + 1 :] if isinstance(r[0], int)]
        assert lines
        for _, order, line, title, _, price, qty, _, box in lines:
            assert boxes[path.stem, order, line][0] == str(box)
            exported = ordered[order, line]
            assert exported["item_title"] == title
            assert (float(exported["unit_price_cny"]), exported["qty_ordered"]) == (price, str(qty))
        packed = [r for r in packing.iter_rows(min_row=5, values_only=True) if r[1]]
        assert {(r[1], r[2]): r[3] for r in packed} == {
            (order, line): boxes[path.stem, order, line][1] for _, order, line, *_ in lines
        }
    assert len(header_rows) > 5
    assert min(header_rows) >= 5
    assert max(header_rows) <= 30


@pytest.mark.parametrize("orders", [0, -5])
def test_fewer_than_one_order_is_refused(tmp_path: Path, orders: int) -> None:
    with pytest.raises(UsageError, match="at least one order"):
        sample(tmp_path / "out", orders=orders)
    assert not (tmp_path / "out").exists()


def test_a_folder_that_holds_a_sample_is_refused_and_left_alone(tmp_path: Path) -> None:
    sample(tmp_path, orders=1)
    before = contents(tmp_path)
    with pytest.raises(UsageError, match="already holds"):
        sample(tmp_path, orders=1)
    assert contents(tmp_path) == before


def test_progress_ends_with_all_orders_and_as_of_moves_the_world(tmp_path: Path) -> None:
    told: list[tuple[int, int]] = []
    done = sample(
        tmp_path,
        orders=120,
        as_of=datetime(2025, 3, 5, 12, 30),
        progress=lambda n, total: told.append((n, total)),
    )
    assert told[-1] == (120, 120)
    assert [n for n, _ in told] == sorted(n for n, _ in told)
    assert done.as_of == datetime(2025, 3, 5, 12, 30)
    months = {f.split("_")[1] for f in done.files if f.startswith("注文一覧")}
    assert min(months) >= "2023-10"
    assert max(months) <= "2025-03"
