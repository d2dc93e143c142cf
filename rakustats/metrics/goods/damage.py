"""How often received goods turn out damaged or defective."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Unpack

from rakustats.calendar.local_days import local_day
from rakustats.config.settings import settings
from rakustats.engine.database import Database
from rakustats.engine.steps import Step
from rakustats.errors import UsageError
from rakustats.i18n.phrases import Phrase, phrase
from rakustats.marts.keys import PARCEL_KEYS
from rakustats.marts.question import Keys, Period, Question, ask
from rakustats.marts.received import keyed_steps, line_steps, texts, unit_rows
from rakustats.marts.troubles import JAPAN, chosen, trouble_steps
from rakustats.metrics.goods.damage_lag import FOUND, clocks, curves, lasting
from rakustats.metrics.spec.case_mix import case_mix
from rakustats.metrics.spec.claim_lag import maturity_steps
from rakustats.metrics.spec.claim_stays import stay_steps
from rakustats.metrics.spec.documented import KEYS_OF_LINES, documented
from rakustats.metrics.spec.final_rates import FINAL_COLUMNS
from rakustats.metrics.spec.lag_cells import lagged
from rakustats.metrics.spec.pieces import (
    PIECE_COLUMNS,
    Unit,
    checked,
    clustered,
    told_weight,
    weighing,
    weights,
)
from rakustats.metrics.spec.rates import Rates
from rakustats.metrics.spec.reasons import OF_GOODS, matured
from rakustats.metrics.spec.untold_lines import RANGE_COLUMNS, range_note, untold_steps, with_range
from rakustats.results.result import Result

DAMAGE = Rates(
    n="lines or pieces received",
    events="those of them claimed",
    n_open="not received yet, or received since claims were last exported",
    excluded=OF_GOODS,
    extra=matured(
        recent=("recent", "those of ``n`` received so recently that claims may still come")
    ),
    figures={**FINAL_COLUMNS, **PIECE_COLUMNS, **RANGE_COLUMNS},
)
_OF_PIECES = replace(
    DAMAGE,
    excluded=OF_GOODS
    | {"no_number": "with pieces: lines of which no export says how many pieces came"},
    extra={
        **DAMAGE.extra,
        **matured(
            assumed=(
                "no_number",
                "pieces of lines whose claim does not say how many are bad: one is taken",
            )
        ),
    },
)


@documented(
    _OF_PIECES.columns,
    by=f"{KEYS_OF_LINES} Also stage_found: each line counts once for each stage that it reached,"
    " with what came to light there.",
    adjusts=True,
)
def damage_rates(
    db: Database,
    by: Keys = None,
    *,
    kinds: Sequence[str] = ("damaged", "defective"),
    found: str | Sequence[str] | None = None,
    unit: Unit = "line",
    adjust: str | Sequence[str] | None = None,
    **period: Unpack[Period],
) -> Result:
    """Return how often received goods were claimed damaged or defective, by group.

    A line has an event if a claim of one of ``kinds`` that was not withdrawn concerns it: by its
    number, or by its shipment, or by its order where that has one line only. With ``"defective"``
    among the kinds, defective pieces counted at the warehouse are an event too.

    Claims take time, so the rate of what came lately is too low. ``estimate``, ``lo`` and ``hi``
    allow for the claims still to come; ``rate`` does not. With the key ``stage_found`` estimates,
    ranks and flags are those among the groups of one stage.

    Parameters
    ----------
    kinds : sequence of str
        Kinds of claim that count.
    found : str or sequence of str, optional
        Count only what came to light at these stages, such as ``"warehouse"`` or ``"delivery"``.
        Where all of them lie after the warehouse, only lines that reached Japan are counted.
    unit : {"line", "piece"}
        Count lines, or the pieces in them.

    Notes
    -----
    :mod:`rakustats.metrics.spec.claim_lag` says how claims still to come are reckoned
    (Kalbfleisch, Lawless and Robinson 1991, Technometrics 33, 273-285),
    :mod:`rakustats.metrics.spec.pieces` how pieces of one order are: never as if they were
    independent.

    Examples
    --------
    >>> bad = rs.damage_rates(db, by="seller", found="warehouse")
    >>> bad.n > 0
    True
    """
    kinds = chosen(kinds, "kind")
    stages = None if found is None else chosen(found, "stage_found")
    noun = checked(unit)
    title = phrase(ja=f"破損・不良の割合（{noun.ja}）", en=f"Damaged or defective ({noun.en})")
    asked = ask(db, by, period, title, noun, also=("stage_found",), several=PARCEL_KEYS)
    by_stage = "stage_found" in asked.keys
    if adjust and by_stage:
        raise UsageError(
            ja="adjust= とキー stage_found は一緒に使えません。代わりに found= を使ってください。",
            en="adjust= and the key stage_found do not go together; use found= instead.",
        )
    counted = require_troubles(db, kinds, stages)
    steps = [
        *damaged_line_steps(asked, kinds, stages, unit, counted=counted),
        *maturity_steps("of_lines", **curves(by_stage, stages), together=not by_stage),
        ("units", clustered(asked.keys, "mature")),
    ]
    spec = DAMAGE if unit == "line" else _OF_PIECES
    weighed = lagged(weighing(unit), asked.keys)
    how = with_range(weighed, asked.keys, pieces=unit == "piece", by_stage=by_stage)
    mix = case_mix(adjust)
    return range_note(spec.result(db, asked, steps, notes=[_lag()], weighing=how, adjust=mix), noun)


def damaged_line_steps(
    asked: Question,
    kinds: Sequence[str],
    stages: Sequence[str] | None,
    unit: Unit,
    *,
    counted: bool,
) -> list[Step]:
    """Return the steps that end in ``of_lines``: one row per line and keys, status and event."""
    by_stage = "stage_found" in asked.keys
    return [
        *line_steps(asked),
        *trouble_steps(kinds, stages, counted=counted, by_stage=by_stage),
        *untold_steps(by_stage=by_stage),
        *_outcomes(by_stage, stages),
        *stay_steps(asked.snapshot, kinds, stages, by_stage=by_stage),
        ("lasting", lasting(by_stage, counted=counted)),
        *keyed_steps(asked.keys, "lasting"),
        ("of_lines", _units(asked, unit, _late_stage(by_stage, stages))),
    ]


def require_troubles(db: Database, kinds: Sequence[str], stages: Sequence[str] | None) -> bool:
    """Refuse to call goods sound only because nobody reported any trouble.

    Returns
    -------
    bool
        Whether pieces counted at the warehouse count too.
    """
    counted = "defective" in kinds and (stages is None or "warehouse" in stages)
    if db.count("claims", "kind") or (counted and db.count("order_lines", "qty_defective")):
        return counted
    also = "も order_lines.qty_defective（不良数）" if counted else ""
    pieces = " and no order_lines.qty_defective (不良数)" if counted else ""
    raise UsageError(
        ja=f"取り込んだファイルのどれにも claims.kind（トラブル種類）{also}がないため、"
        "破損・不良は 0 件ではなく不明です。"
        "代行会社のクレームか検品結果のファイルを取り込んでください。",
        en=f"No export brought claims.kind (トラブル種類){pieces}, so damage is unknown, not"
        " zero. Load the agency's claims or inspection results.",
    )


def _outcomes(by_stage: bool, stages: Sequence[str] | None) -> list[Step]:
    """Return ``outcomes``: one row per line (and stage), with what was found wrong with it."""
    at_stage = " AND {}.stage_found IS NOT DISTINCT FROM l.stage_found" if by_stage else ""
    facts = f"""\
SELECT l.*, t.line_no IS NOT NULL AS event, coalesce(t.pieces, 0) AS bad_pieces,
  coalesce(t.no_number, FALSE) AS no_number, coalesce(t.in_china, FALSE) AS in_china,
  coalesce(t.in_japan, FALSE) AS in_japan, t.china_at, t.japan_at,
  coalesce(u.share, 0) AS line_share, coalesce(u.piece_share, 0) AS piece_share
FROM {"line_stages" if by_stage else "lines"} l
LEFT JOIN troubles t ON t.order_no = l.order_no AND t.line_no = l.line_no{at_stage.format("t")}
LEFT JOIN untold_shares u ON u.order_no = l.order_no AND u.line_no = l.line_no\
{at_stage.format("u")}"""
    if not by_stage:
        return [("outcomes", facts)]
    listed = "\nUNION\n".join(f"SELECT '{stage}' AS stage_found" for stage in stages or FOUND)
    seen = f"{listed}\nUNION\nSELECT stage_found FROM troubles"
    each = "SELECT l.*, s.stage_found FROM lines l CROSS JOIN stages s"
    return [("stages", seen), ("line_stages", each), ("outcomes", facts)]


def _late_stage(by_stage: bool, stages: Sequence[str] | None) -> str:
    """Return the SQL of whether a row is about what only comes to light in Japan."""
    if by_stage:
        return f"coalesce(stage_found IN ({texts(JAPAN)}), FALSE)"
    return "TRUE" if stages is not None and set(stages) <= set(JAPAN) else "FALSE"


def _units(asked: Question, unit: Unit, late_stage: str) -> str:
    """Give each row its status and what it counts for."""
    shipped = f"CASE WHEN {late_stage} THEN qty_shipped END"
    counted = f"coalesce({shipped}, qty_received, qty_purchased, qty_ordered)"
    unknown = [("no_number", f"received AND {counted} IS NULL")] if unit == "piece" else []
    known = asked.snapshot.horizon_sql("claims")
    first = f"(CASE WHEN {late_stage} THEN delivered_first ELSE first_at END)"
    later = f"coalesce({first} > {known}, FALSE)"
    received = f"(CASE WHEN {late_stage} THEN delivered OR event ELSE received END)"
    return unit_rows(
        asked,
        *("order_no", "line_no", "cohort_day", "event", "no_number"),
        *weights(unit, f"coalesce({counted}, 1)"),
        told_weight(unit, f"coalesce({counted}, 1)"),
        *("told", "told_early", "told_late", "stay", "stay_sd", "gone_share"),
        f"{local_day('received_at', 'cn', '')} AS received_day",
        *clocks(asked.snapshot),
        matured=f"{received} AND NOT {later}",
        seen=f"CASE WHEN {later} THEN least(seen_until, {known}) ELSE seen_until END",
        before=unknown,
        all_days=True,
    )


def _lag() -> Phrase:
    days = settings().claim_lag_days
    return phrase(
        ja=f"入荷後 {days} 日未満の明細（n_recent）にはこれから申告が出ることがある。"
        "推定値は申告の遅れを見込んでいる（ripe_share はすでに出た申告の見込み割合）。",
        en=f"Claims may still come for lines received less than {days} days ago (n_recent)."
        " The estimate allows for them; ripe_share is the share of claims that has likely come.",
    )
