"""The lines of a text file, block by block, each in the encoding that it is in."""

from __future__ import annotations

import io
import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from rakustats.errors import UsageError
from rakustats.ingest import similarity
from rakustats.ingest.encodings import WAY_OUT
from rakustats.ingest.strays import best, strictly

LONGEST = 1 << 24
_BLOCK = 1 << 18
# Line ends are never part of a character here; in UTF-16 they may be.
_BY_BYTES = {"utf-8": "utf-8", "utf-8-sig": "utf-8", "cp932": "cp932", "gb18030": "gb18030"}
_ASCII = bytes(range(0x80))
_MARK = re.compile(r"(?:\A|(?<=[\r\n]))\ufeff")


class Lines(Iterator[str]):
    """The lines of a file, with their ends.

    Where the encoding was found out and not given, a line of another one (two exports in one file)
    is read in that one, if it makes sense there and in no other. What can be read in none has
    ``similarity.BROKEN`` in place of what is broken.

    Attributes
    ----------
    others : Counter
        How many lines were read in which other encoding.

    Raises
    ------
    UsageError
        If the file is not in this encoding at all, or a line is too long for a table.
    """

    def __init__(self, path: Path, encoding: str, *, given: bool = False) -> None:
        self.name, self.encoding = path.name, encoding
        self.others: Counter[str] = Counter()
        self._fault: str | None = None
        self._given = given
        self._main = _BY_BYTES.get(encoding, encoding)
        self._lines = self._by_bytes(path) if encoding in _BY_BYTES else self._by_text(path)

    def __next__(self) -> str:
        return next(self._lines)

    def taken_fault(self) -> str | None:
        """Return what is wrong with the last line, and forget it."""
        fault, self._fault = self._fault, None
        return fault

    def _by_text(self, path: Path) -> Iterator[str]:
        with path.open(encoding=self.encoding, errors="replace", newline="") as stream:
            try:
                while line := stream.readline(LONGEST):
                    self._check(len(line))
                    if similarity.BROKEN in line:
                        self._fault = f"row has bytes that are not {self.encoding}"
                    yield line
            except UnicodeError as error:
                raise UsageError(
                    ja=f"{self.name}：{self.encoding} では読めません（{error}）。{WAY_OUT.ja}",
                    en=f"{self.name}: not {self.encoding} ({error}). {WAY_OUT.en}",
                ) from None

    def _by_bytes(self, path: Path) -> Iterator[str]:
        offset, rest = 0, b""
        with path.open("rb") as stream:
            while block := stream.read(_BLOCK):
                rest += block
                # A last \r may be half of a \r\n.
                cut = max(rest.rfind(b"\n"), rest.rfind(b"\r", 0, -1)) + 1
                yield from self._decoded(rest[:cut], offset)
                offset, rest = offset + cut, rest[cut:]
                self._check(len(rest))
        yield from self._decoded(rest, offset)

    def _check(self, length: int) -> None:
        if length >= LONGEST:
            raise UsageError(
                ja=f"{self.name}：一行が {LONGEST:,} 文字を超えています。"
                "表のファイルではありません。",
                en=f"{self.name}: a line of more than {LONGEST:,} characters; this is no table.",
            )

    def _decoded(self, raw: bytes, offset: int) -> Iterator[str]:
        text = strictly(raw, self._main)
        if text is None or (self._may_differ and similarity.is_odd(text)):
            for line in raw.splitlines(keepends=True):
                yield _unmarked(self._line(line, offset))
                offset += len(line)
        else:
            yield from io.StringIO(_unmarked(text), newline="")

    @property
    def _may_differ(self) -> bool:
        """Whether a line that decodes may still be in another encoding."""
        return self._main != "utf-8" and not self._given

    def _line(self, raw: bytes, offset: int) -> str:
        own = strictly(raw, self._main)
        if own is not None and (self._given or self._main == "utf-8" or raw.isascii()):
            return own
        established = next(iter(self.others), None)
        found = None if self._given else best(raw, self._main, established)
        if found is None:
            return self._broken(raw, offset)
        name, text = found
        if name != self._main:
            self.others[name] += 1
        return text

    def _broken(self, raw: bytes, offset: int) -> str:
        """Return a line that makes no sense, and keep where its first such byte is."""
        try:
            text, at = raw.decode(self._main), len(raw) - len(raw.lstrip(_ASCII))
            why = "that may be in another encoding"
        except UnicodeDecodeError as error:
            text, at = raw.decode(self._main, errors="replace"), error.start
            why = f"that are not {self.encoding}"
        self._fault = f"row has bytes {why}, from byte {offset + at:,} of the file"
        return text


def _unmarked(text: str) -> str:
    """Return lines without byte-order marks: each of several exports in one file may have one."""
    return _MARK.sub("", text) if "\ufeff" in text else text
