"""Which encoding a text file has: a clean decode proves nothing, so every one is scored."""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterator
from pathlib import Path

from rakustats import words
from rakustats.errors import UsageError
from rakustats.ingest import headers
from rakustats.spelling import normalise

BROKEN = "\ufffd"
CANDIDATES = ("utf-8", "cp932", "gb18030")
_SAMPLE = 1 << 18
_MOST_BROKEN = 0.5
_WAY_OUT = "Say which it is with --encoding (utf-8, cp932, gb18030, utf-16)."
_BOMS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_KANA = re.compile(r"[ぁ-んァ-ヶー]")
_HANZI = re.compile(
    r"[的单订号数发货运时间状态国内圆通韵达顺丰申广东浙江义乌个这们来为说业东车专书买卖]"
)
_UNREADABLE = re.compile(rf"[{BROKEN}\ue000-\uf8ff\u0080-\u009f]")
_ODD = re.compile(r"[\ue000-\uf8ff｡-ﾟ\u0080-\u009f]")


def detect(path: Path) -> str:
    """Return the encoding of a text file.

    A byte-order mark settles it; else UTF-8 if it decodes; else the legacy encoding whose decode
    has more known headers and more plausible characters.

    Raises
    ------
    UsageError
        If nothing decodes even in most parts, or two encodings are equally plausible.
    """
    with path.open("rb") as stream:
        raw = stream.read(_SAMPLE)
    for mark, name in _BOMS:
        if raw.startswith(mark):
            return name
    zeros = raw[0::2].count(0), raw[1::2].count(0)
    if sum(zeros) > len(raw) // 50:
        return "utf-16-be" if zeros[0] > zeros[1] else "utf-16-le"
    decoded = {name: text for name in CANDIDATES if (text := _decode(raw, name)) is not None}
    if "utf-8" in decoded:
        return "utf-8"
    if not decoded:
        return _least_broken(raw, path)
    return _best({name: plausibility(text) for name, text in decoded.items()}, path)


def _decode(raw: bytes, name: str) -> str | None:
    try:
        return codecs.getincrementaldecoder(name)().decode(raw, final=len(raw) < _SAMPLE)
    except UnicodeDecodeError:
        return None


def _least_broken(raw: bytes, path: Path) -> str:
    """Return the encoding of most of a file that is in no encoding throughout."""
    texts = {name: raw.decode(name, errors="replace") for name in CANDIDATES}
    broken = {name: _broken(text) for name, text in texts.items()}
    if min(broken.values()) > _MOST_BROKEN:
        raise UsageError(f"{path.name}: the text is in no encoding that is known here. {_WAY_OUT}")
    return _best({name: plausibility(t) - 100.0 * broken[name] for name, t in texts.items()}, path)


def _broken(text: str) -> float:
    """Return which share of what is not plain ASCII could not be read."""
    return len(_UNREADABLE.findall(text)) / max(sum(not c.isascii() for c in text), 1)


def _best(scores: dict[str, float], path: Path) -> str:
    ranked = sorted(scores, key=lambda name: -scores[name])
    if len(ranked) > 1 and scores[ranked[0]] == scores[ranked[1]]:
        raise UsageError(f"{path.name}: could be {ranked[0]} as well as {ranked[1]}. {_WAY_OUT}")
    return ranked[0]


def plausibility(text: str) -> float:
    """Return how much a decode reads like an export: by known words, then by its characters."""
    lines = text.splitlines()[:30]
    known = headers.known_headers() | words.known_words()
    cells = [c for line in lines for c in re.split(r"[,\t;]", line)]
    hits = sum(normalise(c.strip('"')) in known for c in cells)
    strange = len(_ODD.findall(text))
    usual = len(_KANA.findall(text)) + len(_HANZI.findall(text))
    return 100.0 * hits + (usual - 2.0 * strange) / max(len(text), 1)


def lines(path: Path, encoding: str) -> Iterator[str]:
    """Yield the lines of a text file with their ends as they are, for the csv module.

    Bytes that are not in the encoding become ``BROKEN``.

    Raises
    ------
    UsageError
        If the file is not in this encoding at all.
    """
    with path.open(encoding=encoding, errors="replace", newline="") as stream:
        try:
            yield from stream
        except UnicodeError as error:
            raise UsageError(f"{path.name}: not {encoding} ({error}). {_WAY_OUT}") from None
