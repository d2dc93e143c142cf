"""Prices paid against prices quoted."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Unpack

from rakustats.engine.database import Database
from rakustats.i18n.phrases import phrase
from rakustats.marts.claim_lines import linked_claims
from rakustats.marts.keys import PARCEL_KEYS
from rakustats.marts.needs import require
from rakustats.marts.question import LINES, Keys, Period, Question, ask
from rakustats.marts.received import NOT_COUNTED, keyed_steps, line_steps
from rakustats.metrics.spec.case_mix import case_mix
from rakustats.metrics.spec.documented import KEYS_OF_LINES, documented
from rakustats.metrics.spec.rates import Rates, Weighing
from rakustats.metrics.spec.reasons import matured, reasons
from rakustats.results.result import Result

TITLE = phrase(ja="見積より高くなった明細の割合", en="Dearer than quoted (lines)")
DEARER = Rates(
    n="lines with both prices",
    events="paid more than quoted",
    n_open="not bought yet",
    excluded=reasons(
        *("no_quote", "no_price", "replacement", "no_quantity", "test"),
        no_quote="no price was quoted",
        no_price="bought, price paid unknown",
    ),
    extra=matured(
        lowered=("price_change < 0", "paid less than quoted"),
        freight_change=("freight_change", "with a claim about changed freight"),
    ),
    figures={
        "drift_median, drift_p90": "of unit price paid / quoted - 1; 0.05 is 5 % dearer; NULL where"
        " ``n`` is 0"
    },
)
_QUANTILE = (
    "percentile_cont({}) WITHIN GROUP (ORDER BY CASE WHEN status = 'matured' THEN price_change END)"
)
_WEIGHING = Weighing(
    sums={"drift_median": _QUANTILE.format(0.5), "drift_p90": _QUANTILE.format(0.9)},
    figures={name: f"c.{name}" for name in ("drift_median", "drift_p90")},
)
# grain: one line with a claim about changed freight
_FREIGHT_CHANGES = """\
SELECT DISTINCT c.order_no, c.line_no
FROM claim_lines c JOIN valid_claims v ON v.claim_id = c.claim_id
WHERE v.kind = 'freight_change' AND NOT v.withdrawn"""


@documented(DEARER.columns, by=KEYS_OF_LINES, adjusts=True)
def quote_drift(
    db: Database,
    by: Keys = None,
    *,
    adjust: str | Sequence[str] | None = None,
    **period: Unpack[Period],
) -> Result:
    """Return how often, and by how much, goods cost more than quoted, by group.

    Freight is no part of the price: lines with a claim about changed freight are counted apart.

    Notes
    -----
    Drift of a line = final unit price / quoted unit price - 1; quantiles interpolate linearly
    between lines (Hyndman and Fan 1996, type 7).

    Examples
    --------
    >>> dearer = rs.quote_drift(db, by="seller").frame()
    >>> bool((dearer["drift_median"] <= dearer["drift_p90"]).all())
    True
    """
    asked = ask(db, by, period, TITLE, LINES, several=PARCEL_KEYS)
    both = ["order_lines.unit_price_cny_quoted", "order_lines.unit_price_cny"]
    require(db, phrase(ja="見積との価格差", en="Drift from quoted prices"), both)
    steps = [
        *line_steps(asked),
        *linked_claims(),
        ("freight_changes", _FREIGHT_CHANGES),
        ("priced", _PRICED),
        *keyed_steps(asked.keys, "priced"),
        ("units", _units(asked)),
    ]
    return DEARER.result(db, asked, steps, weighing=_WEIGHING, adjust=case_mix(adjust))


_PRICED = """\
SELECT l.*, k.unit_price_cny AS paid, k.unit_price_cny_quoted AS quoted,
  CAST(k.unit_price_cny AS DOUBLE)
    / nullif(CAST(k.unit_price_cny_quoted AS DOUBLE), 0) - 1 AS price_change,
  o.purchased_at IS NOT NULL OR l.received AS bought, f.line_no IS NOT NULL AS freight_change
FROM lines l
JOIN order_lines k ON k.order_no = l.order_no AND k.line_no = l.line_no
LEFT JOIN orders o ON o.order_no = l.order_no
LEFT JOIN freight_changes f ON f.order_no = l.order_no AND f.line_no = l.line_no"""


def _units(asked: Question) -> str:
    status = asked.status(
        "cohort_day",
        *NOT_COUNTED,
        ("no_quote", "coalesce(quoted, 0) = 0"),
        ("no_price", "paid IS NULL AND (bought OR cancelled)"),
        ("open", "paid IS NULL"),
        otherwise="matured",
    )
    return asked.rows(
        "keyed",
        "cohort_day",
        *("order_no", "line_no", "cohort_day", "price_change", "freight_change"),
        "paid > quoted AS event",
        "seen_until",
        f"{status} AS status",
    )
