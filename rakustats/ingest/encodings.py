"""Which encoding a text file has: a clean decode proves nothing, so every one is scored."""

from __future__ import annotations

import codecs
import os
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from rakustats.errors import UsageError
from rakustats.i18n.phrases import phrase
from rakustats.ingest import similarity

CANDIDATES = ("utf-8", "cp932", "gb18030")
MARGIN = 0.25
WAY_OUT = phrase(
    ja="--encoding で文字コードを指定してください（utf-8、cp932、gb18030、utf-16）。",
    en="Say which it is with --encoding (utf-8, cp932, gb18030, utf-16).",
)
# What people call them; files hold signs that only the larger sets have (㈱ ① 髙 ～).
_LARGER = {
    **dict.fromkeys(("shift_jis", "shift_jisx0213", "shift_jis_2004"), "cp932"),
    **dict.fromkeys(("gb2312", "gbk"), "gb18030"),
}
_BOMS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_TOP = 1 << 16
_BLOCK = 1 << 20
_ENOUGH = 1 << 14  # bytes beyond ASCII
_HOPELESS = -0.5
_A_WORD = 16  # bytes; fewer give nothing away
_BY_CHANCE = 16  # bytes of another encoding that may happen to be valid UTF-8
_ASCII = bytes(range(0x80))


@dataclass(frozen=True)
class Reading:
    """What one encoding makes of a sample of a file."""

    name: str
    clean: bool
    known: int
    similarity: float

    @property
    def score(self) -> float:
        """Known words decide; where they do not, the characters do."""
        return 4.0 * self.known + self.similarity


def named(encoding: str) -> str:
    """Return the encoding to read with where a user names one: never ``shift_jis``.

    Examples
    --------
    >>> named("Shift-JIS"), named("gbk"), named("utf8")
    ('cp932', 'gb18030', 'utf-8')
    """
    name = codecs.lookup(encoding).name
    return _LARGER.get(name, name)


def detect(path: Path) -> str:
    """Return the encoding of a text file, or of most of it.

    A byte-order mark settles it, or zeros in every other byte; else it is UTF-8 if that decodes,
    else the encoding whose reading has more known words and more plausible characters. Judged are
    the top of the file and the first lines below it that are not plain ASCII.

    Raises
    ------
    UsageError
        If no reading makes sense, or two are equally plausible.
    """
    with path.open("rb") as stream:
        top = _lines(stream, _TOP)
        if name := _marked(top):
            return name
        sample = top + _beyond_ascii(stream, _ENOUGH - _size(top))
    candidates = (*CANDIDATES, "utf-16-le", "utf-16-be") if b"\0" in top else CANDIDATES
    utf8, *others = (_reading(sample, name) for name in candidates)
    best, second = sorted([utf8, *others], key=lambda r: -r.score)[:2]
    valid = utf8.clean and utf8.known >= best.known
    # A word or two of Chinese can be valid UTF-8, for something Greek or Cyrillic.
    if valid and (best is utf8 or utf8.similarity >= 0 or _size(sample) > _BY_CHANCE):
        return utf8.name
    if best.known == 0 and best.similarity < _HOPELESS:
        raise UsageError(
            ja=f"{path.name}：文字コードが分かりません。{WAY_OUT.ja}",
            en=f"{path.name}: the text is in no encoding that is known here. {WAY_OUT.en}",
        )
    if valid or best.score - second.score < MARGIN:
        other = (utf8 if valid else second).name
        raise UsageError(
            ja=f"{path.name}：文字コードが {best.name} か {other} か決められません。{WAY_OUT.ja}",
            en=f"{path.name}: could be {best.name} as well as {other}. {WAY_OUT.en}",
        )
    return best.name


def _marked(top: bytes) -> str | None:
    """Return the encoding that the first bytes give away."""
    for mark, name in _BOMS:
        if top.startswith(mark):
            return name
    even, odd = top[0::2].count(0), top[1::2].count(0)
    if max(even, odd) > max(len(top) // 10, 10 * min(even, odd)) and len(top) > _A_WORD:
        return "utf-16-be" if even > odd else "utf-16-le"
    return None


def _lines(stream: BinaryIO, size: int) -> bytes:
    """Return the next lines of a file, about so many bytes."""
    block = stream.read(size)
    cut = max(block.rfind(b"\n"), block.rfind(b"\r")) + 1
    if len(block) < size or not cut:
        return block
    stream.seek(cut - len(block), os.SEEK_CUR)
    return block[:cut]


def _beyond_ascii(stream: BinaryIO, enough: int) -> bytes:
    """Return the next lines of a file that are not plain ASCII, until there are enough."""
    found = []
    while enough > 0 and (block := _lines(stream, _BLOCK)):
        if block.isascii():
            continue
        for line in block.splitlines(keepends=True):
            if enough > 0 and not line.isascii():
                found.append(line[:_TOP])
                enough -= _size(line)
    return b"".join(found)


def _size(raw: bytes) -> int:
    return len(raw.translate(None, _ASCII))


def _reading(sample: bytes, name: str) -> Reading:
    # The sample of a single long line may end in the middle of a character.
    text = codecs.getincrementaldecoder(name)(errors="replace").decode(sample)
    clean = similarity.BROKEN not in text
    return Reading(name, clean, similarity.known_words(text), similarity.of(text))
