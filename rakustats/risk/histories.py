r"""What was known of a seller, carrier or lane at an instant: running sums over earlier facts.

Each question (a unit, and the instant at which it is asked about) is put among the facts in the
order of time, and reads sums over those before it. A fact counts from the instant at which it was
known, and one that becomes known at the very instant of the question does not. What is recent is
the difference to the same question asked so many days before. So one pass over the sorted rows is
enough: O(n log n), however long the histories are.

Sums are of whole numbers (days on the log scale in millionths), so they are the same to the last
bit in whatever order rows of one instant are added, and whatever comes later: as doubles they add
up without rounding below 2^53, and faster than as integers. Two counts share a double, which takes
a third of the time off; each may grow to 2^26.
"""

from __future__ import annotations

from collections.abc import Sequence

Step = tuple[str, str]
RECENT_DAYS = 90
# logarithms are counted in parts of this
FINE = 1_000_000
# what a row is: a question now (0) or as it was asked so many days before (1), or a fact; in that
# order, as a fact of the very instant is not known yet
_FACT = 2
_PACK = f"CAST({2**26} AS DOUBLE)"


def history_steps(
    key: str,
    name: str,
    counts: Sequence[str],
    sums: Sequence[str],
    facts: str,
    questions: str = "questions",
    recent_days: int | None = RECENT_DAYS,
) -> list[Step]:
    """Return the steps that end in ``name``: one row per question with the sums of its key.

    Parameters
    ----------
    key : str
        Column of both steps that identifies a history; NULL is nobody's history.
    name : str
        What the last step is called; the steps before it begin with it.
    counts, sums : sequence of str
        Columns of the facts to sum up: whole numbers from 0 on, and any whole numbers; NULL adds
        nothing.
    facts : str
        A step with the key, ``known_at`` (TIMESTAMP), the counts and sums.
    questions : str
        A step with ``unit_id``, the key and ``asked_at`` (TIMESTAMP).
    recent_days : int, optional
        A fact is recent for so many days; None: no recent sums.

    Returns
    -------
    list of Step
        The last has ``unit_id`` and, named ``<name>_<column>`` over all facts known before and
        ``<name>_recent_<column>`` over the recent ones, the sums (DOUBLE; 0 where nothing was
        known).

    Examples
    --------
    >>> [step for step, _ in history_steps("seller_id", "by_seller", ["n", "late"], [], "outcomes")]
    ['by_seller_moves', 'by_seller_sums', 'by_seller_pairs', 'by_seller']
    """
    packs = [counts[i : i + 2] for i in range(0, len(counts), 2)]
    added = [_packed(pair) for pair in packs] + [_number(column) for column in sums]
    held = [f"sum_{i}" for i in range(len(added))]
    ages = [None] if recent_days is None else [None, recent_days]
    return [
        (f"{name}_moves", _moves(key, facts, questions, added, held, ages)),
        (f"{name}_sums", _running(name, held)),
        (f"{name}_pairs", _pairs(name, held, ages)),
        (name, _unpacked(name, packs, sums, ages)),
    ]


def _number(column: str) -> str:
    return f"coalesce(CAST({column} AS DOUBLE), CAST(0 AS DOUBLE))"


def _packed(pair: Sequence[str]) -> str:
    return f" + {_PACK} * ".join(_number(column) for column in pair)


def _moves(
    key: str,
    facts: str,
    questions: str,
    added: Sequence[str],
    held: Sequence[str],
    ages: Sequence[int | None],
) -> str:
    nothing = ", ".join(f"CAST(0 AS DOUBLE) AS {column}" for column in held)
    moves = []
    for back, days in enumerate(ages):
        moment = "asked_at" if days is None else f"asked_at - INTERVAL {days} DAYS"
        moves.append(
            f"SELECT {key} AS who, {moment} AS moment, {_kind(back)} AS kind, unit_id,"
            f" {nothing}\nFROM {questions} WHERE {key} IS NOT NULL"
        )
    moves.append(
        f"SELECT {key}, known_at, {_kind(_FACT)}, NULL, {', '.join(added)}\nFROM {facts}"
        f" WHERE {key} IS NOT NULL AND known_at IS NOT NULL"
    )
    return "\nUNION ALL\n".join(moves)


def _kind(number: int) -> str:
    return f"CAST({number} AS TINYINT)"


def _running(name: str, held: Sequence[str]) -> str:
    running = ", ".join(f"sum({column}) OVER upto AS {column}" for column in held)
    return f"""\
SELECT unit_id, kind, {running}
FROM {name}_moves
WINDOW upto AS (PARTITION BY who ORDER BY moment, kind ROWS UNBOUNDED PRECEDING)"""


def _pairs(name: str, held: Sequence[str], ages: Sequence[int | None]) -> str:
    """Bring the sums of a question, and those as of so many days before, into one row."""
    if len(ages) == 1:
        return f"SELECT unit_id, {', '.join(held)} FROM {name}_sums WHERE kind = 0"
    now = ", ".join(f"sum(CASE WHEN kind = 0 THEN {c} END) AS {c}" for c in held)
    recent = ", ".join(
        f"sum(CASE WHEN kind = 0 THEN {c} ELSE -{c} END) AS recent_{c}" for c in held
    )
    return f"SELECT unit_id, {now}, {recent} FROM {name}_sums WHERE kind < {_FACT} GROUP BY unit_id"


def _unpacked(
    name: str,
    packs: Sequence[Sequence[str]],
    sums: Sequence[str],
    ages: Sequence[int | None],
) -> str:
    """Take the packs apart again."""
    items = []
    for when in ("", "recent_")[: len(ages)]:
        for i, pair in enumerate(packs):
            column = f"{when}sum_{i}"
            high = f"floor({column} / {_PACK})"
            items.append(f"{column} - {high} * {_PACK} AS {name}_{when}{pair[0]}")
            items += [f"{high} AS {name}_{when}{second}" for second in pair[1:]]
        items += [
            f"{when}sum_{i} AS {name}_{when}{column}" for i, column in enumerate(sums, len(packs))
        ]
    return f"SELECT unit_id, {', '.join(items)} FROM {name}_pairs"
