"""The rows of a request's table as they pass: where it ends, which box, how many pieces."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence

from rakustats.ingest.headers import hits
from rakustats.ingest.plan import Note
from rakustats.schema.text_normalisation import normalise, plain

_COUNTER = normalise("配送依頼書NO")
_SHIPPED = tuple(map(normalise, ("出荷数", "发货数", "発送数")))
_COUNTED = re.compile(r"(\d{1,9})(?:\.0*)?\s*(?:個|个|件|点|pcs)?", re.IGNORECASE)
_DIGIT = re.compile(r"\d")


class RequestTable:
    """One table: its lines with boxes filled in; what stands below it, or between, is blank.

    The table ends with the first row whose counter is no number or, without a counter, with one
    that names neither order nor line. Subtotals may interrupt it: a row with an order number of
    the form seen before and a line goes on. ``pieces`` is what the lines come to, by order and
    line, with the first row of each; None where a quantity cannot be read.
    """

    def __init__(self, headers: Sequence[str], packs: bool) -> None:
        found = hits("shipment_lines", headers)
        names = [normalise(h) for h in headers]
        shipped = next((names.index(q) for q in _SHIPPED if q in names), None)
        self.packs = packs
        self.pieces: dict[tuple[str, str], tuple[int | None, int]] = {}
        self._order, self._line = found.get("order_no"), found.get("line_no")
        self._box = found.get("box_no")
        self._qty = found.get("qty") if packs else shipped
        self._counter = names.index(_COUNTER) if _COUNTER in names else None
        self._forms: set[str] = set()
        self._last_box, self._ended = "", False

    def rows(self, rows: Iterable[Sequence[str]], first: int) -> Iterator[Sequence[str]]:
        """Yield the rows as they count, of which the first one stands in row ``first``."""
        for number, row in enumerate(rows, start=first):
            yield self._row([*row], number)

    def _row(self, cells: list[str], number: int) -> list[str]:
        order, line = _cell(cells, self._order), _cell(cells, self._line)
        if self._ended and not (line and _form(order) in self._forms):
            return []
        if not self._ended and self._ends(cells, order, line):
            self._ended, self._last_box = True, ""
            return []
        self._ended = False
        if order:
            self._forms.add(_form(order))
            self._count((order, line), _cell(cells, self._qty), number)
        self._fill_box(cells)
        return cells

    def _ends(self, cells: list[str], order: str, line: str) -> bool:
        if not any(c.strip() for c in cells):
            return self._counter is None
        if self._counter is None:
            return not _DIGIT.search(order + line)
        count = plain(_cell(cells, self._counter))
        if _COUNTED.fullmatch(count):
            return False
        return not _DIGIT.search(order) or (bool(count) and _form(order) not in self._forms)

    def _count(self, key: tuple[str, str], text: str, number: int) -> None:
        match = _COUNTED.fullmatch(plain(text).replace(",", ""))
        before, first = self.pieces.get(key, (0, number))
        here = int(match[1]) if match else None
        self.pieces[key] = (None if before is None or here is None else before + here, first)

    def _fill_box(self, cells: list[str]) -> None:
        """Carry the number of a merged box on; what states a quantity is for its own row alone."""
        if self._box is None or self._box >= len(cells):
            return
        here = _cell(cells, self._box)
        if not here and any(c.strip() for c in cells):
            cells[self._box] = self._last_box
        elif here:
            self._last_box = "" if re.search(r"[:：]", here) else here


def mismatches(goods: RequestTable, tables: Iterable[RequestTable]) -> list[Note]:
    """Return the lines of a list of goods that the packing lists hold in another quantity."""
    packed: dict[tuple[str, str], int | None] = {}
    for key, (pieces, _) in (pair for t in tables if t.packs for pair in t.pieces.items()):
        before = packed.get(key, 0)
        packed[key] = None if before is None or pieces is None else before + pieces
    notes = []
    for key, (shipped, row) in goods.pieces.items() if packed and not goods.packs else ():
        inside = packed.get(key, 0)
        if None not in (inside, shipped) and inside != shipped:
            detail = f"{'/'.join(key)}: {inside} pieces in boxes, shipped are {shipped}"
            notes.append(Note("box_mismatch", detail, row))
    return notes


def _form(order: str) -> str:
    return _DIGIT.sub("9", order)


def _cell(cells: Sequence[str], position: int | None) -> str:
    return cells[position].strip() if position is not None and position < len(cells) else ""
