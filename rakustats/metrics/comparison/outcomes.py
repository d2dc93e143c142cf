"""Counts by who and with whom, for the models that tell one's part from the other's."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import pyarrow as pa
import pyarrow.compute as pc

from rakustats.engine.database import Database
from rakustats.engine.steps import Step, with_steps
from rakustats.errors import UsageError
from rakustats.i18n.phrases import phrase
from rakustats.marts.question import Question
from rakustats.metrics.delivery.delays import late_unit_steps, require_promises
from rakustats.metrics.goods.damage import damaged_line_steps, require_troubles
from rakustats.metrics.spec.entities import OF, Of

Outcome = Literal["late", "damage"]
OUTCOMES = ("late", "damage")
KINDS = ("damaged", "defective")
# what else differs from unit to unit, by outcome
_SURROUNDINGS = {"late": "ship_method", "damage": "category"}
DAYS = {"late": "due_day", "damage": "received_day"}


@dataclass(frozen=True)
class Counted:
    """Cells of units: the keys, n, events, n_open and n_excluded, and the SQL that counted."""

    cells: pa.Table
    sql: str


def told_apart_by(of: Of, outcome: Outcome) -> tuple[str, str, str]:
    """Return by what units are told apart: the seller, its partner, and the surroundings.

    Raises
    ------
    UsageError
        If there is no such entity, or no such outcome.
    """
    if of not in OF:
        raise UsageError(
            phrase(
                ja="of には seller、carrier、ship_method のどれかを指定してください。",
                en="of is seller, carrier or ship_method.",
            )
        )
    if outcome not in OUTCOMES:
        raise UsageError(
            phrase(
                ja=f"outcome に {outcome!r} は使えません。"
                f"{' か '.join(OUTCOMES)} を指定してください。",
                en=f"Unknown outcome {outcome!r}; use {' or '.join(OUTCOMES)}.",
            )
        )
    partner = "carrier" if of == "seller" else OF[of]
    beside = _SURROUNDINGS[outcome]
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
        If no export brought what could tell.
    """
    steps, units = _units(db, asked, outcome)
    young = "recent" if dated and outcome == "damage" else "FALSE"
    counts = _cells(asked.keys, units, young, DAYS[outcome] if dated else "")
    text = with_steps([*steps, ("cells", counts)], "SELECT * FROM cells")
    cells = db.engine.query(text)
    if outcome == "late" and not pc.sum(cells.column("n")).as_py():
        require_promises(db)
    return Counted(cells, text)


def _units(db: Database, asked: Question, outcome: Outcome) -> tuple[list[Step], str]:
    if outcome == "late":
        return late_unit_steps(asked, "shipment", "request", None, "original"), "units"
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
