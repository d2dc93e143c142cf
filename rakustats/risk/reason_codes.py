"""Reason codes in words: the largest contributions, with the facts behind them."""

from __future__ import annotations

from collections.abc import Mapping, Set
from itertools import islice

import numpy as np

from rakustats.i18n.phrases import Lang, Phrase, phrase
from rakustats.risk.columns import GROUPS, WHO
from rakustats.risk.facts import HALF_A_DAY
from rakustats.risk.named import named
from rakustats.risk.rows import Rows
from rakustats.stats.arrays import Floats

Row = Mapping[str, float]
MOST = 3
# parts of the logit that change a probability of one half by less than a percentage point
TINY = 0.04
# the feature is exp(-days / 15): a closure a month away
NEAR = 0.135
_APART = phrase(ja="／", en="; ")
NOTHING = phrase(ja="目立つ理由はない", en="nothing stands out")
_NAMES = {
    "seller": phrase(ja="この店舗", en="this seller"),
    "carrier": phrase(ja="この配送会社", en="this carrier"),
    "route": phrase(ja="この経路", en="this route"),
    "method": phrase(ja="この便", en="this service"),
    "item": phrase(ja="この商品", en="this item"),
    "pair": phrase(ja="この店舗からこの届け先への荷物", en="this seller on this route"),
}
_OF_GOODS = {
    "qty": phrase(ja="数量", en="quantity"),
    "value": phrase(ja="金額", en="value"),
    "kg": phrase(ja="重量", en="weight"),
}


def reasons(parts: Floats, rows: Rows, lang: Lang) -> list[str]:
    """Return, for each row, what raises its risk most, the largest part first."""
    order = np.argsort(-parts, axis=1, kind="stable")
    texts = []
    for place, (row, there) in enumerate(zip(rows.facts(), named(rows), strict=True)):
        raising = (GROUPS[g] for g in order[place] if parts[place, g] > TINY)
        said = (reason(group, row, there, raises=True) for group in raising)
        most = islice((words.to(lang) for words in said if words is not None), MOST)
        texts.append(_APART.to(lang).join(most) or NOTHING.to(lang))
    return texts


def reason(group: str, row: Row, there: Set[str], *, raises: bool) -> Phrase | None:
    """Return the reason of one contribution, None where the delivery has nothing it could name.

    Parameters
    ----------
    group : str
        Of :data:`~rakustats.risk.columns.GROUPS`.
    row : mapping
        The features of the delivery.
    there : set of str
        Whom and what it has, see :func:`~rakustats.risk.named.named`.
    raises : bool
        Whether it raises or lowers the risk.
    """
    if group in WHO:
        return _of_who(group, row, raises) if group in there else None
    if group == "claims":
        return _claims(row, there)
    made = {
        "season": _season, "slack": _slack, "backlog": _backlog, "stage": _stage, "order": _order,
    }[group]  # fmt: skip
    return made(row, raises)


def _of_who(who: str, row: Row, raises: bool) -> Phrase:
    """Return the days where their sign agrees with that of the lateness, else the lateness."""
    name = _NAMES[who]
    usual = float(np.exp(row["expected_rest"]))
    over = max((row[f"{who}_over"], row[f"{who}_recent_over"]), key=abs)
    late = max((row[f"{who}_late"], row[f"{who}_recent_late"]), key=abs)
    days = usual * float(np.expm1(over))
    if not row[f"{who}_known"]:
        return phrase(ja=f"{name.ja}の記録がまだない", en=f"nothing is known of {name.en} yet")
    if raises and days >= 0.1:
        return phrase(
            ja=f"{name.ja}は通常より{days:.1f}日遅い",
            en=f"{name.en} is {days:.1f} days slower than usual",
        )
    if not raises and days <= -0.1:
        return phrase(
            ja=f"{name.ja}は通常より{-days:.1f}日早い",
            en=f"{name.en} is {-days:.1f} days faster than usual",
        )
    if (late > 0) != raises:
        return phrase(ja=f"{name.ja}のこれまでの記録", en=f"the record of {name.en}")
    more, much = ("多い", "more") if raises else ("少ない", "less")
    return phrase(
        ja=f"{name.ja}は遅れが通常より{more}", en=f"{name.en} is late {much} often than usual"
    )


def _season(row: Row, raises: bool) -> Phrase | None:
    closed = round(row["closed_days"] * 10)
    if row["in_new_year"]:
        return phrase(ja="春節の時期にあたる", en="it is the Lunar New Year season")
    if row["in_national_day"]:
        return phrase(ja="国慶節の時期にあたる", en="it is the National Day season")
    if closed > 0:
        return phrase(
            ja=f"約束の日までに休業期間が{closed}日ある",
            en=f"{closed} days of closures lie before the promised day",
        )
    if row["to_closure"] >= NEAR:
        return phrase(ja="連休が近い", en="a closure is near")
    return None if raises else phrase(ja="連休がかからない", en="no closure is near")


def _slack(row: Row, raises: bool) -> Phrase:
    left = max(float(np.exp(row["slack"])) - HALF_A_DAY, 0.0)
    stayed = 0.0 if row["no_stage_age"] else float(np.exp(row["stage_age"])) - HALF_A_DAY
    usual = max(float(np.exp(row["expected_rest"])) - HALF_A_DAY - stayed, 0.0)
    if row["no_slack"]:
        return phrase(ja="約束の日がない", en="there is no promised day")
    if left <= 0:
        return phrase(ja="約束の日を過ぎている", en="the promised day is over")
    if raises and usual <= left:
        return phrase(
            ja=f"約束の日まであと{left:.1f}日", en=f"{left:.1f} days are left to the promised day"
        )
    return phrase(
        ja=f"約束の日まで{left:.1f}日、通常はあと{usual:.1f}日かかる",
        en=f"{left:.1f} days to the promised day, where {usual:.1f} more are usual",
    )


def _backlog(row: Row, raises: bool) -> Phrase | None:
    if raises:
        if row["seller_open"] <= 0 and row["carrier_open"] <= 0:
            return None
        return phrase(ja="届いていない荷物がたまっている", en="open deliveries have piled up")
    return phrase(ja="届いていない荷物は少ない", en="few deliveries are open")


def _stage(row: Row, raises: bool) -> Phrase:
    silent = float(np.exp(row["silence"])) - HALF_A_DAY
    stayed = float(np.exp(row["stage_age"])) - HALF_A_DAY
    if raises and not row["no_silence"] and silent >= 2 and silent > 0.7 * stayed:
        return phrase(ja=f"{silent:.0f}日間、追跡記録がない", en=f"no scan for {silent:.0f} days")
    if not row["no_stage_age"]:
        return phrase(
            ja=f"いまの段階に入って{max(stayed, 0):.1f}日",
            en=f"{max(stayed, 0):.1f} days in this stage",
        )
    return phrase(ja="いまの段階", en="the stage it is in")


def _order(row: Row, raises: bool) -> Phrase | None:
    if row["n_sellers"] > 0 or row["n_orders"] > 0:
        return phrase(
            ja="複数の店舗・注文をまとめた荷物", en="several sellers or orders in one parcel"
        )
    told = [words for name, words in _OF_GOODS.items() if not row[f"no_{name}"]]
    if not told:
        return None
    *first, last = (words.en for words in told)
    return phrase(
        ja="・".join(words.ja for words in told),
        en=f"its {' and '.join([', '.join(first), last]) if first else last}",
    )


def _claims(row: Row, there: Set[str]) -> Phrase | None:
    """Name whom claims were made of lately, else all of whom there were none."""
    known = [who for who in ("seller", "item") if who in there]
    claimed = [who for who in known if row[f"{who}_claims"] > 0]
    if not known:
        return None
    ja = "・".join(_NAMES[who].ja for who in claimed or known)
    en = " and ".join(_NAMES[who].en for who in claimed or known)
    if claimed:
        return phrase(ja=f"{ja}には最近クレームがある", en=f"{en} had claims lately")
    return phrase(ja=f"{ja}には最近クレームがない", en=f"{en} had no claims lately")
