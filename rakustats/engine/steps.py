"""A query made of named steps: one text, and an engine may still take it step by step."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from rakustats.store.columns import only_read, words_of, words_read_whole

Step = tuple[str, str]


class SteppedQuery(str):
    """The text of a query that also knows the steps it was made of.

    Attributes
    ----------
    steps : tuple of (name, text)
        Named SELECTs, each of which may read those before it.
    last : str
        The SELECT that reads the steps.
    materialised : frozenset of str
        Steps that DuckDB materialises one after the other: all at once would not fit into memory.
    """

    steps: tuple[Step, ...]
    last: str
    materialised: frozenset[str]


def with_steps(steps: Sequence[Step], last: str, materialised: Iterable[str] = ()) -> SteppedQuery:
    """Return named steps and a last SELECT as one WITH: those that are read, with what is read."""
    steps = steps_read(steps, last)
    named = ",\n".join(f"{name} AS (\n{text}\n)" for name, text in steps)
    query = SteppedQuery(f"WITH {named}\n{last}" if steps else last)
    query.steps, query.last, query.materialised = tuple(steps), last, frozenset(materialised)
    return query


def steps_read(steps: Sequence[Step], last: str) -> list[Step]:
    """Return those of the steps that a last SELECT reads, itself or through others.

    Engines look at every step of a WITH and at all its columns, whether they are read or not. What
    a last SELECT has by ``*`` is read whole.
    """
    words, found = words_of(last), list[Step]()
    whole = words_read_whole(last)
    for name, text in reversed(steps):
        if name not in words:
            continue
        if name in whole:
            found.append((name, str(text)))
            whole |= words_read_whole(text)
        else:
            found.append((name, only_read(text, words)))
        words |= words_of(found[-1][1])
    return found[::-1]
