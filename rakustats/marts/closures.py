"""Which days the key ``closure`` tells apart, in words."""

from __future__ import annotations

from rakustats.config.settings import Closure, settings
from rakustats.i18n.phrases import Phrase, phrase


def closure_note() -> Phrase:
    """Say which days around a holiday each part of a closure holds."""
    new_year, parts = settings().new_years[0], settings().phases
    lunar = [tuple((day - new_year).days for day in part[1:]) for part in parts[:3]]
    (before, _), (eve, last), (_, after) = lunar
    national = [_span(part) for part in parts[3:6]]
    return phrase(
        ja="closure は開始日が休業のどこに当たるか。"
        f"春節は元日の {-before}～{1 - eve} 日前が「前」、{-eve} 日前から {last} 日後までが連休、"
        f"{last + 1}～{after} 日後が「後」。国慶節は"
        f" {national[0]} が「前」、{national[1]} が連休、{national[2]} が「後」。",
        en=f"closure: of the Lunar New Year, {-before} to {1 - eve} days before its day are before,"
        f" {-eve} before to {last} after it the holiday, {last + 1} to {after} after it after;"
        f" of the National Day {national[0]}, {national[1]} and {national[2]}.",
    )


def _span(part: Closure) -> str:
    first, last = (f"{day.month}/{day.day}" for day in part[1:])
    return first if first == last else f"{first}–{last}"
