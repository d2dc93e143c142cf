"""The small inputs that lie beside the repository: each a folder, loaded into a database."""

from __future__ import annotations

from pathlib import Path

import pytest

import rakustats as rs
from rakustats.engine.database import Database

CASES = Path(__file__).parents[2] / "shared" / "cases"
needs_cases = pytest.mark.skipif(not CASES.exists(), reason="no shared cases here")


def opened(
    name: str,
    place: Path,
    *,
    zone: str = "Asia/Tokyo",
    exported_at: str | None = "2026-06-30T12:00:00Z",
) -> Database:
    """Load the case of that name into a database at a place of its own, and open it."""
    db = place / f"{name.replace('/', '-')}.duckdb"
    rs.load(CASES / name, db=db, zone=zone, exported_at=exported_at)
    return rs.connect(db)
