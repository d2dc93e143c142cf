"""How often orders are called off: by whom, why, at which stage, and for what fee."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta

from rakustats.config.settings import settings
from rakustats.engine.database import Database
from rakustats.engine.steps import Step
from rakustats.errors import UsageError
from rakustats.i18n.phrases import Phrase, phrase
from rakustats.marts.cancellation_events import ground_steps, off_steps
from rakustats.marts.keys import DAY_KEYS, cohort, day_columns, group_keys
from rakustats.marts.money import all_known
from rakustats.marts.needs import require
from rakustats.marts.question import Question
from rakustats.marts.received import keyed_steps
from rakustats.metrics.spec.case_mix import mix
from rakustats.metrics.spec.rates import Weighing, rate_result
from rakustats.results.result import Result
from rakustats.store.asof import literal

OWN_KEYS = ("requested_by", "reason", "stage")
PARTIES = ("customer", "agency", "seller", "system")
EXCLUDED = ("not_paid", "replacement", "no_quantity", "test")
TABLES = (
    *("orders", "order_lines", "shipments", "shipment_lines"),
    *("claims", "cancellations"),
)
FIGURES = (
    *("n_cancellations", "n_refused", "n_pending", "n_partial"),
    *(f"n_by_{party}" for party in PARTIES),
    *("n_asked_late", "n_accepted_late", "n_unconfirmed", "n_fee"),
)


def cancellation_rates(
    db: Database,
    by: str | Sequence[str] | None = None,
    *,
    since: str | date | None = None,
    until: str | date | None = None,
    as_of: str | date | datetime | None = None,
    adjust: str | Sequence[str] | None = None,
) -> Result:
    """Return how often order lines are called off, by group.

    A line has an event if a cancellation of it, or of its whole order or quote, was accepted; a
    refused one is none. With ``seller`` among the keys only what sellers caused counts (asked for
    by the seller, or out of stock, whoever said so), among lines that were paid for; unless
    ``requested_by`` is among the keys too, which keeps the parties apart.

    Parameters
    ----------
    db : Database
        From :func:`rakustats.connect`.
    by : str or sequence of str, optional
        Keys: requested_by, reason, stage, and seller, carrier, ship_method, mode, origin_region,
        dest_region, category, platform, inspection_level, month, closure, leg. ``reason`` is
        ``reason_code``, else ``reason_text``. ``stage`` is how far the goods had come when it was
        asked for: quote, payment, buying, seller_dispatch, leg1, inspection, stored, shipped.
        With any of the first three, ``n`` and what is left out are those of the rest of the keys:
        the rates of all reasons add up to the rate without them.
    since, until : str or date, optional
        Cohort days, until exclusive: the day on which the order was purchased, else paid, else
        submitted.
    as_of : str, date or datetime, optional
        Look at what was known then; the database's own as-of by default.
    adjust : str or sequence of str, optional
        Compare each group with what is expected of its mix of goods, prices and seasons; see
        :func:`delay_rates`, also for the columns it adds. Not with the first three keys.

    Returns
    -------
    Result
        One row per group, sorted by the keys: the keys, ``n`` (lines ordered), ``events`` (lines
        called off; by their first cancellation), ``rate``, ``estimate`` (rate drawn to the common
        one), ``lo``, ``hi`` (90 % interval of the estimate), ``expected_rank``, ``p_worst``,
        ``reliability``, ``flagged`` (as in :func:`delay_rates`), ``n_open`` (asked for, undecided),
        ``n_excluded`` (sum of ``n_not_paid``: never paid for, only with seller; ``n_replacement``,
        ``n_no_quantity``, ``n_test``), ``n_cancellable`` (of ``n``: not called off and not at the
        warehouse yet, so that it may still be), and in numbers of cancellations:
        ``n_cancellations`` (accepted), ``n_refused``, ``n_pending``, ``n_partial`` (accepted in
        part), ``n_by_customer``, ``n_by_agency``, ``n_by_seller``, ``n_by_system`` (who caused the
        accepted ones), ``n_asked_late`` (asked for after the seller had dispatched),
        ``n_accepted_late`` (asked for in time, accepted after the seller had dispatched),
        ``n_unconfirmed`` (accepted days ago, no confirmation mail), ``n_fee`` (with a fee);
        ``fee_jpy`` (fees stated, in yen, NULL if none is), ``value_jpy`` (quoted value of the goods
        called off), ``fee_share`` (the one over the other), ``n_unlinked`` (cancellations of no
        known order or line, of the whole database, the same in every row). NULL is unknown.

    Raises
    ------
    UsageError
        If a key or day is not valid, keys and ``adjust`` do not go together, or no export brought
        cancellations.

    Notes ----- ``rate`` = events / n. Estimate, interval, rank and flag:
    :func:`rakustats.stats.shrinkage.estimates` (Efron 2016, Biometrika 103, 1-20). A fee of an
    order is shared among its lines by value; what is against sellers follows the platforms' rule
    that running out of stock is the seller's doing (docs/methods.md, Cancellations).

    Examples
    --------
    >>> why = rs.cancellation_rates(db, by="reason").frame()
    >>> whole = rs.cancellation_rates(db).frame()
    >>> int(why["n_cancellations"].sum()) == int(whole["n_cancellations"].iloc[0])
    True
    """
    keys = group_keys(by, also=OWN_KEYS)
    base = tuple(k for k in keys if k not in OWN_KEYS)
    against = "seller_id" in keys and "requested_by" not in keys
    if adjust and base != keys:
        raise UsageError(
            phrase(
                ja=f"adjust= は {'、'.join(OWN_KEYS)} と一緒に使えません。",
                en=f"adjust= does not go together with {', '.join(OWN_KEYS)}.",
            )
        )
    require(db, phrase(ja="キャンセルの割合", en="Cancellations"), ["cancellations.order_no"])
    title = phrase(
        ja="店舗都合のキャンセルの割合（明細）" if against else "キャンセルの割合（明細）",
        en="Called off by sellers (lines)" if against else "Called off (lines)",
    )
    noun = phrase(ja="明細", en="lines")
    asked = Question(keys, cohort(since, until), db.look_back(as_of), title, noun)
    decided = db.count("cancellations", "accepted_at", "confirmed_at", "outcome") > 0
    steps = [
        *asked.look.steps(TABLES),
        *ground_steps(base),
        *off_steps(decided=decided),
        *_judged(asked, base, against),
        *_units(keys, base),
    ]
    weighing = Weighing(
        units="weight",
        events="hits",
        steps=(("cancel_sums", _sums(db, asked)), ("unlinked", _UNLINKED)),
        joins=f"\nLEFT JOIN cancel_sums f ON {_same(keys, 'f', 'c')}\nCROSS JOIN unlinked u",
        figures=_figures(db),
    )
    extra = {"n_cancellable": "status = 'matured' AND cancellable"}
    notes, like = _notes(keys, decided), mix(adjust, ("order_no", "line_no"))
    result = rate_result(db, asked, steps, EXCLUDED, extra, notes, weighing, like)
    return replace(result, repeated=tuple(k for k in keys if k in OWN_KEYS))


# grain: one row, for all the database
_UNLINKED = """\
SELECT count(*) AS n_unlinked FROM cancellations x
LEFT JOIN (SELECT DISTINCT cancellation_id FROM off) o ON o.cancellation_id = x.cancellation_id
WHERE o.cancellation_id IS NULL"""


def _judged(asked: Question, base: Sequence[str], against: bool) -> list[Step]:
    """Every line with its keys and what became of it; every cancellation of these lines."""
    counts = "cause = 'seller'" if against else "1 = 1"
    ends = f"""\
SELECT order_no, line_no, {", ".join(OWN_KEYS)}, cause,
  row_number() OVER (PARTITION BY order_no, line_no
    ORDER BY accepted_at NULLS LAST, asked_at NULLS LAST, cancellation_id) AS turn
FROM off WHERE verdict = 'accepted'"""
    pending = "SELECT DISTINCT order_no, line_no FROM off WHERE verdict = 'pending'"
    no_day = "WHEN k.cohort_day IS NULL THEN 'no_day' " if asked.days.bounded else ""
    unpaid = (
        "k.paid_at IS NULL AND k.purchased_at IS NULL AND k.seller_shipped_at IS NULL"
        " AND k.arrived_at IS NULL AND NOT k.there AND coalesce(e.cause, '') <> 'seller'"
    )
    not_paid = f"WHEN {unpaid} THEN 'not_paid' " if against else ""
    plain = "".join(f"k.{k}, " for k in base if k not in DAY_KEYS)
    judged = f"""\
SELECT k.order_no, k.line_no, k.cohort_day, {plain}\
{"".join(f"e.{own}, " for own in OWN_KEYS)}
  e.turn IS NOT NULL AND {counts.replace("cause", "coalesce(e.cause, '')")} AS event,
  e.turn IS NULL AND k.arrived_at IS NULL AND k.stored_at IS NULL AND k.sent_at IS NULL
    AND NOT k.there AS cancellable,
  CASE {no_day}WHEN k.replacement THEN 'replacement' WHEN k.no_quantity THEN 'no_quantity'
    WHEN k.test THEN 'test' {not_paid}WHEN e.turn IS NULL AND p.order_no IS NOT NULL THEN 'open'
    ELSE 'matured' END AS status{day_columns(base, "k.cohort_day")}
FROM keyed k
LEFT JOIN line_ends e ON e.turn = 1 AND e.order_no = k.order_no
  AND e.line_no IS NOT DISTINCT FROM k.line_no
LEFT JOIN lines_pending p ON p.order_no = k.order_no AND p.line_no IS NOT DISTINCT FROM k.line_no
WHERE {asked.days.where("k.cohort_day")}"""
    rows = f"""\
SELECT {"".join(f"j.{k}, " for k in base)}o.*
FROM judged j
JOIN off o ON o.order_no = j.order_no AND o.line_no IS NOT DISTINCT FROM j.line_no
WHERE j.status IN ('matured', 'open') AND {counts.replace("cause", "o.cause")}"""
    return [
        *keyed_steps(base, "ground"),
        ("line_ends", ends),
        ("lines_pending", pending),
        ("judged", judged),
        ("off_rows", rows),
    ]


def _units(keys: Sequence[str], base: Sequence[str]) -> list[Step]:
    """One weighted row per group and status; a reason's rate is over all lines of the rest."""
    own = [k for k in keys if k in OWN_KEYS]
    if not own:
        items = "".join(f"{k}, " for k in base)
        rows = f"SELECT {items}order_no, line_no, cohort_day, status, cancellable"
        return [("units", f"{rows}, 1 AS weight, CAST(event AS INT) AS hits\nFROM judged")]
    base_items = "".join(f"{k}, " for k in base)
    totals = f"""\
SELECT {base_items}status, cancellable, count(*) AS weight
FROM judged GROUP BY {base_items}status, cancellable"""
    found = f"SELECT DISTINCT {base_items}{', '.join(own)} FROM off_rows"
    sorted_keys = ", ".join(f"t.{k}" if k in base else f"w.{k}" for k in keys)
    units = f"""\
SELECT {sorted_keys}, t.status, t.cancellable, t.weight, 0 AS hits
FROM totals t LEFT JOIN ways w ON {_same(base, "w", "t")}
UNION ALL
SELECT {", ".join(keys)}, status, FALSE AS cancellable, 0 AS weight, 1 AS hits
FROM judged WHERE event AND status = 'matured'"""
    return [("totals", totals), ("ways", found), ("units", units)]


def _same(keys: Sequence[str], left: str, right: str) -> str:
    return " AND ".join(f"{left}.{k} IS NOT DISTINCT FROM {right}.{k}" for k in keys) or "1 = 1"


def _sums(db: Database, asked: Question) -> str:
    """Count cancellations, not lines, once in each group; a fee is spread over its lines."""
    late = literal(asked.look.moment - timedelta(days=settings().cases.confirmation_days))
    tests = {
        "n_cancellations": "verdict = 'accepted'",
        "n_refused": "verdict = 'refused'",
        "n_pending": "verdict = 'pending'",
        "n_partial": "verdict = 'accepted' AND partial",
        **{f"n_by_{p}": f"verdict = 'accepted' AND cause = '{p}'" for p in PARTIES},
        "n_asked_late": "verdict = 'accepted' AND asked_late",
        "n_accepted_late": "verdict = 'accepted' AND accepted_late AND NOT asked_late",
        "n_unconfirmed": f"verdict = 'accepted' AND confirmed_at IS NULL AND accepted_at <= {late}",
        "n_fee": "verdict = 'accepted' AND fee_amount > 0",
    }
    counts = ",\n  ".join(
        f"count(DISTINCT CASE WHEN {test} THEN cancellation_id END) AS {name}"
        for name, test in tests.items()
    )
    stated = "verdict = 'accepted' AND fee_amount IS NOT NULL"
    keys = "".join(f"{k}, " for k in asked.keys)
    group = f"\nGROUP BY {', '.join(asked.keys)}" if asked.keys else ""
    return f"""\
SELECT {keys}{counts},
  CASE WHEN count(*) FILTER (WHERE {stated}) > 0 THEN {all_known("fee_jpy", stated)} END AS fee_jpy,
  {all_known("value_jpy", "verdict = 'accepted'")} AS value_jpy
FROM off_rows{group}"""


def _figures(db: Database) -> dict[str, str]:
    """Columns from the sums; what no export could tell is NULL."""
    unknown = set()
    if not db.count("order_lines", "seller_shipped_at") and not db.count("shipments", "shipped_at"):
        unknown |= {"n_asked_late", "n_accepted_late"}
    if not db.count("cancellations", "confirmed_at"):
        unknown.add("n_unconfirmed")
    if not db.count("cancellations", "fee_amount"):
        unknown.add("n_fee")
    counts = {
        name: "CAST(NULL AS BIGINT)" if name in unknown else f"coalesce(f.{name}, 0)"
        for name in FIGURES
    }
    money = {name: f"f.{name}" for name in ("fee_jpy", "value_jpy")}
    share = {"fee_share": "f.fee_jpy / nullif(f.value_jpy, 0)"}
    return {**counts, **money, **share, "n_unlinked": "u.n_unlinked"}


def _notes(keys: Sequence[str], decided: bool) -> list[Phrase]:
    notes = []
    if not decided:
        notes.append(
            phrase(
                ja="受理・却下の記載がないため、申請されたキャンセルをすべて成立とみなした。",
                en="No export tells what was accepted, so every cancellation is taken as accepted.",
            )
        )
    if any(k in OWN_KEYS for k in keys):
        notes.append(
            phrase(
                ja="理由・申請者・段階の各行の n は同じ母数であり、足し合わせない。",
                en="Rows of a reason, party or stage share their n, which does not add up.",
            )
        )
    return notes
