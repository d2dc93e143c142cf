"""One seller on one page: score, criteria, whose fault, speed, drift, ratings, change, goods."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any, Unpack

import pyarrow as pa

from rakustats.engine.database import Database
from rakustats.errors import UsageError
from rakustats.i18n.phrases import Lang, Phrase, phrase
from rakustats.marts.question import Period
from rakustats.metrics.comparison.drift import drift
from rakustats.metrics.comparison.effects import crossed_effects
from rakustats.metrics.delivery.leg_times import leg_times
from rakustats.metrics.spec.documented import of_database
from rakustats.results.result import Result
from rakustats.scorecards.buy_again import buy_again
from rakustats.scorecards.cards import table_of
from rakustats.scorecards.changes import score_changes
from rakustats.scorecards.score_criteria import criteria_of
from rakustats.scorecards.scoring import scored
from rakustats.scorecards.snapshots import kept_scores

Row = Mapping[str, Any]
Line = tuple[Phrase, Phrase]
ITEMS = 5
_SCORE = phrase(ja="スコア", en="score")
_STANDING = phrase(ja="扱い", en="standing")
_FAULT = phrase(ja="誰のせいか", en="whose part")
_DRIFT = phrase(ja="悪化", en="getting worse")
_SPEED = phrase(ja="倉庫までの速さ", en="days to the warehouse")
_RATINGS = phrase(ja="プラットフォームの評価", en="platform's rating")
_CHANGE = phrase(ja="前回の公表から", en="since the last snapshot")
_GOODS = phrase(ja="商品", en="goods")
_OUTCOMES = {"late": phrase(ja="遅れ", en="late"), "damage": phrase(ja="破損・不良", en="damage")}
_STANDINGS = {
    "order_freely": phrase(ja="そのまま注文してよい", en="order freely"),
    "inspect_in_detail": phrase(ja="詳細検品をつける", en="inspect in detail"),
    "ask_first": phrase(ja="注文前に確認する", en="ask first"),
    "pause": phrase(ja="注文を止める", en="pause"),
}


@of_database
def seller_card(
    db: Database,
    seller_id: str | None = None,
    *,
    lang: Lang = "en",
    policy: str | Path | None = None,
    folder: str | Path | None = None,
    **period: Unpack[Period],
) -> Result:
    """Return all that is known of one seller, in words.

    Parameters
    ----------
    seller_id : str, optional
        Whose card; by default of who is likeliest among the worst tenth.
    since, until, as_of, lang, policy
        As in :func:`seller_scores`.
    folder : str or Path, optional
        Where snapshots of scores lie; see :func:`score_changes`.

    Returns
    -------
    Result
        One row per fact, in the order of the page: ``seller_id``, ``part`` (score, standing, a
        criterion, whose part, ...), ``told`` (the fact with its n and its 90 % interval). What
        is not known has a row that says why.

    Raises
    ------
    UsageError
        If no seller has the id, a day is not valid, or there are no scores.

    Examples
    --------
    >>> card = rs.seller_card(db).frame()
    >>> card["part"][0]
    'score'
    """
    card = scored(db, "seller", policy=policy, **period)
    scores = table_of(card, lang)
    one = _chosen(scores, seller_id)
    who = str(one["seller_id"])
    criteria = criteria_of(card, lang).table.to_pylist()
    lines: list[Line] = [
        *_of_score(one),
        *(_of_criterion(row) for row in criteria if row["seller_id"] == who and row["n"]),
        *_from_others(db, who, period, lang),
        *_of_change(db, who, lang, as_of=period.get("as_of"), policy=policy, folder=folder),
        *_of_goods(db, who, period, lang, policy),
    ]
    table = {
        "seller_id": pa.array([who] * len(lines)),
        "part": pa.array([part.to(lang) for part, _ in lines]),
        "told": pa.array([texts.to(lang) for _, texts in lines]),
    }
    name = one["seller_name"] or who
    title = phrase(ja=f"店舗カード：{name}", en=f"Seller card: {name}")
    return Result(
        table=pa.table(table), sql=scores.sql, as_of=scores.as_of, title=title, by=("seller_id",),
        since=scores.since, until=scores.until, notes=scores.notes,
    )  # fmt: skip


def _chosen(scores: Result, seller_id: str | None) -> Row:
    rows = scores.table.to_pylist()
    if seller_id is None:
        return max(rows, key=lambda row: (row["p_worst"] or 0.0, row["n"]))
    for row in rows:
        if row["seller_id"] == seller_id:
            return dict(row)
    raise UsageError(
        ja=f"seller_id が {seller_id!r} の店舗はありません。"
        "rs.seller_scores(db) で一覧を確かめてください。",
        en=f"No seller has the id {seller_id!r}. rs.seller_scores(db) lists them.",
    )


def _of_score(one: Row) -> Iterator[Line]:
    if one["score"] is None:
        yield _SCORE, phrase(ja="データがない", en="no data")
    else:
        span = f"{one['lo']:.0f}–{one['hi']:.0f}"
        ranks = f"{one['rank_lo']:.0f}–{one['rank_hi']:.0f}"
        yield (
            _SCORE,
            phrase(
                ja=f"{one['score']:.0f} 点（90 % 区間 {span}）、評価 {one['grade']}、"
                f"順位 {ranks} 位あたり、明細 {one['n']:,} 件",
                en=f"{one['score']:.0f} (90 %: {span}), grade {one['grade']}, rank about {ranks},"
                f" {one['n']:,} lines",
            ),
        )
    standing, why = _STANDINGS[one["standing"]], one["standing_why"]
    yield _STANDING, phrase(ja=f"{standing.ja}：{why}", en=f"{standing.en}: {why}")
    if one.get("n_ratings"):
        stars, n = f"{one['platform_rating']:.1f}", f"{one['n_ratings']:,}"
        yield (
            _RATINGS,
            phrase(
                ja=f"★{stars}（{n} 件）。スコアには最大 5 件分しか効かない。",
                en=f"{stars} stars of {n}; worth five units of the score at most",
            ),
        )


def _of_criterion(row: Row) -> Line:
    span = f"{row['lo']:.1%}–{row['hi']:.1%}"
    return phrase(ja=row["title"], en=row["title"]), phrase(
        ja=f"{row['n']:,} 件中 {row['events']:,} 件、推定 {row['adjusted']:.1%}（{span}）、"
        f"全体 {row['common']:.1%}、−{row['points_lost']:.0f} 点",
        en=f"{row['events']:,} of {row['n']:,}, estimated {row['adjusted']:.1%} ({span}), all"
        f" {row['common']:.1%}, −{row['points_lost']:.0f} points",
    )


def _from_others(db: Database, who: str, period: Period, lang: Lang) -> Iterator[Line]:
    """Ask the metrics that look beyond the score."""
    for outcome, word in _OUTCOMES.items():
        for part, ask in ((_FAULT, crossed_effects), (_DRIFT, drift)):
            named = phrase(ja=f"{part.ja}（{word.ja}）", en=f"{part.en} ({word.en})")
            yield named, _explained(ask, db, who, outcome, period, lang)
    try:
        rows = leg_times(db, **period).table.to_pylist()
    except UsageError as error:
        yield _SPEED, error.said
        return
    for row in rows:
        if row["seller_id"] == who and row["slowness"] is not None:
            yield _SPEED, _speed(row)


def _explained(
    ask: Callable[..., Result], db: Database, who: str, outcome: str, period: Period, lang: Lang
) -> Phrase:
    try:
        rows = ask(db, "seller", outcome, lang=lang, **period).table.to_pylist()
    except UsageError as error:
        return error.said
    texts = [row["explained"] for row in rows if row["seller_id"] == who]
    text = texts[0] if texts else None
    return phrase(ja=text or "判定できるものがない", en=text or "nothing to judge yet")


def _speed(row: Row) -> Phrase:
    span, times = f"{row['lo']:.2f}–{row['hi']:.2f}", f"{row['slowness']:.2f}"
    awaited, ended = f"{row['n_open'] - row['n_ended']:,}", f"{row['n_ended']:,}"
    return phrase(
        ja=f"平均的な店舗の {times} 倍（{span}）、中央値 {row['p50']:.1f} 営業日、"
        f"{row['n']:,} 件、うち未着 {awaited} 件、キャンセル・紛失 {ended} 件",
        en=f"{times} times an average seller's ({span}), median {row['p50']:.1f} working days,"
        f" {row['n']:,} lines, {awaited} not there yet, {ended} called off or lost",
    )


def _of_change(db: Database, who: str, lang: Lang, **asked: Any) -> Iterator[Line]:
    try:
        rows = score_changes(db, lang=lang, **asked)
    except UsageError:
        yield _CHANGE, _nothing_to_compare(asked.get("folder"))
        return
    for row in rows.table.to_pylist():
        if row["seller_id"] == who and row["change_restated"] is not None:
            published, restated = row["change_published"], row["change_restated"]
            yield (
                _CHANGE,
                phrase(
                    ja=f"公表値から {published:+.1f} 点、"
                    f"今のデータで計算し直した値から {restated:+.1f} 点",
                    en=f"{published:+.1f} points as published, {restated:+.1f} as restated",
                ),
            )


def _nothing_to_compare(folder: str | Path | None) -> Phrase:
    """Say whether nothing was published at all, or nothing as of an earlier time."""
    try:
        kept_scores(folder=folder)
    except UsageError:
        return phrase(ja="公表したスコアはまだない", en="no scores were published yet")
    return phrase(
        ja="これより前の時点で公表したスコアはない",
        en="no scores were published as of an earlier time",
    )


def _of_goods(
    db: Database, who: str, period: Period, lang: Lang, policy: str | Path | None
) -> Iterator[Line]:
    """Tell the items of which most good pieces came, with what a good piece cost."""
    try:
        rows = buy_again(db, "item_title", lang=lang, policy=policy, **period).table.to_pylist()
    except UsageError as error:
        yield _GOODS, error.said
        return
    own = [r for r in rows if r["seller_id"] == who and r["cost_per_good_piece"] is not None]
    for row in sorted(own, key=lambda r: (-r["good_pieces"], r["item_title"]))[:ITEMS]:
        cost, pieces = f"{row['cost_per_good_piece']:,.0f}", f"{row['good_pieces']:,}"
        yield (
            _GOODS,
            phrase(
                ja=f"{row['item_title']}：良品 1 個 {cost} 円（{pieces} 個）、{row['why']}",
                en=f"{row['item_title']}: {cost} yen a good piece ({pieces}), {row['why']}",
            ),
        )
