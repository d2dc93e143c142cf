"""Why units do not count, how they ended, what is counted apart: in words that metrics share."""

from __future__ import annotations

from collections.abc import Mapping

#: Columns counted apart: the condition on a row, and their meaning for readers.
Counted = Mapping[str, tuple[str, str]]

MEANINGS = {
    "backwards": "ended before it began",
    "cancelled": "cancelled",
    "just_begun": "begun on a day that was not over",
    "lost": "lost or returned",
    "no_date": "over, but no export says when",
    "no_promise": "no day was promised",
    "no_quantity": "0 pieces ordered",
    "no_start": "no day to count from",
    "replacement": "lines of a replacement order",
    "test": "tests and samples",
    "void": "request withdrawn",
}


def reasons(*names: str, **own: str) -> dict[str, str]:
    """Return reasons with their meanings, in this order: shared ones by name, and a metric's own.

    Examples
    --------
    >>> reasons("void", "test", test="tests, samples, the customer's own shipments")
    {'void': 'request withdrawn', 'test': "tests, samples, the customer's own shipments"}
    """
    meanings = MEANINGS | own
    return {name: meanings[name] for name in dict.fromkeys((*names, *own))}


#: Why a line of goods does not count.
OF_GOODS = reasons(
    *("cancelled", "replacement", "no_quantity", "test"), cancelled="cancelled and never received"
)


def endings(*names: str, **own: str) -> Counted:
    """Return counts of spells by how they ended, ``n_<ending>``."""
    meanings = reasons(*names, **own)
    return {f"n_{name}": (f"ending = '{name}'", meaning) for name, meaning in meanings.items()}


def statuses(**meanings: str) -> Counted:
    """Return counts of units by a status that is neither counted nor excluded, ``n_<status>``."""
    return {f"n_{name}": (is_status(f"n_{name}"), meaning) for name, meaning in meanings.items()}


def is_status(column: str) -> str:
    """Return the SQL of whether a unit has the status that a column counts."""
    return f"status = '{column.removeprefix('n_')}'"


def together(total: tuple[str, ...]) -> str:
    """Say which columns make up all units of a group."""
    *others, _ = (f"``{name}``" for name in total)
    return f"with {', '.join(others)} it makes up all units"


def matured(**meanings: tuple[str, str]) -> Counted:
    """Return counts of those matured units of which a condition holds, ``n_<name>``."""
    return {
        f"n_{name}": (f"status = 'matured' AND {test}", meaning)
        for name, (test, meaning) in meanings.items()
    }
