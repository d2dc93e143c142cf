"""From spells with an ending to their curve, day by day, with the number still at risk."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import pyarrow as pa

from rakustats.config.settings import settings
from rakustats.engine.database import Database
from rakustats.engine.steps import Step, with_steps
from rakustats.marts.question import Question
from rakustats.metrics.spec.added_columns import behind, floats
from rakustats.metrics.spec.documented import Columns
from rakustats.metrics.spec.grouping import name_join, named_steps, selected_keys
from rakustats.metrics.spec.times import Times
from rakustats.results.result import Result
from rakustats.stats.shares import share_interval

CURVE: Columns = {
    "days": "days since the clock started",
    "n": "units of the group",
    "at_risk": "units still under observation just before that day",
    "n_ended": "those that ended on it, however",
    "n_{cause}": "those of them that ended as asked",
    "n_open": "those last seen open on it (censored)",
    "survival": "share that no ending has reached (Kaplan-Meier)",
    "incidence": "share that ended as asked by then (Aalen-Johansen)",
    "sd": "its standard deviation",
    "lo, hi": "90 % interval of the incidence",
}


def curve_columns(cause: str) -> Columns:
    """Return the columns of a curve of ``cause``, with their meanings."""
    return {name.format(cause=cause): meaning for name, meaning in CURVE.items()}


def curve_result(db: Database, asked: Question, steps: Iterable[Step], spec: Times) -> Result:
    """Return the curve of what ``spec`` asks for, from the ``spells`` that ``steps`` end in."""
    made = [*steps, *spec.curve_steps(asked.keys), *named_steps(asked.keys)]
    text = with_steps(made, _select(asked.keys, spec.cause))
    return asked.result(with_interval(db.engine.query(text)), text, "curve")


def _select(keys: Sequence[str], cause: str) -> str:
    part = ", ".join(f"c.{k}" for k in keys)
    order = ", ".join([*(f"c.{k} NULLS LAST" for k in keys), "c.days"])
    return f"""\
SELECT {selected_keys(keys)}c.days,
  max(c.at_risk) OVER ({f"PARTITION BY {part}" if part else ""}) AS n,
  c.at_risk, c.n_ended, c.n_{cause}, c.n_open, c.survival, c.incidence, c.sd, c.n_known
FROM curve c{name_join(keys)}
ORDER BY {order}"""


def with_interval(table: pa.Table) -> pa.Table:
    """Return a curve with lo and hi in the place of its n_known."""
    share, sd, n, known = (floats(table, name) for name in ("incidence", "sd", "n", "n_known"))
    lo, hi = share_interval(1 - share, sd, n, known, settings().shrinkage.level)
    return behind(table.drop_columns(["n_known"]), "sd", {"lo": 1 - hi, "hi": 1 - lo})
