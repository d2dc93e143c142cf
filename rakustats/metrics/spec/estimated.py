"""Shrunken estimates of each rate of a table, with ranks and flags."""

from __future__ import annotations

import numpy as np
import pyarrow as pa

from rakustats.config.settings import settings
from rakustats.i18n.phrases import Phrase, phrase
from rakustats.metrics.spec.added_columns import behind, floats
from rakustats.metrics.spec.case_mix import with_ratios
from rakustats.stats.arrays import Floats
from rakustats.stats.shrinkage import Estimates, estimates


def with_estimates(table: pa.Table) -> tuple[pa.Table, Estimates]:
    """Return the table with the shrunken estimate of each rate, and the notes on it."""
    events, n = evidence(table)
    adjusted = "expected" in table.column_names
    expected = expected_rates(table) if adjusted else _stage_rates(table, events, n)
    estimated = estimates(events, n, expected)
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
    return with_ratios(table) if adjusted else table, estimated


def expected_rates(table: pa.Table) -> Floats:
    """Return the rate expected of each group's case mix, a very low one where nothing happens."""
    n = floats(table, "n", 0)
    if "ripe_share" in table.column_names:
        n = n * floats(table, "ripe_share", 0)
    return floats(table, "expected", 0) / np.maximum(n, 1)


def _stage_rates(table: pa.Table, events: Floats, n: Floats) -> Floats | None:
    """Return the common rate of each group's stage: stages are no sample of one distribution."""
    if "stage_found" not in table.column_names:
        return None
    _, stage = np.unique(table.column("stage_found").fill_null("").to_numpy(), return_inverse=True)
    total, found = np.bincount(stage, n), np.bincount(stage, events)
    rates: Floats = (found / np.maximum(total, 1))[stage]
    return rates


def evidence(table: pa.Table) -> tuple[Floats, Floats]:
    """Return the effective events and units that estimates rest on."""
    if "n_effective" not in table.column_names:
        return floats(table, "events", 0), floats(table, "n", 0)
    n = floats(table, "n_effective", 0)
    rate = "final_rate" if "final_rate" in table.column_names else "rate"
    return n * floats(table, rate, 0), n


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
