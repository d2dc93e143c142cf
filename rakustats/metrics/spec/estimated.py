"""Shrunken estimates of each rate of a table, with ranks and flags."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
from scipy.special import logit

from rakustats.config.settings import settings
from rakustats.i18n.phrases import Phrase, phrase
from rakustats.metrics.spec.added_columns import behind, floats
from rakustats.metrics.spec.case_mix import with_ratios
from rakustats.metrics.spec.mix_cells import COLUMN, group_shifts
from rakustats.stats.arrays import Floats
from rakustats.stats.case_mix import MixShifts
from rakustats.stats.shrinkage import Estimates, estimates


def with_estimates(table: pa.Table) -> tuple[pa.Table, Estimates]:
    """Return the table with the shrunken estimate of each rate, and the notes on it."""
    events, n = evidence(table)
    adjusted = COLUMN in table.column_names
    mix = group_shifts(table) if adjusted else _stage_shifts(table, events, n)
    estimated = estimates(events, n, mix)
    columns = {
        "estimate": estimated.mean,
        "lo": estimated.lo,
        "hi": estimated.hi,
        "expected_rank": estimated.rank,
        "p_worst": estimated.p_worst,
        "reliability": estimated.reliability,
    }
    flagged = pa.array(estimated.flagged, mask=n == 0)
    table = table.add_column(table.column_names.index("rate") + 1, "flagged", flagged)
    table = behind(table, "rate", columns)
    if adjusted and mix is not None:
        table = with_ratios(_at_common_mix(table.drop_columns([COLUMN]), mix, estimated), mix.alone)
    return table, estimated


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


def _stage_shifts(table: pa.Table, events: Floats, n: Floats) -> MixShifts | None:
    """Return how far each group's stage lies from the others: stages are no sample of one kind."""
    if "stage_found" not in table.column_names:
        return None
    _, stage = np.unique(table.column("stage_found").fill_null("").to_numpy(), return_inverse=True)
    total, found = np.bincount(stage, n), np.bincount(stage, events)
    rates = np.clip((found / np.maximum(total, 1))[stage], 1e-4, 1 - 1e-4)
    known, shift = n > 0, np.zeros(len(n))
    shift[known] = logit(rates[known]) - logit(rates[known]).mean() if known.any() else 0.0
    return MixShifts(shift, np.zeros(len(n)), np.zeros(len(n)))


def evidence(table: pa.Table) -> tuple[Floats, Floats]:
    """Return the effective events and units that estimates rest on."""
    if "n_effective" not in table.column_names:
        return floats(table, "events", 0), floats(table, "n", 0)
    n = floats(table, "n_effective", 0)
    rate = "final_rate" if "final_rate" in table.column_names else "rate"
    return n * floats(table, rate, 0), n


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
    if 0 < estimated.groups < rules.few_groups:
        groups = "1 group" if estimated.groups == 1 else f"{estimated.groups} groups"
        notes.append(
            phrase(
                ja=f"比べる群が {estimated.groups} しかなく、群間のばらつきはほとんど測れない。"
                "事前分布の強さは 20 件前後（90 % で 0.7～540 件）と見込んだ。",
                en=f"The spread between {groups} can hardly be measured; the prior is taken to be"
                " worth some 20 units (0.7 to 540 with 90 %).",
            )
        )
    if estimated.flagged.any():
        limit, share = f"{estimated.limit:.1%}", f"{rules.false_share:.0%}"
        notes.append(
            phrase(
                ja=f"flagged は、率が {limit}（全体のオッズの {rules.worse_odds:g} 倍）を超えると"
                f"みられる群。うち約 {share} までは誤りを見込む。",
                en=f"Flagged groups are thought to lie above {limit} ({rules.worse_odds:g} times"
                f" the common odds); up to {share} of them are expected not to.",
            )
        )
    return notes
