"""What may stand in a TOML document: checks of values, put together to the form of a file.

A check takes a document, a place in it and the value there; it returns the value as what it says,
or raises what is wrong with it. The form of a file is the check of its uppermost table.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time
from typing import Any, TypeVar

from rakustats.config.toml import Located
from rakustats.config.toml_positions import Place
from rakustats.errors import UsageError
from rakustats.i18n.phrases import Phrase, phrase

T = TypeVar("T")
_LARGEST = 1e300  # also of whole numbers: TOML has them of any length
Check = Callable[[Located, Place, Any], T]
KEY = phrase(ja="キー", en="key")
TABLE = phrase(ja="テーブル", en="table")
_KINDS = {
    bool: phrase(ja="true または false", en="true or false"),
    int: phrase(ja="数値", en="a number"),
    float: phrase(ja="数値", en="a number"),
    str: phrase(ja="文字列", en="text"),
    list: phrase(ja="リスト", en="a list"),
    dict: phrase(ja="テーブル", en="a table"),
}
_DAY = phrase(ja="日付", en="a date")


def _misplaced(file: Located, at: Place, value: Any, *, ja: str, en: str) -> UsageError:
    given = _KINDS.get(type(value), _DAY)
    return file.wrong(
        at,
        ja=f"{given.ja}ではなく、{ja}を書いてください",
        en=f"{given.en} stands where {en} belongs",
    )


def anything(file: Located, at: Place, value: Any) -> Any:
    """Take any value: what it means is for its reader to say."""
    return value


def text(file: Located, at: Place, value: Any) -> str:
    """Take text."""
    if not isinstance(value, str):
        raise _misplaced(file, at, value, ja="引用符で囲んだ文字列", en="text in quotes")
    if "\0" in value:
        raise file.wrong(at, ja="文字 U+0000 は書けません", en="text with the character U+0000")
    return value


def words(file: Located, at: Place, value: Any) -> str:
    """Take text that is not blank, without the blanks around it."""
    if not (found := text(file, at, value).strip()):
        raise file.wrong(at, ja=f"{at[-1]} が空です", en=f"{at[-1]} is empty")
    return found


def texts(file: Located, at: Place, value: Any) -> tuple[str, ...]:
    """Take text, or a list of texts."""
    if isinstance(value, list):
        return tuple(text(file, (*at, n), v) for n, v in enumerate(value))
    return (text(file, at, value),)


def flag(file: Located, at: Place, value: Any) -> bool:
    """Take true or false."""
    if not isinstance(value, bool):
        raise _misplaced(file, at, value, ja="true か false のどちらか", en="true or false")
    return value


def scalar(file: Located, at: Place, value: Any) -> str:
    """Take text, a number or a date as an export would write it: 1.5, 2026-05-31 09:00:00."""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, datetime):
        return value.isoformat(sep=" ")
    return str(value) if isinstance(value, int | float | date | time) else text(file, at, value)


def day(file: Located, at: Place, value: Any) -> date:
    """Take a day."""
    if type(value) is not date:
        raise file.wrong(
            at,
            ja="日付を引用符なしで、2026-03-01 のように書いてください",
            en="write a day without quotes, such as 2026-03-01",
        )
    return value


def number(
    fits: Callable[[float], bool] = lambda _: True,
    *,
    ja: str = "0.5 のような数値を書いてください",
    en: str = "write a number, such as 0.5",
) -> Check[float]:
    """Take a number that fits; ``ja`` and ``en`` say what fits."""

    def check(file: Located, at: Place, value: Any) -> float:
        finite = type(value) in (int, float) and abs(value) <= _LARGEST
        if not finite or not fits(value):
            raise file.wrong(at, ja=ja, en=en)
        return float(value)

    return check


def whole(least: int = 0) -> Check[int]:
    """Take a whole number that is not too small."""

    def check(file: Located, at: Place, value: Any) -> int:
        if type(value) is not int or value < least:
            raise file.wrong(
                at,
                ja=f"{least} 以上の整数を書いてください",
                en=f"write a whole number of at least {least}",
            )
        return value

    return check


@dataclass(frozen=True)
class OneOf:
    """Take one of a few words."""

    right: Collection[str]

    def __call__(self, file: Located, at: Place, value: Any) -> Any:
        """Return the word, typed as the list of words that it is of."""
        if not isinstance(value, str) or value not in self.right:
            raise file.unknown(
                at,
                str(value),
                self.right,
                ja=f"{value!r} は使えません",
                en=f"{value!r} is unknown",
            )
        return value


def list_of(check: Check[T]) -> Check[tuple[T, ...]]:
    """Take a list of what a check takes."""

    def check_list(file: Located, at: Place, value: Any) -> tuple[T, ...]:
        if not isinstance(value, list):
            raise _misplaced(
                file, at, value, ja='["a", "b"] のようなリスト', en='a list such as ["a", "b"]'
            )
        return tuple(check(file, (*at, n), v) for n, v in enumerate(value))

    return check_list


def mapping(file: Located, at: Place, value: Any) -> dict[str, Any]:
    """Take a table of any keys."""
    if not isinstance(value, dict):
        raise _misplaced(file, at, value, ja="テーブル", en="a table")
    return value


def table(
    keys: Mapping[str, Check[Any]], *, needed: Collection[str] = (), what: Phrase = KEY
) -> Check[dict[str, Any]]:
    """Take a table of known keys, and return those that are there; ``what`` is one of them."""

    def check(file: Located, at: Place, value: Any) -> dict[str, Any]:
        given = mapping(file, at, value)
        for key in given:
            if key not in keys:
                ja, en = f"この{what.ja}は使えません", f"unknown {what.en}"
                raise file.unknown((*at, key), key, keys, ja=ja, en=en)
        for key in needed:
            if key not in given:
                raise _missing(file, at, key, keys[key])
        return {key: keys[key](file, (*at, key), found) for key, found in given.items()}

    return check


def _missing(file: Located, at: Place, key: str, check: Check[Any]) -> UsageError:
    right = check.right if isinstance(check, OneOf) else ()
    return file.wrong(
        at,
        ja=f"{key} がありません" + (f"（{'、'.join(right)} のどれか）" if right else ""),
        en=f"{key} is missing" + (f"; one of {', '.join(right)}" if right else ""),
    )


def tables(check: Check[T], *, ja: str, en: str) -> Check[tuple[T, ...]]:
    """Take [[tables]] that stand once for each of what ``ja`` and ``en`` name."""

    def check_tables(file: Located, at: Place, value: Any) -> tuple[T, ...]:
        if not isinstance(value, list) or not all(isinstance(given, dict) for given in value):
            name = f"[[{'.'.join(map(str, at))}]]"
            raise file.wrong(
                at,
                ja=f"{name} を{ja}ごとに 1 つずつ書いてください",
                en=f"write {name}, once for each {en}",
            )
        return tuple(check(file, (*at, n), given) for n, given in enumerate(value))

    return check_tables
