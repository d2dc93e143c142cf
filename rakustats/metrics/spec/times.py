"""From spells with an ending to a table of times: quantiles of how long something takes."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from rakustats.engine.database import Database
from rakustats.engine.steps import Step, with_steps
from rakustats.i18n.phrases import Phrase
from rakustats.marts.keys import key_names
from rakustats.marts.question import Question
from rakustats.metrics.spec.documented import Columns
from rakustats.metrics.spec.grouping import (
    grouped,
    name_join,
    named_steps,
    ordered,
    same_keys,
    selected_keys,
)
from rakustats.metrics.spec.quantiles import BOUNDS, QUANTILES, quantile_steps
from rakustats.metrics.spec.reasons import together
from rakustats.metrics.spec.shared_units import shared_notes
from rakustats.metrics.spec.stale import STALE, stale, stale_notes, stale_since
from rakustats.metrics.spec.survival import curve_steps
from rakustats.metrics.spec.undated import undated_notes, without_undated
from rakustats.results.result import Result


@dataclass(frozen=True)
class Times:
    """The specification of a time: what ends it, what does not count, what is counted apart.

    The last step of a metric is ``spells``: the keys, ``days`` and ``ending`` as
    :func:`curve_steps` wants them, ``seen`` (the last of those days that was over when the spell
    was last looked at, NULL where nothing is left to see), ``seen_until`` (that instant) and, where
    there are reasons not to count, ``status``: NULL, 'no_day' or a reason.

    Counts are those of the spells as they stood then. A day (or hour) that is not over is not
    looked at by the curve: what ended on it would be known, and what has yet to end on it not.

    Attributes
    ----------
    cause : str
        The ending that is asked for; others compete with it.
    n, n_open, days : str
        What they mean, for readers; ``days`` is what the quantiles are of.
    excluded : mapping of str to str
        Reasons not to count, each with its meaning; column ``n_<reason>``.
    extra : mapping of str to (condition, meaning)
        Counts of the spells that count.
    sums : mapping of str to (sum, meaning)
        Further sums over all spells.
    beside : mapping of str to str
        Columns of the step ``beside`` with their meanings, behind the quantiles.
    """

    cause: str
    n: str
    n_open: str
    days: str
    excluded: Mapping[str, str] = field(default_factory=dict)
    extra: Mapping[str, tuple[str, str]] = field(default_factory=dict)
    sums: Mapping[str, tuple[str, str]] = field(default_factory=dict)
    beside: Columns = field(default_factory=dict)

    @property
    def total(self) -> tuple[str, ...]:
        """The columns that make up all units of a group: each is in one of them, in no two."""
        return ("n", "n_excluded")

    @property
    def columns(self) -> Columns:
        """The columns besides the keys, with their meanings."""
        reasons = {f"n_{reason}": meaning for reason, meaning in self.excluded.items()}
        named = ", ".join(f"``{name}``" for name in reasons)
        total = f"sum of {named}; {together(self.total)}" if reasons else "0"
        return {
            **{"n": self.n, "n_open": self.n_open},
            "p50, p80, p90, p95": f"{self.days} (NULL where the curve does not get there)",
            ", ".join(
                BOUNDS
            ): "90 % interval of the quantile; an upper end of NULL lies beyond what was seen",
            **self.beside,
            **STALE,
            "n_excluded": total,
            **{name: meaning for name, (_, meaning) in (*self.extra.items(), *self.sums.items())},
            **reasons,
        }

    def result(
        self,
        db: Database,
        asked: Question,
        steps: Iterable[Step],
        *,
        notes: Sequence[Phrase] = (),
        beside: str = "",
    ) -> Result:
        """Return how long it takes until the cause ends the ``spells`` that ``steps`` end in.

        ``beside`` names the step with one row per group that has the columns beside the quantiles.
        """
        made = [*steps, *self._steps(asked)]
        text = with_steps(made, self._select(asked.keys, beside))
        table, undated = db.engine.query(text), 0
        if self.excluded:
            table, undated = without_undated(table, asked, self.total)
        stale_ones = stale_notes(table, asked, (name for name, _ in made))
        all_notes = (*notes, *undated_notes(undated, asked), *shared_notes(asked), *stale_ones)
        return asked.result(table, text, "times", all_notes)

    def _steps(self, asked: Question) -> list[Step]:
        """Return the steps from ``spells`` to the counts, the curve and its quantiles."""
        keys = asked.keys
        counts = "status IS NULL" if self.excluded else "1 = 1"
        reasons = [*self.excluded, "no_day"] if self.excluded else []
        named = {
            "n": counts,
            "n_open": f"{counts} AND ending IS NULL",
            "n_stale": f"{counts} AND ending IS NULL AND {stale(asked)}",
            **{name: f"{counts} AND ({test})" for name, (test, _) in self.extra.items()},
            **{f"n_{reason}": f"status = '{reason}'" for reason in reasons},
        }
        items = [f"  count(*) FILTER (WHERE {test}) AS {name}" for name, test in named.items()]
        items += [f"  {total} AS {name}" for name, (total, _) in self.sums.items()]
        items.append(f"  {stale_since(asked, f'{counts} AND ending IS NULL')} AS stale_since")
        selected, columns = key_names(keys), ",\n".join(items)
        return [
            ("counts", f"SELECT {selected}\n{columns}\nFROM spells{grouped(keys)}"),
            *self.curve_steps(keys),
            *quantile_steps(keys),
            *named_steps(keys),
        ]

    def curve_steps(self, keys: Sequence[str]) -> list[Step]:
        """Return the steps from ``spells`` to the ``curve`` of those that count."""
        counts = " WHERE status IS NULL" if self.excluded else ""
        over = "days > seen"
        counted = f"""\
SELECT {key_names(keys)}CASE WHEN {over} THEN NULL ELSE ending END AS ending,
  CASE WHEN {over} THEN greatest(seen, -1) ELSE days END AS days
FROM spells{counts}"""
        return [("counted", counted), *curve_steps(keys, self.cause, "counted")]

    def _select(self, keys: Sequence[str], beside: str) -> str:
        """Return the last SELECT: keys, n, n_open, quantiles, further counts, what is left out."""
        reasons = [f"c.n_{reason}" for reason in self.excluded]
        counts = [*(f"c.{name}" for name in (*self.extra, *self.sums)), *reasons]
        counts += ["c.n_no_day"] if self.excluded else []
        quantiles = [f"q.{name}" for name in (*QUANTILES, *BOUNDS)]
        more = [f"b.{name}" for name in self.beside] if beside else []
        joined = f"\nLEFT JOIN {beside} b ON {same_keys(keys, 'b', 'c')}" if beside else ""
        return (
            f"SELECT {selected_keys(keys)}c.n, c.n_open, {', '.join([*quantiles, *more])},\n"
            f"  c.n_stale, c.stale_since,"
            f" {' + '.join(reasons) or '0'} AS n_excluded{''.join(f', {c}' for c in counts)}\n"
            f"FROM counts c LEFT JOIN quantiles q ON {same_keys(keys, 'q', 'c')}{joined}"
            f"{name_join(keys)}{ordered(keys)}"
        )
