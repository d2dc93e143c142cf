"""Adjusted effects in words that a buyer understands."""

from __future__ import annotations

from collections.abc import Mapping

import pyarrow as pa

from rakustats.i18n.phrases import Lang, Phrase, phrase
from rakustats.metrics.comparison.outcomes import OUTCOMES, Outcome

# company that moves a rate by less than this is like everybody's
_LITTLE = 0.005
_COMPANY = {
    "seller": phrase(ja="使う配送業者と時期など", en="carriers and seasons"),
    "carrier": phrase(ja="運ぶ荷物の店舗と時期など", en="sellers and seasons"),
    "ship_method": phrase(ja="運ぶ荷物の店舗と時期など", en="sellers and seasons"),
}
_UNKNOWN = phrase(ja="まだ判定できるものがない", en="nothing to judge yet")
_ALONE = phrase(
    ja="この区間で分かっているのはここだけで、比べる相手がない",
    en="the only one that is known on its leg: none to compare it with",
)


def explained(columns: Mapping[str, pa.Array], of: str, outcome: Outcome, lang: Lang) -> pa.Array:
    """Return one sentence per row: what was seen, what is its own, and what its company's."""
    names = ("n", "events", "rate", "estimate", "lo", "hi", "company_rate", "common_rate")
    rows = zip(*(columns[name].to_pylist() for name in names), strict=True)
    texts = [
        (_ALONE if row[0] else _UNKNOWN).to(lang)
        if row[3] is None
        else _sentence(dict(zip(names, row, strict=True)), of, outcome).to(lang)
        for row in rows
    ]
    return pa.array(texts, pa.string())


def _sentence(row: Mapping[str, float], of: str, outcome: Outcome) -> Phrase:
    happened, company = OUTCOMES[outcome].happened, _COMPANY[of]
    more = row["company_rate"] - row["common_rate"]
    part = _company(more, company)
    own, lo, hi = (f"{row[name]:.1%}" for name in ("estimate", "lo", "hi"))
    return phrase(
        ja=f"{row['n']:,} 件中 {row['events']:,} 件が{happened.ja}（{row['rate']:.1%}）。"
        f"条件が全体と同じなら {own}（{lo}～{hi}）。{part.ja}",
        en=f"{row['events']:,} of {row['n']:,} {happened.en} ({row['rate']:.1%}); in everybody's"
        f" circumstances {own} ({lo} to {hi}). {part.en}",
    )


def _company(more: float, company: Phrase) -> Phrase:
    points = f"{abs(more) * 100:.1f}"
    if abs(more) < _LITTLE:
        return phrase(
            ja=f"{company.ja}の影響は小さい。", en=f"Its {company.en} are like everybody's."
        )
    return phrase(
        ja=f"{company.ja}だけで {points} ポイント{'高く' if more > 0 else '低く'}なる。",
        en=f"Its {company.en} alone would put an average one {points} points"
        f" {'higher' if more > 0 else 'lower'}.",
    )


def effect_notes(of: str, outcome: Outcome) -> tuple[Phrase, ...]:
    """Return the notes on the effects."""
    notes = [
        phrase(
            ja="estimate は、配送業者・時期・発送方法（破損ではカテゴリ）が"
            "全体と同じだった場合の率。raw_estimate は補正なし。",
            en="estimate is the rate in everybody's circumstances: carriers, months and methods"
            " (categories for damage); raw_estimate is not adjusted.",
        )
    ]
    if of != "seller":
        notes.append(_of_legs(outcome))
    if outcome == "late" and of == "seller":
        notes.append(
            phrase(
                ja="一つの荷物に複数の店舗の品が入ると、その遅れは各店舗に数える。"
                "倉庫到着日が分かるなら leg_times のほうが確か。",
                en="A late parcel counts for each seller in it; where arrivals at the warehouse are"
                " known, leg_times is the surer answer.",
            )
        )
    if outcome == "damage":
        notes.append(
            phrase(
                ja="最近の明細はこれから申告が出るため率が低い。月の効果として除いている。",
                en="Claims for recent lines are still to come; the effect of the month takes it"
                " up.",
            )
        )
    return tuple(notes)


def _of_legs(outcome: Outcome) -> Phrase:
    if outcome == "late":
        return phrase(
            ja="区間ごとに、その区間のものどうしを比べている。"
            "一つの荷物は、何店舗の品が入っていても 1 件と数える。",
            en="Compared with those of the same leg. A parcel is one unit, however many sellers"
            " have goods in it.",
        )
    return phrase(
        ja="区間ごとに、その区間のものどうしを比べている。明細は日本へ運んだ業者に数えるため、"
        "区間 1 に残るのは、まだ日本へ送っていない明細だけ。",
        en="Compared with those of the same leg. A line counts for who brought it to Japan: on leg"
        " 1 stand only those that have not been sent on.",
    )
