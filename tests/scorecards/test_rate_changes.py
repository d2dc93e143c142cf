"""What changed in a rate between two days: what is only restated, and what came anew."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from canonical_db import OpenDb, Row, local

import rakustats as rs
from rakustats.cli import app
from rakustats.errors import UsageError
from rakustats.scorecards.rate_changes import BOTH, CHANGES, RESTATED, THEN

THEN_DAY, BEFORE, AFTER = "2026-05-31", "2026-05-10", "2026-06-20"


def parcels(carrier: str, begun: str, n: int, late: int, **facts: Any) -> Iterator[Row]:
    """Parcels of a carrier that were asked for on a day: the first ones come a day too late."""
    month = begun[:7]
    for number in range(n):
        there = f"{month}-29 12:00" if number < late else f"{month}-25 12:00"
        yield {
            "shipment_id": f"{carrier}-{begun}-{number}",
            "carrier": carrier,
            "leg": 2,
            "requested_at": local(f"{begun} 10:00"),
            "promised_at": local(f"{month}-28 23:59:59"),
            "delivered_at": local(there),
            **facts,
        }


def open_then(carrier: str, n: int, late: int) -> Iterator[Row]:
    """Parcels that had begun, but were not due by then; the first ones are late."""
    for number, row in enumerate(parcels(carrier, "2026-05-20", n, 0)):
        there = "2026-06-09 12:00" if number < late else "2026-06-05 12:00"
        promised, came = local("2026-06-08 23:59:59"), local(there)
        yield row | {"promised_at": promised, "delivered_at": came}


@pytest.fixture
def changes(duck_db: OpenDb) -> Callable[..., dict[str | None, Row]]:
    """Ask what changed since the end of May, by carrier, in a database of these parcels."""

    def told(*rows: Iterator[Row], **asked: Any) -> dict[str | None, Row]:
        db = duck_db({"shipments": [row for some in rows for row in some]}, as_of="2026-07-15")
        found = rs.rate_changes(db, rs.delay_rates, THEN_DAY, by="carrier", **asked)
        return {row["carrier"]: row for row in found.table.to_pylist()}

    return told


def test_each_day_has_the_figures_of_its_own(duck_db: OpenDb) -> None:
    rows = [*parcels("yamato", BEFORE, 30, 3), *open_then("yamato", 10, 5)]
    rows += parcels("yamato", "2026-06-10", 20, 9)
    db = duck_db({"shipments": rows}, as_of="2026-07-15")
    (told,) = rs.rate_changes(db, rs.delay_rates, THEN_DAY).table.to_pylist()
    (now,) = rs.delay_rates(db).table.to_pylist()
    (then,) = rs.delay_rates(db, as_of=THEN_DAY).table.to_pylist()
    (begun,) = rs.delay_rates(db, until="2026-06-01").table.to_pylist()
    assert {name: told[name] for name in now} == now
    for when, known in ((THEN, then), (RESTATED, begun)):
        assert {name: told[name + when] for name in BOTH} == {name: known[name] for name in BOTH}
    assert [told[f"n{when}"] for when in ("", THEN, RESTATED)] == [60, 30, 40]
    assert told["n_open_then"] == 10
    assert told["change"] == pytest.approx(now["estimate"] - then["estimate"])


def test_what_is_only_known_better_is_restated(changes: Callable[..., Any]) -> None:
    told = changes(parcels("yamato", BEFORE, 30, 3), open_then("yamato", 30, 25))
    row = told["yamato"]
    assert row["change"] > 0.2
    assert row["change_restated"] == row["change"]
    assert row["change_new"] == 0
    assert row["p_worse"] > 0.95


def test_what_began_since_is_new(changes: Callable[..., Any]) -> None:
    told = changes(parcels("yamato", BEFORE, 30, 3), parcels("yamato", "2026-06-10", 30, 25))
    row = told["yamato"]
    assert row["change"] > 0.2
    assert row["change_restated"] == 0
    assert row["change_new"] == row["change"]
    assert row["n_restated"] == row["n_then"] == 30


def test_both_parts_add_up(changes: Callable[..., Any]) -> None:
    row = changes(
        parcels("yamato", BEFORE, 30, 3),
        open_then("yamato", 30, 20),
        parcels("yamato", "2026-06-10", 60, 0),
    )["yamato"]
    assert row["change_restated"] > 0.1
    assert row["change_new"] < -0.1
    assert row["change"] == pytest.approx(row["change_restated"] + row["change_new"])


def test_the_worst_stands_first_and_who_cannot_be_compared_last(
    changes: Callable[..., Any],
) -> None:
    told = changes(
        parcels("better", BEFORE, 60, 30),
        parcels("better", "2026-06-10", 60, 0),
        parcels("worse", BEFORE, 60, 3),
        parcels("worse", "2026-06-10", 60, 40),
        parcels("new and good", "2026-06-10", 40, 1),
        parcels("new and bad", "2026-06-10", 40, 39),
    )
    assert list(told) == ["worse", "better", "new and bad", "new and good"]
    chances = [row["p_worse"] for row in told.values()]
    assert chances[0] > 0.99
    assert chances[1] < 0.01
    assert chances[2:] == [None, None]
    new = told["new and bad"]
    assert (new["n"], new["n_then"], new["n_restated"]) == (40, 0, 0)
    assert {new[name] for name in CHANGES} == {None}


def test_who_is_there_on_the_earlier_day_alone_is_shown(open_db: OpenDb) -> None:
    """A parcel whose carrier was corrected leaves a group that is in the old table only."""
    rows = [*parcels("yamato", BEFORE, 20, 2, exported_at="2026-07-01 00:00")]
    old = [row | {"carrier": "typo", "exported_at": "2026-05-30 00:00"} for row in rows]
    db = open_db({}, {"shipments": [*old, *rows]}, as_of="2026-07-15")
    found = rs.rate_changes(db, rs.delay_rates, THEN_DAY, by="carrier").table.to_pylist()
    told = {row["carrier"]: row for row in found}
    assert (told["typo"]["n"], told["typo"]["n_then"], told["typo"]["n_restated"]) == (0, 20, 0)
    assert (told["yamato"]["n"], told["yamato"]["n_then"]) == (20, 0)
    assert told["typo"]["estimate"] is None
    assert {row[name] for row in told.values() for name in CHANGES} == {None}


def test_lower_is_worse_where_that_is_said(changes: Callable[..., Any]) -> None:
    rows = ("yamato", BEFORE, 30, 3), ("yamato", "2026-06-10", 30, 25)
    higher = changes(*(parcels(*row) for row in rows))["yamato"]["p_worse"]
    lower = changes(*(parcels(*row) for row in rows), worse="lower")["yamato"]["p_worse"]
    assert higher + lower == pytest.approx(1)


def test_a_period_holds_on_both_days(changes: Callable[..., Any]) -> None:
    asked = {"since": "2026-05-01", "until": "2026-05-15"}
    early = parcels("yamato", "2026-04-10", 30, 30)
    row = changes(
        early, parcels("yamato", BEFORE, 30, 3), parcels("yamato", "2026-06-10", 9, 9), **asked
    )["yamato"]
    assert [row[f"n{when}"] for when in ("", THEN, RESTATED)] == [30, 30, 30]
    assert (row["change"], row["change_new"]) == (0, 0)


def test_parcels_without_a_day_are_no_restatement(changes: Callable[..., Any]) -> None:
    """Their day on which the clock starts is unknown, so a period would leave them out."""
    undated = parcels("yamato", "2026-05-11", 10, 10, requested_at=None)
    row = changes(parcels("yamato", BEFORE, 30, 3), undated)["yamato"]
    assert (row["n"], row["n_then"], row["n_restated"]) == (40, 40, 30)
    assert (row["change"], row["change_restated"], row["change_new"]) == (0, 0, 0)


def test_only_an_earlier_day_and_rates_are_compared(duck_db: OpenDb) -> None:
    db = duck_db({"shipments": [*parcels("yamato", BEFORE, 3, 1)]}, as_of="2026-07-15")
    with pytest.raises(UsageError, match="has to lie before 2026-07-15"):
        rs.rate_changes(db, rs.delay_rates, "2026-07-15")
    with pytest.raises(UsageError, match="is no table of rates"):
        rs.rate_changes(db, rs.lead_times, THEN_DAY)
    with pytest.raises(UsageError, match="begins on 2026-06-01, after 2026-05-31"):
        rs.rate_changes(db, rs.delay_rates, THEN_DAY, since="2026-06-01")


@pytest.mark.parametrize(
    ("words", "lang", "said"),
    [
        (["delays", "--by", "carrier"], "ja", "2026-03-31 時点（_then）と比べた"),
        (["damage", "--by", "month"], "en", "Compared with as of 2026-03-31"),
        (["claims"], "en", "Claimed (lines): changes"),
        (["claims", "--show", "outcomes"], "ja", "の変化 · 基準"),
        (["cancellations", "--by", "month"], "en", "p_worse"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else None,
)
def test_every_command_of_rates_compares(
    sample_database: Path,
    capsys: pytest.CaptureFixture[str],
    words: list[str],
    lang: str,
    said: str,
) -> None:
    asked = [*words, "--db", str(sample_database), "--compare-with", "2026-03-31", "--lang", lang]
    assert app.main(asked) == 0
    shown = capsys.readouterr().out
    assert "change_restated" in shown
    assert said in shown


def test_all_columns_are_written(sample_database: Path, tmp_path: Path) -> None:
    out = tmp_path / "out.json"
    asked = ["damage", "--by", "seller", "--compare-with", "2026-03-31", "--out", str(out)]
    assert app.main([*asked, "--db", str(sample_database)]) == 0
    with rs.connect(sample_database) as db:
        columns = rs.damage_rates(db, by="seller").table.column_names
    more = [f"{name}{when}" for when in (THEN, RESTATED) for name in BOTH]
    (first, *_) = json.loads(out.read_text("utf-8"))["rows"]
    assert list(first) == [*columns, *more, *CHANGES]


@pytest.mark.parametrize(
    "words", [["claims", "--show", "waits"], ["cancellations", "--leaks"]], ids=" ".join
)
def test_what_is_no_rate_is_not_compared(
    sample_database: Path, capsys: pytest.CaptureFixture[str], words: list[str]
) -> None:
    asked = [*words, "--db", str(sample_database), "--compare-with", "2026-03-31"]
    assert app.main(asked) == 2
    assert "takes no --compare-with" in capsys.readouterr().err
