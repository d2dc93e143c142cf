"""The backtest of a model as tables: calibration, gain, origins, months."""

from __future__ import annotations

from typing import Any, Literal

import pyarrow as pa

from rakustats.errors import UsageError, one_of
from rakustats.i18n.phrases import phrase
from rakustats.results.result import Result
from rakustats.risk.training import RiskModel

Show = Literal["calibration", "gain", "origins", "months"]
_TITLES = {
    "calibration": phrase(ja="予測した確率と実際の割合", en="Predicted and real shares"),
    "gain": phrase(ja="確認する件数と見つかる遅れ", en="What looking after some of them finds"),
    "origins": phrase(ja="過去の時点での試験", en="Backtest as of past days"),
    "months": phrase(ja="月ごとの試験", en="Backtest by month"),
}


def risk_backtest(model: RiskModel, show: Show = "origins") -> Result:
    """Return the backtest of a model: how it did as of past days.

    Parameters
    ----------
    model : RiskModel
        From :func:`train_risk_model`.
    show : {"origins", "months", "calibration", "gain"}
        ``origins``: a row for each day as of which it was trained (``origin``, ``n``, ``events``,
        ``auc``, ``average_precision``, ``brier``, ``skill``, ``calibration_error``, ``precision``
        at 50, ``lead_days``, ``coverage`` of P10-P90, ``leaky_auc``: what random splits and whole
        histories seem to give, and the ``brier_`` of each baseline). ``months``: the same by month.
        ``calibration``: tenths by probability (``n``, ``probability``, ``rate``). ``gain``: which
        share of the late ones (``found``) is among a ``share`` of all, the likeliest first.

    Raises
    ------
    UsageError
        If there is no such table, or the history was too short for a backtest.

    Examples
    --------
    >>> backtest = rs.risk_backtest(rs.train_risk_model(db), "calibration")
    >>> backtest.table.column_names
    ['n', 'probability', 'rate']
    """
    one_of("show", show, _TITLES)
    rows: list[dict[str, Any]] = model.card[show]
    if not rows:
        why = model.card["why"]
        raise UsageError(
            ja=f"過去の時点での試験の結果はありません：{why['ja']}。",
            en=f"There is no backtest: {why['en']}.",
        )
    if show == "origins":
        rows = [_flat(row, model.card["leaky_auc"]) for row in rows]
    return Result(table=pa.Table.from_pylist(rows), sql="", as_of=model.as_of, title=_TITLES[show])


# the former name
risk_trials = risk_backtest


def _flat(row: dict[str, Any], leaky: float | None) -> dict[str, Any]:
    beside = {f"brier_{name}": value for name, value in row["baselines"].items()}
    return {k: v for k, v in row.items() if k != "baselines"} | {"leaky_auc": leaky} | beside
