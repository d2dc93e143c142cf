"""From units with a status to a table of rates: counts in SQL, shrinkage on the small table."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from rakustats.config.settings import settings
from rakustats.engine.database import Database
from rakustats.engine.steps import Step, with_steps
from rakustats.i18n.phrases import Phrase, phrase
from rakustats.marts.question import Question
from rakustats.metrics.spec.case_mix import Mix, mix_join, mix_steps, with_ratios
from rakustats.metrics.spec.entities import SELLER_NAMES
from rakustats.results.result import Result
from rakustats.stats.posterior import Floats
from rakustats.stats.shrinkage import Estimates, estimates


@dataclass(frozen=True)
class Weighing:
    """What a row of ``units`` counts for, and what is known of it besides its status.

    ``units`` and ``events`` are SQL on a row, ``sums`` further sums over the rows, ``steps`` what
    is made of the sums, ``figures`` columns for the table. Where one of them is ``n_effective``,
    the estimate rests on so many units, not on ``n``, at ``final_rate`` if that is another one.
    ``exposure`` is the SQL of the units that a row is worth so far, where those are not all.
    """

    units: str = "1"
    events: str = "CAST(event AS INT)"
    exposure: str = ""
    sums: Mapping[str, str] = field(default_factory=dict)
    figures: Mapping[str, str] = field(default_factory=dict)
    steps: tuple[Step, ...] = ()
    joins: str = ""


ROWS = Weighing()


def rate_steps(
    question: Question,
    excluded: Sequence[str],
    extra: Mapping[str, str],
    weighing: Weighing = ROWS,
) -> list[Step]:
    """Return the steps that count ``units``, which have the keys, ``status`` and ``event``.

    A status is 'matured', 'open', 'no_day' or the name of a reason not to count; ``extra`` names
    further counts by their condition.
    """
    keys = "".join(f"{k}, " for k in question.keys)
    named = {
        "n": "status = 'matured'",
        "n_open": "status = 'open'",
        "n_no_day": "status = 'no_day'",
        **extra,
        **{f"n_{reason}": f"status = '{reason}'" for reason in excluded},
    }
    counts = [_count(weighing.units, test, name) for name, test in named.items()]
    counts.append(_count(weighing.events, "status = 'matured'", "events"))
    sums = [f"{total} AS {name}" for name, total in weighing.sums.items()]
    items = ",\n  ".join([*counts, *sums])
    group = f"\nGROUP BY {', '.join(question.keys)}" if question.keys else ""
    steps = [("counts", f"SELECT {keys}\n  {items}\nFROM units{group}")]
    steps += weighing.steps
    return [*steps, SELLER_NAMES] if "seller_id" in question.keys else steps


def _count(what: str, test: str, name: str) -> str:
    return f"coalesce(CAST(sum({what}) FILTER (WHERE {test}) AS BIGINT), 0) AS {name}"


def rate_select(
    question: Question,
    excluded: Sequence[str],
    extra: Sequence[str],
    weighing: Weighing = ROWS,
) -> str:
    """Return the last SELECT: keys, n, events, rate, n_open, n_excluded, and the counts apart."""
    keys = "".join(
        "c.seller_id, s.seller_name, " if k == "seller_id" else f"c.{k}, " for k in question.keys
    )
    apart = "".join(f", c.{name}" for name in (*extra, *(f"n_{reason}" for reason in excluded)))
    total = " + ".join(f"c.n_{reason}" for reason in excluded)
    figures = "".join(f",\n  {figure} AS {name}" for name, figure in weighing.figures.items())
    names = "\nLEFT JOIN seller_names s ON s.seller_id = c.seller_id"
    order = ", ".join(f"c.{k} NULLS LAST" for k in question.keys)
    return (
        f"SELECT {keys}c.n, c.events, CAST(c.events AS DOUBLE) / nullif(c.n, 0) AS rate,\n"
        f"  c.n_open, {total} AS n_excluded{apart}{figures}, c.n_no_day\n"
        f"FROM counts c{weighing.joins}"
        f"{names if 'seller_id' in question.keys else ''}"
        + (f"\nORDER BY {order}" if order else "")
    )


def rate_result(
    db: Database,
    question: Question,
    steps: list[Step],
    excluded: Sequence[str],
    extra: Mapping[str, str],
    notes: Sequence[Phrase] = (),
    weighing: Weighing = ROWS,
    adjust: Mix | None = None,
) -> Result:
    """Return the rates of ``units``, the step that ``steps`` end in."""
    if adjust is not None:
        steps = [*steps, *_mix(adjust, question.keys, weighing)]
        weighing = _with_expected(weighing, question.keys, adjust)
    all_steps = [*steps, *rate_steps(question, excluded, extra, weighing)]
    text = with_steps(all_steps, rate_select(question, excluded, tuple(extra), weighing))
    counted = db.engine.query(text)
    undated = pc.sum(counted.column("n_no_day")).as_py() or 0
    counted = _without_empty_groups(counted.drop_columns(["n_no_day"]), question.keys)
    table, believed = with_estimates(counted)
    told = [*notes, *_belief_notes(believed), *_undated_notes(undated, question)]
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


def _mix(asked: Mix, keys: Sequence[str], weighing: Weighing) -> list[Step]:
    return mix_steps(asked, keys, weighing.exposure or weighing.units, weighing.events)


def _with_expected(weighing: Weighing, keys: Sequence[str], asked: Mix) -> Weighing:
    """Add what is expected of each group's mix, and of how many orders its events are."""
    figures, sums = {**weighing.figures, "expected": "x.expected"}, dict(weighing.sums)
    if "order_no" in asked.unit:
        happened = f"status = 'matured' AND {weighing.events} > 0"
        sums["n_event_orders"] = f"count(DISTINCT order_no) FILTER (WHERE {happened})"
        figures["n_event_orders"] = "c.n_event_orders"
    joins = weighing.joins + mix_join(keys)
    return replace(weighing, sums=sums, figures=figures, joins=joins)


def _without_empty_groups(table: pa.Table, keys: Sequence[str]) -> pa.Table:
    """Drop groups that hold nothing but units of unknown day."""
    if not keys:
        return table
    total = table.column("n")
    for name in table.column_names:
        if name in ("n_open", "n_excluded", "n_not_due"):
            total = pc.add(total, table.column(name))
    return table.filter(pc.greater(total, 0))


def with_estimates(table: pa.Table) -> tuple[pa.Table, Estimates]:
    """Return the table with what is believed of each rate behind it, and how it was found."""
    events, n = evidence(table)
    adjusted = "expected" in table.column_names
    expected = expected_rates(table) if adjusted else _stage_rates(table, events, n)
    believed = estimates(events, n, expected)
    columns = {
        "estimate": believed.mean,
        "lo": believed.lo,
        "hi": believed.hi,
        "expected_rank": believed.rank,
        "p_worst": believed.p_worst,
        "reliability": believed.reliability,
    }
    place = table.column_names.index("rate") + 1
    flagged = pa.array(believed.flagged, mask=n == 0)
    table = table.add_column(place, "flagged", flagged)
    for name, values in reversed(columns.items()):
        table = table.add_column(place, name, pa.array(values, from_pandas=True, type=pa.float64()))
    return with_ratios(table) if adjusted else table, believed


def expected_rates(table: pa.Table) -> Floats:
    """Return the rate that each group's mix would have, where nothing happens a very low one."""
    n = _floats(table, "n")
    if "ripe_share" in table.column_names:
        n = n * _floats(table, "ripe_share")
    return _floats(table, "expected") / np.maximum(n, 1)


def _stage_rates(table: pa.Table, events: Floats, n: Floats) -> Floats | None:
    """Return the common rate of each group's stage: stages are no sample of one distribution."""
    if "stage_found" not in table.column_names:
        return None
    _, stage = np.unique(table.column("stage_found").fill_null("").to_numpy(), return_inverse=True)
    total, found = np.bincount(stage, n), np.bincount(stage, events)
    rates: Floats = (found / np.maximum(total, 1))[stage]
    return rates


def evidence(table: pa.Table) -> tuple[Floats, Floats]:
    """Return the events and units that estimates rest on."""
    if "n_effective" not in table.column_names:
        return _floats(table, "events"), _floats(table, "n")
    n = _floats(table, "n_effective")
    rate = "final_rate" if "final_rate" in table.column_names else "rate"
    return n * _floats(table, rate), n


def _floats(table: pa.Table, name: str) -> Floats:
    column: Floats = table.column(name).cast(pa.float64()).fill_null(0).to_numpy()
    return column


def _belief_notes(believed: Estimates) -> list[Phrase]:
    """Tell what groups were compared with, and how well their spread is known."""
    rules = settings().shrinkage
    notes = []
    if 0 < believed.groups < rules.few_groups:
        groups = "1 group" if believed.groups == 1 else f"{believed.groups} groups"
        notes.append(
            phrase(
                ja=f"比べる群が {believed.groups} しかなく、群間のばらつきはほとんど測れない。"
                "事前分布の強さは 20 件前後（90 % で 0.7～540 件）と見込んだ。",
                en=f"The spread between {groups} can hardly be measured; the prior is taken to be"
                " worth some 20 units (0.7 to 540 with 90 %).",
            )
        )
    if believed.flagged.any():
        limit, share = f"{believed.limit:.1%}", f"{rules.false_share:.0%}"
        notes.append(
            phrase(
                ja=f"flagged は、率が {limit}（全体のオッズの {rules.worse_odds:g} 倍）を超えると"
                f"みられる群。うち約 {share} までは誤りを見込む。",
                en=f"Flagged groups are thought to lie above {limit} ({rules.worse_odds:g} times"
                f" the common odds); up to {share} of them are expected not to.",
            )
        )
    return notes


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
