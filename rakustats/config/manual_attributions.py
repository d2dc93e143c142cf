"""Whose fault a claim is by one's own judgement: data/attributions.toml, which goes before rules.

One entry for each claim that the rules, or the export, judge wrongly::

    [[claims]]
    claim_id = "QC00000012"
    attributed_to = "leg2_carrier"
    author = "田中"
    reason = "配達員の事故報告書を受領"
    decided_on = 2026-03-01

``attributed_to`` may share the fault: ``{ agency = 0.5, seller = 0.5 }``. A look back to a day
before ``decided_on`` does not know the entry; without a day it holds always.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any, NamedTuple

import pyarrow as pa

from rakustats.config import toml
from rakustats.config.settings import settings
from rakustats.config.toml import Located, guess
from rakustats.config.toml_positions import Place
from rakustats.schema.tables import tables

_KEYS = {"claim_id", "attributed_to", "author", "reason", "decided_on"}
_FORM = "write [[claims]], once for each claim"
SCHEMA = pa.schema(
    [
        *((name, pa.string()) for name in ("claim_id", "attributed_to")),
        ("share", pa.float64()),
        *((name, pa.string()) for name in ("author", "reason")),
        ("decided_on", pa.date32()),
    ]
)


class Override(NamedTuple):
    """A party's share in a claim, as somebody decided it."""

    claim_id: str
    attributed_to: str
    share: float
    author: str
    reason: str
    decided_on: date | None


def overrides(path: str | Path | None = None) -> list[Override]:
    """Return one's own judgements, one for each claim and party; none where there is no file.

    Parameters
    ----------
    path : str or Path, optional
        TOML file; ``data/attributions.toml`` by default, which need not be there.

    Raises
    ------
    UsageError
        If the file is wrong; the message names file and line.
    """
    file = Path(path) if path is not None else settings().own_attributions
    if path is None and not file.is_file():
        return []
    return parsed(toml.read(file))


def parsed(file: Located) -> list[Override]:
    """Return the judgements of a file that was read.

    Examples
    --------
    >>> text = '''
    ... [[claims]]
    ... claim_id = "QC1"
    ... attributed_to = { agency = 0.25, seller = 0.75 }
    ... author = "Tanaka"
    ... reason = "both overlooked it"
    ... '''
    >>> [(o.attributed_to, o.share) for o in parsed(toml.parse("own.toml", text))]
    [('agency', 0.25), ('seller', 0.75)]
    """
    file.keys((), file.values, {"claims"}, "table")
    listed = file.values.get("claims", [])
    if not isinstance(listed, list) or not all(isinstance(spec, dict) for spec in listed):
        raise file.wrong(("claims",), _FORM)
    seen: dict[str, int] = {}
    found: list[Override] = []
    for number, spec in enumerate(listed):
        at: Place = ("claims", number)
        file.keys(at, spec, _KEYS, "key")
        claim = _text(file, at, spec, "claim_id")
        if claim in seen:
            first = file.lines["claims", seen[claim]]
            raise file.wrong((*at, "claim_id"), f"{claim} was judged before, on line {first}")
        seen[claim] = number
        found += _parties(file, at, spec, claim)
    return found


def as_table(found: list[Override]) -> pa.Table:
    """Return the judgements as a table, to be lent to an engine."""
    return pa.Table.from_pylist([o._asdict() for o in found], SCHEMA)


def _parties(file: Located, at: Place, spec: dict[str, Any], claim: str) -> Iterator[Override]:
    author, reason = (_text(file, at, spec, key) for key in ("author", "reason"))
    for party, share in _shares(file, at, spec).items():
        yield Override(claim, party, share, author, reason, _day(file, at, spec))


def _text(file: Located, at: Place, spec: dict[str, Any], key: str) -> str:
    if key not in spec:
        raise file.wrong(at, f"{key} is missing")
    text = file.text((*at, key), spec[key]).strip()
    if not text:
        raise file.wrong((*at, key), f"{key} is empty")
    return text


def _day(file: Located, at: Place, spec: dict[str, Any]) -> date | None:
    given = spec.get("decided_on")
    if given is not None and type(given) is not date:
        raise file.wrong((*at, "decided_on"), "write a day without quotes, such as 2026-03-01")
    return given


def _shares(file: Located, at: Place, spec: dict[str, Any]) -> dict[str, float]:
    if "attributed_to" not in spec:
        raise file.wrong(at, "attributed_to is missing")
    given, place = spec["attributed_to"], (*at, "attributed_to")
    if not isinstance(given, dict):
        return {_party(file, place, file.text(place, given)): 1.0}
    shares = {_party(file, (*place, p), p): _share(file, (*place, p), s) for p, s in given.items()}
    if not math.isclose(sum(shares.values()), 1.0, abs_tol=1e-9):
        total = f"{sum(shares.values()):g}"
        raise file.wrong(place, f"the shares add up to {total}, not to 1")
    return shares


def _party(file: Located, at: Place, name: str) -> str:
    right = tables()["claims"]["attributed_to"].values
    if name not in right:
        raise file.wrong(at, f"{name!r} is unknown{guess(name, right)}")
    return name


def _share(file: Located, at: Place, given: Any) -> float:
    number = isinstance(given, int | float) and not isinstance(given, bool)
    if not number or not 0 < given <= 1:
        raise file.wrong(at, "a share is a number above 0 and up to 1")
    return float(given)
