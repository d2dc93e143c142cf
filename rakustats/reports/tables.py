"""Tables for readers: headings in their language, numbers as one writes them, all escaped."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from decimal import Decimal
from typing import Any

import pandas as pd
from markupsafe import Markup

from rakustats.reports.texts import label
from rakustats.results.html import render

SHARES = frozenset(
    {
        "rate",
        "estimate",
        "lo",
        "hi",
        "share",
        "filled",
        "ripe_share",
        "final_rate",
        "rate_with_withdrawn",
        "in_window_share",
        "granted_share",
        "recovery_rate",
        "fee_share",
        "drift_median",
        "drift_p90",
        "gap_share",
        "rate_high",
        "estimate_high",
        "lo_high",
        "hi_high",
        "incidence",
        "survival",
        "probability",
        "p_worst",
        "raw_estimate",
        "raw_lo",
        "raw_hi",
        "rate_before",
        "rate_after",
        "mean_probability",
        "coverage",
        "covered",
        "precision",
        "hit_rate",
        "hit_lo",
        "hit_hi",
        "found",
    }
)
# instants in UTC of which a reader wants the day in Japan
_DAYS_IN_JAPAN = frozenset({"arrives_p10", "arrives_p50", "arrives_p90", "due_at"})
# figures of a model differ in the third decimal
_THIRDS = frozenset(
    {
        "auc",
        "leaky_auc",
        "average_precision",
        "brier",
        "skill",
        "calibration_error",
        "lane_rate",
        "slack",
        "age_over_p80",
        "base_rate",
    }
)
# beside these, lo and hi are points or multiples
_NO_SHARES = frozenset({"score", "slowness"})


def shares_of(columns: Iterable[object]) -> frozenset[str]:
    """Return which of some columns, standing beside each other, are shares."""
    names = {str(name) for name in columns}
    bounds = {"lo", "hi"} if _NO_SHARES & names else set()
    return frozenset((SHARES & names) - bounds)


def html_table(frame: pd.DataFrame, lang: str, columns: Sequence[str] | None = None) -> Markup:
    """Return `frame` as an HTML table; only `columns`, in that order, where given.

    Headings come from the catalogue `columns.toml`, shares show as per cent with one decimal,
    and every text is escaped: names in exports are not trusted.
    """
    shown = frame if columns is None else frame[[c for c in columns if c in frame.columns]]
    shares = shares_of(frame.columns)
    kinds = [
        str(name) if name in shares | _THIRDS | _DAYS_IN_JAPAN else "" for name in shown.columns
    ]
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
    if isinstance(value, dt.datetime) and column in _DAYS_IN_JAPAN:
        # the end of a day belongs to that day
        return f"{value + dt.timedelta(hours=9, seconds=-1):%Y-%m-%d}"
    if isinstance(value, dt.datetime):
        return f"{value:%Y-%m-%d %H:%M}" if (value.hour or value.minute) else f"{value:%Y-%m-%d}"
    if isinstance(value, bool | str | dt.date):
        return str(value)
    if column in SHARES:
        return f"{float(value):.1%}".replace("%", " %")
    if column in _THIRDS:
        return f"{float(value):.3f}"
    if isinstance(value, float | Decimal):
        return f"{float(value):,.0f}" if float(value).is_integer() else f"{float(value):,.2f}"
    if isinstance(value, Sequence) or hasattr(value, "tolist"):
        return ", ".join(str(part) for part in value)
    return f"{value:,}" if isinstance(value, int) else str(value)


def _is_numeric(name: str, values: pd.Series[Any]) -> bool:
    return name in SHARES or (
        pd.api.types.is_numeric_dtype(values) and not pd.api.types.is_bool_dtype(values)
    )


def _is_unknown(value: Any) -> bool:
    return value is None or (pd.api.types.is_scalar(value) and bool(pd.isna(value)))
