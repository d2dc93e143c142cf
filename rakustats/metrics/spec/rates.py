"""From units with a status to a table of rates: counts in SQL, shrinkage on the small table."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from rakustats.engine.database import Database
from rakustats.engine.steps import Step, with_steps
from rakustats.i18n.phrases import Phrase
from rakustats.marts.question import Question
from rakustats.metrics.spec.case_mix import CaseMix, case_mix_join, case_mix_steps
from rakustats.metrics.spec.documented import Columns
from rakustats.metrics.spec.estimated import alone_notes, shrinkage_notes, with_estimates
from rakustats.metrics.spec.final_rates import short_notes, with_final_rates
from rakustats.metrics.spec.grouping import grouped, name_join, named_steps, ordered, selected_keys
from rakustats.metrics.spec.mix_cells import COLUMN
from rakustats.metrics.spec.reasons import is_status, together
from rakustats.metrics.spec.shared_units import shared_notes
from rakustats.metrics.spec.stale import STALE, stale, stale_notes, stale_since
from rakustats.metrics.spec.undated import undated_notes, without_undated
from rakustats.results.result import Result

ESTIMATED: Columns = {
    "rate": "events / n, NULL where ``n`` is 0",
    "estimate": "the rate shrunken towards the common one"
    " (:func:`rakustats.stats.shrinkage.estimates`; Efron 2016, Biometrika 103, 1-20)",
    "lo, hi": "90 % interval of the estimate",
    "expected_rank": "1 has the highest rate",
    "p_worst": "probability to be among the worst tenth",
    "reliability": "the part of the estimate that is the group's own",
    "flagged": "on the list of groups worse than twice the common odds, of which a tenth at most is"
    " expected to be false",
}


@dataclass(frozen=True)
class Weighing:
    """What a row of ``units`` counts for, and what is known of it besides its status.

    ``units`` and ``events`` are SQL on a row, ``sums`` further sums over the rows, ``steps`` what
    is made of the sums, ``figures`` columns for the table. Where one of them is ``n_effective``,
    the estimate rests on so many units, not on ``n``, at ``final_rate`` if that is another one.
    ``exposure`` is the SQL of the units that a row is worth so far, where those are not all, and
    ``told`` that of events that are certain of a group, but of none of its rows, ``mix_events``
    that of a row's events with its share of these (:mod:`rakustats.metrics.spec.untold_lines`).
    """

    units: str = "1"
    events: str = "CAST(event AS INT)"
    exposure: str = ""
    sums: Mapping[str, str] = field(default_factory=dict)
    figures: Mapping[str, str] = field(default_factory=dict)
    steps: tuple[Step, ...] = ()
    joins: str = ""
    told: str = ""
    mix_events: str = ""


ROWS = Weighing()


@dataclass(frozen=True)
class Rates:
    """The specification of a rate: what counts, what does not and why, and what is counted apart.

    The last step of a metric is ``units``: the keys, ``event``, ``seen_until`` (up to when the unit
    was looked at) and ``status``, which is 'matured', 'open', 'no_day' or the name of a reason not
    to count.

    Attributes
    ----------
    n, events, n_open : str
        What they mean, for readers.
    excluded : mapping of str to str
        Reasons not to count, each with its meaning; column ``n_<reason>``.
    extra : mapping of str to (condition, meaning)
        Further counts of rows.
    figures : mapping of str to str
        Meanings of columns that a :class:`Weighing` brings.
    """

    n: str
    events: str
    n_open: str
    excluded: Mapping[str, str]
    extra: Mapping[str, tuple[str, str]] = field(default_factory=dict)
    figures: Columns = field(default_factory=dict)

    @property
    def total(self) -> tuple[str, ...]:
        """The columns that make up all units of a group: each is in one of them, in no two."""
        statuses = (name for name, (test, _) in self.extra.items() if test == is_status(name))
        return ("n", "n_open", *statuses, "n_excluded")

    @property
    def columns(self) -> Columns:
        """The columns besides the keys, with their meanings."""
        reasons = {f"n_{reason}": meaning for reason, meaning in self.excluded.items()}
        total = f"sum of {', '.join(f'``{name}``' for name in reasons)}; {together(self.total)}"
        return {
            **{"n": self.n, "events": self.events, **ESTIMATED},
            **{"n_open": self.n_open, **STALE, "n_excluded": total},
            **{name: meaning for name, (_, meaning) in self.extra.items()},
            **reasons,
            **self.figures,
        }

    def result(
        self,
        db: Database,
        asked: Question,
        steps: Iterable[Step],
        *,
        notes: Sequence[Phrase] = (),
        weighing: Weighing = ROWS,
        adjust: CaseMix | None = None,
    ) -> Result:
        """Return the rates of ``units``, the step that ``steps`` end in."""
        made = list(steps)
        if adjust is not None:
            made += case_mix_steps(
                adjust,
                asked.keys,
                weighing.exposure or weighing.units,
                weighing.mix_events or weighing.events,
            )
            weighing = _with_expected(weighing, asked.keys, adjust)
        made += self._count_steps(asked, weighing)
        text = with_steps(made, self._select(asked.keys, weighing))
        counted, undated = without_undated(db.engine.query(text), asked, self.total)
        counted = with_final_rates(counted)
        table, estimated = with_estimates(counted)
        all_notes = [
            *(*notes, *short_notes(table), *shrinkage_notes(estimated), *alone_notes(table)),
            *(*undated_notes(undated, asked), *shared_notes(asked)),
            *stale_notes(table, asked, (name for name, _ in made)),
        ]
        return asked.result(table, text, "rates", all_notes)

    def _count_steps(self, asked: Question, weighing: Weighing) -> list[Step]:
        """Return the steps that count ``units`` by their keys."""
        keys, still_open = asked.keys, "status = 'open'"
        named = {
            "n": "status = 'matured'",
            "n_open": still_open,
            "n_stale": f"{still_open} AND {stale(asked)}",
            "n_no_day": "status = 'no_day'",
            **{name: test for name, (test, _) in self.extra.items()},
            **{f"n_{reason}": f"status = '{reason}'" for reason in self.excluded},
        }
        counts = [_count(weighing.units, test, name) for name, test in named.items()]
        counts.append(_count(weighing.events, "status = 'matured'", "events"))
        sums = [f"{total} AS {name}" for name, total in weighing.sums.items()]
        sums.append(f"{stale_since(asked, still_open)} AS stale_since")
        items = ",\n  ".join([*counts, *sums])
        counting = f"SELECT {''.join(f'{k}, ' for k in keys)}\n  {items}\nFROM units{grouped(keys)}"
        return [("counts", counting), *weighing.steps, *named_steps(keys)]

    def _select(self, keys: Sequence[str], weighing: Weighing) -> str:
        """Return the last SELECT: keys, n, events, rate, n_open, n_excluded, the counts apart."""
        reasons = [f"c.n_{reason}" for reason in self.excluded]
        apart = "".join(f", {name}" for name in (*(f"c.{x}" for x in self.extra), *reasons))
        figures = "".join(f",\n  {figure} AS {name}" for name, figure in weighing.figures.items())
        events = f"c.events + {weighing.told}" if weighing.told else "c.events"
        return (
            f"SELECT {selected_keys(keys)}c.n, {events} AS events,"
            f" CAST({events} AS DOUBLE) / nullif(c.n, 0) AS rate,\n"
            "  c.n_open, c.n_stale, c.stale_since,"
            f" {' + '.join(reasons)} AS n_excluded{apart}{figures}, c.n_no_day\n"
            f"FROM counts c{weighing.joins}{name_join(keys)}{ordered(keys)}"
        )


def _count(what: str, test: str, name: str) -> str:
    return f"coalesce(CAST(sum({what}) FILTER (WHERE {test}) AS BIGINT), 0) AS {name}"


def _with_expected(weighing: Weighing, keys: Sequence[str], asked: CaseMix) -> Weighing:
    """Add what is expected of each group's mix, its cells, and how many orders had events."""
    figures, sums = {**weighing.figures, "expected": "x.expected"}, dict(weighing.sums)
    figures[COLUMN] = f"x.{COLUMN}"
    if "order_no" in asked.unit:
        happened = f"status = 'matured' AND {weighing.events} > 0"
        sums["n_event_orders"] = f"count(DISTINCT order_no) FILTER (WHERE {happened})"
        figures["n_event_orders"] = "c.n_event_orders"
    joins = weighing.joins + case_mix_join(keys)
    return replace(weighing, sums=sums, figures=figures, joins=joins)
