"""Snapshots of scores as they were published: a file for each table, never written again."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime
from hashlib import sha256
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from rakustats.calendar.timezones import shown
from rakustats.config.settings import settings
from rakustats.errors import UsageError
from rakustats.i18n.phrases import Phrase
from rakustats.marts.question import Moment
from rakustats.results.atomic_write import put
from rakustats.results.result import Result
from rakustats.store.instants import instant

_ABOUT = b"rakustats"


@dataclass(frozen=True)
class ScoreSnapshot:
    """One published table: its file, of whom, as of when, and when it was published (UTC)."""

    path: Path
    key: str
    as_of: datetime
    published_at: datetime
    about: dict[str, Any]


def snapshot_folder(folder: str | Path | None = None) -> Path:
    """Return where snapshots lie: ``scores`` beside the database, if nothing else is given."""
    return Path(folder) if folder is not None else settings().database.parent / "scores"


def keep_scores(result: Result, folder: str | Path | None = None) -> Path:
    """Keep a table of scores as published now, and return its file.

    A file is never written again: the same scores kept twice are one snapshot, the one published
    first; other scores of the same as-of are another.

    Parameters
    ----------
    result : Result
        From :func:`seller_scores` or :func:`carrier_scores`.
    folder : str or Path, optional
        Where snapshots lie; ``data/processed/scores`` by default.

    Raises
    ------
    UsageError
        If the result is no table of scores.
    RakustatsError
        If the file cannot be written.

    Examples
    --------
    >>> kept = rs.keep_scores(rs.seller_scores(db), "scores")
    >>> rs.kept_scores(folder="scores").frame().equals(rs.seller_scores(db).frame())
    True
    """
    if result.kind != "scores":
        raise UsageError(
            ja="保存できるのはスコアの表だけです。"
            "seller_scores か carrier_scores の結果を渡してください。",
            en="Only tables of scores are kept; see seller_scores and carrier_scores.",
        )
    target = snapshot_folder(folder) / f"{_name(result)}.parquet"
    if target.exists():
        return target
    about = {
        "published_at": datetime.now(UTC).replace(tzinfo=None).isoformat(),
        "as_of": result.as_of.isoformat(),
        "by": result.by,
        "since": None if result.since is None else result.since.isoformat(),
        "until": None if result.until is None else result.until.isoformat(),
        "title": result.title,
        "notes": result.notes,
        "sql": result.sql,
    }
    metadata = {_ABOUT: json.dumps(about, ensure_ascii=False).encode()}
    table = result.table.replace_schema_metadata(metadata)
    return put(target, lambda beside: pq.write_table(table, beside))


def _name(result: Result) -> str:
    rows = json.dumps(result.table.to_pylist(), default=str).encode()
    return f"{result.by[0]}_{result.as_of:%Y%m%dT%H%M%S}Z_{sha256(rows).hexdigest()[:12]}"


def kept_scores(
    key: str = "seller_id", published_by: Moment = None, folder: str | Path | None = None
) -> Result:
    """Return the scores that were published last, as they were published.

    Parameters
    ----------
    key : {"seller_id", "carrier", "ship_method"}
        Of whom.
    published_by : str, date or datetime, optional
        Only what was published by then; now by default.
    folder : str or Path, optional
        Where snapshots lie; ``data/processed/scores`` by default.

    Returns
    -------
    Result
        The table of :func:`seller_scores` or :func:`carrier_scores`, byte for byte.

    Raises
    ------
    UsageError
        If nothing was published by then, or a file is no snapshot.

    Examples
    --------
    >>> kept = rs.keep_scores(rs.carrier_scores(db), "scores")
    >>> rs.kept_scores("carrier", folder="scores").by
    ('carrier',)
    """
    known = _published(key, published_by, folder)
    return _read(max(known, key=lambda s: (s.published_at, s.path.name)))


def _read(found: ScoreSnapshot) -> Result:
    about = found.about
    since, until = (about[k] and date.fromisoformat(about[k]) for k in ("since", "until"))
    return Result(
        table=pq.read_table(found.path).replace_schema_metadata(None),
        sql=about["sql"],
        as_of=found.as_of,
        title=Phrase(*about["title"]),
        kind="scores",
        by=tuple(about["by"]),
        since=since,
        until=until,
        notes=tuple(Phrase(*note) for note in about["notes"]),
    )


def earlier_scores(
    key: str, before: datetime, published_by: Moment, folder: str | Path | None
) -> Result:
    """Return the scores published as of the latest instant before another.

    What is published as of that instant itself is no earlier look: scores would be compared with
    themselves, and nothing would seem to change.
    """
    known = [s for s in _published(key, published_by, folder) if s.as_of < before]
    if not known:
        place, moment = snapshot_folder(folder), shown(before)
        raise UsageError(
            ja=f"{place}：{moment} より前の時点で公表した {key} 別のスコアがないため、変化はまだ"
            "示せません。新しい出力を取り込んでから比べてください。",
            en=f"{place}: no scores by {key} were published as of a time before {moment}, so there"
            " is nothing to compare with yet; compare once newer exports are loaded.",
        )
    return _read(max(known, key=lambda s: (s.as_of, s.published_at, s.path.name)))


def _published(key: str, published_by: Moment, folder: str | Path | None) -> list[ScoreSnapshot]:
    """Return what was published of somebody, by an instant if one is given."""
    place = snapshot_folder(folder)
    limit = datetime.max if published_by is None else instant(published_by)
    known = [s for s in _snapshots(place) if s.key == key and s.published_at <= limit]
    if not known:
        limit_ja, limit_en = (
            ("", "") if published_by is None else (f"{published_by} までに", f" by {published_by}")
        )
        raise UsageError(
            ja=f"{place}：{limit_ja}公表した {key} 別のスコアがありません。"
            "`rakustats score --keep` で今日のスコアを公表できます。",
            en=f"{place}: no scores by {key} were published{limit_en}."
            " `rakustats score --keep` publishes those of today.",
        )
    return known


def _snapshots(place: Path) -> Iterator[ScoreSnapshot]:
    for path in sorted(place.glob("*.parquet")):
        try:
            metadata = (pq.read_schema(path).metadata or {})[_ABOUT]
        except (KeyError, pa.ArrowInvalid):
            raise UsageError(
                ja=f"{path}：スコアの控えではありません。別の場所に移してください。",
                en=f"{path}: no snapshot of scores; move it elsewhere.",
            ) from None
        about = json.loads(metadata)
        at, published = (datetime.fromisoformat(about[k]) for k in ("as_of", "published_at"))
        yield ScoreSnapshot(path, about["by"][0], at, published, about)
