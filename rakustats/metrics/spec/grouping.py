"""The last SELECT of a table by groups: its keys, the sellers' names, its order."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from rakustats.engine.database import Database
from rakustats.engine.steps import Step, with_steps
from rakustats.i18n.phrases import Phrase
from rakustats.marts.question import Question
from rakustats.results.result import Result

SELLER_NAMES: Step = (
    "seller_names",
    "SELECT seller_id, max(seller_name) AS seller_name FROM order_lines GROUP BY seller_id",
)


def named_steps(keys: Sequence[str]) -> list[Step]:
    """Return the step of the sellers' names where sellers are among the keys."""
    return [SELLER_NAMES] if "seller_id" in keys else []


def selected_keys(keys: Sequence[str], alias: str = "c") -> str:
    """Return the keys as select items with a comma after each, each seller with its name."""
    return "".join(
        f"{alias}.seller_id, s.seller_name, " if k == "seller_id" else f"{alias}.{k}, "
        for k in keys
    )


def name_join(keys: Sequence[str], alias: str = "c") -> str:
    """Return the join that :func:`selected_keys` takes the sellers' names from."""
    if "seller_id" not in keys:
        return ""
    return f"\nLEFT JOIN seller_names s ON s.seller_id = {alias}.seller_id"


def grouped(keys: Sequence[str]) -> str:
    """Return the GROUP BY of the keys, nothing where all rows are one group."""
    return f"\nGROUP BY {', '.join(keys)}" if keys else ""


def ordered(keys: Sequence[str], alias: str = "c") -> str:
    """Return the ORDER BY of the keys, nothing where all rows are one group."""
    return f"\nORDER BY {', '.join(f'{alias}.{k} NULLS LAST' for k in keys)}" if keys else ""


def same_keys(keys: Sequence[str], one: str, other: str) -> str:
    """Return the condition that two rows are of the same group, unknown keys included."""
    return " AND ".join(f"{one}.{k} IS NOT DISTINCT FROM {other}.{k}" for k in keys) or "1 = 1"


def sums_result(
    db: Database, asked: Question, steps: Iterable[Step], items: str, notes: Iterable[Phrase] = ()
) -> Result:
    """Return a row per group: its keys and select items on ``sums`` ``c``, the steps' last one."""
    keys = asked.keys
    last = f"SELECT {selected_keys(keys)}{items}\nFROM sums c{name_join(keys)}{ordered(keys)}"
    text = with_steps([*steps, *named_steps(keys)], last)
    return asked.result(db.engine.query(text), text, notes=notes)
