"""Changes of scores since they were last published: as published, and restated as of then."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pyarrow as pa

from rakustats.calendar.timezones import shown
from rakustats.engine.database import Database
from rakustats.errors import one_of
from rakustats.i18n.phrases import Lang, phrase
from rakustats.marts.question import Moment
from rakustats.metrics.spec.documented import of_database
from rakustats.results.result import Result
from rakustats.scorecards.cards import carrier_scores, seller_scores
from rakustats.scorecards.snapshots import earlier_scores

KEYS = {"seller": "seller_id", "carrier": "carrier", "ship_method": "ship_method"}


@of_database
def score_changes(
    db: Database,
    of: str = "seller",
    *,
    published_by: Moment = None,
    folder: str | Path | None = None,
    as_of: Moment = None,
    lang: Lang = "en",
    policy: str | Path | None = None,
) -> Result:
    """Return scores beside those published before, as published and restated.

    What was published rests on what was known, and on the scorecard, of its day. Restated is the
    same as-of by today's exports and scorecard: what differs from the published score came to
    light later, what differs from today's score has happened since.

    Parameters
    ----------
    of : {"seller", "carrier", "ship_method"}
        Whose scores.
    published_by : str, date or datetime, optional
        Only what was published by then; all by default. Of that, the scores of the newest as-of
        before that of today's scores are compared with, never those of the same as-of.
    folder : str or Path, optional
        Where snapshots lie; ``data/processed/scores`` by default.
    as_of, lang, policy
        As in :func:`seller_scores`.

    Returns
    -------
    Result
        One row per seller (or carrier, method), in the order of today's scores: its id (and
        ``seller_name``), ``n``, ``score``, ``lo``, ``hi``, ``grade``, ``published``,
        ``grade_published``, ``change_published`` (points since then), ``restated``,
        ``grade_restated``, ``change_restated``. NULL where somebody had no score then.

    Raises
    ------
    UsageError
        If nothing was published by then as of an earlier time, or as :func:`seller_scores`.

    Notes
    -----
    change_published = score - published, change_restated = score - restated; docs/methods.md,
    Scorecards.

    Examples
    --------
    >>> kept = rs.keep_scores(rs.carrier_scores(db, as_of="2026-03-01"), "scores")
    >>> moved = rs.score_changes(db, "carrier", folder="scores").frame()
    >>> bool((moved["published"] == moved["restated"]).all())
    True
    """
    one_of("of", of, KEYS)
    then = earlier_scores(KEYS[of], db.snapshot(as_of).moment, published_by, folder)
    days = {"since": then.since, "until": then.until}
    now = _scores(db, of, as_of=as_of, lang=lang, policy=policy)
    again = _scores(db, of, as_of=then.as_of, lang=lang, policy=policy, **days)
    table = _beside(_beside(now.table, then.table, KEYS[of], "published"), again.table,
                    KEYS[of], "restated")  # fmt: skip
    title = phrase(ja=f"{now.title.ja}の変化", en=f"{now.title.en}: changes")
    note = phrase(
        ja=f"比べる相手：{shown(then.as_of)} 時点のスコア。published は公表時のまま、"
        "restated は今のデータと基準で同じ時点を計算し直したもの。",
        en=f"Compared with the scores as of {shown(then.as_of)}: published as they were then,"
        " restated by today's exports and scorecard.",
    )
    return Result(
        table=table,
        sql=now.sql,
        as_of=now.as_of,
        title=title,
        by=now.by,
        since=now.since,
        until=now.until,
        notes=(note, *now.notes),
    )


def _scores(db: Database, of: str, **asked: Any) -> Result:
    if of == "seller":
        return seller_scores(db, **asked)
    return carrier_scores(db, "ship_method" if of == "ship_method" else "carrier", **asked)


def _beside(now: pa.Table, then: pa.Table, key: str, name: str) -> pa.Table:
    """Put the scores of another day beside those of now, with the change."""
    kept = ("seller_name", "n", "score", "lo", "hi", "grade")
    shown = (key, *kept, "published", "grade_published", "change_published")
    table = now.select([c for c in now.column_names if c in shown])
    known = {row[key]: row for row in then.select([key, "score", "grade"]).to_pylist()}
    rows = [known.get(value, {}) for value in table.column(key).to_pylist()]
    before = [row.get("score") for row in rows]
    moved = [
        None if old is None or new is None else new - old
        for new, old in zip(table.column("score").to_pylist(), before, strict=True)
    ]
    columns = {
        name: pa.array(before, pa.float64()),
        f"grade_{name}": pa.array([row.get("grade") for row in rows], pa.string()),
        f"change_{name}": pa.array(moved, pa.float64()),
    }
    for column, values in columns.items():
        table = table.append_column(column, values)
    return table
