"""Rates of lines or of pieces, and what they rest on: how mature, how independent they are.

Pieces of one order are correlated, so n of them carry less information than n orders. With the mean
squares of a one-way analysis of variance between and within the orders of a group (k orders, G
groups, N pieces, m and x pieces and bad pieces of an order),

    MSB = Σ over groups (Σ x²/m - X²/N) / (k - G)      MSW = Σ over groups (X - Σ x²/m) / (N - k)
    n0 = (N - Σ over groups Σ m²/N) / (k - G)          ρ = (MSB - MSW) / (MSB + (n0 - 1) MSW)
    design effect of a group = 1 + (Σ m²/Σ m - 1) ρ    effective n = n / design effect

held within [0.001, 0.9]; under 8 orders more than groups, or 100 pieces, ρ is taken as 0.2.
(Kish 1965, Survey Sampling, ch. 5; Ridout, Demétrio and Firth 1999, Biometrics 55, 137-148.)
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

from rakustats.config.settings import settings
from rakustats.errors import one_of
from rakustats.i18n.phrases import Phrase, phrase
from rakustats.marts.question import LINES
from rakustats.metrics.spec.documented import Columns
from rakustats.metrics.spec.rates import Weighing

Unit = Literal["line", "piece"]
FALLBACK_RHO = 0.2
SMALLEST_RHO, LARGEST_RHO = 0.001, 0.9
PIECE_COLUMNS: Columns = {
    "design_effect": "with pieces: how many of them carry the information of one independent one",
    "n_effective": "units that the estimate rests on; with pieces n / design effect",
}
_NOUNS = {"line": LINES, "piece": phrase(ja="個", en="pieces")}
_MATURED = "FILTER (WHERE status = 'matured')"


def checked(unit: str) -> Phrase:
    """Return what goods are counted by, or refuse what is no unit of them."""
    one_of("unit", unit, _NOUNS)
    return _NOUNS[unit]


def weights(unit: Unit, pieces: str) -> tuple[str, str, str]:
    """Return the facts of a row with ``event`` and ``bad_pieces`` that it is weighed by.

    A row without an event has the ``share`` of those that it may have.
    """
    of_row, share, bad = "1", "line_share", "1"
    if unit == "piece":
        of_row, share, bad = pieces, "piece_share", f"least(greatest(bad_pieces, 1), {pieces})"
    return (
        f"{of_row} AS pieces",
        f"CASE WHEN event THEN {bad} ELSE 0 END AS hits",
        f"CASE WHEN event THEN 0 ELSE least({share}, {of_row}) END AS share",
    )


def told_weight(unit: Unit, pieces: str) -> str:
    """Return the fact of a row with ``told`` and ``told_pieces``: what was ever claimed of it."""
    if unit == "line":
        return "CAST(told AS INT) AS told_hits"
    told = f"least(greatest(coalesce(told_pieces, 1), 1), {pieces})"
    return f"CASE WHEN told THEN {told} ELSE 0 END AS told_hits"


def weighing(unit: Unit) -> Weighing:
    """Return how the rows of :func:`clustered` weigh: by ``pieces`` and ``hits``."""
    if unit == "line":
        return Weighing("pieces", "hits")
    sums = {
        "n_orders": f"count(DISTINCT order_no) {_MATURED}",
        "squares": f"sum(CAST(pieces AS DOUBLE) * of_order) {_MATURED}",
        "between": in_any_order(
            "CAST(hits AS DOUBLE) * hits_of_order / nullif(of_order, 0)", _MATURED
        ),
    }
    effect = "(1 + (c.squares / nullif(c.n, 0) - 1) * r.rho)"
    figures = {"design_effect": effect, "n_effective": f"coalesce(c.n / {effect}, 0)"}
    steps = (("spread", _SPREAD), ("alike", _intraclass_correlation()))
    return Weighing("pieces", "hits", "", sums, figures, steps, "\nCROSS JOIN alike r")


def in_any_order(value: str, where: str = "") -> str:
    """Return the SQL of a sum that does not depend on the order in which threads add up."""
    return f"CAST(sum(CAST({value} AS DECIMAL(18, 9))) {where} AS DOUBLE)"


def clustered(keys: Sequence[str], source: str) -> str:
    """Return the SELECT that adds to matured rows how much their order has in the same group."""
    window = f"OVER (PARTITION BY {', '.join((*keys, 'order_no', 'status'))})"
    return f"""\
SELECT *, CAST(sum(pieces) {window} AS DOUBLE) AS of_order,
  CAST(sum(hits) {window} AS DOUBLE) AS hits_of_order
FROM {source}"""


_SPREAD = """\
SELECT CAST(sum(n_orders) AS DOUBLE) AS k, CAST(count(*) AS DOUBLE) AS g,
  CAST(sum(n) AS DOUBLE) AS pieces, sum(squares / n) AS sizes,
  sum(between - CAST(events AS DOUBLE) * events / n) AS between,
  sum(events - between) AS within
FROM counts WHERE n > 0"""


def _intraclass_correlation() -> str:
    """Return the SELECT of ρ, the intraclass correlation of pieces of one order."""
    rules = settings().shrinkage
    between, within = "between / nullif(k - g, 0)", "within / nullif(pieces - k, 0)"
    n0 = "(pieces - sizes) / nullif(k - g, 0)"
    rho = f"({between} - {within}) / nullif({between} + ({n0} - 1) * {within}, 0)"
    few = f"k - g < {rules.few_groups} OR pieces - k < {rules.few_units}"
    return f"""\
SELECT CASE WHEN {few} OR {rho} IS NULL THEN {FALLBACK_RHO}
  ELSE least({LARGEST_RHO}, greatest({SMALLEST_RHO}, {rho})) END AS rho FROM spread"""
