"""The model to predict with: the one kept of the last days, else one trained now and kept."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

from rakustats.engine.database import Database
from rakustats.risk.model_registry import keep_run, latest_run
from rakustats.risk.training import RiskModel, train_risk_model

REFRESH_DAYS = 7


def current_model(
    db: Database, *, target: str = "late", folder: str | Path | None = None, anew: bool = False
) -> tuple[str, RiskModel]:
    """Return the run and the model for a database's as-of.

    A kept model is used if it was learnt within the seven days before that as-of, never after it,
    by this version of the packages.

    Examples
    --------
    >>> run, model = current_model(db, folder="risk")
    >>> current_model(db, folder="risk")[0] == run
    True
    """
    at = db.as_of
    if not anew:
        found = latest_run(target, at - timedelta(REFRESH_DAYS), at, folder)
        if found is not None:
            return found
    model = train_risk_model(db, target=target)
    return keep_run(model, folder), model
