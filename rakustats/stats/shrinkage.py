"""Shrunken rates by empirical Bayes: posterior means, intervals, ranks and flags."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit

from rakustats.config.settings import Shrinkage, settings
from rakustats.stats import betabinomial, g_modeling
from rakustats.stats.arrays import Bools, Floats
from rakustats.stats.betabinomial import Groups
from rakustats.stats.case_mix import MixShifts
from rakustats.stats.posterior import Posterior
from rakustats.stats.ranks import Ranking, largest_list

Values = NDArray[np.int64] | Floats
# With more groups than this, units and prior shifts are rounded: what is nearly alike is one pair,
# and a million groups fit into memory.
CROWD = 20_000
UNIT_STEP, SHIFT_STEP = 0.25, 0.05
FIGURES = (
    *("mean", "lo", "hi", "adjusted", "adjusted_lo", "adjusted_hi"),
    *("rank", "p_worst", "reliability", "worse"),
)


@dataclass(frozen=True)
class Estimates:
    """The posterior of each group's rate; NaN (and not flagged) where there are no units.

    Attributes
    ----------
    mean, lo, hi : arrays of float
        Posterior mean and equal-tailed interval, which reaches to a mean that lies beyond it.
    adjusted, adjusted_lo, adjusted_hi : arrays of float
        The same at the common case mix; without a case mix the same numbers.
    rank : array of float
        Expected rank, 1 for the highest rate.
    p_worst : array of float
        Probability to be among the worst tenth, NaN where there is nothing to compare with.
    reliability : array of float
        Weight of the group's own units in the estimate, n / (n + M).
    worse : array of float
        Probability that the odds are more than ``worse_odds`` times those of the common rate.
    flagged : array of bool
        On the largest list of such groups with few false ones.
    limit : float
        The rate beyond which a group is worse; NaN without units, or where each kind has its own.
    groups : int
        Groups with units; of several kinds, those of the kind with fewest.
    """

    mean: Floats
    lo: Floats
    hi: Floats
    adjusted: Floats
    adjusted_lo: Floats
    adjusted_hi: Floats
    rank: Floats
    p_worst: Floats
    reliability: Floats
    worse: Floats
    flagged: Bools
    limit: float
    groups: int


def estimates(
    events: Values,
    n: Values,
    mix: MixShifts | None = None,
    rules: Shrinkage | None = None,
) -> Estimates:
    r"""Return the posterior of each group's rate under a prior estimated from all groups.

    From 300 groups on (``rules.many_groups``) the distribution of true rates has no parametric form
    (:mod:`rakustats.stats.g_modeling`), below that as a beta distribution whose own parameters are
    integrated out (:mod:`rakustats.stats.betabinomial`). The result depends on nothing but the
    numbers given: same numbers, same bytes.

    Parameters
    ----------
    events, n : arrays of int or float
        Events and units per group; pieces and immature units may count as fractions of units.
    mix : MixShifts, optional
        What each group's case mix does to the logit of its rate. The prior of a group then lies so
        far from the common one, and ranks and flags compare rates at the common mix.
    rules : Shrinkage, optional
        Limits and levels; the package's settings by default.

    Returns
    -------
    Estimates

    Notes
    -----
    A group is flagged if it is on the largest list, likeliest first, for which the mean
    probability *not* to be worse stays within ``rules.false_share``: the Bayesian false discovery
    rate.

    B. Efron (2016), "Empirical Bayes deconvolution estimates", Biometrika 103, 1-20.
    R. Lin, T. A. Louis, S. M. Paddock, G. Ridgeway (2006), "Loss function based ranking in
    two-stage, hierarchical models", Bayesian Analysis 1, 915-946.
    M. A. Newton, A. Noueiry, D. Sarkar, P. Ahlquist (2004), "Detecting differential gene expression
    with a semiparametric hierarchical mixture method", Biostatistics 5, 155-176 (the list).

    Examples
    --------
    >>> import numpy as np
    >>> found = estimates(np.array([0, 2, 30]), np.array([1, 40, 100]))
    >>> [round(float(rank)) for rank in found.rank]
    [2, 3, 1]
    """
    rules = rules or settings().shrinkage
    known = n > 0
    if not known.any():
        return _nothing(len(n))
    pairs = paired(events[known], n[known], None if mix is None else mix.of(known))
    rates, against, reliability = pairs.posteriors(rules)
    groups, total = pairs.groups, int(known.sum())
    limit = float(expit(groups.common + np.log(rules.worse_odds)))
    ranking, worse = Ranking(against, groups.count), against.above(limit)
    tails = (1 - rules.level) / 2, (1 + rules.level) / 2
    most = int(np.ceil(rules.worst_share * total))
    own = _spanned(rates, tails)
    columns = [
        *own,
        *(own if against is rates else _spanned(against, tails)),
        ranking.expected,
        ranking.among_worst(most) if total > 1 else np.full(len(worse), np.nan),
        reliability,
        worse,
    ]
    flagged = np.zeros(len(n), dtype=bool)
    flagged[known] = largest_list(worse, groups.count, rules.false_share)[pairs.back]
    shown = {name: _spread(c[pairs.back], known) for name, c in zip(FIGURES, columns, strict=True)}
    return Estimates(**shown, flagged=flagged, limit=limit, groups=total)


def estimates_by_kind(kind: NDArray[np.intp], events: Values, n: Values) -> Estimates:
    """Return :func:`estimates` of the groups of each kind among themselves, in one.

    Kinds are no sample of one distribution: each has a prior, ranks and flags of its own.

    Parameters
    ----------
    kind : array of int
        Number of each group's kind.
    events, n : arrays of int or float
    """
    parts = [(kind == k, estimates(events[kind == k], n[kind == k])) for k in np.unique(kind)]
    parts = [(of, part) for of, part in parts if part.groups]
    limit = parts[0][1].limit if len(parts) == 1 else float("nan")
    joined = {name: np.full(len(n), np.nan) for name in FIGURES}
    flagged = np.zeros(len(n), dtype=bool)
    for of, part in parts:
        flagged[of] = part.flagged
        for name, values in joined.items():
            values[of] = getattr(part, name)
    groups = min((part.groups for _, part in parts), default=0)
    return Estimates(**joined, flagged=flagged, limit=limit, groups=groups)


@dataclass(frozen=True)
class Pairs:
    """Distinct groups, all with units, and the index of each given one among them.

    ``unsure`` is the standard deviation of what the case mix of each does to its logit.
    """

    groups: Groups
    back: NDArray[np.int64]
    unsure: Floats

    def posteriors(self, rules: Shrinkage) -> tuple[Posterior, Posterior, Floats]:
        """Return the posterior of each rate, the same at the common mix, and the reliability.

        As far as an estimate is the group's own, the uncertainty of what its mix does is in the
        rate at the common mix; as far as it is the prior's, in the rate as it is.
        """
        rates, own = posteriors(self.groups, rules)
        against = rates.shifted(-self.groups.shift).widened(own * self.unsure)
        return rates.widened((1 - own) * self.unsure), against, own


def paired(events: Values, n: Values, mix: MixShifts | None = None) -> Pairs:
    """Return distinct groups.

    From 20,000 groups on, units are rounded to quarters and the shifts of their priors to 0.05 on
    the logit, far less than what such groups' rates are known to.

    Parameters
    ----------
    events, n, mix
        As in :func:`estimates`; all groups have units.
    """
    units, shifts = n.astype(float), np.zeros(len(n)) if mix is None else mix.shift
    if len(n) >= CROWD:
        units = np.maximum(np.round(units / UNIT_STEP), 1) * UNIT_STEP
        shifts = np.round(shifts / SHIFT_STEP) * SHIFT_STEP
    groups, back = Groups.counted(np.minimum(events.astype(float), units), units, shifts)
    unsure = np.zeros(len(n)) if mix is None else mix.sd
    return Pairs(groups, back, np.bincount(back, unsure) / groups.count)


def posteriors(groups: Groups, rules: Shrinkage) -> tuple[Posterior, Floats]:
    """Return the posterior of each pair's rate, and how much of it is the group's own."""
    if groups.count.sum() < rules.many_groups:
        hyper = betabinomial.hyper_parameters(groups)
        return betabinomial.posterior(groups, hyper), hyper.reliability(groups.n)
    # the grid is made for rates that are mostly low
    mostly = groups.common > 0
    low = groups.mirrored() if mostly else groups
    beta = betabinomial.mode(low)
    rates = g_modeling.posterior(low, beta)
    return rates.mirrored() if mostly else rates, groups.n / (groups.n + np.exp(beta[1]))


def _spanned(rates: Posterior, tails: tuple[float, float]) -> tuple[Floats, Floats, Floats]:
    """Return mean and interval; where events are rare enough the mean lies beyond the quantiles."""
    mean, (lo, hi) = rates.mean, rates.quantiles(tails).T
    return mean, np.minimum(lo, mean), np.maximum(hi, mean)


def _spread(values: Floats, known: Bools) -> Floats:
    full = np.full(len(known), np.nan)
    full[known] = values
    return full


def _nothing(size: int) -> Estimates:
    nothing = dict.fromkeys(FIGURES, np.full(size, np.nan))
    return Estimates(**nothing, flagged=np.zeros(size, dtype=bool), limit=float("nan"), groups=0)
