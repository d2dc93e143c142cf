"""Decision value: which deliveries to act on, by capacity or by the expected gain."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from rakustats.errors import UsageError
from rakustats.stats.arrays import Floats


@dataclass(frozen=True)
class Costs:
    """What acting and lateness cost, in JPY.

    Attributes
    ----------
    acting : float
        Of looking after one delivery.
    late : float
        Of one that comes too late.
    effect : float
        Share of late ones that come in time because somebody looked after them.

    Examples
    --------
    >>> Costs(acting=300, late=5000, effect=0.3).threshold
    0.2
    """

    acting: float
    late: float
    effect: float

    def __post_init__(self) -> None:
        if self.acting < 0 or self.late <= 0 or not 0 < self.effect <= 1:
            raise UsageError(
                ja="費用は、手間（acting）を 0 以上、遅れの損失（late）を 0 より大きく、"
                "効果（effect）を 0 より大きく 1 以下にしてください。",
                en="Costs: acting is not below 0, late above 0, effect above 0 and at most 1.",
            )

    @classmethod
    def parse(cls, text: str) -> Costs:
        """Return costs given as text: acting, late, effect.

        Raises
        ------
        UsageError
            If the text is not three numbers, or they are impossible.

        Examples
        --------
        >>> Costs.parse("300,5000,0.3")
        Costs(acting=300.0, late=5000.0, effect=0.3)
        """
        try:
            acting, late, effect = (float(part) for part in text.split(","))
        except ValueError:
            raise UsageError(
                ja=f"costs {text!r}：300,5000,0.3 のように、数を三つ、"
                "コンマで区切って書いてください。",
                en=f"costs {text!r}: write three numbers, as in 300,5000,0.3.",
            ) from None
        return cls(acting, late, effect)

    @property
    def threshold(self) -> float:
        """The probability above which acting pays: acting / (late x effect)."""
        return self.acting / (self.late * self.effect)

    def gain(self, p: Floats) -> Floats:
        """Return what acting is expected to save: p x late x effect - acting."""
        return p * self.late * self.effect - self.acting


def chosen(
    p: ArrayLike,
    *,
    overdue: ArrayLike = False,
    capacity: int | None = None,
    costs: Costs | None = None,
) -> tuple[NDArray[np.bool_], Floats]:
    """Return which deliveries to look after, and the expected gain of each.

    Parameters
    ----------
    p : array
        Probabilities, NaN where unknown: those are never chosen.
    overdue : array of bool, optional
        Whose promise is over: nothing makes them come in time, so they have no gain, and they are
        looked after whatever it costs, as the procedure has it.
    capacity : int, optional
        At most so many, the likeliest first.
    costs : Costs, optional
        Only those where acting is expected to pay.

    Examples
    --------
    >>> chosen([0.9, 0.1, 0.5], capacity=2)[0].tolist()
    [True, False, True]
    """
    if capacity is not None and capacity < 1:
        raise UsageError(ja="capacity は 1 以上にしてください。", en="capacity is at least 1.")
    chances = np.asarray(p, float)
    take = ~np.isnan(chances)
    over = np.broadcast_to(np.asarray(overdue, bool), chances.shape)
    gain = np.full(len(chances), np.nan)
    if costs is not None:
        gain = np.where(over, np.nan, costs.gain(chances))
        take &= over | (np.nan_to_num(gain, nan=-1.0) > 0)
    if capacity is not None:
        order = np.argsort(np.where(take, -chances, np.inf), kind="stable")
        first = np.zeros(len(chances), bool)
        first[order[:capacity]] = True
        take &= first
    return take, gain
