"""Similarity to text of exports in Japanese or Chinese, as against garbled bytes."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache

from rakustats.ingest import headers
from rakustats.schema import vocabularies
from rakustats.schema.text_normalisation import normalise

BROKEN = "\ufffd"
_SIGNS = "①②③④⑤⑥⑦⑧⑨⑩⑪⑫⑬⑭⑮⑯⑰⑱⑲⑳ⅠⅡⅢⅣⅤⅥⅦⅧⅨⅩ㈱㈲㈹№℡㍻㍼㍽㊤㊥㊦㊧㊨㎜㎝㎞㎎㎏㏄㎡"
_TOP = 30
_CELLS = re.compile(r"[,\t;|<>]")
_GARBLED = re.compile(rf"[{BROKEN}\ue000-\uf8ff\x80-\x9f]")
_KANA = re.compile(r"[ぁ-んァ-ヶー、-〟！-～￠-￥]")
_HALF = re.compile(r"[｡-ﾟ]")
_RARE = re.compile(r"[\u0100-\u07ff\u3105-\u312f\u3400-\u9fff\uf900-\ufaff\U00020000-\U0003ffff]")
# Half-width kana as they are spelled: no voice mark, small vowel or long sound out of place.
_SPELLED = re.compile(
    r"(?:(?:[ｷｼﾁﾋ]ﾞ|ﾋﾟ|[ｷｼﾁﾆﾋﾐﾘ])[ｬｭｮ]|[ｳﾌﾃﾄﾂｼﾁｸ]ﾞ?[ｧ-ｫ]|[ｳｶ-ﾄﾊ-ﾎ]ﾞ|[ﾊ-ﾎ]ﾟ|[ｱ-ﾜｦ])[ｯﾝｰ･]*"
)


@cache
def _common() -> str:
    """Return the everyday characters of both languages: the first levels of GB 2312 and JIS.

    Those that Windows added to JIS (㈱ ① Ⅳ 髙 﨑) are as common in names and lists.
    """
    added = (*_SIGNS, "髙", "﨑")
    return "".join((*_rows("gb2312", 0xB0, 0xD7), *_rows("euc_jp", 0xB0, 0xCF), *added))


def _rows(codec: str, first: int, last: int) -> Iterator[str]:
    for row in range(first, last + 1):
        for cell in range(0xA1, 0xFF):
            yield bytes((row, cell)).decode(codec, errors="ignore")


@cache
def _everyday() -> re.Pattern[str]:
    return re.compile(f"[{_common()}]")


@cache
def _odd() -> re.Pattern[str]:
    return re.compile(rf"[^\x00-\x7f{_KANA.pattern[1:-1]}{_common()}]")


def is_odd(text: str) -> bool:
    """Return whether a text has any sign beyond ASCII, kana and everyday characters."""
    return _odd().search(text) is not None


def of(text: str) -> float:
    """Return how plausible the characters beyond ASCII are, on average.

    Returns
    -------
    float
        1 for kana, 0.6 for everyday characters, below 0 for rare ones and kana out of place, -3
        for what no text holds; 0 for plain ASCII.
    """
    total = len(text) - len(text.encode("ascii", errors="ignore"))
    if not total:
        return 0.0
    half, spelled = len(_HALF.findall(text)), sum(map(len, _SPELLED.findall(text)))
    everyday = len(_everyday().findall(text))
    # Every everyday character is of these scripts.
    rare = len(_RARE.findall(text)) - everyday
    points = (
        len(_KANA.findall(text))
        + 0.6 * everyday
        + 0.5 * spelled
        - 1.0 * (half - spelled)
        - 0.5 * rare
        - 3.0 * len(_GARBLED.findall(text))
    )
    return points / total


def known_words(text: str) -> int:
    """Return how many cells at the top of a text are headers or words that are known here.

    Words of one character do not count: wrong bytes make them by chance.
    """
    known = headers.known_headers() | vocabularies.known_words()
    cells = (c.strip(' "\r') for line in text.split("\n")[:_TOP] for c in _CELLS.split(line))
    telling = (c for c in cells if sum(not s.isascii() for s in c) > 1)
    return sum(normalise(c) in known for c in telling)
