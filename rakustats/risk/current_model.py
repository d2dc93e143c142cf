"""The model to predict with: the registered one of the last days, else one trained now."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

from rakustats.engine.database import Database
from rakustats.risk.model_registry import keep_run, latest_run
from rakustats.risk.training import RiskModel, train_risk_model

REFRESH_DAYS = 7


def current_risk_model(
    db: Database, *, target: str = "late", folder: str | Path | None = None, anew: bool = False
) -> tuple[str, RiskModel]:
    """Return the run and the model to predict with at a database's as-of.

    A stored model is used if it was trained within the seven days before that as-of, never after
    it, by this version of the packages; else one is trained now and stored.

    Parameters
    ----------
    db : Database
        From :func:`rakustats.connect`.
    target : {"late", "claim"}
        What is predicted.
    folder : str or Path, optional
        Where models are stored; ``data/processed/risk`` by default.
    anew : bool
        Train one even if a stored one would do.

    Returns
    -------
    tuple of (str, RiskModel)
        The run's name, for :func:`rakustats.keep_predictions`, and the model, for
        :func:`rakustats.at_risk`.

    Raises
    ------
    UsageError
        If no delivery has a promise, or too few are labelled.

    Examples
    --------
    >>> run, model = rs.current_risk_model(db, folder="risk")
    >>> rs.current_risk_model(db, folder="risk")[0] == run
    True
    """
    at = db.as_of
    if not anew:
        found = latest_run(target, at - timedelta(REFRESH_DAYS), at, folder)
        if found is not None:
            return found
    model = train_risk_model(db, target=target)
    return keep_run(model, folder), model
