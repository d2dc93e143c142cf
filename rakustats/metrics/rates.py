"""From units with a status to a table of rates: counts in SQL, shrinkage on the small table."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from rakustats.config import settings
from rakustats.engine.database import Database, with_steps
from rakustats.metrics.keys import Cohort
from rakustats.results import Phrase, Result, phrase
from rakustats.scoring.shrinkage import Prior, beta_prior, posterior
from rakustats.store.asof import LookBack

Step = tuple[str, str]
SELLER_NAMES: Step = (
    "seller_names",
    "SELECT seller_id, max(seller_name) AS seller_name FROM order_lines GROUP BY seller_id",
)


@dataclass(frozen=True)
class Question:
    """What is asked: by which keys, over which days, as known when."""

    keys: tuple[str, ...]
    days: Cohort
    look: LookBack
    title: Phrase
    unit: Phrase


def rate_steps(question: Question, excluded: Sequence[str], extra: Mapping[str, str]) -> list[Step]:
    """Return the steps that count ``units``, which have the keys, ``status`` and ``event``.

    A status is 'matured', 'open', 'no_day' or the name of a reason not to count; ``extra`` names
    further counts by their condition.
    """
    keys = "".join(f"{k}, " for k in question.keys)
    named = {
        "n": "status = 'matured'",
        "events": "status = 'matured' AND event",
        "n_open": "status = 'open'",
        "n_no_day": "status = 'no_day'",
        **extra,
        **{f"n_{reason}": f"status = '{reason}'" for reason in excluded},
    }
    counts = ",\n".join(
        f"  count(*) FILTER (WHERE {test}) AS {name}" for name, test in named.items()
    )
    group = f"\nGROUP BY {', '.join(question.keys)}" if question.keys else ""
    steps = [("counts", f"SELECT {keys}\n{counts}\nFROM units{group}")]
    return [*steps, SELLER_NAMES] if "seller_id" in question.keys else steps


def rate_select(question: Question, excluded: Sequence[str], extra: Sequence[str]) -> str:
    """Return the last SELECT: keys, n, events, rate, n_open, n_excluded, and the counts apart."""
    keys = "".join(
        "c.seller_id, s.seller_name, " if k == "seller_id" else f"c.{k}, " for k in question.keys
    )
    apart = "".join(f", c.{name}" for name in (*extra, *(f"n_{reason}" for reason in excluded)))
    total = " + ".join(f"c.n_{reason}" for reason in excluded)
    names = "\nLEFT JOIN seller_names s ON s.seller_id = c.seller_id"
    order = ", ".join(f"c.{k} NULLS LAST" for k in question.keys)
    return (
        f"SELECT {keys}c.n, c.events, CAST(c.events AS DOUBLE) / nullif(c.n, 0) AS rate,\n"
        f"  c.n_open, {total} AS n_excluded{apart}, c.n_no_day\n"
        f"FROM counts c{names if 'seller_id' in question.keys else ''}"
        + (f"\nORDER BY {order}" if order else "")
    )


def rate_result(
    db: Database,
    question: Question,
    steps: list[Step],
    excluded: Sequence[str],
    extra: Mapping[str, str],
    notes: Sequence[Phrase] = (),
) -> Result:
    """Return the rates of ``units``, the step that ``steps`` end in."""
    all_steps = [*steps, *rate_steps(question, excluded, extra)]
    text = with_steps(all_steps, rate_select(question, excluded, tuple(extra)))
    counted = db.engine.query(text)
    undated = pc.sum(counted.column("n_no_day")).as_py() or 0
    counted = _without_empty_groups(counted.drop_columns(["n_no_day"]), question.keys)
    table, prior = with_estimates(counted)
    told = [*notes, *_prior_notes(prior), *_undated_notes(undated, question)]
    return Result(
        table=table,
        sql=text,
        as_of=question.look.moment,
        title=question.title,
        kind="rates",
        by=question.keys,
        since=question.days.since,
        until=question.days.until,
        notes=tuple(told),
    )


def _without_empty_groups(table: pa.Table, keys: Sequence[str]) -> pa.Table:
    """Drop groups that hold nothing but units of unknown day."""
    if not keys:
        return table
    total = table.column("n")
    for name in table.column_names:
        if name in ("n_open", "n_excluded", "n_not_due"):
            total = pc.add(total, table.column(name))
    return table.filter(pc.greater(total, 0))


def with_estimates(table: pa.Table) -> tuple[pa.Table, Prior]:
    """Return the table with estimate, lo and hi behind its rate, and the prior they came from."""
    events = table.column("events").to_numpy().astype(np.int64)
    n = table.column("n").to_numpy().astype(np.int64)
    prior = beta_prior(events, n)
    columns = posterior(events, n, prior, settings().shrinkage.level)
    place = table.column_names.index("rate") + 1
    for name, values in reversed(list(zip(("estimate", "lo", "hi"), columns, strict=True))):
        table = table.add_column(place, name, pa.array(values, from_pandas=True, type=pa.float64()))
    return table, prior


def _prior_notes(prior: Prior) -> list[Phrase]:
    if prior.measured:
        return []
    s = f"{prior.strength:g}"
    return [
        phrase(
            ja=f"群または件数が少なく群間のばらつきを測れないため、事前分布の強さを {s} 件とした。",
            en=f"Too few groups or units to measure their spread; the prior is worth {s} units.",
        )
    ]


def _undated_notes(undated: int, question: Question) -> list[Phrase]:
    if not undated:
        return []
    unit = question.unit
    return [
        phrase(
            ja=f"起点日の不明な{unit.ja} {undated:,} 件は期間に入れられず除いた。",
            en=f"{undated:,} {unit.en} without a known cohort day are left out of the period.",
        )
    ]
