"""Model registry: trained models with their cards, and predictions, for monitoring.

Files are added and never written again: a run is a card and its model, a prediction a table.
"""

from __future__ import annotations

import json
from datetime import UTC, datetime
from hashlib import sha256
from io import BytesIO
from pathlib import Path
from typing import Any

import joblib  # type: ignore[import-untyped] # it has no types
import pyarrow as pa
import pyarrow.parquet as pq

from rakustats.config.settings import settings
from rakustats.errors import UsageError
from rakustats.results.atomic_write import put
from rakustats.results.result import Result
from rakustats.risk.training import RiskModel, versions

_ABOUT = b"rakustats"


def risk_folder(folder: str | Path | None = None) -> Path:
    """Return where runs and predictions lie: ``risk`` beside the database, if nothing is given."""
    return Path(folder) if folder is not None else settings().database.parent / "risk"


def keep_run(model: RiskModel, folder: str | Path | None = None) -> str:
    """Keep a model with its card, and return the run's name; the same model twice is one run.

    Examples
    --------
    >>> model = rs.train_risk_model(db)
    >>> rs.keep_run(model, "risk") == rs.keep_run(model, "risk")
    True
    """
    place = risk_folder(folder) / "model_runs"
    card = json.dumps(model.card, ensure_ascii=False, sort_keys=True, indent=1)
    name = f"{model.target}_{model.as_of:%Y%m%dT%H%M%S}Z_{sha256(card.encode()).hexdigest()[:12]}"
    if (place / f"{name}.json").exists() and _whole(place / f"{name}.json"):
        return name
    put(place / f"{name}.joblib", lambda path: joblib.dump(model, path))
    about = {"card": model.card, "sha256": _digest(place / f"{name}.joblib"),
            "trained_at": datetime.now(UTC).isoformat()}  # fmt: skip
    text = json.dumps(about, ensure_ascii=False, indent=1)
    put(place / f"{name}.json", lambda path: path.write_text(text, encoding="utf-8"))
    return name


def latest_run(
    target: str, not_before: datetime, not_after: datetime, folder: str | Path | None = None
) -> tuple[str, RiskModel] | None:
    """Return the youngest run trained between two as-ofs that this version can read, if any."""
    place = risk_folder(folder) / "model_runs"
    found = []
    for path in sorted(place.glob(f"{target}_*.json")):
        about = _read(path)
        at = datetime.fromisoformat(about["card"]["as_of"])
        if not_before <= at <= not_after and about["card"]["versions"] == versions():
            found.append((at, path.stem, about["sha256"]))
    for _, name, digest in sorted(found, reverse=True):
        file = place / f"{name}.joblib"
        content = file.read_bytes() if file.exists() else b""
        # a model file is a program: only the one that was written with its card is run
        if sha256(content).hexdigest() == digest:
            model: RiskModel = joblib.load(BytesIO(content))
            return name, model
    return None


def _whole(card: Path) -> bool:
    """Whether the model that was written with a card is still there as it was."""
    model = card.with_suffix(".joblib")
    return model.exists() and _digest(model) == _read(card)["sha256"]


def keep_predictions(result: Result, run: str, folder: str | Path | None = None) -> Path:
    """Keep a table of :func:`at_risk` as predicted by a run, and return its file.

    Examples
    --------
    >>> model = rs.train_risk_model(db)
    >>> file = rs.keep_predictions(rs.at_risk(db, model=model), rs.keep_run(model, "risk"), "risk")
    >>> file.suffix
    '.parquet'
    """
    place = risk_folder(folder) / "predictions"
    moment, column = pa.timestamp("us"), pa.array
    n = result.table.num_rows
    table = result.table.append_column("run_id", column([run] * n, pa.string()))
    table = table.append_column("predicted_at", column([result.as_of] * n, moment))
    digest = sha256(json.dumps(table.to_pylist(), default=str).encode()).hexdigest()[:12]
    path = place / f"{result.as_of:%Y%m%dT%H%M%S}Z_{digest}.parquet"
    if not path.exists():
        now = datetime.now(UTC).replace(tzinfo=None)
        table = table.append_column("published_at", column([now] * n, moment))
        about = {_ABOUT: b"predictions"}
        put(path, lambda beside: pq.write_table(table.replace_schema_metadata(about), beside))
    return path


def kept_predictions(folder: str | Path | None = None) -> pa.Table | None:
    """Return all predictions kept, the oldest first; None without any.

    Raises
    ------
    UsageError
        If a file there holds no predictions.
    """
    place = risk_folder(folder) / "predictions"
    tables = []
    for path in sorted(place.glob("*.parquet")):
        try:
            about = (pq.read_schema(path).metadata or {}).get(_ABOUT)
        except pa.ArrowInvalid:
            about = None
        if about != b"predictions":
            raise UsageError(
                ja=f"{path}：予測の表ではありません。別の場所に移してください。",
                en=f"{path}: no table of predictions; move it elsewhere.",
            )
        tables.append(pq.read_table(path).replace_schema_metadata(None))
    return pa.concat_tables(tables, promote_options="default") if tables else None


def _read(path: Path) -> dict[str, Any]:
    try:
        about: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
        about["card"]["as_of"], about["card"]["versions"], about["sha256"]
    except (ValueError, KeyError, TypeError):
        raise UsageError(
            ja=f"{path}：モデルカードではありません。別の場所に移してください。",
            en=f"{path}: no model card; move it elsewhere.",
        ) from None
    return about


def _digest(path: Path) -> str:
    return sha256(path.read_bytes()).hexdigest()
