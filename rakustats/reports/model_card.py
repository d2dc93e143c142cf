"""The model card of deliveries at risk, on one page or as JSON."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pandas as pd

from rakustats.errors import UsageError
from rakustats.i18n.phrases import Lang
from rakustats.reports.style import style
from rakustats.reports.tables import html_table, written
from rakustats.reports.texts import label, text
from rakustats.results.atomic_write import put
from rakustats.results.html import render
from rakustats.results.writers.json import as_json

_ORIGINS = ("origin", "n_learnt", "n", "events", "auc", "average_precision", "brier", "skill")
_IN_USE = (
    "origin", "n", "mean_probability", "calibration_error", "precision", "lead_days", "coverage",
)  # fmt: skip
_MONTHS = ("month", "n", "events", "rate", "mean_probability", "auc", "brier", "coverage")
_BINS = ("n", "probability", "rate")


def write_model_card(card: dict[str, Any], path: str | Path, lang: Lang = "ja") -> Path:
    """Write a model's card, as .json or as one page of .html, and return its path.

    Parameters
    ----------
    card : dict
        ``card`` of a :class:`rakustats.RiskModel`.
    path : str or Path
        A file whose name ends in .json or .html; it is replaced in one step.
    lang : {"ja", "en"}
        Language of the page; the JSON holds both.

    Raises
    ------
    UsageError
        If the ending is neither.
    RakustatsError
        If the file cannot be written.

    Examples
    --------
    >>> run, model = rs.current_risk_model(db, folder="risk")
    >>> rs.write_model_card(model.card, "card.html", lang="en").name
    'card.html'
    """
    path = Path(path)
    ending = path.suffix.lower()
    if ending not in (".json", ".html"):
        raise UsageError(
            ja=f"{path}：カードの拡張子は .json か .html にしてください。",
            en=f"{path}: a card is written as .json or .html.",
        )
    made = card_html(card, lang) if ending == ".html" else card_json(card)
    return put(path, lambda beside: beside.write_text(made, encoding="utf-8", newline="\n"))


def card_json(card: dict[str, Any]) -> str:
    """Return a card as JSON."""
    return as_json(card)


def card_html(card: dict[str, Any], lang: Lang) -> str:
    """Return a card as one page that needs no network, every text escaped."""

    def worded(key: str) -> str:
        return text("model_card", key, lang)

    sections: dict[str, Sequence[object]] = {
        "rule": [card["label_rule"][lang]],
        "data": [_window(card, worded("window"))],
        "used": [_used(card["used"], lang), card["why"][lang]],
        "origins": [_table(card["origins"], _ORIGINS, lang), _leaky(card, worded("leaky"))],
        "in_use": [_table(card["origins"], _IN_USE, lang)],
        "baselines": [_baselines(card["origins"], lang)],
        "months": [_table(card["months"], _MONTHS, lang)],
        "calibration": [_table(card["calibration"], _BINS, lang)],
        "limits": [[limit[lang] for limit in card["limits"]]],
    }
    page = render(
        "reports/model_card",
        lang=lang,
        style=style(),
        title=worded("card"),
        as_of=worded("as_of").format(day=card["as_of"][:10]),
        sections={worded(key): blocks for key, blocks in sections.items()},
    )
    return str(page)


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
    """Return a table, or the word for none."""
    if not rows:
        return text("model_card", "none", lang)
    return html_table(pd.DataFrame([{c: row.get(c) for c in columns} for row in rows]), lang)
