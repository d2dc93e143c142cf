"""How a model did as of past days, as tables: calibration, gain, origins, months."""

from __future__ import annotations

from typing import Any, Literal

import pyarrow as pa

from rakustats.errors import UsageError
from rakustats.i18n.phrases import phrase
from rakustats.results.result import Result
from rakustats.risk.training import RiskModel

Show = Literal["calibration", "gain", "origins", "months"]
_TITLES = {
    "calibration": phrase(ja="予測した確率と実際の割合", en="Predicted and real shares"),
    "gain": phrase(ja="確認する件数と見つかる遅れ", en="What looking after some of them finds"),
    "origins": phrase(ja="過去の時点での試験", en="Tried as of past days"),
    "months": phrase(ja="月ごとの試験", en="Tried by month"),
}


def risk_trials(model: RiskModel, show: Show = "origins") -> Result:
    """Return how a model did as of past days.

    Parameters
    ----------
    model : RiskModel
        From :func:`train_risk_model`.
    show : {"origins", "months", "calibration", "gain"}
        ``origins``: a row for each day as of which was trained (``origin``, ``n``, ``events``,
        ``auc``, ``average_precision``, ``brier``, ``skill``, ``calibration_error``, ``precision``
        at 50, ``lead_days``, ``coverage`` of P10-P90, ``leaky_auc``: what random rows and whole
        histories seem to give, and the ``brier_`` of each baseline). ``months``: the same by month.
        ``calibration``: tenths by probability (``n``, ``probability``, ``rate``). ``gain``: which
        share of the late ones (``found``) is among a ``share`` of all, the likeliest first.

    Raises
    ------
    UsageError
        If there is no such table, or the history was too short to try anything.

    Examples
    --------
    >>> tried = rs.risk_trials(rs.train_risk_model(db), "calibration")
    >>> tried.table.column_names
    ['n', 'probability', 'rate']
    """
    if show not in _TITLES:
        raise UsageError(
            phrase(
                ja=f"show には {'、'.join(_TITLES)} のどれかを指定してください。",
                en=f"show is {', '.join(_TITLES)}.",
            )
        )
    rows: list[dict[str, Any]] = model.card[show]
    if not rows:
        why = model.card["why"]
        raise UsageError(
            phrase(
                ja=f"過去の時点での試験の結果はありません：{why['ja']}。",
                en=f"Nothing was tried as of past days: {why['en']}.",
            )
        )
    if show == "origins":
        rows = [_flat(row, model.card["leaky_auc"]) for row in rows]
    return Result(table=pa.Table.from_pylist(rows), sql="", as_of=model.as_of, title=_TITLES[show])


def _flat(row: dict[str, Any], leaky: float | None) -> dict[str, Any]:
    beside = {f"brier_{name}": value for name, value in row["baselines"].items()}
    return {k: v for k, v in row.items() if k != "baselines"} | {"leaky_auc": leaky} | beside
