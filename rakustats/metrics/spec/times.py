"""From spells with an ending to a table of times: quantiles of how long something takes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import pyarrow as pa
import pyarrow.compute as pc

from rakustats.engine.database import Database
from rakustats.engine.steps import Step, with_steps
from rakustats.i18n.phrases import Phrase, phrase
from rakustats.marts.question import Question
from rakustats.metrics.spec.entities import SELLER_NAMES
from rakustats.metrics.spec.survival import curve_steps
from rakustats.results.result import Result

QUANTILES = {"p50": 0.50, "p80": 0.80, "p90": 0.90, "p95": 0.95}
# A share of 9 in 10 is made of logarithms and may come out a hair below itself.
_HAIR = 1e-9


def times_steps(
    question: Question,
    cause: str,
    excluded: Sequence[str],
    extra: Mapping[str, str],
    sums: Mapping[str, str],
) -> list[Step]:
    """Return the steps from ``spells`` to the counts, the curve and its quantiles.

    ``spells`` has the keys, ``days`` and ``ending`` as :func:`curve_steps` wants them and, where
    there are reasons not to count, ``status``: NULL, 'no_day' or a reason. ``extra`` names counts
    of the spells that do count by their condition, ``sums`` further sums over all of them.
    """
    keys = "".join(f"{k}, " for k in question.keys)
    counts = "status IS NULL" if excluded else "1 = 1"
    named = {
        "n": counts,
        "n_open": f"{counts} AND ending IS NULL",
        **{name: f"{counts} AND ({test})" for name, test in extra.items()},
        **{f"n_{reason}": f"status = '{reason}'" for reason in (*excluded, "no_day") if excluded},
    }
    items = [f"  count(*) FILTER (WHERE {test}) AS {name}" for name, test in named.items()]
    items += [f"  {total} AS {name}" for name, total in sums.items()]
    columns = ",\n".join(items)
    group = f"\nGROUP BY {', '.join(question.keys)}" if question.keys else ""
    reached = ",\n".join(
        f"  min(days) FILTER (WHERE incidence >= {p} - {_HAIR}) AS {name}"
        for name, p in QUANTILES.items()
    )
    steps = [
        ("counts", f"SELECT {keys}\n{columns}\nFROM spells{group}"),
        ("counted", f"SELECT * FROM spells WHERE {counts}"),
        *curve_steps(question.keys, cause, "counted"),
        ("quantiles", f"SELECT {keys}\n{reached}\nFROM curve{group}"),
    ]
    return [*steps, SELLER_NAMES] if "seller_id" in question.keys else steps


def times_select(
    question: Question,
    excluded: Sequence[str],
    extra: Sequence[str],
    beside: tuple[str, Sequence[str]] | None = None,
) -> str:
    """Return the last SELECT: keys, n, n_open, quantiles, further counts, what is left out."""
    keys = "".join(
        "c.seller_id, s.seller_name, " if k == "seller_id" else f"c.{k}, " for k in question.keys
    )
    apart = "".join(f", c.{name}" for name in (*extra, *(f"n_{reason}" for reason in excluded)))
    total = " + ".join(f"c.n_{reason}" for reason in excluded) or "0"
    same = " AND ".join(f"{{0}}.{k} IS NOT DISTINCT FROM c.{k}" for k in question.keys) or "1 = 1"
    step, columns = beside or ("", ())
    more = "".join(f", b.{name}" for name in columns)
    joined = f"\nLEFT JOIN {step} b ON {same.format('b')}" if beside else ""
    names = "\nLEFT JOIN seller_names s ON s.seller_id = c.seller_id"
    order = ", ".join(f"c.{k} NULLS LAST" for k in question.keys)
    quantiles = ", ".join(f"q.{name}" for name in QUANTILES)
    no_day = ", c.n_no_day" if excluded else ""
    return (
        f"SELECT {keys}c.n, c.n_open, {quantiles}{more},\n  {total} AS n_excluded{apart}{no_day}\n"
        f"FROM counts c LEFT JOIN quantiles q ON {same.format('q')}{joined}"
        f"{names if 'seller_id' in keys else ''}" + (f"\nORDER BY {order}" if order else "")
    )


def times_result(
    db: Database,
    question: Question,
    steps: Sequence[Step],
    cause: str,
    excluded: Sequence[str] = (),
    extra: Mapping[str, str] | None = None,
    notes: Sequence[Phrase] = (),
    sums: Mapping[str, str] | None = None,
    beside: tuple[str, Sequence[str]] | None = None,
) -> Result:
    """Return how long it takes until ``cause`` ends the ``spells`` that ``steps`` end in.

    The table has the keys, ``n`` (spells that count, open ones among them), ``n_open``, ``p50``,
    ``p80``, ``p90``, ``p95`` (days, NULL where the curve does not get there), ``n_excluded``, the
    counts of ``extra`` and one ``n_<reason>`` for each of ``excluded``. ``beside`` names a step
    with one row per group and those of its columns that stand behind the quantiles.
    """
    more = extra or {}
    text = with_steps(
        [*steps, *times_steps(question, cause, excluded, more, sums or {})],
        times_select(question, excluded, (*more, *(sums or {})), beside),
    )
    table = db.engine.query(text)
    undated = 0
    if excluded:
        undated = pc.sum(table.column("n_no_day")).as_py() or 0
        table = _without_empty_groups(table.drop_columns(["n_no_day"]), question.keys)
    return Result(
        table=table,
        sql=text,
        as_of=question.look.moment,
        title=question.title,
        kind="times",
        by=question.keys,
        since=question.days.since,
        until=question.days.until,
        notes=(*notes, *_undated_notes(undated, question)),
    )


def _without_empty_groups(table: pa.Table, keys: Sequence[str]) -> pa.Table:
    """Drop groups that hold nothing but units of unknown day."""
    if not keys:
        return table
    total = pc.add(table.column("n"), table.column("n_excluded"))
    return table.filter(pc.greater(total, 0))


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
