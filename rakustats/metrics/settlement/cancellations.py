"""How often orders are cancelled: by whom, why, at which stage, and for what fee."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Unpack

from rakustats.calendar.local_days import local_day
from rakustats.config.settings import settings
from rakustats.engine.database import Database
from rakustats.engine.steps import Step
from rakustats.errors import UsageError
from rakustats.i18n.phrases import phrase
from rakustats.marts.cancellation_events import event_steps, subject_steps
from rakustats.marts.cancelled import VERDICTS
from rakustats.marts.keys import PARCEL_KEYS, key_names
from rakustats.marts.money import all_known
from rakustats.marts.needs import require
from rakustats.marts.question import LINES, Keys, Period, Question, ask
from rakustats.marts.received import NOT_COUNTED, TABLES, keyed_steps
from rakustats.metrics.settlement.cancellation_notes import OWN_KEYS, told_notes, untold_notes
from rakustats.metrics.spec.case_mix import case_mix
from rakustats.metrics.spec.documented import documented
from rakustats.metrics.spec.grouping import grouped, same_keys
from rakustats.metrics.spec.looking_back import CALLED_OFF, looking_back_notes
from rakustats.metrics.spec.rates import Rates, Weighing
from rakustats.metrics.spec.reasons import matured, reasons
from rakustats.results.result import Result

PARTIES = ("customer", "agency", "seller", "system")
_OF_EVENTS = "cancellations, not lines:"
# Numbers of cancellations: which ones, and their meaning for readers.
_EVENTS = {
    "n_cancellations": ("verdict = 'accepted'", f"{_OF_EVENTS} accepted"),
    "n_refused": ("verdict = 'refused'", f"{_OF_EVENTS} refused"),
    "n_pending": ("verdict = 'pending'", f"{_OF_EVENTS} undecided"),
    "n_partial": ("verdict = 'accepted' AND partial", f"{_OF_EVENTS} accepted in part"),
    **{
        f"n_by_{party}": (
            f"verdict = 'accepted' AND cause = '{party}'",
            "accepted ones that this party caused",
        )
        for party in PARTIES
    },
    "n_asked_late": (
        "verdict = 'accepted' AND asked_late",
        "asked for after the seller had dispatched",
    ),
    "n_accepted_late": (
        "verdict = 'accepted' AND accepted_late AND NOT asked_late",
        "asked for in time, accepted after the seller had dispatched",
    ),
    "n_unconfirmed": (
        "verdict = 'accepted' AND confirmed_at IS NULL"
        " AND accepted_at <= seen_until - INTERVAL {days} DAYS",
        "accepted days ago, no confirmation mail",
    ),
    "n_fee": ("verdict = 'accepted' AND fee_amount > 0", "with a fee"),
}
CANCELLED = Rates(
    n="lines ordered",
    events="lines cancelled; by their first cancellation",
    n_open="asked for, undecided; or ordered after cancellations were last exported",
    excluded=reasons(
        *("not_paid", "replacement", "no_quantity", "test"),
        not_paid="never paid for, only with seller",
    ),
    extra=matured(
        cancellable=(
            "cancellable",
            "of ``n``: not cancelled and not at the warehouse yet, so that it may still be",
        ),
        undetermined=(
            "undetermined",
            "of ``n``: cancelled with their whole order by one of its sellers, and nobody tells"
            " which; only with seller",
        ),
    ),
    figures={
        "events_high, rate_high": "the same with all that may be the doing of the group's sellers",
        **{name: meaning for name, (_, meaning) in _EVENTS.items()},
        "fee_jpy": "fees stated, in yen, NULL if none is",
        "value_jpy": "quoted value of the goods cancelled",
        "fee_share": "the one over the other",
        "n_unlinked": "cancellations of no known order or line, of the whole database, the same in"
        " every row",
    },
)


@documented(
    CANCELLED.columns,
    by="Keys: requested_by, reason, stage, and seller, carrier, ship_method, mode, origin_region,"
    " dest_region, category, platform, inspection_level, month, closure, leg. ``reason`` is"
    " ``reason_code``, else ``reason_text``. ``stage`` is how far the goods had come when it was"
    " asked for: quote, payment, buying, seller_dispatch, leg1, inspection, stored, shipped. With"
    " any of the first three, ``n`` and what is left out are those of the rest of the keys: the"
    " rates of all reasons add up to the rate without them.",
    adjusts=True,
)
def cancellation_rates(
    db: Database,
    by: Keys = None,
    *,
    adjust: str | Sequence[str] | None = None,
    **period: Unpack[Period],
) -> Result:
    """Return how often order lines are cancelled, by group.

    A line has an event if a cancellation of it, or of its whole order or quote, was accepted, be it
    in part; a refused one is none. With ``seller`` among the keys only what sellers caused counts
    (asked for by the seller, or out of stock, whoever said so), among lines that were paid for;
    unless ``requested_by`` is among the keys too, which keeps the parties apart. Of an order with
    several sellers it is the doing of the one whose line or shop the cancellation names; where it
    names none, it counts against nobody, and what it may add is the range up to ``events_high``.

    Raises
    ------
    UsageError
        If a key or day is not valid, keys and ``adjust`` do not go together, or no export brought
        cancellations.

    Notes
    -----
    ``adjust`` does not go with the keys requested_by, reason and stage. NULL is unknown. A fee of
    an order is shared among its lines by value; what is against sellers follows the platforms' rule
    that running out of stock is the seller's doing (docs/methods.md, Cancellations).

    Examples
    --------
    >>> why = rs.cancellation_rates(db, by="reason").frame()
    >>> whole = rs.cancellation_rates(db).frame()
    >>> int(why["n_cancellations"].sum()) == int(whole["n_cancellations"].iloc[0])
    True
    """
    title = phrase(ja="キャンセルの割合（明細）", en="Called off (lines)")
    asked = ask(db, by, period, title, LINES, also=OWN_KEYS, several=PARCEL_KEYS)
    base = replace(asked, keys=tuple(k for k in asked.keys if k not in OWN_KEYS))
    against = "seller_id" in asked.keys and "requested_by" not in asked.keys
    if against:
        title = phrase(ja="店舗都合のキャンセルの割合（明細）", en="Called off by sellers (lines)")
        asked = replace(asked, title=title)
    if adjust and base.keys != asked.keys:
        raise UsageError(
            ja=f"adjust= は {'、'.join(OWN_KEYS)} と一緒に使えません。",
            en=f"adjust= does not go together with {', '.join(OWN_KEYS)}.",
        )
    require(db, phrase(ja="キャンセルの割合", en="Cancellations"), ["cancellations.order_no"])
    decided = db.count("cancellations", *VERDICTS) > 0
    steps = [
        *asked.steps(TABLES),
        *subject_steps(base.keys),
        *event_steps(asked.snapshot),
        *_outcomes(base, against),
        *_units(asked.keys, base.keys),
    ]
    weighing = Weighing(
        units="weight",
        events="hits",
        steps=(("cancel_sums", _sums(asked)), ("unlinked", _UNLINKED)),
        joins=f"\nLEFT JOIN cancel_sums f ON {same_keys(asked.keys, 'f', 'c')}"
        "\nCROSS JOIN unlinked u",
        figures=_figures(db),
    )
    notes, adjusted = told_notes(asked.keys, decided), case_mix(adjust)
    notes += looking_back_notes(db, asked, "cancellations", CALLED_OFF)
    result = CANCELLED.result(db, asked, steps, notes=notes, weighing=weighing, adjust=adjusted)
    result = replace(result, notes=(*result.notes, *untold_notes(result)))
    return replace(result, repeated=tuple(k for k in asked.keys if k in OWN_KEYS))


# grain: one row, for all the database
_UNLINKED = """\
SELECT count(*) AS n_unlinked FROM cancellations x
LEFT JOIN (SELECT DISTINCT cancellation_id FROM cancellation_events) o
  ON o.cancellation_id = x.cancellation_id
WHERE o.cancellation_id IS NULL"""


_ENDED = """\
keyed k
LEFT JOIN line_ends e ON e.turn = 1 AND e.order_no = k.order_no
  AND e.line_no IS NOT DISTINCT FROM k.line_no
LEFT JOIN lines_pending p ON p.order_no = k.order_no AND p.line_no IS NOT DISTINCT FROM k.line_no"""
_NOT_PAID = (
    "k.paid_at IS NULL AND k.purchased_at IS NULL AND k.seller_shipped_at IS NULL"
    " AND k.arrived_at IS NULL AND NOT k.there"
)


def _outcomes(base: Question, against: bool) -> list[Step]:
    """Every line with its keys and what became of it; every cancellation of these lines."""
    known = base.snapshot.horizon_sql("cancellations")
    last_known = local_day(known, "jp", "k")
    status = base.status(
        "cohort_day",
        *NOT_COUNTED,
        *([("not_paid", _NOT_PAID)] if against else []),
        ("open", f"e.turn IS NULL AND (p.order_no IS NOT NULL OR cohort_day > {last_known})"),
        otherwise="matured",
    )
    outcomes = base.rows(
        _ENDED,
        "cohort_day",
        *("k.order_no", "k.line_no", "cohort_day", *OWN_KEYS),
        f"{'coalesce(e.charged, FALSE)' if against else 'e.turn IS NOT NULL'} AS event",
        f"{'coalesce(e.untold, FALSE)' if against else 'FALSE'} AS undetermined",
        "e.turn IS NULL AND k.arrived_at IS NULL AND k.stored_at IS NULL AND k.sent_at IS NULL"
        " AND NOT k.there AS cancellable",
        f"coalesce(p.seen_until, {known}) AS seen_until",
        f"{status} AS status",
    )
    rows = f"""\
SELECT {"".join(f"j.{k}, " for k in base.keys)}o.*
FROM outcomes j
JOIN cancellation_events o ON o.order_no = j.order_no
  AND o.line_no IS NOT DISTINCT FROM j.line_no
WHERE j.status IN ('matured', 'open'){" AND o.charged" if against else ""}"""
    return [*keyed_steps(base.keys, "subjects"), ("outcomes", outcomes), ("events_of_lines", rows)]


def _units(keys: Sequence[str], base: Sequence[str]) -> list[Step]:
    """One weighted row per group and status; a reason's rate is over all lines of the rest."""
    own = [k for k in keys if k in OWN_KEYS]
    items, facts = key_names(base), "status, cancellable, undetermined, seen_until"
    if not own:
        rows = f"SELECT {items}order_no, line_no, cohort_day, {facts}"
        return [("units", f"{rows}, 1 AS weight, CAST(event AS INT) AS hits\nFROM outcomes")]
    totals = f"""\
SELECT {items}{facts}, count(*) AS weight
FROM outcomes GROUP BY {items}{facts}"""
    found = f"SELECT DISTINCT {items}{', '.join(own)} FROM events_of_lines"
    sorted_keys = ", ".join(f"t.{k}" if k in base else f"w.{k}" for k in keys)
    units = f"""\
SELECT {sorted_keys}, t.status, t.cancellable, t.undetermined, t.seen_until, t.weight, 0 AS hits
FROM totals t LEFT JOIN found w ON {same_keys(base, "w", "t")}
UNION ALL
SELECT {", ".join(keys)}, status, FALSE AS cancellable, FALSE AS undetermined, seen_until,
  0 AS weight, 1 AS hits
FROM outcomes WHERE event AND status = 'matured'"""
    return [("totals", totals), ("found", found), ("units", units)]


def _sums(asked: Question) -> str:
    """Count cancellations, not lines, once in each group; a fee is spread over its lines."""
    days = settings().cases.confirmation_days
    counts = ",\n  ".join(
        f"count(DISTINCT CASE WHEN {test.format(days=days)} THEN cancellation_id END) AS {name}"
        for name, (test, _) in _EVENTS.items()
    )
    stated = "verdict = 'accepted' AND fee_amount IS NOT NULL"
    return f"""\
SELECT {key_names(asked.keys)}{counts},
  CASE WHEN count(*) FILTER (WHERE {stated}) > 0 THEN {all_known("fee_jpy", stated)} END AS fee_jpy,
  {all_known("value_jpy", "verdict = 'accepted'")} AS value_jpy
FROM events_of_lines{grouped(asked.keys)}"""


def _figures(db: Database) -> dict[str, str]:
    """Columns from the sums; what no export has is NULL."""
    unknown = set()
    if not db.count("order_lines", "seller_shipped_at") and not db.count("shipments", "shipped_at"):
        unknown |= {"n_asked_late", "n_accepted_late"}
    if not db.count("cancellations", "confirmed_at"):
        unknown.add("n_unconfirmed")
    if not db.count("cancellations", "fee_amount"):
        unknown.add("n_fee")
    counts = {
        name: "CAST(NULL AS BIGINT)" if name in unknown else f"coalesce(f.{name}, 0)"
        for name in _EVENTS
    }
    money = {name: f"f.{name}" for name in ("fee_jpy", "value_jpy")}
    share = {"fee_share": "f.fee_jpy / nullif(f.value_jpy, 0)"}
    high = "c.events + c.n_undetermined"
    ends = {"events_high": high, "rate_high": f"CAST({high} AS DOUBLE) / nullif(c.n, 0)"}
    return {**ends, **counts, **money, **share, "n_unlinked": "u.n_unlinked"}
