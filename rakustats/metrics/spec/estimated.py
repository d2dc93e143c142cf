"""Shrunken estimates of each rate of a table, with ranks and flags."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pyarrow as pa

from rakustats.config.settings import settings
from rakustats.i18n.phrases import Phrase, phrase
from rakustats.metrics.spec.added_columns import behind, floats
from rakustats.metrics.spec.case_mix import with_ratios
from rakustats.metrics.spec.mix_cells import COLUMN, group_shifts
from rakustats.stats.arrays import Bools, Floats
from rakustats.stats.case_mix import MixShifts
from rakustats.stats.shrinkage import Estimates, estimates, estimates_by_kind


def with_estimates(table: pa.Table) -> tuple[pa.Table, Estimates]:
    """Return the table with the shrunken estimate of each rate, and the notes on it."""
    adjusted = COLUMN in table.column_names
    mix = group_shifts(table) if adjusted else None
    estimated = _over_the_range(table, _estimated(table, mix), mix)
    columns = {
        "estimate": estimated.mean,
        "lo": estimated.lo,
        "hi": estimated.hi,
        "expected_rank": estimated.rank,
        "p_worst": estimated.p_worst,
        "reliability": estimated.reliability,
    }
    flagged = pa.array(estimated.flagged, mask=np.isnan(estimated.mean))
    table = table.add_column(table.column_names.index("rate") + 1, "flagged", flagged)
    table = behind(table, "rate", columns)
    if adjusted and mix is not None:
        table = with_ratios(_at_common_mix(table.drop_columns([COLUMN]), mix, estimated), mix.alone)
    hidden = [name for name in _HIDDEN if name in table.column_names]
    return table.drop_columns(hidden), estimated


def _at_common_mix(table: pa.Table, mix: MixShifts, estimated: Estimates) -> pa.Table:
    some = estimated.mean >= 0
    columns = {
        "adjusted": estimated.adjusted,
        "adjusted_lo": estimated.adjusted_lo,
        "adjusted_hi": estimated.adjusted_hi,
        "mix_odds": np.where(some, np.exp(mix.shift), np.nan),
        "mix_sd": np.where(some, mix.sd, np.nan),
        "n_alone": pa.array(np.rint(mix.alone), pa.int64()),
    }
    return behind(table, "expected", columns)


def _estimated(table: pa.Table, mix: MixShifts | None, end: str = "") -> Estimates:
    """Estimate all rates together, those of each stage found among themselves."""
    events, n = evidence(table, end)
    if "stage_found" not in table.column_names:
        return estimates(events, n, mix)
    stages = table.column("stage_found").fill_null("").to_numpy()
    return estimates_by_kind(np.unique(stages, return_inverse=True)[1], events, n)


_HIDDEN = ("final_low_end", "final_high_end")
#: The columns of both ends of what is told in part, and of how it is shared.
_ENDS = {"": "events_shared", "low": "events", "high": "events_high"}


def evidence(table: pa.Table, end: str = "") -> tuple[Floats, Floats]:
    """Return the effective events and units that estimates rest on, or those at an end of a range.

    Parameters
    ----------
    table : pyarrow.Table
        Counts of events, with ``n_effective`` and ``final_rate`` where the estimate rests on these.
    end : {"", "low", "high"}
        Where events are a range: as they are shared, at least, or at most.
    """
    names = table.column_names
    n = floats(table, "n", 0)
    events = floats(table, _ENDS[end] if _ENDS[end] in names else "events", 0)
    rate = np.divide(events, n, out=np.zeros_like(n), where=n > 0)
    if "final_rate" in names:
        rate = floats(table, f"final_{end}_end" if end else "final_rate", 0)
    worth = floats(table, "n_effective", 0) if "n_effective" in names else n
    return worth * np.minimum(rate, 1.0), worth


def _over_the_range(table: pa.Table, shared: Estimates, mix: MixShifts | None) -> Estimates:
    """Let intervals reach from that of the low end to that of the high end, where these differ."""
    wide = _ranged(table)
    if not wide.any():
        return shared
    low, high = (_estimated(table, mix, end) for end in ("low", "high"))

    def spanned(name: str, end: Estimates, outer: np.ufunc) -> Floats:
        own: Floats = getattr(shared, name)
        return np.where(wide, outer(own, getattr(end, name)), own)

    return replace(
        shared,
        lo=spanned("lo", low, np.minimum),
        hi=spanned("hi", high, np.maximum),
        adjusted_lo=spanned("adjusted_lo", low, np.minimum),
        adjusted_hi=spanned("adjusted_hi", high, np.maximum),
    )


def _ranged(table: pa.Table) -> Bools:
    wide = np.zeros(table.num_rows, bool)
    if "events_high" in table.column_names:
        wide |= floats(table, "events_high", 0) > floats(table, "events", 0)
    if "short_history" in table.column_names:
        wide |= table.column("short_history").fill_null(False).to_numpy()
    return wide


def alone_notes(table: pa.Table) -> list[Phrase]:
    """Return the note on units that have nobody to be compared with."""
    if "n_alone" not in table.column_names:
        return []
    alone = table.column("n_alone").to_numpy()
    if not alone.any():
        return []
    groups, units = int((alone > 0).sum()), int(alone.sum())
    return [
        phrase(
            ja=f"{groups} 群の {units:,} 件は、ほかの群に 1 件もない条件にある（n_alone）。"
            "その条件のせいか群のせいかは分けられず、補正後の率の区間が広くなる。",
            en=f"{units:,} units of {groups} groups are in circumstances in which no other group"
            " has any (n_alone): what is theirs and what the circumstances' cannot be told apart,"
            " which widens the intervals of adjusted rates.",
        )
    ]


def shrinkage_notes(estimated: Estimates) -> list[Phrase]:
    """Return the notes: what groups were compared with, and how well their spread is known."""
    rules = settings().shrinkage
    notes = []
    if estimated.groups == 1:
        notes.append(
            phrase(
                ja="比べる群がないため、推定値はその群の件数だけで求めた。",
                en="There is no other group to compare with: the estimate rests on the group's own"
                " units alone.",
            )
        )
    elif 0 < estimated.groups < rules.few_groups:
        notes.append(
            phrase(
                ja=f"比べる群が {estimated.groups} しかなく、群間のばらつきはほとんど測れない。"
                "事前分布の強さは 20 件前後（90 % で 0.7～540 件）と見込んだ。",
                en=f"The spread between {estimated.groups} groups can hardly be measured; the prior"
                " is taken to be worth some 20 units (0.7 to 540 with 90 %).",
            )
        )
    if estimated.flagged.any():
        odds, share = f"{rules.worse_odds:g}", f"{rules.false_share:.0%}"
        one = np.isfinite(estimated.limit)
        ja = (
            f"率が {estimated.limit:.1%}（全体のオッズの {odds} 倍）"
            if one
            else (f"オッズがその発見段階の全体の {odds} 倍")
        )
        en = (
            f"{estimated.limit:.1%} ({odds} times the common odds)"
            if one
            else (f"{odds} times the common odds of their stage")
        )
        notes.append(
            phrase(
                ja=f"flagged は、{ja}を超えるとみられる群。うち約 {share} までは誤りを見込む。",
                en=f"Flagged groups are thought to lie above {en}; up to {share} of them are"
                " expected not to.",
            )
        )
    return notes
