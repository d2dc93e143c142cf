"""The model card on one page, or as JSON."""

from __future__ import annotations

import json
from collections.abc import Sequence
from html import escape
from pathlib import Path
from typing import Any

from rakustats.errors import UsageError
from rakustats.results import Lang, Phrase, phrase

_HEADS = {
    "origin": phrase(ja="学習した時点", en="trained as of"),
    "n_learnt": phrase(ja="学習件数", en="rows learnt from"),
    "month": phrase(ja="月", en="month"),
    "n": phrase(ja="件数", en="n"),
    "events": phrase(ja="該当", en="events"),
    "rate": phrase(ja="実際の割合", en="rate"),
    "mean_probability": phrase(ja="平均確率", en="mean probability"),
    "probability": phrase(ja="確率", en="probability"),
    "auc": phrase(ja="AUC", en="AUC"),
    "average_precision": phrase(ja="平均適合率", en="average precision"),
    "brier": phrase(ja="Brier", en="Brier"),
    "skill": phrase(ja="Brier の改善率", en="Brier skill"),
    "calibration_error": phrase(ja="較正誤差", en="calibration error"),
    "precision": phrase(ja="上位50件の適合率", en="precision at 50"),
    "lead_days": phrase(ja="警告から約束までの日数", en="lead days"),
    "coverage": phrase(ja="P10–P90 の的中", en="P10–P90 coverage"),
}
_ORIGINS = (
    "origin", "n_learnt", "n", "events", "mean_probability", "auc", "average_precision", "brier",
    "skill", "calibration_error", "precision", "lead_days", "coverage",
)  # fmt: skip
_MONTHS = ("month", "n", "events", "rate", "mean_probability", "auc", "brier", "coverage")
_BINS = ("n", "probability", "rate")
_TEXTS = {
    "title": phrase(ja="遅延リスクのモデルカード", en="Model card: deliveries at risk"),
    "rule": phrase(ja="予測するもの", en="What is predicted"),
    "data": phrase(ja="データ", en="Data"),
    "used": phrase(ja="使うもの", en="What is used"),
    "origins": phrase(ja="過去の時点での試験", en="Tried as of past days"),
    "baselines": phrase(ja="単純な方法の Brier", en="Brier of the baselines"),
    "months": phrase(ja="月ごと", en="By month"),
    "bins": phrase(ja="較正（確率の低い順に10等分）", en="Calibration (tenths by probability)"),
    "leaky": phrase(
        ja="AUC：{auc}（未来を見た場合の見かけは {leaky}）",
        en="AUC {auc} (where the future leaks in, the same data seem to give {leaky})",
    ),
    "limits": phrase(ja="わかっている限界", en="Known limits"),
}
_STYLE = """\
body{font-family:system-ui,"Hiragino Sans","Noto Sans CJK JP",sans-serif;max-width:64rem;
margin:2rem auto;padding:0 1rem;color:#222}table{border-collapse:collapse;margin:.5rem 0}
td,th{border-bottom:1px solid #ddd;padding:.2rem .6rem;text-align:right;font-size:.9rem}
th{background:#f4f4f4}h2{font-size:1.1rem;margin-top:1.5rem}"""


def write_card(card: dict[str, Any], path: Path, lang: Lang) -> None:
    """Write a card as .json or .html.

    Raises
    ------
    UsageError
        If the ending is neither.
    """
    if path.suffix not in (".json", ".html"):
        raise UsageError(f"{path}: a card is written as .json or .html.")
    text = card_html(card, lang) if path.suffix == ".html" else _json(card)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8", newline="\n")


def _json(card: dict[str, Any]) -> str:
    return json.dumps(card, ensure_ascii=False, indent=1) + "\n"


def card_html(card: dict[str, Any], lang: Lang) -> str:
    """Return a card as one page, every text escaped."""

    def told(name: str) -> str:
        return escape(_TEXTS[name].to(lang))

    def words(name: str) -> str:
        return escape(str(card[name][lang]))

    rows = card["rows"]
    names = sorted({name for one in card["origins"] for name in one["baselines"]})
    beside = [{"origin": one["origin"], "brier": one["brier"], **one["baselines"]}
              for one in card["origins"]]  # fmt: skip
    leaky = _TEXTS["leaky"].to(lang)
    leaky = leaky.format(auc=_cell(card["auc"]), leaky=_cell(card["leaky_auc"]))
    data = f"{rows['first']} – {rows['last']}, n = {rows['n']:,} ({rows['events']:,})"
    limits = "".join(f"<li>{escape(limit[lang])}</li>" for limit in card["limits"])
    return f"""<!doctype html>
<html lang="{lang}"><head><meta charset="utf-8"><title>{told("title")}</title>
<style>{_STYLE}</style></head><body><h1>{told("title")} ({escape(card["as_of"][:10])})</h1>
<h2>{told("rule")}</h2><p>{words("label_rule")}</p>
<h2>{told("data")}</h2><p>{escape(data)}</p>
<h2>{told("used")}</h2><p>{escape(card["used"])}: {words("why")}</p>
<h2>{told("origins")}</h2>{_table(card["origins"], _ORIGINS, lang)}<p>{escape(leaky)}</p>
<h2>{told("baselines")}</h2>{_table(beside, ("origin", "brier", *names), lang)}
<h2>{told("months")}</h2>{_table(card["months"], _MONTHS, lang)}
<h2>{told("bins")}</h2>{_table(card["calibration"], _BINS, lang)}
<h2>{told("limits")}</h2><ul>{limits}</ul></body></html>
"""


def _table(rows: Sequence[dict[str, Any]], columns: Sequence[str], lang: Lang) -> str:
    def head(name: str) -> Phrase:
        return _HEADS.get(name, phrase(ja=name, en=name))

    top = "".join(f"<th>{escape(head(c).to(lang))}</th>" for c in columns)
    body = "".join(
        f"<tr>{''.join(f'<td>{escape(_cell(row.get(c)))}</td>' for c in columns)}</tr>"
        for row in rows
    )
    return f"<table><tr>{top}</tr>{body}</table>"


def _cell(value: object) -> str:
    if value is None:
        return "–"
    if isinstance(value, float):
        return f"{value:.3f}"
    return f"{value:,}" if isinstance(value, int) else str(value)
