"""Manual attributions of fault: data/attributions.toml, which goes before the rules.

One entry for each claim that the rules, or the export, judge wrongly::

    [[claims]]
    claim_id = "QC00000012"
    attributed_to = "leg2_carrier"
    author = "田中"
    reason = "配達員の事故報告書を受領"
    decided_on = 2026-03-01

``attributed_to`` may share the fault: ``{ agency = 0.5, seller = 0.5 }``. A snapshot of a day
before ``decided_on`` does not know the entry; without a day it holds always.
"""

from __future__ import annotations

import math
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

import pyarrow as pa

from rakustats.config import toml
from rakustats.config import validators as v
from rakustats.config.settings import settings
from rakustats.config.toml import Located
from rakustats.config.toml_positions import Place
from rakustats.schema.tables import tables

SCHEMA = pa.schema(
    [
        *((name, pa.string()) for name in ("claim_id", "attributed_to")),
        ("share", pa.float64()),
        *((name, pa.string()) for name in ("author", "reason")),
        ("decided_on", pa.date32()),
    ]
)


class ManualAttribution(NamedTuple):
    """A party's share in a claim, as somebody decided it."""

    claim_id: str
    attributed_to: str
    share: float
    author: str
    reason: str
    decided_on: date | None


def manual_attributions(path: str | Path | None = None) -> list[ManualAttribution]:
    """Return one's own attributions, one for each claim and party; none where there is no file.

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


def parsed(file: Located) -> list[ManualAttribution]:
    """Return the attributions of a file that was read.

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
    form = v.table({"claims": v.tables(_form(), ja="クレーム", en="claim")}, what=v.TABLE)
    seen: dict[str, int] = {}
    found: list[ManualAttribution] = []
    for number, spec in enumerate(form(file, (), file.values).get("claims", ())):
        claim = spec["claim_id"]
        if claim in seen:
            first = file.lines["claims", seen[claim]]
            raise file.wrong(
                ("claims", number, "claim_id"),
                ja=f"{claim} は {first} 行目ですでに判断されています",
                en=f"{claim} was attributed before, on line {first}",
            )
        seen[claim] = number
        author, reason, day = spec["author"], spec["reason"], spec.get("decided_on")
        shares = spec["attributed_to"].items()
        found += (
            ManualAttribution(claim, party, share, author, reason, day) for party, share in shares
        )
    return found


def as_table(found: list[ManualAttribution]) -> pa.Table:
    """Return the attributions as a table, to be lent to an engine."""
    return pa.Table.from_pylist([o._asdict() for o in found], SCHEMA)


@cache
def _form() -> v.Check[dict[str, Any]]:
    keys: dict[str, v.Check[Any]] = {
        "claim_id": v.words,
        "attributed_to": _shares,
        "author": v.words,
        "reason": v.words,
        "decided_on": v.day,
    }
    return v.table(keys, needed=keys.keys() - {"decided_on"})


def _shares(file: Located, at: Place, given: Any) -> dict[str, float]:
    party = v.OneOf(tables()["claims"]["attributed_to"].values)
    if not isinstance(given, dict):
        return {party(file, at, v.text(file, at, given)): 1.0}
    shares = {party(file, (*at, p), p): _share(file, (*at, p), s) for p, s in given.items()}
    if not math.isclose(sum(shares.values()), 1.0, abs_tol=1e-9):
        total = f"{sum(shares.values()):g}"
        raise file.wrong(
            at,
            ja=f"割合の合計が 1 ではなく {total} です",
            en=f"the shares add up to {total}, not to 1",
        )
    return shares


_share = v.number(
    lambda share: 0 < share <= 1,
    ja="割合は 0 より大きく 1 以下の数値です",
    en="a share is a number above 0 and up to 1",
)
