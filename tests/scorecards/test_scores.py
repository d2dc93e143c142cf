"""Scores of given counts: order, grades, reasons, and what depends on nobody else."""

from __future__ import annotations

import hashlib
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from evidence_made import card, evidence, market
from scipy.stats import beta

import rakustats
from rakustats.config.scorecard import policy
from rakustats.scorecards.cards import table_of
from rakustats.scorecards.grades import Known, grades
from rakustats.scorecards.ratings import Ratings
from rakustats.scorecards.score_criteria import criteria_of
from rakustats.scorecards.utilities import utilities
from rakustats.stats import shrinkage
from rakustats.stats.posterior import Posterior, binomial_kernel
from rakustats.stats.rank_distribution import RankDistribution, binned

CRITERIA = [c.name for c in policy("seller").criteria]


def rows(made: Any, lang: Any = "en") -> dict[str, dict[str, Any]]:
    return {row["seller_id"]: row for row in table_of(made, lang).table.to_pylist()}


def test_two_good_orders_do_not_outrank_two_hundred_with_one_of_a_hundred_bad() -> None:
    found = rows(card(market(few=(2, 0), many=(200, 2))))
    order = list(found)
    assert order.index("many") < order.index("few")
    assert found["many"]["cautious"] > found["few"]["cautious"] + 10
    assert found["many"]["score"] > found["few"]["score"]
    assert (found["many"]["grade"], found["few"]["grade"]) == ("B", "N")


def test_who_has_no_data_has_no_score() -> None:
    row = rows(card(market(none=(0, 0))))["none"]
    unknown = ("score", "lo", "hi", "cautious", "expected_rank", "p_worst")
    assert [row[name] for name in unknown] == [None] * len(unknown)
    assert (row["n"], row["grade"], row["coverage"]) == (0, "N", 0.0)
    assert row["reasons"] == "no data"


def test_a_score_lies_in_its_interval_and_never_beyond_the_ends() -> None:
    found = rows(card(market(good=(5000, 0), bad=(500, 400), few=(1, 1))))
    for row in found.values():
        assert 0 <= row["lo"] <= row["score"] <= row["hi"] <= 100
        assert row["lo"] <= row["cautious"] <= row["hi"]
        assert row["score_low"] <= row["score"] <= row["score_high"]
        assert row["rank_best"] <= row["rank_worst"]
    assert (found["good"]["grade"], found["bad"]["grade"]) == ("A", "D")
    assert found["good"]["score"] > 99
    assert found["bad"]["p_worst"] > 0.99
    assert (found["bad"]["flagged"], found["bad"]["standing"]) == (True, "pause")
    assert found["good"]["standing"] == "order_freely"


@pytest.mark.parametrize(
    ("cautious", "n", "coverage", "events", "orders", "grade"),
    [
        (100, 9, 1, 0, 0, "A"),
        (85, 9, 1, 9, 9, "A"),
        (84.9999, 9, 1, 9, 9, "B"),
        (70, 9, 1, 9, 9, "B"),
        (50, 9, 1, 9, 9, "C"),
        (49.9999, 9, 1, 3, 2, "D"),
        (10, 9, 1, 2, 2, "C"),
        (10, 9, 1, 3, 1, "C"),
        (100, 4, 1, 0, 0, "N"),
        (100, 5, 0.6, 0, 0, "A"),
        (100, 5, 0.59, 0, 0, "N"),
    ],
)
def test_grades(
    cautious: float, n: int, coverage: float, events: int, orders: int, grade: str
) -> None:
    known = Known(*(np.array([value]) for value in (n, coverage, events, orders)))
    assert list(grades(np.array([cautious]), known, policy("seller"))) == [grade]


def test_criteria_without_data_drop_out_and_the_rest_is_weighed_anew() -> None:
    made = card(market(some={"dispatch_on_time": (30, 2), "short_or_wrong": (30, 2)}))
    row = rows(made)["some"]
    assert row["coverage"] == pytest.approx(0.40)
    assert row["grade"] == "N"
    parts = [p for p in criteria_of(made, "en").table.to_pylist() if p["seller_id"] == "some"]
    assert {p["criterion"]: p["weight"] for p in parts if p["weight"]} == pytest.approx(
        {"dispatch_on_time": 62.5, "short_or_wrong": 37.5}
    )
    unknown = next(p for p in parts if p["criterion"] == "defect_lines")
    assert [unknown[k] for k in ("rate", "usual", "adjusted", "lo", "utility")] == [None] * 5


def test_points_lost_add_up_to_what_the_score_lacks() -> None:
    made = card(market(bad=(50, 20), some={"defect_lines": (30, 2)}))
    lost: dict[str, float] = {}
    for part in criteria_of(made, "en").table.to_pylist():
        lost[part["seller_id"]] = lost.get(part["seller_id"], 0.0) + part["points_lost"]
    scores = {seller: 100 - row["score"] for seller, row in rows(made).items()}
    assert lost == pytest.approx(scores, abs=1e-3)


def test_the_largest_losses_are_told_with_their_numbers() -> None:
    given = dict.fromkeys(CRITERIA, (60, 0)) | {
        "defect_lines": (60, 30),
        "commercial_drift": (60, 55),
    }
    made = card(market(bad=given))
    first, second = rows(made)["bad"]["reasons"].split("; ")
    assert first.startswith("lines with defective goods: 30 of 60 lines, estimated ")
    assert second.startswith("dearer than quoted: 55 of 60 lines, estimated ")
    told = rows(made, "ja")["bad"]["reasons"]
    assert told.startswith("不良のある明細：明細 60 件中 30 件、推定 ")
    assert rows(card(market(good=(5000, 0))))["good"]["reasons"] == "nothing to complain of"


def test_scores_follow_their_posteriors(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shrinkage, "posteriors", fixed_prior)
    made = card({"A": (40, 4), "B": (10, 0)})
    for part in criteria_of(made, "en").table.to_pylist():
        n, events = part["n"], part["events"]
        truth = beta(2 + events, 20 + n - events)
        assert part["adjusted"] == pytest.approx(truth.mean(), abs=1e-4)
        assert (part["lo"], part["hi"]) == pytest.approx(truth.ppf([0.05, 0.95]), abs=1e-3)
        good, bad = part["good"], part["bad"]
        expected = truth.expect(lambda p: np.clip((bad - p) / (bad - good), 0, 1))  # noqa: B023 - used at once
        assert part["utility"] == pytest.approx(expected, abs=2e-3)


def fixed_prior(groups: Any, _rules: object) -> tuple[Posterior, Any]:
    """Posteriors with a prior that is known: Beta(2, 20)."""
    at = np.tile(np.linspace(-12, 4, 4001), (len(groups.n), 1))
    prior = 2 * at - 22 * np.logaddexp(0, at)
    return Posterior.of(at, prior + binomial_kernel(groups.events, groups.n, at)), groups.n


def test_somebody_elses_rows_change_nothing_but_the_prior(monkeypatch: pytest.MonkeyPatch) -> None:
    own = ("score", "lo", "hi", "cautious", "grade", "coverage", "score_low", "score_high")
    usual = card(market()), card(market(other=(300, 90)))
    monkeypatch.setattr(shrinkage, "posteriors", fixed_prior)
    known = card(market()), card(market(other=(300, 90)))
    before, after = (rows(made) for made in known)
    for seller, row in before.items():
        assert [row[name] for name in own] == [after[seller][name] for name in own]
    before, after = (rows(made) for made in usual)
    moved = max(abs(row["score"] - after[seller]["score"]) for seller, row in before.items())
    assert 0 < moved < 12


def test_the_order_of_sellers_does_not_matter() -> None:
    sellers = market(bad=(50, 20), few=(2, 1))
    renamed = {f"{99 - i:02}{name}": given for i, (name, given) in enumerate(sellers.items())}
    one, other = rows(card(sellers)), rows(card(renamed))
    for i, name in enumerate(sellers):
        assert one[name]["score"] == pytest.approx(other[f"{99 - i:02}{name}"]["score"], abs=1e-4)


PRINTED = """
import hashlib
from evidence_made import card, market
from rakustats.scorecards.cards import table_of
text = table_of(card(market(bad=(50, 20), few=(2, 1))), 'ja').frame().to_csv()
print(hashlib.sha256(text.encode()).hexdigest())
"""


def test_the_same_data_and_seed_give_the_same_bytes() -> None:
    folders = [str(Path(__file__).parent), str(Path(rakustats.__path__[0]).parent)]
    found = [
        subprocess.run(
            [sys.executable, "-c", f"import sys; sys.path[:0] = {folders!r}\n{PRINTED}"],
            capture_output=True,
            text=True,
            check=True,
        ).stdout.strip()
        for _ in range(2)
    ]
    text = table_of(card(market(bad=(50, 20), few=(2, 1))), "ja").frame().to_csv()
    assert found == [hashlib.sha256(text.encode()).hexdigest()] * 2


def rated(stars: dict[str, float], ids: list[str], n: float) -> Ratings:
    values = np.array([stars.get(seller, np.nan) for seller in ids])
    counts = np.where(np.isnan(values), 0.0, n)
    columns = ("rating_item", "rating_service", "rating_shipping")
    return Ratings(dict.fromkeys(columns, values), dict.fromkeys(columns, counts), values, counts)


def test_a_platforms_rating_moves_only_those_of_whom_little_is_known() -> None:
    sellers = market(few=(2, 0), many=(400, 30), none=(0, 0))
    ids = sorted(sellers)
    usual = dict.fromkeys(ids, 4.5)
    plain = rows(card(sellers, rated(usual, ids, 9)))
    worse = rows(card(sellers, rated(usual | {"few": 2.0, "many": 2.0, "none": 5.0}, ids, 900)))
    assert plain["few"]["score"] - worse["few"]["score"] > 0.5
    assert abs(plain["many"]["score"] - worse["many"]["score"]) < 0.5
    assert (worse["none"]["score"], worse["none"]["grade"]) == (None, "N")
    assert (worse["few"]["platform_rating"], worse["few"]["n_ratings"]) == (2.0, 900)


@pytest.mark.parametrize("size", [12, 200])
def test_places_are_those_of_independent_draws(size: int) -> None:
    rng = np.random.default_rng(3)
    centre, sd = rng.normal(60, 12, size), rng.uniform(2, 10, size)
    levels = (np.arange(64) + 0.5) / 64
    values = np.clip(centre[:, None] + sd[:, None] * beta(8, 8).ppf(levels) * 4, 0, 100)
    places = RankDistribution(binned(values, 0, 100))
    draws = values[np.arange(size)[:, None], rng.integers(0, 64, (size, 20_000))]
    ranks = (-draws).argsort(axis=0).argsort(axis=0) + 1
    most = int(np.ceil(0.1 * size))
    assert places.expected == pytest.approx(ranks.mean(axis=1), abs=0.02 * size)
    lowest = (ranks > size - most).mean(axis=1)
    assert places.among_lowest(most) == pytest.approx(lowest, abs=0.02)
    assert places.among_lowest(most).sum() == pytest.approx(most, abs=0.05 * most)


def test_a_criterion_of_which_nobody_tells_anything_is_worth_nothing() -> None:
    criterion = policy("seller").criteria[0]
    found = utilities(evidence(criterion, [(0, 0), (0, 0)]))
    assert not found.known.any()
