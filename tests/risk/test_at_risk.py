"""The sample's open deliveries: scored, explained, kept and judged; too little data told."""

from __future__ import annotations

import json
from datetime import timedelta
from pathlib import Path

import numpy as np
import pytest

import rakustats as rs
from rakustats.cli.app import main
from rakustats.reports.model_card import card_html
from rakustats.risk.columns import NAMES, WHO
from rakustats.risk.model_registry import kept_predictions, latest_run
from rakustats.risk.reason_codes import reason

pytestmark = pytest.mark.usefixtures("trained_once")

CONTRACT = ["order_no", "shipment_id", "probability", "arrives_p10", "arrives_p50", "arrives_p90",
            "reasons", "next_step"]  # fmt: skip


@pytest.fixture(scope="module")
def model(sample_database: Path, trained_once: None) -> rs.RiskModel:
    with rs.connect(sample_database) as db:
        return rs.train_risk_model(db)


def test_open_deliveries_come_by_risk_with_all_that_is_promised(
    sample_database: Path, model: rs.RiskModel
) -> None:
    with rs.connect(sample_database) as db:
        found = rs.at_risk(db, model=model, capacity=5).frame()
    assert list(found.columns[:8]) == CONTRACT
    p = found["probability"].dropna()
    assert p.between(0, 1).all()
    assert (p.diff().dropna() <= 0).all()
    assert (found.loc[found["days_overdue"] >= 0, "probability"] == 1).all()
    assert found.loc[found["due_at"].isna(), "probability"].isna().all()
    there = found.dropna(subset=["arrives_p10"])
    assert (there["arrives_p10"] <= there["arrives_p50"]).all()
    assert (there["arrives_p50"] <= there["arrives_p90"]).all()
    assert found["chosen"].sum() == 5
    assert set(found["window_level"].dropna()) <= {"model", "stage"}
    assert found["reasons"].str.len().gt(0).all()


def test_the_model_beats_its_baselines_and_its_windows_hold(model: rs.RiskModel) -> None:
    assert model.used == "model"
    origins = model.card["origins"]
    assert len(origins) == 4
    n = np.array([o["n"] for o in origins])
    brier = np.array([o["brier"] for o in origins])
    for name in origins[0]["baselines"]:
        beside = np.array([o["baselines"][name] for o in origins])
        assert np.average(brier, weights=n) < np.average(beside, weights=n)
    covered = np.array([o["coverage"] for o in origins])
    assert 0.75 <= np.average(covered, weights=n) <= 0.85
    assert model.card["leaky_auc"] > model.card["auc"]
    assert sum(b["n"] for b in model.card["calibration"]) == n.sum()


def test_parts_of_one_delivery_add_up(sample_database: Path, model: rs.RiskModel) -> None:
    with rs.connect(sample_database) as db:
        found = rs.explain_risk(db, model=model, lang="en").frame()
        open_ones = rs.at_risk(db, model=model).frame()
    assert found["part"].iloc[[0, -1]].tolist() == ["base", "total"]
    assert found["logit"].iloc[:-1].sum() == pytest.approx(found["logit"].iloc[-1])
    ahead = open_ones[open_ones["days_overdue"] < 0]["probability"].max()
    assert found["probability"].iloc[-1] == pytest.approx(ahead)


def test_a_reason_names_only_what_the_delivery_has(
    sample_database: Path, model: rs.RiskModel
) -> None:
    with rs.connect(sample_database) as db:
        found = rs.at_risk(db, model=model, lang="en").frame()
        one = found[found["carrier"].isna() & (found["days_overdue"] < 0)].iloc[0]
        parts = rs.explain_risk(db, one["shipment_id"], model=model, lang="en").frame()
    alone = found[found["carrier"].isna()]
    assert len(alone) >= 5
    assert not alone["reasons"].str.contains("this carrier|this service").any()
    assert not found[found["leg"] == 1]["reasons"].str.contains("this service").any()
    assert found["reasons"].str.contains("this carrier").any()
    words = parts.set_index("part")["words"]
    assert words["carrier"] == words["method"] == "nothing to name"


def test_where_it_arrives_and_the_day_that_was_promised_there(
    sample_database: Path, model: rs.RiskModel
) -> None:
    with rs.connect(sample_database) as db:
        found = rs.at_risk(db, model=model, lang="en").frame()
    assert found.groupby("leg")["destination"].unique().map(list).to_dict() == {
        1: ["warehouse"], 2: ["Japan"],
    }  # fmt: skip
    promised = found.dropna(subset=["due_at"])
    hours = promised["leg"].map({1: 8, 2: 9})
    there = promised["due_at"] + hours.map(lambda h: timedelta(hours=h, seconds=-1))
    assert (there.dt.date == promised["due_day"]).all()


def test_reasons_of_a_delivery_of_which_little_is_known() -> None:
    row = dict.fromkeys(NAMES, 0.0)
    nobody: frozenset[str] = frozenset()
    for who in (*WHO, "claims"):
        assert reason(who, row, nobody, raises=True) is None
    unknown = reason("seller", row, frozenset({"seller"}), raises=True)
    assert unknown is not None
    assert unknown == ("この店舗の記録がまだない", "nothing is known of this seller yet")
    light = reason("order", row | {"no_qty": 1.0, "no_value": 1.0}, nobody, raises=True)
    assert light == ("重量", "its weight")
    nothing = {"no_qty": 1.0, "no_value": 1.0, "no_kg": 1.0}
    assert reason("order", row | nothing, nobody, raises=True) is None
    assert reason("season", row, nobody, raises=True) is None
    calm = reason("claims", row | {"item_claims": 0.1}, frozenset({"seller", "item"}), raises=False)
    assert calm == ("この商品には最近クレームがある", "this item had claims lately")


def test_a_model_of_later_days_is_refused(sample_database: Path, model: rs.RiskModel) -> None:
    with (
        rs.connect(sample_database) as db,
        pytest.raises(rs.UsageError, match="it knows what came later"),
    ):
        rs.at_risk(db, as_of="2026-03-01", model=model)


def test_with_little_data_there_is_the_base_rate_and_it_says_so(sample_database: Path) -> None:
    with rs.connect(sample_database, as_of="2024-12-20") as db:
        model = rs.train_risk_model(db)
        found = rs.at_risk(db, model=model)
    assert (model.used, model.fitted) == ("base_rate", None)
    ahead = found.frame().query("days_overdue < 0")
    assert ahead["probability"].nunique() == 1
    # windows are told where at least ten arrived from the same stage
    assert set(found.frame()["window_level"].dropna()) <= {"stage"}
    assert "base rate" in found.notes[0].en


def test_claims_are_a_target_of_their_own(sample_database: Path) -> None:
    with rs.connect(sample_database) as db:
        claims = rs.train_risk_model(db, target="claim")
        with pytest.raises(rs.UsageError, match="target is late or claim"):
            rs.train_risk_model(db, target="theft")
    assert claims.card["rows"]["events"] > 30
    assert claims.card["origins"][-1]["auc"] > 0.6


def test_predictions_are_kept_and_judged_later(sample_database: Path, tmp_path: Path) -> None:
    for day in ("2026-04-01", "2026-04-08"):
        with rs.connect(sample_database, as_of=day) as db:
            run, model = rs.current_risk_model(db, folder=tmp_path)
            kept = rs.keep_predictions(rs.at_risk(db, model=model), run, tmp_path)
            assert rs.keep_predictions(rs.at_risk(db, model=model), run, tmp_path) == kept
    assert len(list((tmp_path / "model_runs").glob("*.json"))) == 1
    told = kept_predictions(tmp_path)
    assert told is not None
    with rs.connect(sample_database) as db:
        (row,) = rs.warning_outcomes(db, folder=tmp_path).table.to_pylist()
    assert row["month"] == "2026-04"
    assert row["n"] + row["n_open"] + row["n_excluded"] == len(
        set(told.column("shipment_id").to_pylist())
    )
    assert row["hits"] + row["missed"] == row["events"]
    assert row["hits"] + row["false_alarms"] == row["n_warned"]
    assert row["n_warned"] > 0
    assert row["lead_days"] > 0


def test_a_run_is_not_read_from_a_file_that_was_changed(
    sample_database: Path, tmp_path: Path
) -> None:
    with rs.connect(sample_database, as_of="2026-04-01") as db:
        name, model = rs.current_risk_model(db, folder=tmp_path)
    at = model.as_of
    found = latest_run("late", at, at, tmp_path)
    assert found is not None
    assert found[0] == name
    (tmp_path / "model_runs" / f"{name}.joblib").write_bytes(b"something else")
    assert latest_run("late", at, at, tmp_path) is None
    (tmp_path / "model_runs" / f"{name}.json").write_text("[]", encoding="utf-8")
    with pytest.raises(rs.UsageError, match="no model card"):
        latest_run("late", at, at, tmp_path)


def test_the_card_is_one_page_with_every_text_escaped(model: rs.RiskModel) -> None:
    card = json.loads(json.dumps(model.card))
    card["limits"] = [{"ja": "<script>", "en": "<script>"}]
    for lang, head in (("ja", "モデルカード"), ("en", "Model card")):
        page = card_html(card, lang)  # type: ignore[arg-type] # both are languages
        assert head in page
        assert "<script>" not in page
        assert card["origins"][0]["origin"] in page


def test_predict_on_the_command_line(
    sample_database: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    db = tmp_path / "rakustats.duckdb"
    db.write_bytes(sample_database.read_bytes())
    out, card = tmp_path / "risk.csv", tmp_path / "card.html"
    asked = ["predict", "--db", str(db), "--as-of", "2026-05-01"]
    assert main([*asked, "--capacity", "3", "--costs", "300,5000,0.3", "--out", str(out)]) == 0
    assert main([*asked, "--card", str(card)]) == 0
    assert len(list((tmp_path / "risk" / "model_runs").glob("*.joblib"))) == 1
    assert out.read_text(encoding="utf-8-sig").splitlines()[0].split(",")[:8] == CONTRACT
    assert card.exists()
    assert main(["predict", "--db", str(db), "--judge", "--lang", "en"]) == 0
    assert main([*asked, "--costs", "1,2"]) == 2
    assert "three numbers" in capsys.readouterr().err
