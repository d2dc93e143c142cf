"""What was planted in the sample is found: counts exactly, rates within their intervals."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import duckdb
import pandas as pd
import pytest

import rakustats as rs


@pytest.fixture(scope="module")
def db(sample_database: Path) -> Iterator[rs.Database]:
    with rs.connect(sample_database) as opened:
        yield opened


def truth(sample_database: Path, name: str) -> pd.DataFrame:
    return pd.read_csv(sample_database.parent / "raw" / "truth" / f"{name}.csv")


@pytest.mark.parametrize("what", ["short", "wrong"])
def test_sellers_rates_lie_within_their_intervals(
    db: rs.Database, sample_database: Path, what: str
) -> None:
    """Pieces come bad in batches: as if independent, the intervals would be half as wide.

    Of intervals that hold with 90 %, at least 21 of 26 do with a probability of .97.
    """
    sellers = truth(sample_database, "sellers")
    steady = sellers[sellers["worse_from"].isna()]
    found = rs.quality_rates(db, by="seller", what=what, unit="piece").frame()
    both = found[found["n"] > 0].merge(steady, on="seller_id")
    planted = both[f"{what}_rate"]
    inside = (planted >= both["lo"]) & (planted <= both["hi"])
    assert len(both) > 20
    assert inside.mean() >= 0.8
    assert both["design_effect"].median() > 2


def test_damaged_parcels_lie_within_the_range(db: rs.Database, sample_database: Path) -> None:
    parcels = truth(sample_database, "shipments").query("leg == 2").dropna(subset="delivered_at")
    there = parcels[pd.to_datetime(parcels["delivered_at"]) <= db.as_of]
    planted = there.groupby("carrier")["damaged_pieces"].agg(["size", lambda v: (v > 0).sum()])
    planted.columns = pd.Index(["delivered", "damaged"])
    found = rs.carrier_damage(db).frame().dropna(subset="carrier").set_index("carrier")
    both = found.join(planted, how="inner")
    assert len(both) == 4
    # not every damage is claimed, but none is claimed that was not planted
    assert (both["events_high"] <= both["damaged"]).all()
    assert (both["events"] < both["events_high"]).any()
    share = both["damaged"] / both["delivered"]
    assert ((share >= both["lo"]) & (share <= both["hi_high"])).all()
    assert both["n"].sub(both["delivered"]).abs().max() <= 3


def test_every_claim_is_somebodys_fault(db: rs.Database, sample_database: Path) -> None:
    counts = truth(sample_database, "counts").set_index("table")
    loaded = db.sql("SELECT count(*) AS n FROM claims").table.column("n")[0].as_py()
    causes = rs.claim_causes(db).frame()
    assert causes["claims"].sum() + causes["n_withdrawn"].sum() == pytest.approx(loaded)
    assert loaded == counts.loc["claims"].iloc[0]
    by_party = rs.attributions(db).frame().groupby("claim_id")["share"].sum()
    assert len(by_party) == loaded
    assert by_party.eq(1).all()


def test_the_rules_find_whom_the_agency_blamed(sample_database: Path, tmp_path: Path) -> None:
    """Without the export's word: who is named by a rule is whom the planted truth blames."""
    bare = tmp_path / "bare.duckdb"
    shutil.copyfile(sample_database, bare)
    with rs.connect(sample_database) as known:
        stated = known.sql("SELECT claim_id, attributed_to AS planted FROM claims").frame()
    with duckdb.connect(str(bare)) as con:
        (versions,) = con.execute(
            "SELECT count(*) FROM main.claims WHERE attributed_to IS NOT NULL"
        ).fetchone() or (0,)
        assert versions > 100
        con.execute("UPDATE main.claims SET attributed_to = NULL, attribution_reason = NULL")
    with rs.connect(bare) as silent:
        ruled = rs.attributions(silent).frame()
    both = ruled.merge(stated.dropna(), on="claim_id")
    named = both[both["attributed_to"] != "undetermined"]
    assert not both["rule"].eq("stated").any()
    assert len(named) > 0.75 * len(both)
    assert named["attributed_to"].eq(named["planted"]).mean() > 0.93
