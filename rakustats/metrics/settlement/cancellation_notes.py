"""What tables of cancellations say besides their figures."""

from __future__ import annotations

from collections.abc import Sequence

from rakustats.i18n.phrases import Phrase, phrase
from rakustats.results.result import Result

OWN_KEYS = ("requested_by", "reason", "stage")


def untold_notes(result: Result) -> list[Phrase]:
    """Return the note on lines of which nobody tells which seller called them off."""
    lines = sum(result.table.column("n_undetermined").to_pylist())
    if not lines:
        return []
    return [
        phrase(
            ja=f"複数の店舗にまたがる注文が店舗都合でまるごと取り消され、{lines:,} 明細はどの店舗の"
            "都合か分からない（n_undetermined）。どの店舗の分にも数えず、上限（events_high）だけに"
            "入れた。理由の文章からは判断しない。",
            en=f"Orders of several sellers were cancelled as a whole by one of them: of {lines:,}"
            " lines nobody tells whose doing it was (n_undetermined). They count against no seller,"
            " only in the high end (events_high). Free text decides nothing.",
        )
    ]


def told_notes(keys: Sequence[str], decided: bool) -> list[Phrase]:
    """Return the notes on what was decided, and on what rows share."""
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
