"""Counts by seller, carrier and circumstances, for the models that separate their effects."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from rakustats.engine.database import Database
from rakustats.engine.steps import Step, with_steps
from rakustats.errors import one_of
from rakustats.i18n.phrases import Phrase, phrase
from rakustats.marts.deliveries import Deliveries
from rakustats.marts.question import LINES, Question
from rakustats.metrics.delivery.delays import late_unit_steps, require_promises
from rakustats.metrics.goods.damage import damaged_line_steps, require_troubles
from rakustats.metrics.spec.entities import OF, Of
from rakustats.stats.arrays import Floats
from rakustats.stats.cells import Codes

Outcome = Literal["late", "damage"]
KINDS = ("damaged", "defective")


@dataclass(frozen=True)
class Facts:
    """Of an outcome: what is counted, when it shows, and what else differs from unit to unit.

    ``lane`` is the key of units that share the good and bad days of their way, None for all.
    """

    name: Phrase
    happened: Phrase
    unit: Phrase
    day: str
    surroundings: str
    lane: str | None


OUTCOMES: dict[Outcome, Facts] = {
    "late": Facts(
        phrase(ja="納期遅れ", en="late deliveries"),
        phrase(ja="遅れ", en="late"),
        phrase(ja="荷物", en="shipments"),
        "due_day",
        "ship_method",
        "leg",
    ),
    "damage": Facts(
        phrase(ja="破損・不良", en="damaged or defective"),
        phrase(ja="破損・不良", en="damaged"),
        LINES,
        "received_day",
        "category",
        None,
    ),
}


@dataclass(frozen=True)
class Counted:
    """Cells of units: the keys, n, events, n_open and n_excluded, and the SQL that counted."""

    cells: pa.Table
    sql: str


def factors(of: Of, outcome: Outcome) -> tuple[str, str, str]:
    """Return the factors of the model: the seller, its partner, and the circumstances.

    Raises
    ------
    UsageError
        If there is no such entity, or no such outcome.
    """
    one_of("of", of, OF)
    one_of("outcome", outcome, OUTCOMES)
    partner = "carrier" if of == "seller" else OF[of]
    beside = OUTCOMES[outcome].surroundings
    return "seller_id", partner, "carrier" if beside == partner else beside


def counted_cells(
    db: Database, asked: Question, outcome: Outcome, *, dated: bool = False
) -> Counted:
    """Return the units of an outcome counted by the keys that are asked for.

    ``late`` counts shipments as :func:`rakustats.delay_rates` does, ``damage`` lines received as
    :func:`rakustats.damage_rates` does, without what it adds for claims still to come; with
    ``dated`` also by ``on_day``, the day on which a shipment was due or a line received; lines
    received so lately that claims may still come are open then.

    Raises
    ------
    UsageError
        If no export brought the data.
    """
    steps, units = _units(db, asked, outcome)
    young = "recent" if dated and outcome == "damage" else "FALSE"
    counts = _cells(asked.keys, units, young, OUTCOMES[outcome].day if dated else "")
    text = with_steps([*steps, ("cells", counts)], "SELECT * FROM cells")
    cells = db.engine.query(text)
    if outcome == "late" and not pc.sum(cells.column("n")).as_py():
        require_promises(db)
    return Counted(cells, text)


def _units(db: Database, asked: Question, outcome: Outcome) -> tuple[list[Step], str]:
    if outcome == "late":
        return late_unit_steps(asked, Deliveries()), "units"
    counted = require_troubles(db, KINDS, None)
    steps = damaged_line_steps(asked, KINDS, None, "line", counted=counted)
    return steps, "of_lines"


def _cells(keys: Sequence[str], source: str, young: str, day: str) -> str:
    """Count by the keys; rows of other days, or of none where days are asked for, stay out."""
    group = ", ".join([*keys, *([day] if day else [])])
    counts = {
        "n": f"status = 'matured' AND NOT {young}",
        "events": f"status = 'matured' AND NOT {young} AND event",
        "n_open": f"status = 'open' OR (status = 'matured' AND {young})",
        "n_excluded": "status NOT IN ('matured', 'open', 'not_due', 'no_day')",
    }
    items = ", ".join(f"count(*) FILTER (WHERE {test}) AS {name}" for name, test in counts.items())
    return f"SELECT {group}, {items}\nFROM {source} WHERE in_period\nGROUP BY {group}"


def coded(column: pa.ChunkedArray) -> tuple[pa.Array, Codes]:
    """Return the sorted names of a column, and each row's place among them."""
    filled = column.cast(pa.string()).fill_null("unknown")
    names, codes = np.unique(filled.to_numpy(), return_inverse=True)
    return pa.array(names, pa.string()), codes.astype(np.intp)


def totals(cells: pa.Table, key: str) -> tuple[pa.Array, dict[str, Floats]]:
    """Return the sorted names of a key and, in their order, the counts by name."""
    names, who = coded(cells.column(key))
    counts = {
        name: np.bincount(who, cells.column(name).to_numpy(), len(names)).astype(float)
        for name in ("n", "events", "n_open", "n_excluded")
    }
    return names, counts
