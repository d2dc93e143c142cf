"""Exports with hazards planted, each in files and under numbers of its own, and their truth."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import astuple, fields
from datetime import datetime
from pathlib import Path

import rakustats.simulate.hazards.behaviour
import rakustats.simulate.hazards.identity
import rakustats.simulate.hazards.layout
import rakustats.simulate.hazards.text
import rakustats.simulate.hazards.values
import rakustats.simulate.hazards.versions  # noqa: F401, they register what they plant
from rakustats.errors import UsageError
from rakustats.simulate.hazards.desk import Desk, Fact, lines
from rakustats.simulate.hazards.registry import PLANTINGS, chosen

FIRST_DAY = datetime(2026, 5, 1)
FOLDER = "hazards"
README = """
hazards.csv    what loading makes of the exports in ../hazards, one line a fact: hazard, what,
               table_name, key (columns of the table's key with / between), column_name, expected,
               file, as_of. Instants are UTC; an empty `expected` is NULL. `what` says:
  value        the row with that key holds `expected` in the column (as of `as_of`, if given)
  rows         so many rows of the table have a key with `key` in it
  issue        main.issues has so many rows of the rule `column_name` for that key, or that file
  reject       row `key` of the file is in main.rejects, with `expected` in a reason
  import       main.imports says so of the file (and its sheet `key`, if given)
  no_import    main.imports does not know the file
  booked       so many rows of main.imports have the sha256 `key`
  refused      loading truth/refused/<hazard>/<file> ends with a message that contains `expected`
  figure       the metric `table_name` gives so much for the group `key` (0: no such group either)
  written      the metric's CSV shows so for the group `key`
  workdays     so many workdays of the place `column_name` lie after one day, up to another
  unknown_year the place's holidays of the year `key` are not announced
  absent       the text is nowhere in the database
"""


def wanted_hazards(wanted: str | Iterable[str] | None, at: datetime) -> tuple[str, ...]:
    """Return the ids of the wanted hazards.

    Raises
    ------
    UsageError
        If one is unknown, or the sample's world ends before the days they are about.
    """
    names = chosen(wanted) if wanted is not None else ()
    if names and at < FIRST_DAY:
        raise UsageError(
            ja=f"--as-of {at:%Y-%m-%d}：--hazards は 2026 年 4 月までの月を対象にします。"
            f"サンプルの最終日を {FIRST_DAY:%Y-%m-%d} 以降にしてください。",
            en=f"--as-of {at:%Y-%m-%d}: hazards are planted in the months up to April 2026;"
            " with --hazards the sample's world must end on"
            f" {FIRST_DAY:%Y-%m-%d} or later.",
        )
    return names


def plant(folder: Path, truth: Path, wanted: Iterable[str], seed: int) -> tuple[str, ...]:
    """Write the exports of the wanted hazards to ``folder/hazards``, what they show to ``truth``.

    Returns the names of the exports, with their folders.

    Files that no load takes lie in ``truth/refused``, which a load of the folder passes over.
    """
    files: list[str] = []
    facts: list[Fact] = []
    for name in wanted:
        desk = Desk(name, folder / FOLDER / name, truth / "refused" / name, seed)
        PLANTINGS[name](desk)
        files += [f"{FOLDER}/{name}/{file}" for file in desk.files]
        facts += desk.facts
    header = [field.name for field in fields(Fact)]
    rows = [header, *(astuple(fact) for fact in facts)]
    (truth / "hazards.csv").write_bytes(lines(rows, "\n").encode())
    with (truth / "README.txt").open("a", encoding="utf-8", newline="\n") as readme:
        readme.write(README)
    return tuple(files)
