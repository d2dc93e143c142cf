"""Tables for readers: headings in their language, numbers as one writes them, all escaped."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from decimal import Decimal
from typing import Any

import pandas as pd
from markupsafe import Markup

from rakustats.reports.texts import label, shown_as
from rakustats.results.html import render

# beside these, lo and hi are points or multiples
_WITHOUT_SHARES = frozenset({"score", "slowness"})


def shares_of(columns: Iterable[object]) -> frozenset[str]:
    """Return which of some columns, standing beside each other, are shares."""
    names = {str(name) for name in columns}
    return frozenset(n for n in names - _no_shares(names) if shown_as(n) == "share")


def _no_shares(names: set[str]) -> set[str]:
    return {"lo", "hi"} if _WITHOUT_SHARES & names else set()


def html_table(frame: pd.DataFrame, lang: str, columns: Sequence[str] | None = None) -> Markup:
    """Return `frame` as an HTML table; only `columns`, in that order, where given.

    Headings come from the catalogue `columns.toml`, shares show as per cent with one decimal,
    and every text is escaped: names in exports are not trusted.
    """
    shown = frame if columns is None else frame[[c for c in columns if c in frame.columns]]
    plain = _no_shares({str(name) for name in frame.columns})
    kinds = ["" if name in plain else str(name) for name in shown.columns]
    return render(
        "results/table",
        css="rows",
        heads=[label(str(name), lang) for name in shown.columns],
        right=[_is_numeric(kind, shown[name]) for kind, name in zip(kinds, shown, strict=True)],
        rows=[
            [written(value, kind) for value, kind in zip(row, kinds, strict=True)]
            for row in shown.itertuples(index=False)
        ],
    )


def written(value: Any, column: str = "") -> str:
    """Return one value as a reader expects it: 12,345 · 12.3 % · 2026-11-01 · – for unknown."""
    if _is_unknown(value):
        return "–"
    shown = shown_as(column)
    if isinstance(value, dt.datetime) and shown == "day in Japan":
        # the end of a day belongs to that day
        return f"{value + dt.timedelta(hours=9, seconds=-1):%Y-%m-%d}"
    if isinstance(value, dt.datetime):
        return f"{value:%Y-%m-%d %H:%M}" if (value.hour or value.minute) else f"{value:%Y-%m-%d}"
    if isinstance(value, bool | str | dt.date):
        return str(value)
    if shown == "share":
        return f"{float(value):.1%}".replace("%", " %")
    if shown == "third decimal":
        return f"{float(value):.3f}"
    if isinstance(value, float | Decimal):
        return f"{float(value):,.0f}" if float(value).is_integer() else f"{float(value):,.2f}"
    if isinstance(value, Sequence) or hasattr(value, "tolist"):
        return ", ".join(str(part) for part in value)
    return f"{value:,}" if isinstance(value, int) else str(value)


def _is_numeric(name: str, values: pd.Series[Any]) -> bool:
    return shown_as(name) == "share" or (
        pd.api.types.is_numeric_dtype(values) and not pd.api.types.is_bool_dtype(values)
    )


def _is_unknown(value: Any) -> bool:
    return value is None or (pd.api.types.is_scalar(value) and bool(pd.isna(value)))
