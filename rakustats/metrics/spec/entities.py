"""Entities that figures are about: sellers with their names, carriers, methods."""

from __future__ import annotations

from typing import Literal

import pyarrow as pa
import pyarrow.compute as pc

from rakustats.engine.database import Database
from rakustats.engine.steps import with_steps
from rakustats.i18n.phrases import Phrase, phrase
from rakustats.marts.question import Question
from rakustats.metrics.spec.grouping import SELLER_NAMES

Of = Literal["seller", "carrier", "ship_method"]
OF = {"seller": "seller_id", "carrier": "carrier", "ship_method": "ship_method"}


def with_names(db: Database, asked: Question, table: pa.Table) -> pa.Table:
    """Return a table with each seller's name beside the id, if it is a table of sellers."""
    if table.column_names[0] != "seller_id":
        return table
    steps = [*asked.steps(("order_lines",)), SELLER_NAMES]
    named = db.engine.query(with_steps(steps, "SELECT * FROM seller_names"))
    names = dict(zip(*(named.column(c).to_pylist() for c in (0, 1)), strict=True))
    ids = table.column("seller_id").to_pylist()
    return table.add_column(1, "seller_name", pa.array([names.get(i) for i in ids], pa.string()))


def unnamed_notes(cells: pa.Table, key: str, left_out: Phrase) -> list[Phrase]:
    """Say how many units are left out because nobody says whose they are; {} is their number."""
    unnamed = cells.filter(pc.is_null(cells.column(key)))
    n = f"{pc.sum(unnamed.column('n')).as_py() or 0:,}"
    return [] if n == "0" else [phrase(ja=left_out.ja.format(n), en=left_out.en.format(n))]
