"""Of whom to buy an item again: the cost of a good piece by seller, and whom to trust."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, Literal, Unpack

import pyarrow as pa

from rakustats.engine.database import Database
from rakustats.errors import UsageError, one_of
from rakustats.i18n.phrases import Lang, Phrase, phrase
from rakustats.marts.needs import require
from rakustats.marts.question import Period
from rakustats.metrics.money.landed import OWN_KEYS, landed_costs
from rakustats.metrics.spec.documented import of_database
from rakustats.results.result import Result
from rakustats.scorecards.cards import seller_scores
from rakustats.scorecards.expected_costs import with_expected_costs

Same = Literal["item_id", "item_title", "client_sku"]
Row = dict[str, Any]
#: Of fewer lines nobody can say what a piece costs.
LEAST_LINES = 3
_TITLE = phrase(ja="次はどの店舗から買うか", en="Of whom to buy again")
_FROM_SCORES = ("score", "grade", "standing", "standing_why")
_NO_TRUST: Row = dict.fromkeys(_FROM_SCORES)
_KINDS = {
    **{"n": pa.int64(), "n_unknown": pa.int64(), "good_pieces": pa.float64()},
    **dict.fromkeys(("cost_per_good_piece", "cost_lo", "cost_hi", "expected_cost"), pa.float64()),
    **{"score": pa.float64(), "place": pa.int64()},
}


@of_database
def buy_again(
    db: Database,
    same: Same = "item_id",
    *,
    lang: Lang = "en",
    policy: str | Path | None = None,
    **period: Unpack[Period],
) -> Result:
    """Return, for each item, its sellers in the order in which to buy of them again.

    A low price is no bargain if every third piece is broken: sellers are ranked by what a good
    piece is expected to cost by the time it is in Japan: what it cost (:func:`landed_costs`), drawn
    towards what it costs of the item's other sellers as far as chance may explain the difference.
    Who has the grade D comes after all others and is never first. Who is to be paused (see
    ``standing`` of :func:`seller_scores`), of whom fewer than 3 lines or no cost are known, or of
    whom no good piece came, has no place.

    Parameters
    ----------
    same : {"item_id", "item_title", "client_sku"}
        What makes an item: the shop's number (each shop has its own, so there is one seller for
        each), the title as it is written, or your own code in the remarks, which is the surest.
    since, until : str or date, optional
        Cohort days, until exclusive; by default all for costs, and the 365 days up to the as-of
        for scores.
    lang : {"en", "ja"}
        Language of ``why``.
    policy : str or Path, optional
        Another scorecard; see :func:`seller_scores`.

    Returns
    -------
    Result
        One row per item and seller, by item and place: the item, ``place`` (1 is the first choice,
        NULL for none), ``seller_id``, ``seller_name``, ``n`` (lines whose way is over),
        ``n_unknown`` (of these: cost not known), ``good_pieces``, ``cost_per_good_piece`` (yen),
        ``cost_lo`` and ``cost_hi`` (its 90 % interval), ``expected_cost`` (yen), ``score``,
        ``grade``, ``standing`` (NULL without scores), ``why``.

    Raises
    ------
    UsageError
        If ``same`` or a day is not valid, no remark holds a code of yours, or costs are not
        known.

    Notes
    -----
    Costs are shrunken on the log scale (:mod:`rakustats.stats.shrunken_means`), with the variances
    that their intervals show; where a seller's lines are of one order, with that of the others for
    as many lines. Where expected costs are alike the higher score goes first.

    Examples
    --------
    >>> again = rs.buy_again(db, same="item_title").frame()
    >>> bool((again["standing"][again["place"].notna()] != "pause").all())
    True
    """
    one_of("same", same, OWN_KEYS)
    if same == "client_sku":
        require(db, phrase(ja="自社コードごとの比較", en="Own codes"), ["client_skus.client_sku"])
    costs = landed_costs(db, [same, "seller"], **period)
    trusted, notes = _trust(db, period, lang, policy)
    rows = [
        row | trusted.get(row["seller_id"], _NO_TRUST)
        for row in costs.table.to_pylist()
        if row[same] is not None and row["n"]
    ]
    columns = (same, "place", "seller_id", "seller_name", *_KINDS, "grade", "standing", "why")
    placed = _placed(with_expected_costs(rows, same), same, lang)
    table = {
        name: pa.array([row[name] for row in placed], _KINDS.get(name, pa.string()))
        for name in dict.fromkeys(columns)
    }
    return replace(
        costs,
        table=pa.table(table),
        title=_TITLE,
        by=(same, "seller_id"),
        notes=(_by_what(same), *notes),
    )


def _trust(
    db: Database, period: Period, lang: Lang, policy: str | Path | None
) -> tuple[dict[str, Row], tuple[Phrase, ...]]:
    """Return what scores say of each seller, or why they say nothing."""
    try:
        scored = seller_scores(db, lang=lang, policy=policy, **period)
    except UsageError as error:
        if policy is not None:
            raise
        return {}, (
            phrase(ja=f"スコアは出せない：{error.said.ja}", en=f"No scores: {error.said.en}"),
        )
    wanted = scored.table.select(["seller_id", *_FROM_SCORES]).to_pylist()
    return {row["seller_id"]: row for row in wanted}, scored.notes


def _placed(rows: Sequence[Row], same: str, lang: Lang) -> list[Row]:
    """Return the rows by item and place, each with its place and why."""
    items: dict[str, list[Row]] = {}
    for row in rows:
        items.setdefault(row[same], []).append(row)
    placed: list[Row] = []
    for _, sellers in sorted(items.items()):
        ranked = sorted((row for row in sellers if _fits(row)), key=_first)
        if ranked and ranked[0]["grade"] == "D":
            ranked = []
        others = sorted(
            (row for row in sellers if row not in ranked), key=lambda r: str(r["seller_id"])
        )
        for place, row in enumerate(ranked, start=1):
            placed.append({**row, "place": place, "why": _chosen(place, ranked).to(lang)})
        placed += [{**row, "place": None, "why": _left_out(row).to(lang)} for row in others]
    return placed


def _known(row: Row) -> int:
    return int(row["n"] - row["n_unknown"])


def _fits(row: Row) -> bool:
    some = row["expected_cost"] is not None and _known(row) >= LEAST_LINES
    return some and row["standing"] != "pause"


def _first(row: Row) -> tuple[bool, float, float, str]:
    score = -(row["score"] or 0.0)
    return row["grade"] == "D", row["expected_cost"], score, str(row["seller_id"])


def _chosen(place: int, ranked: Sequence[Row]) -> Phrase:
    row, cost = ranked[place - 1], ranked[place - 1]["expected_cost"]
    if row["grade"] == "D":
        return phrase(ja="評価が D のため後回し", en="after all others: grade D")
    if len(ranked) == 1:
        return phrase(ja="候補はこの店舗だけ", en="the only seller to choose")
    if place == 1:
        others = [other for other in ranked[1:] if other["grade"] != "D"]
        if not others:
            return phrase(ja="評価が D でない店舗はここだけ", en="the only one not of grade D")
        less = f"{1 - cost / others[0]['expected_cost']:.0%}"
        return phrase(
            ja=f"良品 1 個の見込み原価が最も低い（次の店舗より {less} 安い）",
            en=f"lowest expected cost of a good piece, {less} below the next",
        )
    more = f"{cost / ranked[0]['expected_cost'] - 1:.0%}"
    return phrase(
        ja=f"良品 1 個の見込み原価が最も低い店舗より {more} 高い",
        en=f"{more} above the lowest expected cost",
    )


def _left_out(row: Row) -> Phrase:
    if row["standing"] == "pause":
        return phrase(ja=f"注文停止：{row['standing_why']}", en=f"paused: {row['standing_why']}")
    if row["n_unknown"] == row["n"]:
        missing = row["missing_columns"] or "?"
        return phrase(ja=f"原価が不明（{missing} がない）", en=f"cost unknown ({missing} missing)")
    if row["expected_cost"] is not None and _known(row) < LEAST_LINES:
        return phrase(
            ja=f"原価の分かる明細が {LEAST_LINES} 件に満たない",
            en=f"fewer than {LEAST_LINES} lines whose cost is known",
        )
    if row["expected_cost"] is not None:
        return phrase(ja="評価が D で、先頭にはしない", en="grade D, never the first choice")
    return phrase(ja="良品が届いていない", en="no good piece came")


def _by_what(same: Same) -> Phrase:
    if same == "item_id":
        return phrase(
            ja="商品 ID は店舗ごとに違う。店舗どうしを比べるには same='item_title' か、"
            "備考の自社コード same='client_sku' を使う。",
            en="Each shop has item ids of its own: to compare shops use same='item_title', or your"
            " own codes in the remarks, same='client_sku'.",
        )
    if same == "item_title":
        return phrase(
            ja="商品名が同じでも同じ品とは限らない。",
            en="Goods of the same title need not be the same goods.",
        )
    return phrase(
        ja="備考の自社コードが同じものを同じ商品とした。",
        en="Goods with the same code of your own in the remarks are one item.",
    )
