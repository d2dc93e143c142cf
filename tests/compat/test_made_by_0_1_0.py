"""What 0.1.0 kept is still read: its store, its published scores, its predictions and model.

The archive holds what these commands wrote, made with the code as it was before the modules moved
to rooms (commit d47971f):

    rakustats sample raw --orders 400 --seed 3
    rakustats load raw --db rakustats.duckdb
    rakustats score --db rakustats.duckdb --keep
    rakustats predict --db rakustats.duckdb
"""

from __future__ import annotations

import io
import pickle
import tarfile
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from scipy.stats import spearmanr

import rakustats as rs
from rakustats.risk.current_model import current_risk_model
from rakustats.risk.model_registry import kept_predictions
from rakustats.risk.training import MODEL_FORMAT

ARCHIVE = Path(__file__).parent / "made_by_0_1_0.tar.xz"
# What a kept model is made of. Where a class here moves, or its attributes change, files of before
# are not understood any more: count MODEL_FORMAT up, then models are trained anew.
MADE_OF = {
    "5": {
        "rakustats.risk.backtest_folds.Fitted",
        "rakustats.risk.baselines.BaseRate",
        "rakustats.risk.guard.KnownFeatures",
        "rakustats.risk.late_model.LateModel",
        "rakustats.risk.prediction_intervals.PredictionIntervals",
        "rakustats.risk.remaining_time.StageModel",
        "rakustats.risk.rest_model.RestModel",
        "rakustats.risk.training.RiskModel",
    }
}


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("made")
    with tarfile.open(ARCHIVE) as archive:
        archive.extractall(folder, filter="data")
    return folder


@pytest.fixture(scope="module")
def chosen(made: Path, trained_once: None) -> tuple[str, rs.RiskModel]:
    with rs.connect(made / "rakustats.duckdb") as db:
        return current_risk_model(db, folder=made / "risk")


def test_the_store_answers_as_it_did(made: Path) -> None:
    with rs.connect(made / "rakustats.duckdb") as db:
        (late,) = rs.delay_rates(db).table.to_pylist()
    assert (late["n"], late["events"], late["n_open"], late["n_excluded"]) == (744, 153, 10, 3)
    # a lone group is estimated by its own units, with Jeffreys' prior
    assert late["estimate"] == pytest.approx(153.5 / 745, rel=1e-12)


def test_the_store_takes_new_exports(made: Path, tmp_path: Path) -> None:
    store = tmp_path / "rakustats.duckdb"
    store.write_bytes((made / "rakustats.duckdb").read_bytes())
    new = tmp_path / "new.csv"
    new.write_text("注文番号,ステータス\nNEW-1,発送済\n", encoding="utf-8")
    rs.load(new, db=store, exported_at="2026-06-30")
    with rs.connect(store) as db:
        orders = db.engine.query("SELECT count(*) AS n FROM orders").to_pylist()
        (late,) = rs.delay_rates(db, as_of="2026-05-31").table.to_pylist()
    assert orders == [{"n": 401}]
    assert late["n"] == 744


def test_published_scores_are_read_and_compared_with(made: Path) -> None:
    """Sellers stand nearly as they stood, though the mix is another one now.

    Dispatch moves most: its seasons tell the weeks before, in and after a closure apart.
    """
    kept = rs.kept_scores(folder=made / "scores")
    assert kept.table.num_rows == 30
    with rs.connect(made / "rakustats.duckdb", as_of=kept.as_of + timedelta(days=1)) as db:
        rows = rs.score_changes(db, folder=made / "scores").table.to_pylist()
    published = dict(zip(*(kept.table[c].to_pylist() for c in ("seller_id", "score")), strict=True))
    assert {row["seller_id"]: row["published"] for row in rows} == published
    both = [(r["published"], r["restated"]) for r in rows if r["restated"] is not None]
    assert spearmanr(*zip(*both, strict=True)).statistic > 0.85


def test_a_model_of_before_the_move_is_trained_anew(
    made: Path, chosen: tuple[str, rs.RiskModel]
) -> None:
    (old,) = (path.stem for path in made.glob("risk/model_runs/*.joblib") if path.stem != chosen[0])
    assert old == "late_20260531T155959Z_963699d1c23a"
    with rs.connect(made / "rakustats.duckdb") as db:
        assert current_risk_model(db, folder=made / "risk")[0] == chosen[0]


def test_predictions_of_before_the_move_are_read(made: Path) -> None:
    kept = kept_predictions(made / "risk")
    assert kept is not None
    assert kept.num_rows == 13
    assert set(kept["run_id"].to_pylist()) == {"late_20260531T155959Z_963699d1c23a"}


class Names(pickle.Pickler):
    """Notes the classes of ours that a file would name."""

    def __init__(self) -> None:
        super().__init__(io.BytesIO())
        self.found: set[str] = set()

    def reducer_override(self, thing: Any) -> Any:
        kind = thing if isinstance(thing, type) else type(thing)
        if kind.__module__.partition(".")[0] == "rakustats":
            self.found.add(f"{kind.__module__}.{kind.__qualname__}")
        return NotImplemented


def test_who_moves_what_a_kept_model_is_made_of_counts_its_make_up(
    chosen: tuple[str, rs.RiskModel],
) -> None:
    names = Names()
    names.dump(chosen[1])
    assert {MODEL_FORMAT: names.found} == MADE_OF
