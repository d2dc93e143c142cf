"""One pass over a file's bytes: its fingerprint, and whether it may be scanned as it lies."""

from __future__ import annotations

import codecs
import hashlib
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import BinaryIO

import numpy as np

from rakustats.ingest.files import BLOCK, Bytes

_LONGEST_HEADER = 1 << 16
# a smaller file is hashed sooner than a second reader is at work
LARGE = 50_000_000
_MOST_BREAKS = 2
_ALL_BUT_QUOTES_AND_ENDS = bytes(set(range(256)) - {0x22, 0x0A})


def fingerprint_of(path: Path, advance: Callable[[int], None] = lambda _: None) -> Bytes:
    """Return the fingerprint of a file; a large one is hashed while it is looked at."""
    with path.open("rb") as stream:
        if path.stat().st_size < LARGE:
            return fingerprint(stream, advance)
        with ThreadPoolExecutor(1) as beside:
            digest = beside.submit(_digest, path)
            facts = fingerprint(stream, advance, hashed=False)
            return replace(facts, sha256=digest.result())


def _digest(path: Path) -> str:
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def fingerprint(
    stream: BinaryIO, advance: Callable[[int], None] = lambda _: None, *, hashed: bool = True
) -> Bytes:
    """Hash a stream and learn whether DuckDB can read it as it is.

    ``plain`` is true for text that DuckDB reads as a spreadsheet does: without NUL, lone carriage
    returns or blank lines, which it reads otherwise or skips without counting them, without a
    second header, and without quotes over several lines, which may have swallowed rows. Where
    somebody else hashes (``hashed`` is false), ``sha256`` is that of nothing.
    """
    digest, size, is_ascii, look = hashlib.sha256(), 0, True, _Look()
    while block := stream.read(BLOCK):
        if hashed:
            digest.update(block)
        size += len(block)
        is_ascii = is_ascii and block.isascii()
        if look.plain:
            look.at(block)
        advance(len(block))
    return Bytes(digest.hexdigest(), size, look.plain, is_ascii and look.plain)


class _Look:
    """Scans a file's blocks, one after the other, for what keeps it from being plain."""

    def __init__(self) -> None:
        self.plain = True
        self._header = self._marked_header = b""
        self._last = b""
        self._quoted = False
        self._breaks = 0

    def at(self, block: bytes) -> None:
        """Scan the next block."""
        if not self._header:
            block = block.removeprefix(codecs.BOM_UTF8)
            first = block[:_LONGEST_HEADER].partition(b"\n")[0]
            self._header = b"\n" + first.rstrip(b"\r")
            self._marked_header = b"\n" + codecs.BOM_UTF8 + self._header[1:]
        joint = self._last + block
        again = self._header in joint or self._marked_header in joint
        self.plain = not again and _is_plain(joint) and not self._swallows(block)
        self._last = joint[-len(self._marked_header) :]

    def _swallows(self, block: bytes) -> bool:
        """Return whether a quote holds so many line ends that it may be one too many."""
        if b'"' not in block:
            self._breaks += block.count(b"\n") if self._quoted else 0
            return self._breaks > _MOST_BREAKS
        signs = block.translate(None, _ALL_BUT_QUOTES_AND_ENDS).replace(b'""', b"")
        for number, part in enumerate(signs.split(b'"')):
            if number:
                self._quoted, self._breaks = not self._quoted, 0
            self._breaks += len(part) if self._quoted else 0
            if self._breaks > _MOST_BREAKS:
                return True
        return False


def _is_plain(block: bytes) -> bool:
    """Return whether a block has no NUL, blank line, or carriage return without a newline."""
    if b"\0" in block:
        return False
    codes = np.frombuffer(block, dtype=np.uint8)
    newline = codes == 10
    if (newline[1:] & newline[:-1]).any():
        return False
    if b"\r" not in block:
        return True
    returned = codes == 13
    blank = (newline[:-1] & returned[1:]).any()
    lone = (returned[:-1] & ~newline[1:]).any()
    return not (blank or lone)
