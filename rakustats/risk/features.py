"""Features of deliveries at chosen instants, each from what was known strictly before.

One text for both engines: deliveries, questions about them, histories of who is in charge, and one
row of figures per question. Rates and logarithms of days are shrunken to the common ones of the
same instant, which weigh as many units as :data:`WEIGHT` says.
"""

from __future__ import annotations

from collections.abc import Sequence

import pyarrow as pa

from rakustats.calendar.local_days import local_day
from rakustats.engine.database import Database
from rakustats.engine.steps import Step, with_steps
from rakustats.marts.days import day_number
from rakustats.marts.workdays import lend_calendar
from rakustats.risk.columns import KEY, MAY_MISS, NAMES, OUTCOME, ROW, STAGE_FLAGS, WHO
from rakustats.risk.decisions import Decisions, question_steps
from rakustats.risk.deliveries import MATERIALISED, delivery_rows
from rakustats.risk.facts import FACTS, log_days
from rakustats.risk.histories import FINE, history_steps
from rakustats.store.asof import Snapshot

# weight of the common rate, or of the common days, in units
WEIGHT = 10.0
DAYS_WEIGHT = 4.0
_OUTCOME_SUMS = ("n", "late", "timed", "over")
_REST_SUMS = ("timed", "rest")
# whose facts are steps of their own
_OF = {"carrier": "carrier_"}
_RESTS = {"of_lane": "lane_stage", "of_service": "method_stage", "of_stage": "level_stage"}


def feature_table(db: Database, snapshot: Snapshot, rules: Sequence[Decisions]) -> pa.Table:
    """Return one row per question: :data:`~rakustats.risk.columns.ROW`, features and outcome.

    Parameters
    ----------
    db : Database
        What was loaded.
    snapshot : Snapshot
        What is known at all; a question uses of it what lay before its own instant.
    rules : sequence of Decisions
        Which deliveries are asked about, and when.

    Returns
    -------
    pyarrow.Table
        Sorted by delivery and instant; a feature that is not known is 0 beside a flag
        ``no_<feature>`` of 1.
    """
    return db.engine.query(feature_query(db, snapshot, rules))


def feature_query(db: Database, snapshot: Snapshot, rules: Sequence[Decisions]) -> str:
    """Return the text of :func:`feature_table`."""
    steps = [
        *delivery_rows(snapshot),
        *FACTS,
        *question_steps(rules, snapshot),
        *_histories(),
        ("joined", _joined(lend_calendar(db, snapshot))),
        ("common", _COMMON),
        ("shrunken", _shrunken()),
        ("figures", _figures()),
    ]
    names = ", ".join([*ROW, *NAMES, *OUTCOME])
    materialised = {*MATERIALISED, "questions", *_SOURCES, "joined"}
    return with_steps(
        steps, f"SELECT {names} FROM figures ORDER BY shipment_id, asked_at", materialised
    )


def _histories() -> list[Step]:
    sums = (("n", "late", "timed"), ("over",))
    steps = history_steps("level", "of_level", *sums, "risk_outcomes")
    for who, key in KEY.items():
        steps += history_steps(key, f"of_{who}", *sums, _OF.get(who, "risk_") + "outcomes")
    for name, key in _RESTS.items():
        steps += history_steps(key, name, ("timed",), ("rest",), "rests")
    for who in ("seller", "carrier"):
        flows = _OF.get(who, "") + "flows"
        steps += history_steps(KEY[who], f"{who}_flow", (), ("open",), flows, recent_days=None)
    for who in ("seller", "item"):
        steps += history_steps(KEY[who], f"{who}_claimed", ("claims",), (), "claim_facts")
    return steps


def _columns(name: str, sums: Sequence[str], recent: bool) -> str:
    """Return the sums of a history as doubles; who has none has sums of 0."""
    named = [f"{name}_{s}" for s in sums] + [f"{name}_recent_{s}" for s in sums if recent]
    return "".join(f",\n  coalesce({c}, CAST(0 AS DOUBLE)) AS {c}" for c in named)


# By name: what a history sums up, and whether it has recent sums.
_SOURCES: dict[str, tuple[Sequence[str], bool]] = {
    "of_level": (_OUTCOME_SUMS, True),
    **{f"of_{who}": (_OUTCOME_SUMS, True) for who in WHO},
    **dict.fromkeys(_RESTS, (_REST_SUMS, True)),
    **{f"{who}_flow": (("open",), False) for who in ("seller", "carrier")},
    **{f"{who}_claimed": (("claims",), True) for who in ("seller", "item")},
}


def _joined(calendar: str) -> str:
    columns = "".join(_columns(name, *sums) for name, sums in _SOURCES.items())
    joins = "".join(f"\nLEFT JOIN {name} ON {name}.unit_id = q.unit_id" for name in _SOURCES)
    asked, due = (f"{day_number(local_day(at, 'cn', 'q'))}" for at in ("q.asked_at", "q.due_at"))
    return f"""\
SELECT q.*, c.closure, c.to_closure, z.closed - c.closed AS closed_days{columns}
FROM (SELECT q.*, {asked} AS asked_on, {due} AS due_on FROM questions q) q
LEFT JOIN {calendar} c ON c.day_no = q.asked_on
LEFT JOIN {calendar} z ON z.day_no = q.due_on{joins}"""


def _logit(late: str, n: str) -> str:
    return f"ln({late} / ({n} - {late}))"


# grain: one question; what is usual at its instant
_COMMON = f"""\
SELECT j.*, (of_level_late + 0.5) / (of_level_n + 1.0) AS usual_late,
  of_level_over / {FINE} / greatest(of_level_timed, 1.0) AS usual_over,
  of_stage_rest / {FINE} / greatest(of_stage_timed, 1.0) AS usual_rest
FROM joined j"""


def _shrunken() -> str:
    """Shrink each history to what is usual, and services and lanes to what contains them."""
    made = []
    for who in WHO:
        for when in ("", "recent_"):
            late, n = f"of_{who}_{when}late", f"of_{who}_{when}n"
            over, timed = f"of_{who}_{when}over", f"of_{who}_{when}timed"
            made.append(
                f"{_logit(f'({late} + {WEIGHT} * usual_late)', f'({n} + {WEIGHT})')}"
                f" - ln(usual_late / (1.0 - usual_late)) AS {who}_{when}late"
            )
            made.append(
                f"({over} / {FINE} + {DAYS_WEIGHT} * usual_over) / ({timed} + {DAYS_WEIGHT})"
                f" - usual_over"
                f" AS {who}_{when}over"
            )
        made.append(f"ln(1.0 + least(of_{who}_n, 100.0)) AS {who}_known")
    service = f"(of_service_rest / {FINE} + {WEIGHT} * usual_rest) / (of_service_timed + {WEIGHT})"
    lane = f"(of_lane_rest / {FINE} + {WEIGHT} * {service}) / (of_lane_timed + {WEIGHT})"
    recent = (
        f"(of_service_recent_rest / {FINE} + {WEIGHT} * {service})"
        f" / (of_service_recent_timed + {WEIGHT}) - {service}"
    )
    made += [f"{lane} AS expected_rest", f"{recent} AS recent_rest"]
    return f"SELECT c.*,\n  {(',' + chr(10) + '  ').join(made)}\nFROM common c"


def _values() -> dict[str, str]:
    """Return the SQL of every feature that is not made of histories alone."""
    stage_age = log_days("stage_at", "asked_at")
    return {
        "in_new_year": "CASE WHEN closure = 'lunar_new_year' THEN 1.0 ELSE 0.0 END",
        "in_national_day": "CASE WHEN closure = 'national_day' THEN 1.0 ELSE 0.0 END",
        "closed_days": "CAST(coalesce(greatest(closed_days, 0), 0) AS DOUBLE) / 10.0",
        "to_closure": "coalesce(exp(-CAST(to_closure AS DOUBLE) / 15.0), 0.0)",
        "slack": log_days("asked_at", "due_at"),
        "spare": f"{log_days('stage_at', 'due_at')} - expected_rest",
        **{
            f"{who}_open": f"ln(1.0 + greatest({who}_flow_open, 0.0))"
            for who in ("seller", "carrier")
        },
        **{flag: f"CASE WHEN stage = '{flag}' THEN 1.0 ELSE 0.0 END" for flag in STAGE_FLAGS},
        "age": log_days("begun_at", "asked_at"),
        "stage_age": stage_age,
        "stage_late": f"{stage_age} - expected_rest",
        "silence": log_days("scanned_at", "listened_at"),
        "qty": "ln(1.0 + qty)",
        "value": "ln(1.0 + CASE WHEN value_cny < 0 THEN 0.0 ELSE value_cny END)",
        "kg": "ln(CASE WHEN kg < 0 THEN 0.0 ELSE kg END + 0.1)",
        **{
            n: f"ln(CAST(greatest({n}, 1) AS DOUBLE))" for n in ("n_lines", "n_orders", "n_sellers")
        },
        **{
            f"{who}_claims": f"{who}_claimed_recent_claims / (of_{who}_recent_n + {WEIGHT})"
            for who in ("seller", "item")
        },
    }


def _figures() -> str:
    values = _values()
    made = [
        f"CAST({values.get(name, name)} AS DOUBLE) AS f_{name}"
        for name in NAMES
        if not name.startswith("no_")
    ]
    columns = [name for name in NAMES if not name.startswith("no_")]
    zero = ", ".join(
        f"coalesce(f_{n}, CAST(0 AS DOUBLE)) AS {n}" if n in MAY_MISS else f"f_{n} AS {n}"
        for n in columns
    )
    flags = ", ".join(
        f"CAST(CASE WHEN f_{n} IS NULL THEN 1 ELSE 0 END AS DOUBLE) AS no_{n}" for n in MAY_MISS
    )
    row = ", ".join(ROW)
    return f"""\
SELECT {", ".join(f"r.{c}" for c in ROW)}, {zero}, {flags},
  {", ".join(f"d.{c}" for c in OUTCOME)}
FROM (SELECT {row}, {("," + chr(10) + "  ").join(made)} FROM shrunken) r
JOIN risk_deliveries d ON d.shipment_id = r.shipment_id"""
