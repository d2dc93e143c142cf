"""Whom figures are about: sellers with their names, carriers, methods."""

from __future__ import annotations

from typing import Literal

import pyarrow as pa

from rakustats.engine.database import Database
from rakustats.engine.steps import with_steps
from rakustats.marts.question import Question
from rakustats.metrics.spec.grouping import SELLER_NAMES

Of = Literal["seller", "carrier", "ship_method"]
OF = {"seller": "seller_id", "carrier": "carrier", "ship_method": "ship_method"}


def with_names(db: Database, asked: Question, table: pa.Table) -> pa.Table:
    """Return a table whose first column is ``seller_id`` with each seller's name beside it."""
    steps = [*asked.look.steps(("order_lines",)), SELLER_NAMES]
    named = db.engine.query(with_steps(steps, "SELECT * FROM seller_names"))
    names = dict(zip(*(named.column(c).to_pylist() for c in (0, 1)), strict=True))
    ids = table.column("seller_id").to_pylist()
    return table.add_column(1, "seller_name", pa.array([names.get(i) for i in ids], pa.string()))
