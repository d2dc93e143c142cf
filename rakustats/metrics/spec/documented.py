"""Docstrings of metrics: what all share is written once, the columns beside what makes them.

A public metric is decorated with :func:`documented`; its own docstring says what is its own. The
function itself stays as it is, so that types, examples and tracebacks are its own too.
"""

from __future__ import annotations

import inspect
import re
import textwrap
from collections.abc import Callable, Mapping
from typing import Any, TypeVar

from rakustats.marts.question import Period
from rakustats.metrics.spec.case_mix import STRATA

#: What each column means, in their order; columns of one meaning share an entry ("lo, hi").
Columns = Mapping[str, str]
F = TypeVar("F", bound=Callable[..., Any])

KEY_NAMES = (
    "seller, carrier, ship_method, mode, origin_region, dest_region, leg, category, platform,"
    " inspection_level, month, closure"
)
KEYS = f"Keys: {KEY_NAMES}. Without, one row for all."
KEYS_OF_LINES = (
    f"Keys: {KEY_NAMES}. A line that came in parcels of two carriers counts once for"
    " each; the parcels of the final leg count, or those of the first where there are no others."
)
KEYS_OF_PARCELS = (
    "Keys: carrier, ship_method, mode, origin_region, dest_region, leg, month, closure."
)
PURCHASED = "Days of purchase (else payment, else submission of the order)"
_DB = "db : Database\n    From :func:`rakustats.connect`."
_AS_OF = (
    "as_of : str, date or datetime, optional\n"
    "    The snapshot: what was known then; the database's own as-of by default."
)
_ADJUST = (
    f"Compare each group with what is expected of its mix of these: {', '.join(STRATA)}. The last"
    " named is given up first where units are few."
)
#: Columns that an adjusted rate has besides.
ADJUSTED: Columns = {
    "expected": "events at the rates that units like the group's have in the other groups",
    "adjusted": "the rate that it would have with the mix of all units, shrunken"
    " (:func:`rakustats.stats.case_mix.mix_shifts`); without differences of mix, the estimate",
    "adjusted_lo, adjusted_hi": "90 % interval of the adjusted rate",
    "mix_odds": "the odds that its mix brings, over those of the mix of all",
    "mix_sd": "standard deviation of the logarithm of ``mix_odds``",
    "n_alone": "units in circumstances in which no other group has any",
    "n_event_orders": "orders that the events fell on, where orders may have several units",
    "ratio": "events / expected",
    "ratio_lo, ratio_hi": "exact 90 % Poisson interval of the ratio",
    "judged": "better, similar, worse, much worse by that interval; alone where ``n_alone`` are all"
    " of its units",
}
_RAISES = (
    "UsageError\n    If an argument is not valid, or no export brought the data; the message"
    " names the\n    columns."
)
_SECTIONS = re.compile(r"^(\w[\w ]*)\n-+$", re.MULTILINE)


def names_of(columns: Columns) -> list[str]:
    """Return the names of documented columns, one by one."""
    return [name for names in columns for name in names.split(", ")]


def documented(
    columns: Columns,
    *,
    rows: str = "One row per group, sorted by the keys",
    by: str | None = KEYS,
    cohort: str | None = PURCHASED,
    adjusts: bool = False,
) -> Callable[[F], F]:
    """Return a decorator that completes a metric's docstring and spells out its signature.

    Parameters
    ----------
    columns : mapping
        What each column of the result means, in their order.
    rows : str
        What a row is.
    by, cohort : str, optional
        What the keys are, and which day counts for ``since`` and ``until``; None where the metric
        does not take them.
    adjusts : bool
        Whether it takes ``adjust``.
    """

    def complete(function: F) -> F:
        own = _sections(inspect.cleandoc(function.__doc__ or ""))
        params = [_DB]
        if by is not None:
            params.append(f"by : str or sequence of str, optional\n{_wrapped(by)}")
        if cohort is not None:
            params.append(
                f"since, until : str or date, optional\n{_wrapped(f'{cohort}, until exclusive.')}"
            )
        params += [_AS_OF, *filter(None, [own.pop("Parameters", "")])]
        returns = f"Result\n{_wrapped(f'{rows}:')}\n\n{_listed(columns)}"
        if adjusts:
            params.append(f"adjust : str or sequence of str, optional\n{_wrapped(_ADJUST)}")
            returns += f"\n\n    With ``adjust`` also:\n\n{_listed(ADJUSTED)}"
        if more := own.pop("Returns", ""):
            returns += f"\n\n{textwrap.indent(more, '    ')}"
        sections = {"Returns": returns, "Raises": own.pop("Raises", _RAISES)}
        return _completed(function, own.pop(""), params, sections | own, dated=cohort is not None)

    return complete


def of_database(function: F) -> F:
    """Complete docstring and signature of a function that is asked of a database.

    Its parameters get ``db`` and, unless they speak of it themselves, ``as_of``.
    """
    sections = _sections(inspect.cleandoc(function.__doc__ or ""))
    title, own = sections.pop(""), sections.pop("Parameters", "")
    usual = [_DB] if re.search(r"\bas_of\b", own) else [_DB, _AS_OF]
    params = [*usual, *filter(None, [own])]
    return _completed(function, title, params, sections, dated=True)


def _completed(
    function: F, title: str, params: list[str], sections: Mapping[str, str], *, dated: bool
) -> F:
    """Give a function the docstring made of these parts, and a signature that is spelt out."""
    parts = [title, _section("Parameters", "\n".join(params))]
    parts += [_section(name, text) for name, text in sections.items()]
    function.__doc__ = "\n\n".join(parts) + "\n"
    function.__signature__ = _signature(function, dated)  # type: ignore[attr-defined] # inspect reads it
    return function


def _signature(function: Callable[..., Any], dated: bool) -> inspect.Signature:
    """Return the signature with the words of the period in the place of ``**period``."""
    found = inspect.signature(function)
    given = [p for p in found.parameters.values() if p.kind is not p.VAR_KEYWORD]
    if len(given) < len(found.parameters):
        only = inspect.Parameter.KEYWORD_ONLY
        words = [name for name in Period.__annotations__ if dated or name == "as_of"]
        given += [inspect.Parameter(name, only, default=None) for name in words]
    return found.replace(parameters=given)


def _sections(doc: str) -> dict[str, str]:
    """Return a docstring's sections by their heading; what stands before the first is ''."""
    parts = _SECTIONS.split(doc)
    texts = [text.strip("\n") for text in parts[2::2]]
    return {"": parts[0].strip(), **dict(zip(parts[1::2], texts, strict=True))}


def _section(name: str, text: str) -> str:
    return f"{name}\n{'-' * len(name)}\n{text}"


def _listed(columns: Columns) -> str:
    named = {name.replace(", ", "``, ``"): meaning for name, meaning in columns.items()}
    items = (f"- ``{name}``: {meaning}" for name, meaning in named.items())
    return "\n".join(_wrapped(item, hanging="  ") for item in items)


def _wrapped(text: str, hanging: str = "") -> str:
    return textwrap.fill(
        text, 96, initial_indent="    ", subsequent_indent=f"    {hanging}", break_long_words=False
    )
