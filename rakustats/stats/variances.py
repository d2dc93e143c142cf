"""Variances of random effects, by Fisher scoring on the marginal likelihood."""

from __future__ import annotations

import numpy as np

START = 0.3
SMALLEST, LARGEST = 1e-4, 25.0


class Variance:
    """A variance on its way to its posterior mode, with a prior that keeps it off 0.

    The prior is a gamma density of the standard deviation with the shape 2 and as good as no rate
    (Chung, Rabe-Hesketh, Dorie, Gelman and Liu 2013, Psychometrika 78, 685-709): where the
    likelihood has its mode at 0, effects are small but not said to be none.
    """

    def __init__(self) -> None:
        self.value, self._rate, self._last = START, 1.0, 0.0
        #: Posterior variance of the logarithm, from the Fisher information and the prior.
        self.unsure = 4.0

    def move(self, surplus: float, information: float) -> float:
        """Take a step of Fisher scoring on the logarithm, and return its length.

        Parameters
        ----------
        surplus : float
            Expected sum of squares of the effects over the variance, less their number.
        information : float
            Fisher information, as a number of effects.
        """
        self.unsure = 1 / (0.5 * information + 0.25)
        step = float(np.clip((0.5 * surplus + 0.5) * self.unsure, -1.0, 1.0))
        # steps that go to and fro get shorter, or they would do so for ever
        self._rate = self._rate / 2 if step * self._last < 0 else min(1.0, self._rate * 1.2)
        self._last = step
        before = self.value
        self.value = float(np.clip(before * np.exp(step * self._rate), SMALLEST, LARGEST))
        return float(abs(np.log(self.value / before)))
