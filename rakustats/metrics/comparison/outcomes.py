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
from rakustats.marts.keys import PARCEL_KEYS
from rakustats.marts.question import LINES, Question
from rakustats.metrics.delivery.delays import late_unit_steps, require_promises
from rakustats.metrics.goods.damage import damaged_line_steps, require_troubles
from rakustats.metrics.spec.entities import OF, Of
from rakustats.stats.cells import Codes

Outcome = Literal["late", "damage"]
KINDS = ("damaged", "defective")
COUNTS = ("n", "events", "n_open", "n_excluded")


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
    """Cells of units: the keys, n, events, n_open, n_excluded and whole; the SQL that counted.

    A parcel that k sellers share has 1 / k in the cells of each; ``whole`` counts it as 1 there.
    """

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
    db: Database, asked: Question, of: Of, outcome: Outcome, *, dated: bool = False
) -> Counted:
    """Return the units of an outcome counted by the keys that are asked for, and their sellers.

    ``late`` counts shipments as :func:`rakustats.delay_rates` does, ``damage`` lines received as
    :func:`rakustats.damage_rates` does, without what it adds for claims still to come; with
    ``dated`` also by ``on_day``, the day on which a shipment was due or a line received; lines
    received so lately that claims may still come are open then. Of a carrier a parcel is one
    outcome, however many sellers have goods in it; of sellers it is one for each of them.

    Raises
    ------
    UsageError
        If no export brought the data.
    """
    steps, units = _units(db, asked, of, outcome)
    young = "recent" if dated and outcome == "damage" else "FALSE"
    counts = _cells(asked.keys, units, young, OUTCOMES[outcome].day if dated else "")
    text = with_steps([*steps, ("cells", counts)], "SELECT * FROM cells")
    cells = db.engine.query(text)
    if outcome == "late" and not pc.sum(cells.column("n")).as_py():
        require_promises(db)
    return Counted(_in_shares(cells), text)


def _units(db: Database, asked: Question, of: Of, outcome: Outcome) -> tuple[list[Step], str]:
    """Return the steps, and the name of the one that has a row per unit and seller in it."""
    if outcome == "damage":
        counted = require_troubles(db, KINDS, None)
        lines = damaged_line_steps(asked, KINDS, None, "line", counted=counted)
        return [*lines, ("shares", "SELECT *, 1 AS sharing FROM of_lines")], "shares"
    if of == "seller":
        steps = late_unit_steps(asked, Deliveries())
        return [*steps, ("shares", "SELECT *, 1 AS sharing FROM units")], "shares"
    of_parcels = asked.by(*(key for key in asked.keys if key != "seller_id"))
    steps = late_unit_steps(of_parcels, Deliveries(), also=("seller_id",))
    return [*steps, ("sharers", _SHARERS), ("shares", _SHARES)], "shares"


# grain: one parcel and seller with goods in it
_SHARERS = """\
SELECT *, count(*) OVER (PARTITION BY shipment_id) AS sharing
FROM (SELECT DISTINCT shipment_id, seller_id FROM dated WHERE seller_id IS NOT NULL) d"""
_SHARES = """\
SELECT u.*, s.seller_id, coalesce(s.sharing, 1) AS sharing
FROM units u LEFT JOIN sharers s ON s.shipment_id = u.shipment_id"""


def _cells(keys: Sequence[str], source: str, young: str, day: str) -> str:
    """Count by the keys; rows of other days, or of none where days are asked for, stay out."""
    group = ", ".join([*keys, *([day] if day else []), "sharing"])
    counts = {
        "n": f"status = 'matured' AND NOT {young}",
        "events": f"status = 'matured' AND NOT {young} AND event",
        "n_open": f"status = 'open' OR (status = 'matured' AND {young})",
        "n_excluded": "status NOT IN ('matured', 'open', 'not_due', 'no_day')",
    }
    items = ", ".join(f"count(*) FILTER (WHERE {test}) AS {name}" for name, test in counts.items())
    return f"SELECT {group}, {items}\nFROM {source} WHERE in_period\nGROUP BY {group}"


def _in_shares(cells: pa.Table) -> pa.Table:
    """Return each seller's part in the counts; sums of the same rows have one order."""
    cells = cells.sort_by([(name, "ascending") for name in cells.column_names])
    sharing = cells.column("sharing").cast(pa.float64())
    whole = cells.column("n").cast(pa.float64())
    for name in COUNTS:
        place = cells.column_names.index(name)
        part = pc.divide(cells.column(name).cast(pa.float64()), sharing)
        cells = cells.set_column(place, name, part)
    return cells.drop_columns(["sharing"]).append_column("whole", whole)


def coded(*columns: pa.ChunkedArray) -> Codes:
    """Return each row's place among the sorted values of the columns together."""
    codes = [np.unique(_filled(column), return_inverse=True)[1] for column in columns]
    both = np.ravel_multi_index(codes, [int(code.max(initial=0)) + 1 for code in codes])
    return np.unique(both, return_inverse=True)[1].astype(np.intp)


def _filled(column: pa.ChunkedArray) -> np.ndarray[tuple[int], np.dtype[np.object_]]:
    names = column.cast(pa.string()).fill_null("unknown").to_numpy()
    return np.asarray(names, dtype=object)


def codes_of(cells: pa.Table, keys: Sequence[str]) -> list[Codes]:
    """Return the number of each cell's level of each factor; a carrier on two legs is two levels.

    A method is one on the leg on which it is used, too.
    """
    return [
        coded(cells.column(key), *([cells.column("leg")] if key in PARCEL_KEYS else []))
        for key in keys
    ]
