"""What each picture shows: its marks, its labels, its n, and names as plain text."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

import plotly.graph_objects as go
import pyarrow as pa
import pytest

from rakustats.charts.registry import CHARTS
from rakustats.errors import UsageError
from rakustats.i18n.phrases import phrase
from rakustats.results.result import Result

AS_OF = datetime(2026, 6, 1)
TITLE = phrase(ja="件数", en="counts")


def result(kind: str, by: tuple[str, ...], **columns: Any) -> Result:
    return Result(pa.table(columns), "SELECT 1", AS_OF, TITLE, kind=kind, by=by)  # type: ignore[arg-type]


def rates(by: str, groups: list[Any], **columns: Any) -> Result:
    k = len(groups)
    usual: dict[str, Any] = {
        "n": [10 * (i + 1) for i in range(k)],
        "events": [i + 1 for i in range(k)],
        "rate": [0.1] * k,
        "estimate": [0.1 + 0.1 * i for i in range(k)],
        "lo": [0.05] * k,
        "hi": [0.6] * k,
        "n_open": [0] * k,
        "n_excluded": [0] * k,
    }
    return result("rates", (by,), **{by: groups, **usual, **columns})


def names(drawn: go.Figure) -> list[str]:
    return [trace.name for trace in drawn.data if trace.name]


def test_a_range_goes_from_certain_to_possible() -> None:
    high = {f"{name}_high": [0.3, 0.25] for name in ("events", "rate", "estimate", "lo", "hi")}
    drawn = rates("carrier", ["A", "<b>B</b>"], **high).plot()
    assert list(drawn.data[0].x) == [0.2, 0.1]
    assert list(drawn.data[1].x) == [0.25, 0.3]
    assert list(drawn.layout.yaxis.ticktext) == ["&lt;b>B&lt;/b> (n=20)", "A (n=10)"]
    assert names(drawn) == ["certain", "certain and undetermined"]


def test_a_pareto_begins_with_the_most_frequent_and_ends_at_all() -> None:
    drawn = rates("reason", ["price", "late", "none"], events=[3, 6, 0]).plot(kind="pareto")
    assert list(drawn.data[0].x) == ["late", "price"]
    assert list(drawn.data[1].y) == [pytest.approx(2 / 3), 1.0]


def test_a_calendar_puts_days_into_weeks_and_frames_closures() -> None:
    drawn = rates("day", ["2026-02-16", "2026-02-22", None]).plot(lang="ja")
    assert list(drawn.data[0].x) == ["2026-02-16", "2026-02-16"]
    assert list(drawn.data[0].y) == ["月", "日"]
    assert [day[1] for day in drawn.data[0].customdata] == [10, 20]
    assert len(drawn.layout.shapes) == 1


def test_a_calendar_without_days_is_empty_and_not_an_error() -> None:
    assert len(rates("day", [None]).plot().layout.shapes) == 0


def times(by: tuple[str, ...], keys: dict[str, Any], **more: Any) -> Result:
    k = len(next(iter(keys.values())))
    days = {"p50": [3] * k, "p80": [5] * k, "p90": [8] * k, "p95": [None] * k}
    return result("times", by, **keys, n=[4] * k, n_open=[1] * k, **days, **more)


def test_a_waterfall_adds_up_to_door_to_door() -> None:
    keys = {"stage": ["quote", "leg1", "customs"], "owner": ["agency", "carrier", "agency"]}
    drawn = times(("stage", "owner"), keys, mean_days=[1.5, 4.0, 2.0]).plot()
    assert names(drawn) == ["agency", "carrier", "door to door"]
    assert list(drawn.data[0].base) == [0.0, 5.5]
    assert list(drawn.data[1].base) == [1.5]
    assert list(drawn.data[2].x) == [7.5]
    assert list(drawn.layout.yaxis.ticktext) == ["quote", "leg1", "customs", "door to door"]


def test_quantiles_stop_where_the_curve_does() -> None:
    drawn = times(("mode",), {"mode": ["air"]}).plot()
    assert [next(iter(trace.x)) for trace in drawn.data[:3]] == [3, 5, 8]
    assert drawn.layout.shapes[0].x1 == 8
    assert list(drawn.layout.yaxis.ticktext) == ["air (n=4)"]


def curve() -> Result:
    columns = {
        "mode": ["<b>x</b>"] * 2,
        "days": [3, 20],
        "n": [10, 10],
        "at_risk": [10, 6],
        "n_ended": [4, 5],
        "n_open": [0, 1],
        "survival": [0.6, 0.1],
        "incidence": [0.4, 0.9],
        "lo": [0.2, 0.6],
        "hi": [0.6, 1.0],
    }
    return result("curve", ("mode",), **columns)


def test_a_curve_ends_where_nearly_all_that_arrive_are_there() -> None:
    columns = {
        "days": [3, 20, 520],
        "n": [1000] * 3,
        "at_risk": [1000, 300, 1],
        "n_ended": [700, 298, 1],
        "n_open": [0, 1, 0],
        "survival": [0.3, 0.002, 0.001],
        "incidence": [0.7, 0.998, 0.999],
        "lo": [0.6, 0.9, 0.9],
        "hi": [0.8, 1.0, 1.0],
    }
    drawn = result("curve", (), **columns).plot()
    assert drawn.layout.xaxis.range[1] == pytest.approx(20.4)
    assert list(drawn.data[-1].x) == [0, 5, 10, 15, 20]
    assert list(drawn.data[-1].text) == ["1,000", "300", "300", "300", "300"]
    assert 520 in drawn.data[2].x
    none = columns | {"incidence": [0.0] * 3}
    assert result("curve", (), **none).plot().layout.xaxis.range[1] == pytest.approx(530.4)


def test_a_curve_has_its_risk_table_below() -> None:
    drawn = curve().plot()
    line = next(trace for trace in drawn.data if trace.name == "&lt;b>x&lt;/b> (n=10)")
    assert (list(line.x), list(line.y)) == ([0, 3, 20], [0, 0.4, 0.9])
    table = next(trace for trace in drawn.data if trace.mode == "text")
    assert list(table.x) == [0, 5, 10, 15, 20]
    assert list(table.text) == ["10", "6", "6", "6", "6"]
    assert "n = 10" in drawn.layout.title.text


def test_chances_show_only_what_could_be_judged() -> None:
    drawn = result(
        "rows",
        ("stage",),
        stage=["customs", "to_ship"],
        n_open=[3, 1],
        probability=[0.2, None],
        lo=[0.1, None],
        hi=[0.4, None],
    ).plot()
    assert list(drawn.data[0].x) == [0.2]
    assert list(drawn.layout.yaxis.ticktext) == ["customs (n=3)"]


def test_every_module_of_the_room_that_draws_is_found() -> None:
    kinds = {
        "forest", "months", "calendar", "funnel", "pareto", "range", "adjusted", "quantiles",
        "waterfall", "curve", "path", "scores", "ranks", "chances", "calibration", "gain",
        "origins", "parts",
    }  # fmt: skip
    assert set(CHARTS) == kinds


def test_stages_of_several_sellers_are_no_waterfall() -> None:
    keys = {"stage": ["quote", "quote"], "seller_id": ["S", "T"]}
    given = times(("stage", "seller_id"), keys, mean_days=[1.5, 4.0])
    assert names(given.plot())[0] == "50 %"
    with pytest.raises(UsageError, match='needs by="stage" and no other key but owner') as refused:
        given.plot(kind="waterfall")
    assert "ほかに指定できるキーは owner だけです" in refused.value.to("ja")


@pytest.mark.parametrize(
    ("kind", "said"),
    [("calendar", 'by="day"'), ("range", "estimate_high"), ("curve", "cannot be drawn as")],
)
def test_pictures_that_do_not_fit_are_refused(kind: str, said: str) -> None:
    with pytest.raises(UsageError, match=said):
        rates("carrier", ["A"]).plot(kind=kind)


def test_a_path_shows_its_limit_and_the_alarm() -> None:
    days = [date(2026, 1, 1), date(2026, 1, 2), date(2026, 1, 3)]
    given = result(
        "path", ("carrier",), carrier=["<b>K</b>"] * 3, day=days, n=[2, 1, 4],
        cusum=[None, 1.0, 4.0], limit=[3.0] * 3,
    )  # fmt: skip
    drawn = given.plot(lang="ja")
    assert names(drawn) == ["&lt;b>K&lt;/b>", "警報の線"]
    assert [annotation.text for annotation in drawn.layout.annotations] == ["警報 2026-01-03"]
    assert list(drawn.data[1].y) == [3.0, 3.0, 3.0]


def test_the_adjusted_stand_beside_the_raw_ones() -> None:
    drawn = rates("carrier", ["A", "B"], raw_estimate=[0.3, 0.1]).plot()
    assert names(drawn) == ["in like circumstances (90 %)", "before adjustment"]
    assert list(drawn.layout.yaxis.ticktext) == ["A (n=10)", "B (n=20)"]
    assert list(drawn.data[1].x) == [0.3, 0.1]


def test_ranks_have_their_intervals_and_the_best_is_on_top() -> None:
    given = result(
        "scores", ("seller_id",), seller_id=["S", "T", "U"], n=[9, 8, 7], score=[50.0, 80.0, None],
        lo=[40.0, 70.0, None], hi=[60.0, 90.0, None], grade=["C", "A", "N"],
        p_worst=[0.5, 0.1, None], reasons=["a", "b", "c"], expected_rank=[1.8, 1.2, None],
        rank_lo=[1.0, 1.0, None], rank_hi=[2.0, 1.6, None], seller_name=["S店", "T店", "U店"],
    )  # fmt: skip
    drawn = given.plot(kind="ranks", lang="ja")
    assert list(drawn.layout.yaxis.ticktext) == ["S店 (n=9)", "T店 (n=8)"]
    assert list(drawn.data[0].x) == [1.8, 1.2]
    assert list(drawn.data[0].error_x.array) == [pytest.approx(0.2), pytest.approx(0.4)]
