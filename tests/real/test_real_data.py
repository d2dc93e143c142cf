"""Real public exports, beside the repository where they are there: figures known from outside."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import duckdb
import pytest

import rakustats as rs

DATA = Path(__file__).resolve().parents[3] / "shared" / "data"
SCMS_CSV = DATA / "scms" / "SCMS_Delivery_History_Dataset.csv"
SCMS_XLSX = DATA / "scms" / "SCMS_Data_20151023.xlsx"

pytestmark = pytest.mark.skipif(not DATA.is_dir(), reason="the public data sets are not here")

Make = Callable[..., Path]


@pytest.fixture(scope="module")
def database(tmp_path_factory: pytest.TempPathFactory) -> Make:
    """Load files with a mapping once and return the database."""
    made: dict[tuple[object, ...], Path] = {}

    def make(mapping: str, *loads: Path | list[Path]) -> Path:
        key = (mapping, *map(str, loads))
        if key not in made:
            made[key] = tmp_path_factory.mktemp("real") / "real.duckdb"
            for paths in loads:
                rs.load(paths, db=made[key], mapping=mapping)
        return made[key]

    return make


def rows(path: Path, query: str) -> list[tuple[object, ...]]:
    with duckdb.connect(str(path), read_only=True) as con:
        return con.execute(query).fetchall()


def canonical(path: Path) -> dict[str, list[tuple[object, ...]]]:
    """Everything that is known, without which file said it."""
    names = ("orders", "order_lines", "shipments", "shipment_lines", "claims", "cancellations")
    return {n: rows(path, f"SELECT * EXCLUDE (source_file) FROM {n} ORDER BY ALL") for n in names}


def late(path: Path, **options: object) -> dict[object, tuple[int, int, float]]:
    with rs.connect(path) as db:
        frame = rs.delay_rates(db, **options).frame()  # type: ignore[arg-type]
    keys = frame.iloc[:, 0] if "by" in options else ["all"] * len(frame)
    return {
        None if key is None or key != key else key: (int(n), int(e), round(100 * r, 2))
        for key, n, e, r in zip(keys, frame["n"], frame["events"], frame["rate"], strict=True)
    }


@pytest.mark.parametrize("file", [SCMS_CSV, SCMS_XLSX], ids=["csv", "workbook"])
def test_scms(database: Make, file: Path) -> None:
    path = database("scms", file)
    assert rows(path, "SELECT count(*), count(DISTINCT seller_id) FROM order_lines") == [
        (10_324, 73)
    ]
    assert rows(path, "SELECT count(*) FROM shipments") == [(7_030,)]
    assert rows(path, "SELECT count(*) FROM orders") == [(6_233,)]
    assert late(path, unit="line") == {"all": (10_324, 1_186, 11.49)}
    assert late(path) == {"all": (7_030, 805, 11.45)}
    assert late(path, unit="line", by=["ship_method"]) == {
        "Air": (6_113, 587, 9.6),
        "Air Charter": (650, 75, 11.54),
        "Ocean": (371, 65, 17.52),
        "Truck": (2_830, 455, 16.08),
        None: (360, 4, 1.11),
    }


def test_scms_csv_and_workbook_are_the_same_facts(database: Make) -> None:
    csv, workbook = (canonical(database("scms", f)) for f in (SCMS_CSV, SCMS_XLSX))
    assert {n: len(t) for n, t in csv.items()} == {n: len(t) for n, t in workbook.items()}
    assert csv == workbook


def test_scms_keeps_what_its_words_say_unknown_as_unknown(database: Make) -> None:
    path = database("scms", SCMS_CSV)
    assert rows(path, "SELECT count(*) FROM shipments WHERE ship_method IS NULL") == [(226,)]
    assert rows(path, "SELECT count(*) FROM rejects") == [(0,)]
    known = rows(path, "SELECT count(actual_kg) / count(*) BETWEEN 0.6 AND 1 FROM shipments")
    assert known == [(True,)]


def test_shopee(database: Make) -> None:
    path = database("shopee", DATA / "shopee_id")
    assert rows(path, "SELECT count(*) FROM orders") == [(20_848,)]
    assert rows(path, "SELECT count(*) FROM order_lines") == [(26_258,)]
    assert rows(path, "SELECT sum(rows_seen), sum(rows_loaded), count(*) FROM imports") == [
        (26_258, 26_258, 24)
    ]
    cancelled = rows(path, "SELECT count(*) / (SELECT count(*) FROM orders) FROM cancellations")
    assert round(100 * float(str(cancelled[0][0])), 2) == 13.57
    returned = rows(path, "SELECT count(DISTINCT order_no) / 20848 FROM claims")
    assert round(100 * float(str(returned[0][0])), 2) == 0.75
    assert rows(
        path,
        "SELECT state, count(*) FROM shipments WHERE state IN ('lost', 'returned') "
        "GROUP BY 1 ORDER BY 1",
    ) == [
        ("lost", 22),
        ("returned", 255),
    ]
    with rs.connect(path) as db, pytest.raises(rs.UsageError, match="promised"):
        rs.delay_rates(db)
    with rs.connect(path) as db:
        whole = rs.cancellation_rates(db).frame()
        reasons = rs.cancellation_rates(db, by="reason").frame()
    # 13.57 % of 20,848 orders
    assert reasons["n_cancellations"].sum() == whole["n_cancellations"].sum() == 2_830
    assert reasons["events"].sum() == whole["events"].sum() == 3_525


def test_causact(database: Make) -> None:
    path = database("causact", DATA / "causact_deliv")
    assert rows(path, "SELECT count(*) FROM order_lines") == [(117_790,)]
    assert late(path, unit="line") == {"all": (117_790, 23_784, 20.19)}
    assert late(path) == {"all": (23_339, 1_940, 8.31)}


@pytest.mark.parametrize("mapping", ["scms", "shopee", "causact"])
def test_rows_are_conserved_and_loading_again_changes_nothing(database: Make, mapping: str) -> None:
    folder = {"scms": SCMS_CSV, "shopee": DATA / "shopee_id", "causact": DATA / "causact_deliv"}[
        mapping
    ]
    once, twice = database(mapping, folder), database(mapping, folder, folder)
    with rs.connect(once) as db:
        assert rs.data_quality(db).conserved
    assert canonical(once) == canonical(twice)


def test_the_order_of_files_changes_nothing(database: Make) -> None:
    files = sorted((DATA / "shopee_id").glob("*.xlsx"))
    folder = database("shopee", DATA / "shopee_id")
    apart = database("shopee", files[12:][::-1], files[:12][::-1])
    assert canonical(folder) == canonical(apart)


QUESTIONS: dict[str, Callable[[rs.Database], rs.Result]] = {
    **{
        name: getattr(rs, name)
        for name in (
            *("delay_rates", "lead_times", "arrival_curve", "non_arrival", "loss_rates"),
            *("stage_times", "stage_days", "damage_rates", "quality_rates", "inspection_escapes"),
            *("carrier_damage", "attributions", "claim_causes", "repeat_offenders"),
            *("claim_rates", "claim_times", "claim_waits", "claim_outcomes"),
            *("cancellation_rates", "cancel_leaks", "refund_times", "unsettled_refunds"),
            *("landed_costs", "quote_drift", "weight_gaps", "fill_rates", "order_times"),
            *("tracking_quality", "open_deliveries", "dispatch_rates", "claim_refusals"),
            *("seller_scores", "carrier_scores", "score_criteria", "seller_card", "buy_again"),
            *("crossed_effects", "leg_times", "drift", "at_risk"),
        )
    },
    "lead_times from the purchase": lambda db: rs.lead_times(db, clock="purchase"),
    "scores of methods": lambda db: rs.carrier_scores(db, "ship_method"),
    "scores of methods since long ago": lambda db: rs.carrier_scores(
        db, "ship_method", since="2000-01-01"
    ),
    "methods' own part": lambda db: rs.crossed_effects(db, "ship_method"),
    "methods getting worse": lambda db: rs.drift(db, "ship_method"),
    "late by method": lambda db: rs.delay_rates(db, by="ship_method"),
    "cancelled by reason": lambda db: rs.cancellation_rates(db, by="reason"),
}
ANSWERED = {
    "scms": {
        *("delay_rates", "late by method", "lead_times from the purchase", "stage_days"),
        *("fill_rates", "order_times", "crossed_effects", "methods' own part"),
        *("drift", "methods getting worse", "at_risk"),
    },
    "shopee": {
        *("claim_rates", "cancellation_rates", "cancelled by reason"),
        *("stage_times", "stage_days", "open_deliveries", "dispatch_rates"),
    },
    "causact": {"delay_rates", "late by method", "stage_days", "fill_rates", "at_risk"},
}
FOLDERS = {"scms": SCMS_CSV, "shopee": DATA / "shopee_id", "causact": DATA / "causact_deliv"}


@pytest.mark.parametrize("mapping", ANSWERED)
def test_every_question_is_answered_or_refused_in_a_sentence(database: Make, mapping: str) -> None:
    answered, refusals = {}, []
    with rs.connect(database(mapping, FOLDERS[mapping])) as db:
        for name, ask in QUESTIONS.items():
            try:
                answered[name] = ask(db)
            except rs.UsageError as refused:
                refusals.append(str(refused))
    assert set(answered) == ANSWERED[mapping]
    assert all(text.endswith(".") and ("brought" in text or "Load" in text) for text in refusals)
    for result in answered.values():
        plausible(result)


def plausible(result: rs.Result) -> None:
    """Rates lie in their intervals and between 0 and 1, times rise with their quantiles."""
    frame = result.frame()
    if result.kind == "rates":
        some = frame[frame["n"] > 0]
        assert (some["events"] <= some["n"]).all()
        assert some["rate"].between(0, 1).all()
        assert some["estimate"].between(some["lo"], some["hi"]).all()
        assert frame.loc[frame["n"] == 0, "rate"].isna().all()
    if result.kind == "times":
        for low, high in (("p50", "p80"), ("p80", "p90"), ("p90", "p95")):
            both = frame.dropna(subset=[low, high])
            assert (both[low] <= both[high]).all()
            assert frame.loc[frame[low].isna(), high].isna().all()
        assert (frame["n_open"] <= frame["n"]).all()
