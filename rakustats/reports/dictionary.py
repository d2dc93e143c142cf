"""The data dictionary, written from the schema so that both always agree."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from rakustats.reports.markdown import section
from rakustats.schema.tables import Column, Table, tables

HEAD = """\
# Data dictionary

Made from `rakustats/schema/schema.toml` by `make dictionary`; do not edit it by hand.

- Ids are text. Unknown is NULL, never 0 and never empty text.
- Instants are UTC without a zone. A column that ends in `_day` is the local day of an instant at
  the place that decides; `_until` is the instant (UTC) when a promised day ends there.
- Every row also carries `source_file`, `source_row` (1-based, as a spreadsheet shows it),
  `exported_at` and `n_versions` (how many exports brought this key). `exported_at` is that of the
  newest export in which the row stood as it is, an unchanged repetition included. `utc_offset`
  is how many minutes the clock that cuts the row's days is ahead of UTC: that of `--zone`, or of
  its mapping. Where it is NULL, the place that a column names decides.
- In `db.sql` a row also has `seen_until`, the instant (UTC) up to which it was looked at: when the
  version that is shown was exported, the as-of where that version is younger, for a parcel also its
  last scan. What came later is not known ([methods](methods.md#what-was-known-when-the-horizon)).
- `imports`, one row a sheet, says in `status` what became of it: `loaded`, or `seen again` where a
  file came once more with the same bytes and a newer export date (by its name, `--exported-at` or
  the mapping; the file's own time does not count): all its rows are duplicates, seen up to then.
- Headers are those under which an export may bring a column; the column's own name always works.
"""


def data_dictionary() -> str:
    """Return the canonical tables and their columns as Markdown.

    Examples
    --------
    >>> from rakustats.reports.dictionary import data_dictionary
    >>> data_dictionary().splitlines()[0]
    '# Data dictionary'
    """
    return "\n".join([HEAD, *(_section(table) for table in tables().values()), _known()])


def _section(table: Table) -> str:
    key = ", ".join(f"`{name}`" for name in table.key)
    return section(
        table.name,
        f"One row is {table.grain}. Key: {key}.",
        "",
        head="| column | type | unit | meaning | headers |",
        rows=(row for column in table.columns for row in _rows(column)),
    )


def _known() -> str:
    """Return since when facts without an instant of their own are known, looking back."""
    facts = [(t, c) for t in tables().values() for c in t.columns]
    states = [
        (
            f"`{table.name}.state` {state}",
            _once(told) if told else "no instant of the row lies ahead",
        )
        for table in tables().values()
        for state, told in table.undated
    ]
    return section(
        "What was known when",
        "Where one looks back past the export that brings them, facts without an instant of their"
        " own are shown from here on. What is not named is shown as it stands in the oldest export;"
        " nobody can tell when it was changed.",
        "",
        head="| fact | shown once |",
        rows=[*((f"`{t.name}.{c.name}`", text) for t, c in facts if (text := _since(c))), *states],
    )


def _since(column: Column) -> str:
    if column.not_before:
        leg = f", on leg {column.on_leg}" if column.on_leg else ""
        return f"`{column.not_before}` does not lie ahead{leg}"
    if not column.known:
        return ""
    before = f"; until then `{column.revises}`, where it is told" if column.revises else ""
    return _once(column.known) + before


def _once(told: Sequence[str]) -> str:
    named = ", ".join(f"`{t.removeprefix('last ')}`" for t in told)
    every = " (of all its parcels)" if any(t.startswith("last ") for t in told) else ""
    return f"reached: {named}{every}"


def _rows(column: Column) -> Iterator[tuple[str, ...]]:
    headers = "、".join((*column.ja, *column.zh))
    yield f"`{column.name}`", column.type, column.unit, _meaning(column), headers
    for name, kind in column.companions:
        derived = "when that day ends" if name.endswith("_until") else "its local day"
        yield f"`{name}`", kind, "", f"{derived} (derived from `{column.name}`)", ""


def _meaning(column: Column) -> str:
    values = f"; one of {', '.join(column.values)}" if column.values else ""
    return f"{column.doc}{values}"
