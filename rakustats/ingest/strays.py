"""Lines that are in another encoding than their file: two exports put one after the other."""

from __future__ import annotations

import re
from collections.abc import Mapping

from rakustats.ingest import similarity
from rakustats.ingest.encodings import CANDIDATES, MARGIN

_SENSIBLE, _SURE = 0.4, 0.55
_WHOLE = re.compile(rb"[\xe1-\xef][\x80-\xbf]{2}")


def strictly(raw: bytes, encoding: str) -> str | None:
    """Return the text, or None if it is not in this encoding."""
    try:
        return raw.decode(encoding)
    except UnicodeDecodeError:
        return None


def best(raw: bytes, main: str, other: str | None) -> tuple[str, str] | None:
    """Return the encoding of one line and its text, or None where that is unknown.

    Parameters
    ----------
    raw : bytes
        A line with characters beyond ASCII that ``main`` cannot read, or not well.
    main : str
        The encoding of most of the file.
    other : str, optional
        One that other lines of the file were in.
    """
    texts = {name: text for name in CANDIDATES if (text := strictly(raw, name)) is not None}
    scores = {name: similarity.of(text) for name, text in texts.items()}
    if len(_WHOLE.findall(raw)) > 1 and "utf-8" in scores:
        scores["utf-8"] += 0.5  # hardly any other text is valid UTF-8 by chance
    if other in scores:
        scores[other] += MARGIN
    rivals = sorted((n for n in scores if n != main), key=lambda n: -scores[n])
    if main in scores:
        name = _stays(main, scores, rivals, other)
    else:
        name = _moves(raw, texts, main, scores, rivals, other)
    return (name, texts[name]) if name else None


def _stays(
    main: str, scores: Mapping[str, float], rivals: list[str], other: str | None
) -> str | None:
    """Return the encoding of a line that the file's own can read."""
    own, rival = scores[main], next(iter(rivals), None)
    if own >= _SENSIBLE or rival is None or scores[rival] < max(own + MARGIN, _SENSIBLE):
        return main
    return rival if own < 0 or rival in ("utf-8", other) else None


def _moves(
    raw: bytes,
    texts: Mapping[str, str],
    main: str,
    scores: Mapping[str, float],
    rivals: list[str],
    other: str | None,
) -> str | None:
    """Return the encoding of a line that the file's own cannot read."""
    if not rivals:
        return None
    name, *rest = rivals
    needed = MARGIN if main == "utf-8" or name in ("utf-8", other) else _SURE
    unique = all(scores[name] - scores[n] >= MARGIN for n in rest)
    known = name == other or not _too_little(raw, texts[name], main)
    return name if scores[name] >= needed and unique and known else None


def _too_little(raw: bytes, text: str, main: str) -> bool:
    """Return whether a line proves no other encoding: one character, or UTF-8 that was damaged."""
    beyond = sum(byte > 0x7F for byte in raw)
    whole = 3 * len(_WHOLE.findall(raw)) if main == "utf-8" else 0
    return sum(not c.isascii() for c in text) < 2 or 2 * whole >= beyond
