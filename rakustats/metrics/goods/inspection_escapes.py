"""What inspection at the warehouse lets through, to be found in Japan."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Unpack

from rakustats.config.settings import settings
from rakustats.engine.database import Database
from rakustats.errors import some_of
from rakustats.i18n.phrases import phrase
from rakustats.marts.keys import PARCEL_KEYS
from rakustats.marts.needs import require
from rakustats.marts.question import LINES, Keys, Period, Question, ask
from rakustats.marts.received import keyed_steps, line_steps, unit_rows
from rakustats.marts.troubles import JAPAN, trouble_steps
from rakustats.metrics.spec.documented import documented
from rakustats.metrics.spec.pieces import PIECE_COLUMNS, Unit, checked, clustered, weighing
from rakustats.metrics.spec.rates import Rates
from rakustats.metrics.spec.reasons import OF_GOODS
from rakustats.metrics.spec.untold_lines import range_note, untold_steps
from rakustats.results.result import Result

_COUNTS = {"defective": "qty_defective", "wrong_item": "qty_wrong", "short": "qty_short"}
ESCAPES = Rates(
    n="defects found in China and in Japan",
    events="those found in Japan",
    n_open="defects of lines so recently delivered that Japan may still find more",
    excluded=OF_GOODS
    | {
        "not_delivered": "defects of lines that are not in Japan",
        "not_counted": "of lines that the warehouse did not count",
    },
    figures={
        **PIECE_COLUMNS,
        "n_undetermined": "lines that a claim from Japan may mean, or other lines",
        "events_high, rate_high": "the same with all defects that such claims may be about,"
        " found in Japan all of them",
    },
)


@documented(ESCAPES.columns, by="Keys as in :func:`damage_rates`, without stage_found.")
def inspection_escapes(
    db: Database,
    by: Keys = "inspection_level",
    *,
    kinds: Sequence[str] = ("defective",),
    unit: Unit = "piece",
    **period: Unpack[Period],
) -> Result:
    """Return which share of the defects that were found was found in Japan only, by group.

    Of the lines that reached Japan: defects that a claim found there, over those and the ones
    that the warehouse counted. A sound inspection finds them all in China.

    Parameters
    ----------
    kinds : sequence of str
        Of ``defective``, ``wrong_item`` and ``short``.
    unit : {"piece", "line"}
        Count bad pieces, or lines that have any.

    Notes
    -----
    What nobody notices or claims is in neither number, so this is a lower bound of what slips
    through. Levels of inspection look for different things and must not be compared by it as if
    they were given the same goods.

    Examples
    --------
    >>> slipped = rs.inspection_escapes(db)
    >>> slipped.by
    ('inspection_level',)
    """
    given = some_of("kind", kinds, _COUNTS)
    lines = checked(unit)
    columns = [_COUNTS[kind] for kind in given]
    require(
        db,
        phrase(ja="検品で見つからなかった不良", en="What inspection lets through"),
        [*(f"order_lines.{c}" for c in columns), "claims.stage_found"],
    )
    noun = lines if unit == "line" else phrase(ja="不良品", en="defects")
    title = phrase(ja=f"検品をすり抜けた割合（{noun.ja}）", en=f"Found in Japan only ({noun.en})")
    asked = ask(db, by, period, title, noun, several=PARCEL_KEYS)
    steps = [
        *line_steps(asked),
        *trouble_steps(given, JAPAN, counted=False, by_stage=False),
        *untold_steps(by_stage=False),
        ("outcomes", _outcomes(columns, unit)),
        *keyed_steps(asked.keys, "outcomes"),
        ("of_lines", _units(asked)),
        ("units", clustered(asked.keys, "of_lines")),
    ]
    warning = phrase(
        ja="検品種別ごとに探すものが違うため、種別の間では比べられない。",
        en="Levels of inspection look for different things; do not compare across them.",
    )
    how, high = weighing(unit), "c.events + coalesce(c.may_be, 0)"
    how = replace(
        how,
        sums={
            **how.sums,
            "may_be": "sum(may_be) FILTER (WHERE status = 'matured')",
            "may_mean": "count(*) FILTER (WHERE status = 'matured' AND may_be > 0)",
        },
        figures={
            **how.figures,
            "n_undetermined": "c.may_mean",
            "events_high": f"CAST({high} AS BIGINT)",
            "rate_high": f"CAST({high} AS DOUBLE) / nullif(c.n + coalesce(c.may_be, 0), 0)",
        },
    )
    return range_note(
        ESCAPES.result(db, asked, steps, notes=[warning], weighing=how), LINES, shared=False
    )


def _outcomes(columns: Sequence[str], unit: Unit) -> str:
    """One row per line: what either place found, in pieces or as one line."""
    counted = " + ".join(f"coalesce(l.{c}, 0)" for c in columns)
    known = " OR ".join(f"l.{c} IS NOT NULL" for c in columns)
    in_japan = "CASE WHEN t.line_no IS NULL THEN 0 ELSE greatest(t.pieces, 1) END"
    may_be = "1" if unit == "line" else "greatest(u.most_pieces, 1)"
    facts = f"""\
SELECT l.*, ({known}) AS counted, {counted} AS in_china, {in_japan} AS in_japan,
  CASE WHEN t.line_no IS NULL AND u.line_no IS NOT NULL THEN {may_be} ELSE 0 END AS may_be"""
    join = """\
FROM lines l LEFT JOIN troubles t ON t.order_no = l.order_no AND t.line_no = l.line_no
LEFT JOIN untold_shares u ON u.order_no = l.order_no AND u.line_no = l.line_no"""
    if unit == "piece":
        return (
            f"SELECT *, in_china + in_japan AS pieces, in_japan AS hits FROM (\n{facts}\n{join}) f"
        )
    return (
        "SELECT *, CASE WHEN in_china + in_japan > 0 THEN 1 ELSE 0 END AS pieces,\n"
        f"  CASE WHEN in_japan > 0 THEN 1 ELSE 0 END AS hits FROM (\n{facts}\n{join}) f"
    )


def _units(asked: Question) -> str:
    matured = asked.snapshot.before(settings().claim_lag_days, "claims")
    return unit_rows(
        asked,
        "order_no",
        "pieces",
        "hits",
        "may_be",
        before=[("not_delivered", "NOT delivered"), ("not_counted", "NOT counted")],
        matured=f"coalesce(delivered_first <= {matured}, TRUE)",
    )
