"""Old workbooks (.xls) are compound files; a damaged one can lead its reader in a circle for ever.

Layout: [MS-CFB], Compound File Binary File Format, sections 2.2 to 2.5.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import BinaryIO

MAGIC = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_HEADER = 512
_IN_HEADER = 109  # sectors of the allocation table that the header itself lists


def chains_end(path: Path) -> bool:
    """Return whether every chain of sectors in a compound file has an end.

    A reader follows a chain from sector to sector and collects what they hold: one that comes back
    to itself takes all time and memory there is. True for any other file.
    """
    with path.open("rb") as stream:
        header = stream.read(_HEADER)
        if not header.startswith(MAGIC) or len(header) < _HEADER:
            return True
        (shift,) = struct.unpack_from("<H", header, 30)
        small, _, first_list = struct.unpack_from("<3I", header, 60)
        if not 7 <= shift <= 16:
            return False
        sectors = _Sectors(stream, 1 << shift, path.stat().st_size)
        listed = list(struct.unpack_from(f"<{_IN_HEADER}I", header, 76))
        for sector in sectors.lists(first_list):
            listed += sector
        listed = [number for number in listed if number < sectors.count]
        table = [entry for number in listed[: sectors.count] for entry in sectors.entries(number)]
        if len(listed) > sectors.count or not _all_end(table):
            return False
        return _all_end([e for number in _chain(table, small) for e in sectors.entries(number)])


class _Sectors:
    """The sectors of a compound file, as numbers."""

    def __init__(self, stream: BinaryIO, size: int, file_size: int) -> None:
        self._stream, self._size = stream, size
        self.count = file_size // size + 1

    def entries(self, number: int) -> tuple[int, ...]:
        """Return the numbers in one sector; none where the file has no such sector."""
        if number >= self.count:
            return ()
        self._stream.seek((number + 1) * self._size)
        raw = self._stream.read(self._size).ljust(self._size, b"\xff")
        return struct.unpack(f"<{self._size // 4}I", raw)

    def lists(self, number: int) -> Iterator[tuple[int, ...]]:
        """Yield what further lists of the table's sectors say; each ends with the next one."""
        seen: set[int] = set()
        while number not in seen and (found := self.entries(number)):
            seen.add(number)
            yield found[:-1]
            number = found[-1]


def _chain(table: Sequence[int], number: int) -> Iterator[int]:
    while number < len(table):
        yield number
        number = table[number]


def _all_end(table: Sequence[int]) -> bool:
    walked = [-1] * len(table)
    for start in range(len(table)):
        number = start
        while number < len(table) and walked[number] < 0:
            walked[number] = start
            number = table[number]
        if number < len(table) and walked[number] == start:
            return False
    return True
