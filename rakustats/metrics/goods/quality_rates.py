"""How often what the warehouse receives is defective, short, wrong or too much."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from typing import Literal

from rakustats.engine.database import Database
from rakustats.errors import UsageError
from rakustats.i18n.phrases import Phrase, phrase
from rakustats.marts.keys import cohort, group_keys
from rakustats.marts.needs import require
from rakustats.marts.question import Question
from rakustats.marts.received import EXCLUDED, TABLES, keyed_steps, line_steps, unit_rows
from rakustats.marts.troubles import trouble_steps
from rakustats.metrics.spec.case_mix import mix
from rakustats.metrics.spec.pieces import Unit, checked, clustered, weighing
from rakustats.metrics.spec.rates import rate_result
from rakustats.results.result import Result

What = Literal["defective", "short", "wrong", "short_or_wrong", "excess", "any"]
_BOUGHT = "coalesce(qty_purchased, qty_ordered)"
_TOO_MANY = f"greatest(qty_received - {_BOUGHT}, 0)"
# what is counted: its columns, its pieces, the kinds of claim that tell of it
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


def quality_rates(
    db: Database,
    by: str | Sequence[str] | None = None,
    *,
    what: What = "any",
    since: str | date | None = None,
    until: str | date | None = None,
    as_of: str | date | datetime | None = None,
    unit: Unit = "line",
    adjust: str | Sequence[str] | None = None,
) -> Result:
    """Return how often the warehouse found goods defective, short, wrong or too many, by group.

    A line has an event if its count says so, or a claim of that kind found at the warehouse that
    was not withdrawn. Where exports bring the counts, a line without one is left out: nobody
    looked, which is not the same as nothing wrong. Where they bring none, claims alone tell.

    Parameters
    ----------
    db : Database
        From :func:`rakustats.connect`.
    by : str or sequence of str, optional
        Keys as in :func:`damage_rates`, without stage_found.
    what : {"any", "defective", "short", "wrong", "short_or_wrong", "excess"}
        The fault. Defective pieces include those that came broken.
    since, until : str or date, optional
        Days of purchase (else payment, else submission of the order), until exclusive.
    as_of : str, date or datetime, optional
        Look at what was known then; the database's own as-of by default.
    unit : {"line", "piece"}
        Count lines, or pieces: the defective and wrong of those inspected (else received), the
        short and excess ones of those bought.
    adjust : str or sequence of str, optional
        Compare each group with what is expected of its mix of goods, prices and seasons; see
        :func:`delay_rates`, also for the columns it adds.

    Returns
    -------
    Result
        One row per group, sorted by the keys: the keys (``seller_name`` beside ``seller_id``),
        ``n`` (lines received, or pieces), ``events``, ``rate``, ``estimate`` (rate drawn to the
        common one), ``lo``, ``hi`` (90 % interval of the estimate), ``n_open`` (not received or
        not inspected yet), ``n_excluded`` (sum of ``n_cancelled``, ``n_replacement``,
        ``n_no_quantity``, ``n_test``, ``n_not_counted``: lines that nobody counted, with pieces
        ``n_no_number``: lines without a number of pieces to go by), ``n_by_received`` (those of
        ``n`` whose inspected pieces are not known: the received ones are taken). With pieces also
        ``design_effect`` and ``n_effective``, see :func:`damage_rates`. Rates are NULL where ``n``
        is 0. Too many pieces never make a rate above 1.

    Raises
    ------
    UsageError
        If a key, fault, unit or day is not valid, or no export brought what could tell.

    Notes
    -----
    Deeper inspection finds more: sellers under ``detailed`` and ``none`` are not comparable. Ask
    by ``inspection_level``, or by seller within one.

    Examples
    --------
    >>> short = rs.quality_rates(db, by="seller", what="short")
    >>> short.n > 0
    True
    """
    if what not in _COUNTED:
        raise UsageError(
            phrase(
                ja=f"what に {what!r} は使えません。使えるのは {'、'.join(_COUNTED)} です。",
                en=f"Unknown fault {what!r}; use {', '.join(_COUNTED)}.",
            )
        )
    checked(unit)
    columns, bad, kinds = _COUNTED[what]
    counts = bool(db.count("order_lines", *columns))
    require(
        db,
        _TITLES[what],
        *([f"order_lines.{column}"] for column in columns),
        ["claims.kind", "claims.stage_found"],
    )
    keys = group_keys(by)
    noun = phrase(ja="明細", en="lines") if unit == "line" else phrase(ja="個", en="pieces")
    title = phrase(
        ja=f"{_TITLES[what].ja}の割合（{noun.ja}）", en=f"{_TITLES[what].en} ({noun.en})"
    )
    asked = Question(keys, cohort(since, until), db.look_back(as_of), title, noun)
    steps = [
        *asked.look.steps(TABLES),
        *line_steps(keys),
        *trouble_steps(kinds, ("warehouse",), counted=False, by_stage=False),
        ("judged", _judged(columns if counts else (), bad if counts else "0")),
        *keyed_steps(keys, "judged"),
        ("of_lines", _units(asked, what, unit)),
        ("units", clustered(keys, "of_lines")),
    ]
    reasons = (*EXCLUDED, "not_counted", *(("no_number",) if unit == "piece" else ()))
    looked = what in ("defective", "wrong")
    extra = {"n_by_received": "status = 'matured' AND qty_inspected IS NULL" if looked else "FALSE"}
    notes, like = _notes(keys, counts=counts), mix(adjust, ("order_no", "line_no"))
    return rate_result(db, asked, steps, reasons, extra, notes, weighing(unit), like)


def _judged(columns: Sequence[str], bad: str) -> str:
    """One row per line: the bad pieces by count or claim, and whether anybody counted."""
    known = " OR ".join(f"l.{c} IS NOT NULL" for c in columns) or "TRUE"
    return f"""\
SELECT l.*, ({known}) AS counted, greatest(coalesce({bad}, 0), coalesce(t.pieces, 0)) AS bad_pieces,
  coalesce({bad}, 0) > 0 OR t.line_no IS NOT NULL AS event
FROM lines l LEFT JOIN troubles t ON t.order_no = l.order_no AND t.line_no = l.line_no"""


def _units(asked: Question, what: What, unit: Unit) -> str:
    looked = "coalesce(qty_inspected, qty_received)" if what in ("defective", "wrong") else _BOUGHT
    pieces, hits = "1", "CAST(event AS INT)"
    rules = [
        ("not_counted", "received AND NOT counted AND stored"),
        ("open", "received AND NOT counted"),
    ]
    if unit == "piece":
        pieces = f"coalesce({looked}, {_BOUGHT}, 1)"
        hits = f"CASE WHEN event THEN least(greatest(bad_pieces, 1), {pieces}) ELSE 0 END"
        rules.append(("no_number", f"received AND {looked} IS NULL"))
    return unit_rows(
        asked,
        "order_no",
        "line_no",
        "cohort_day",
        "qty_inspected",
        f"{pieces} AS pieces",
        f"{hits} AS hits",
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
