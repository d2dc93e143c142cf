"""What a table of drifts says, in words."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pyarrow as pa

from rakustats.config.settings import settings
from rakustats.i18n.phrases import Lang, Phrase, phrase
from rakustats.metrics.comparison.outcomes import OUTCOMES, Outcome
from rakustats.stats.drifts import Drifts

_MANY = {
    "seller": phrase(ja="店舗", en="sellers"),
    "carrier": phrase(ja="配送業者", en="carriers"),
    "ship_method": phrase(ja="配送方法", en="shipping methods"),
}
_QUIET = phrase(ja="悪化は見られない", en="no sign of a change for the worse")


def worded(columns: Mapping[str, pa.Array], of: str, outcome: Outcome, lang: Lang) -> pa.Array:
    """Return one sentence per row: who got worse since when and by how much, or why unknown."""
    rows = pa.table(dict(columns)).to_pylist()
    return pa.array([_sentence(row, outcome).to(lang) for row in rows], pa.string())


def _sentence(row: Mapping[str, Any], outcome: Outcome) -> Phrase:
    baseline = settings().drift.baseline
    if row["alarm"] is None:
        return phrase(
            ja=f"件数が少なく判定できない（{row['n']:,} 件、{baseline} 件を超えてから見る）",
            en=f"too few to tell ({row['n']:,}; watched from {baseline} on)",
        )
    if not row["alarm"]:
        return _QUIET
    happened = OUTCOMES[outcome].happened
    before, after, odds = row["rate_before"], row["rate_after"], row["odds_ratio"]
    return phrase(
        ja=f"{row['worse_since']:%Y-%m-%d} 以降の分から{happened.ja}が増えた："
        f"{before:.1%}（{row['n_before']:,} 件）→ {after:.1%}（{row['n_after']:,} 件）、"
        f"条件をそろえたオッズで {odds:.1f} 倍",
        en=f"{happened.en} more often from {row['worse_since']:%Y-%m-%d} on: {before:.1%} of"
        f" {row['n_before']:,}, then {after:.1%} of {row['n_after']:,}; odds {odds:.1f} times"
        " those before in like circumstances",
    )


def drift_notes(of: str, found: Drifts) -> tuple[Phrase, ...]:
    """Return the notes: how many were monitored, and how many alarms are expected by chance."""
    rules, many = settings().drift, _MANY[of]
    seen = found.watched > 0
    years = float(found.years[seen].sum())
    chance = float((1 - (1 - rules.false_alarms) ** found.years[seen]).sum())
    share = f"{rules.false_alarms:.0%}"
    return (
        phrase(
            ja=f"{len(found.watched):,} の{many.ja}のうち {seen.sum():,} を見ている"
            f"（最初の {rules.baseline} 件は基準に使う）。何も変わらなくても、件数にかかわらず "
            f"1 年に最大 {share} は警報が出る（見ている期間が長いほど増え、3 年なら最大"
            f" {1 - (1 - rules.false_alarms) ** 3:.0%}）。"
            f"今回は延べ {years:,.1f} 年分を見ており、誤報は多くて {chance:.1f} 件ほどと見込む。",
            en=f"{seen.sum():,} of {len(found.watched):,} {many.en} are watched (the first"
            f" {rules.baseline} units tell the level). Without any change, however many units there"
            f" are, at most {share} raise an alarm in a year; it adds up over the years watched"
            f" (at most {1 - (1 - rules.false_alarms) ** 3:.0%} in three). Here {years:,.1f} years"
            f" are watched in all; at most {chance:.1f} false alarms are expected.",
        ),
        phrase(
            ja="月・連休・配送業者・配送方法（破損ではカテゴリ）の影響は除いてある。ほかの"
            f"{many.ja}も同じ週や同じ日に悪くなった分は、その週や日のせいとみなす。"
            "ほかの件数が少なくて分からない週は、控えめに数える。",
            en="Months, closures, carriers and methods (categories for damage) are allowed for."
            f" What other {many.en} suffered in the same week or on the same day is put down to"
            " that week or day; where too few others tell, its units count for less.",
        ),
        phrase(
            ja="同じ日の荷物がまとめて遅れる分（同じ便など）は割り引いて数える"
            f"（同じ日の相関 {found.alike.batch + found.alike.near:.3f}、"
            f"同じ週の相関 {found.alike.near:.3f}）。",
            en="Units of one day that are late or damaged together (one truck, one flight) count"
            f" for less; their correlation is {found.alike.batch + found.alike.near:.3f} within a"
            f" day and {found.alike.near:.3f} within a week.",
        ),
    )
