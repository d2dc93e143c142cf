r"""What was known of a seller, carrier or lane at an instant: running sums over earlier facts.

Each question (a unit, and the instant at which it is asked about) is put among the facts in the
order of time, and reads sums over those before it. A fact counts from the instant at which it was
known, and one that becomes known at the very instant of the question does not. A recent fact is
taken off again when it has grown old, so that both sums come from one pass over the sorted rows:
O(n log n), however long the histories are.

Sums are of whole numbers (days on the log scale in millionths), so they are the same to the last
bit in whatever order rows of one instant are added, and whatever comes later: as doubles they add
up without rounding below 2^53, and faster than as integers.
"""

from __future__ import annotations

from collections.abc import Sequence

Step = tuple[str, str]
RECENT_DAYS = 90
# logarithms are counted in parts of this
FINE = 1_000_000


def history_steps(
    key: str,
    name: str,
    sums: Sequence[str],
    facts: str,
    questions: str = "questions",
    recent_days: int | None = RECENT_DAYS,
) -> list[Step]:
    """Return the steps that end in ``name``: one row per question with the sums of its key.

    Parameters
    ----------
    key : str
        Column of both steps by which histories are told apart; NULL is nobody's history.
    name : str
        What the last step is called; the steps before it begin with it.
    sums : sequence of str
        Columns of the facts to sum up, whole numbers; NULL adds nothing.
    facts : str
        A step with the key, ``known_at`` (TIMESTAMP) and the sums.
    questions : str
        A step with ``unit_id``, the key and ``asked_at`` (TIMESTAMP).
    recent_days : int, optional
        A fact is recent for so many days; None: no recent sums.

    Returns
    -------
    list of Step
        The last has ``unit_id`` and, named ``<name>_<sum>`` over all facts known before and
        ``<name>_recent_<sum>`` over the recent ones, the sums (DOUBLE; 0 where nothing was known).

    Examples
    --------
    >>> [step for step, _ in history_steps("seller_id", "of_seller", ["n", "late"], "verdicts")]
    ['of_seller_moves', 'of_seller_sums', 'of_seller']
    """
    zeros = ", ".join("CAST(0 AS DOUBLE)" for _ in sums)
    recent = recent_days is not None
    named = [*sums, *(f"recent_{s}" for s in sums if recent)]
    known = f"{facts} WHERE {key} IS NOT NULL AND known_at IS NOT NULL"
    nothing = ", ".join(f"CAST(0 AS DOUBLE) AS {column}" for column in named)
    moves = [
        f"SELECT {key} AS who, asked_at AS moment, 0 AS turn, unit_id, {nothing}\n"
        f"FROM {questions} WHERE {key} IS NOT NULL",
        f"SELECT {key}, known_at, 1, NULL, {', '.join([_added(sums, 1)] * (2 if recent else 1))}\n"
        f"FROM {known}",
    ]
    if recent:
        old = f"known_at + INTERVAL {recent_days} DAYS"
        moves.append(f"SELECT {key}, {old}, 1, NULL, {zeros}, {_added(sums, -1)}\nFROM {known}")
    running = ", ".join(f"sum({column}) OVER upto AS {column}" for column in named)
    text = f"""\
SELECT unit_id, turn, {running}
FROM {name}_moves
WINDOW upto AS (PARTITION BY who ORDER BY moment, turn ROWS UNBOUNDED PRECEDING)"""
    told = ", ".join(f"{column} AS {name}_{column}" for column in named)
    asked = f"SELECT unit_id, {told} FROM {name}_sums WHERE turn = 0"
    return [(f"{name}_moves", "\nUNION ALL\n".join(moves)), (f"{name}_sums", text), (name, asked)]


def _added(sums: Sequence[str], sign: int) -> str:
    """Return what a fact adds to the sums."""
    return ", ".join(f"{sign} * coalesce(CAST({column} AS DOUBLE), 0)" for column in sums)
