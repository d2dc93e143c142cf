"""Kept predictions against what came of them, by hand: hits, misses, false alarms, windows."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

import rakustats as rs
from rakustats.i18n.phrases import phrase
from rakustats.risk.model_registry import kept_predictions

DUE = {"S1": 10, "S2": 10, "S3": 10, "S4": 10, "S5": 25}
# the day of October on which each arrived; S4 is lost, S5 is awaited
CAME = {"S1": 8, "S2": 14, "S3": 9, "S4": None, "S5": None}
Keep = Callable[..., Path]


def end_of(day: int) -> datetime:
    """The end of a day of October in Japan, in UTC."""
    return datetime(2026, 10, day, 15)


@pytest.fixture
def db(loaded: Any) -> Iterator[rs.Database]:
    lines = ["shipment_id,leg,requested_at,promised_at,delivered_at,lost_at"]
    for name, due in DUE.items():
        came = "" if CAME[name] is None else f"2026-10-{CAME[name]:02} 12:00"
        lost = "2026-10-09 12:00" if name == "S4" else ""
        lines.append(f"{name},2,2026-10-01 10:00,2026-10-{due},{came},{lost}")
    loaded.load({"shipments.csv": "\n".join(lines)}, exported_at="2026-10-20")
    with rs.connect(loaded.path) as opened:
        yield opened


@pytest.fixture
def keep(tmp_path: Path) -> Keep:
    def kept(day: int, chances: dict[str, float | None], run: str = "run") -> Path:
        names = list(chances)
        at = datetime(2026, 10, day)
        times = pa.timestamp("us")
        table = pa.table(
            {
                "shipment_id": names,
                "probability": pa.array(list(chances.values()), pa.float64()),
                "due_at": pa.array([end_of(DUE.get(n, 10)) for n in names], times),
                "arrives_p10": pa.array([datetime(2026, 10, 7)] * len(names), times),
                "arrives_p90": pa.array([datetime(2026, 10, 9)] * len(names), times),
            }
        )
        result = rs.Result(table=table, sql="", as_of=at, title=phrase(ja="表", en="table"))
        return rs.keep_predictions(result, run, tmp_path / "risk")

    return kept


def judged(db: rs.Database, tmp_path: Path, **asked: Any) -> dict[str, Any]:
    (row,) = rs.warning_outcomes(db, folder=tmp_path / "risk", **asked).table.to_pylist()
    return row


def test_each_delivery_is_judged_once_by_its_first_prediction(
    db: rs.Database, keep: Keep, tmp_path: Path
) -> None:
    keep(2, {"S1": 0.6, "S2": 0.4, "S3": 0.2, "S4": 0.9, "S5": 0.9})
    keep(6, {"S1": 0.1, "S2": 0.8, "S3": 0.2, "S4": 0.9, "S5": 0.9})
    row = judged(db, tmp_path)
    assert (row["month"], row["n"], row["events"], row["n_open"]) == ("2026-10", 4, 2, 1)
    # S1 was warned of on the 2nd, S2 on the 6th, S4 on the 2nd
    assert (row["n_warned"], row["hits"], row["missed"], row["false_alarms"]) == (3, 2, 0, 1)
    assert row["hit_rate"] == pytest.approx(2 / 3)
    assert 0 < row["hit_lo"] < 2 / 3 < row["hit_hi"] < 1
    # S2: from the 6th, S4: from the 2nd, to the end of the 10th in Japan
    assert row["lead_days"] == pytest.approx((4 + 8) / 2 + 15 / 24)
    assert row["brier"] == pytest.approx((0.6**2 + 0.6**2 + 0.2**2 + 0.1**2) / 4)
    # S1 came on the 8th; S2 and S3 after the window; what is lost does not arrive
    assert (row["n_arrived"], row["covered"]) == (3, pytest.approx(1 / 3))


def test_a_warning_after_the_promised_day_warns_of_nothing(
    db: rs.Database, keep: Keep, tmp_path: Path
) -> None:
    keep(2, {"S2": 0.1})
    keep(12, {"S2": 1.0, "S4": 1.0})
    row = judged(db, tmp_path)
    assert (row["n"], row["missed"], row["n_warned"], row["n_excluded"]) == (1, 1, 0, 1)
    assert (row["hit_rate"], row["hit_lo"], row["lead_days"]) == (None, None, None)


def test_as_of_an_earlier_day_only_what_was_known_counts(
    db: rs.Database, keep: Keep, tmp_path: Path
) -> None:
    keep(2, {"S1": 0.6, "S2": 0.4})
    keep(6, {"S3": 0.2})
    row = judged(db, tmp_path, as_of="2026-10-05")
    assert (row["n"], row["n_open"], row["rate"], row["brier"]) == (0, 2, None, None)


def test_without_a_promise_or_gone_from_the_exports_it_is_told_apart(
    db: rs.Database, keep: Keep, tmp_path: Path
) -> None:
    keep(2, {"S1": None, "GONE": 0.7})
    row = judged(db, tmp_path)
    assert (row["n"], row["n_excluded"]) == (0, 2)
    keep(4, {"S1": 0.7})
    assert judged(db, tmp_path)["hits"] == 0
    assert judged(db, tmp_path)["false_alarms"] == 1


def test_the_threshold_says_what_is_a_warning(db: rs.Database, keep: Keep, tmp_path: Path) -> None:
    keep(2, {"S1": 0.3, "S2": 0.4})
    assert judged(db, tmp_path)["n_warned"] == 0
    assert judged(db, tmp_path, threshold=0.35)["hits"] == 1
    with pytest.raises(rs.UsageError, match="between 0 and 1"):
        judged(db, tmp_path, threshold=1)


def test_tries_for_past_days_are_counted_apart(db: rs.Database, keep: Keep, tmp_path: Path) -> None:
    keep(2, {"S1": 0.6, "S2": 0.4})
    told = kept_predictions(tmp_path / "risk")
    assert told is not None
    published = told.column("published_at").to_pylist()[0]
    assert abs(published - datetime.now(UTC).replace(tzinfo=None)) < timedelta(minutes=5)
    tries = sum(published > end_of(DUE[name]) for name in ("S1", "S2"))
    found = rs.warning_outcomes(db, folder=tmp_path / "risk")
    assert found.table.to_pylist()[0]["n_backdated"] == tries
    assert len(found.notes) == (tries > 0)


def test_without_predictions_it_says_how_to_make_them(db: rs.Database, tmp_path: Path) -> None:
    with pytest.raises(rs.UsageError, match="rakustats predict"):
        judged(db, tmp_path)
