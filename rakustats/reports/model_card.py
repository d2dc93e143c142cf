"""The model card of deliveries at risk, on one page or as JSON."""

from __future__ import annotations

import json
from collections.abc import Sequence
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd

from rakustats.errors import UsageError
from rakustats.reports.style import style
from rakustats.reports.tables import html_table, written
from rakustats.reports.texts import label, text
from rakustats.results.atomic_write import put

if TYPE_CHECKING:
    from rakustats.i18n.phrases import Lang

_ORIGINS = ("origin", "n_learnt", "n", "events", "auc", "average_precision", "brier", "skill")
_IN_USE = (
    "origin", "n", "mean_probability", "calibration_error", "precision", "lead_days", "coverage",
)  # fmt: skip
_MONTHS = ("month", "n", "events", "rate", "mean_probability", "auc", "brier", "coverage")
_BINS = ("n", "probability", "rate")


def write_card(card: dict[str, Any], path: Path, lang: Lang) -> Path:
    """Write a card as .json or .html.

    Raises
    ------
    UsageError
        If the ending is neither.
    RakustatsError
        If the file cannot be written.
    """
    ending = path.suffix.lower()
    if ending not in (".json", ".html"):
        raise UsageError(f"{path}: a card is written as .json or .html.")
    made = card_html(card, lang) if ending == ".html" else card_json(card)
    return put(path, lambda beside: beside.write_text(made, encoding="utf-8", newline="\n"))


def card_json(card: dict[str, Any]) -> str:
    """Return a card as JSON."""
    return json.dumps(card, ensure_ascii=False, indent=1, allow_nan=False) + "\n"


def card_html(card: dict[str, Any], lang: Lang) -> str:
    """Return a card as one page that needs no network, every text escaped."""

    def told(key: str) -> str:
        return text("model_card", key, lang)

    def words(key: str) -> str:
        return _paragraph(card[key][lang])

    sections = {
        "rule": words("label_rule"),
        "data": _paragraph(_window(card, told("window"))),
        "used": _paragraph(_used(card["used"], lang)) + words("why"),
        "origins": _table(card["origins"], _ORIGINS, lang)
        + _paragraph(_leaky(card, told("leaky"))),
        "in_use": _table(card["origins"], _IN_USE, lang),
        "baselines": _baselines(card["origins"], lang),
        "months": _table(card["months"], _MONTHS, lang),
        "calibration": _table(card["calibration"], _BINS, lang),
        "limits": _list([limit[lang] for limit in card["limits"]]),
    }
    head = told("card")
    body = "\n".join(f"<h2>{escape(told(key))}</h2>{made}" for key, made in sections.items())
    return f"""<!DOCTYPE html>
<html lang="{lang}"><head><meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<title>{escape(head)} – rakustats</title><style>{style()}</style></head>
<body><header><p class="brand">rakustats</p><h1>{escape(head)}</h1>
<p class="facts">{escape(told("as_of").format(day=card["as_of"][:10]))}</p></header>
<main><section class="prose">{body}</section></main><footer></footer></body></html>
"""


def _window(card: dict[str, Any], words: str) -> str:
    rows = card["rows"]
    return words.format(
        first=rows["first"] or "–", last=rows["last"] or "–", n=f"{rows['n']:,}",
        events=f"{rows['events']:,}", deliveries=f"{rows['n_deliveries']:,}",
    )  # fmt: skip


def _used(name: str, lang: Lang) -> str:
    return text("model_card", "model", lang) if name == "model" else label(name, lang)


def _leaky(card: dict[str, Any], words: str) -> str:
    return words.format(auc=written(card["auc"], "auc"), leaky=written(card["leaky_auc"], "auc"))


def _baselines(origins: Sequence[dict[str, Any]], lang: Lang) -> str:
    beside = [{"origin": o["origin"], "brier": o["brier"], **o["baselines"]} for o in origins]
    names = dict.fromkeys(name for row in beside for name in row)
    return _table(beside, tuple(names), lang)


def _table(rows: Sequence[dict[str, Any]], columns: Sequence[str], lang: Lang) -> str:
    if not rows:
        return _paragraph(text("model_card", "none", lang))
    frame = pd.DataFrame([{name: row.get(name) for name in columns} for row in rows])
    return f'<div class="wide">{html_table(frame, lang)}</div>'


def _paragraph(words: str) -> str:
    return f"<p>{escape(words)}</p>"


def _list(lines: Sequence[str]) -> str:
    return f"<ul>{''.join(f'<li>{escape(line)}</li>' for line in lines)}</ul>"
