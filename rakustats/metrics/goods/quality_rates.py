"""How often what the warehouse receives is defective, short, wrong or too much."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Literal, Unpack

from rakustats.engine.database import Database
from rakustats.errors import one_of
from rakustats.i18n.phrases import Phrase, phrase
from rakustats.marts.keys import PARCEL_KEYS
from rakustats.marts.needs import require
from rakustats.marts.question import Keys, Period, Question, ask
from rakustats.marts.received import keyed_steps, line_steps, unit_rows
from rakustats.marts.troubles import trouble_steps
from rakustats.metrics.spec.case_mix import case_mix
from rakustats.metrics.spec.documented import documented
from rakustats.metrics.spec.pieces import PIECE_COLUMNS, Unit, checked, clustered, weighing, weights
from rakustats.metrics.spec.rates import Rates
from rakustats.metrics.spec.reasons import OF_GOODS, matured
from rakustats.metrics.spec.untold_lines import RANGE_COLUMNS, range_note, untold_steps, with_range
from rakustats.results.result import Result

What = Literal["defective", "short", "wrong", "short_or_wrong", "excess", "any"]
_BOUGHT = "coalesce(qty_purchased, qty_ordered)"
_TOO_MANY = f"greatest(qty_received - {_BOUGHT}, 0)"
# what is counted: its columns, its pieces, the kinds of claim about it
_COUNTED: dict[str, tuple[tuple[str, ...], str, tuple[str, ...]]] = {
    "defective": (("qty_defective",), "qty_defective", ("defective", "damaged")),
    "short": (("qty_short",), "qty_short", ("short",)),
    "wrong": (("qty_wrong",), "qty_wrong", ("wrong_item",)),
    "short_or_wrong": (
        ("qty_short", "qty_wrong"),
        "coalesce(qty_short, 0) + coalesce(qty_wrong, 0)",
        ("short", "wrong_item"),
    ),
    "excess": (("qty_received",), _TOO_MANY, ("excess",)),
    "any": (
        ("qty_defective", "qty_short", "qty_wrong"),
        "coalesce(qty_defective, 0) + coalesce(qty_short, 0) + coalesce(qty_wrong, 0)"
        f" + coalesce({_TOO_MANY}, 0)",
        ("defective", "damaged", "short", "wrong_item", "excess"),
    ),
}
_TITLES = {
    "defective": phrase(ja="検品での不良", en="Defective at inspection"),
    "short": phrase(ja="数量不足", en="Short"),
    "wrong": phrase(ja="品違い", en="Wrong item"),
    "short_or_wrong": phrase(ja="数量不足・品違い", en="Short or wrong"),
    "excess": phrase(ja="数量過多", en="Too many"),
    "any": phrase(ja="検品で見つかった問題", en="Any fault at inspection"),
}
QUALITY = Rates(
    n="lines received, or pieces",
    events="those with the fault; too many pieces never make a rate above 1",
    n_open="not received or not inspected yet",
    excluded=OF_GOODS | {"not_counted": "lines that nobody counted"},
    extra=matured(
        by_received=(
            "by_received",
            "those of ``n`` whose inspected pieces are not known: the received ones are taken",
        )
    ),
    figures={**PIECE_COLUMNS, **RANGE_COLUMNS},
)
_OF_PIECES = replace(
    QUALITY,
    excluded={**QUALITY.excluded, "no_number": "with pieces: lines without a number to go by"},
)


@documented(
    _OF_PIECES.columns, by="Keys as in :func:`damage_rates`, without stage_found.", adjusts=True
)
def quality_rates(
    db: Database,
    by: Keys = None,
    *,
    what: What = "any",
    unit: Unit = "line",
    adjust: str | Sequence[str] | None = None,
    **period: Unpack[Period],
) -> Result:
    """Return how often the warehouse found goods defective, short, wrong or too many, by group.

    A line has an event if its count says so, or a claim of that kind found at the warehouse that
    was not withdrawn. Where exports bring the counts, a line without one is left out: nobody
    looked, which is not the same as nothing wrong. Where they bring none, claims alone count.

    Parameters
    ----------
    what : {"any", "defective", "short", "wrong", "short_or_wrong", "excess"}
        The fault. Defective pieces include those that came broken.
    unit : {"line", "piece"}
        Count lines, or pieces: the defective and wrong of those inspected (else received), the
        short and excess ones of those bought.

    Notes
    -----
    A piece may be both defective and wrong, and counts do not say so: the pieces of ``any`` and
    ``short_or_wrong`` are sums of such counts, at most that many (an upper bound).

    Deeper inspection finds more: sellers under ``detailed`` and ``none`` are not comparable. Ask
    by ``inspection_level``, or by seller within one.

    Examples
    --------
    >>> short = rs.quality_rates(db, by="seller", what="short")
    >>> short.n > 0
    True
    """
    one_of("what", what, _COUNTED)
    noun = checked(unit)
    columns, bad, kinds = _COUNTED[what]
    found_bad = _TITLES[what]
    title = phrase(ja=f"{found_bad.ja}の割合（{noun.ja}）", en=f"{found_bad.en} ({noun.en})")
    asked = ask(db, by, period, title, noun, several=PARCEL_KEYS)
    counts = bool(db.count("order_lines", *columns))
    require(
        db,
        found_bad,
        *([f"order_lines.{column}"] for column in columns),
        ["claims.kind", "claims.stage_found"],
    )
    steps = [
        *line_steps(asked),
        *trouble_steps(kinds, ("warehouse",), counted=False, by_stage=False),
        *untold_steps(by_stage=False),
        ("outcomes", _outcomes(columns if counts else (), bad if counts else "0")),
        *keyed_steps(asked.keys, "outcomes"),
        ("of_lines", _units(asked, what, unit)),
        ("units", clustered(asked.keys, "of_lines")),
    ]
    spec, notes = QUALITY if unit == "line" else _OF_PIECES, _notes(asked.keys, counts=counts)
    if unit == "piece" and len(columns) > 1:
        notes.append(_OVERLAPS)
    how = with_range(weighing(unit), asked.keys, pieces=unit == "piece", by_stage=False)
    mix = case_mix(adjust)
    return range_note(spec.result(db, asked, steps, notes=notes, weighing=how, adjust=mix), noun)


_OVERLAPS = phrase(
    ja="同じ 1 個が複数の問題に数えられていることがあり、その重なりはどの出力にもない。"
    "events と rate は多くてもこの数という上限。",
    en="One piece may be in several of these counts, and no export tells how many are: events and"
    " rate are upper bounds.",
)


def _outcomes(columns: Sequence[str], bad: str) -> str:
    """One row per line: the bad pieces by count or claim, and whether anybody counted."""
    known = " OR ".join(f"l.{c} IS NOT NULL" for c in columns) or "TRUE"
    return f"""\
SELECT l.*, ({known}) AS counted, greatest(coalesce({bad}, 0), coalesce(t.pieces, 0)) AS bad_pieces,
  coalesce({bad}, 0) > 0 OR t.line_no IS NOT NULL AS event,
  coalesce(u.share, 0) AS line_share, coalesce(u.piece_share, 0) AS piece_share
FROM lines l
LEFT JOIN troubles t ON t.order_no = l.order_no AND t.line_no = l.line_no
LEFT JOIN untold_shares u ON u.order_no = l.order_no AND u.line_no = l.line_no"""


def _units(asked: Question, what: What, unit: Unit) -> str:
    of_inspected = what in ("defective", "wrong")
    looked = "coalesce(qty_inspected, qty_received)" if of_inspected else _BOUGHT
    rules = [
        ("not_counted", "received AND NOT counted AND stored"),
        ("open", "received AND NOT counted"),
    ]
    if unit == "piece":
        rules.append(("no_number", f"received AND {looked} IS NULL"))
    return unit_rows(
        asked,
        *("order_no", "line_no", "cohort_day", "event"),
        f"{'qty_inspected IS NULL' if of_inspected else 'FALSE'} AS by_received",
        *weights(unit, f"coalesce({looked}, {_BOUGHT}, 1)"),
        before=rules,
    )


def _notes(keys: Sequence[str], *, counts: bool) -> list[Phrase]:
    notes = []
    if not counts:
        notes.append(
            phrase(
                ja="検品の数がどの出力にもないため、申告だけで数えた。",
                en="No export brought the counts of inspection; claims alone are counted.",
            )
        )
    if "inspection_level" not in keys:
        notes.append(
            phrase(
                ja="検品種別の違う明細が混じっている。詳しく検品するほど多く見つかる。",
                en="Levels of inspection are mixed: deeper inspection finds more.",
            )
        )
    return notes
