"""The score of an interval (Gneiting and Raftery 2007): its width, and what it missed."""

from __future__ import annotations

import numpy as np

from rakustats.stats.arrays import Floats

# 2 / alpha, of intervals that leave out alpha = .2
MISSED = 10.0


def interval_score(days: Floats, low: Floats, high: Floats) -> Floats:
    """Return the width, and ten times the days by which either bound was missed."""
    missed = np.maximum(low - days, 0.0) + np.maximum(days - high, 0.0)
    made: Floats = high - low + MISSED * missed
    return made
