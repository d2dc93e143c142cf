"""From spells with an ending to their curve, day by day, with the number still at risk."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pyarrow as pa

from rakustats.config.settings import settings
from rakustats.engine.database import Database
from rakustats.engine.steps import Step, with_steps
from rakustats.marts.question import Question
from rakustats.metrics.spec.entities import SELLER_NAMES
from rakustats.metrics.spec.survival import curve_steps
from rakustats.results.result import Result
from rakustats.stats.shares import share_interval


def curve_result(
    db: Database, question: Question, steps: Sequence[Step], cause: str, excluded: Sequence[str]
) -> Result:
    """Return the curve of ``cause`` for the ``spells`` that ``steps`` end in.

    Spells as :func:`rakustats.metrics.spec.times.times_result` takes them; those with a status are
    left out. The table has the columns of :func:`curve_steps` with ``n`` (units of the group) and
    ``lo``, ``hi`` (interval of the incidence).
    """
    counts = "SELECT * FROM spells" + (" WHERE status IS NULL" if excluded else "")
    made = [*steps, ("counted", counts), *curve_steps(question.keys, cause, "counted")]
    named = "seller_id" in question.keys
    text = with_steps([*made, SELLER_NAMES] if named else made, _select(question, cause))
    return Result(
        table=with_interval(db.engine.query(text)),
        sql=text,
        as_of=question.look.moment,
        title=question.title,
        kind="curve",
        by=question.keys,
        since=question.days.since,
        until=question.days.until,
    )


def _select(question: Question, cause: str) -> str:
    named = "seller_id" in question.keys
    keys = "".join(
        "c.seller_id, s.seller_name, " if k == "seller_id" else f"c.{k}, " for k in question.keys
    )
    part = ", ".join(f"c.{k}" for k in question.keys)
    order = ", ".join([*(f"c.{k} NULLS LAST" for k in question.keys), "c.days"])
    names = "\nLEFT JOIN seller_names s ON s.seller_id = c.seller_id" if named else ""
    return f"""\
SELECT {keys}c.days, max(c.at_risk) OVER ({f"PARTITION BY {part}" if part else ""}) AS n,
  c.at_risk, c.n_ended, c.n_{cause}, c.n_open, c.survival, c.incidence, c.sd, c.n_known
FROM curve c{names}
ORDER BY {order}"""


def with_interval(table: pa.Table) -> pa.Table:
    """Return a curve with lo and hi in the place of its n_known."""
    share, sd, n, known = (
        table.column(name).to_numpy().astype(np.float64)
        for name in ("incidence", "sd", "n", "n_known")
    )
    lo, hi = share_interval(1 - share, sd, n, known, settings().shrinkage.level)
    table = table.drop_columns(["n_known"])
    return table.append_column("lo", pa.array(1 - hi)).append_column("hi", pa.array(1 - lo))
