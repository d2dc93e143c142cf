"""What an .xlsx says beside its values: hidden rows, pictures, formulas without their results."""

from __future__ import annotations

import posixpath
import re
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import suppress
from html import unescape
from itertools import islice
from pathlib import Path, PurePosixPath

from rakustats.ingest.plan import Note

# Read as bytes by pattern, block by block: no parser that entities or deep nesting could hurt.
_BLOCK = 1 << 20
_LONGEST_ROW = 1 << 24
_SMALL_PART = 16  # blocks
_LISTED = 10
_WORKBOOK = "xl/workbook.xml"
_HIDDEN = rb"""\bhidden\s*=\s*["'](?:1|true)["']"""
_HIDDEN_ROW = re.compile(rb"<(?:\w+:)?row\b(?=[^>]*" + _HIDDEN + rb")[^>]*[^/]>")
_HIDDEN_COLUMN = re.compile(rb"<(?:\w+:)?col\b(?=[^>]*" + _HIDDEN + rb")[^>]*>")
_NO_RESULT = re.compile(
    rb"(?:</(?:\w+:)?f>|<(?:\w+:)?f\b[^>]*/>)\s*"
    rb"(?:<(?:\w+:)?v\s*/>|<(?:\w+:)?v>\s*</(?:\w+:)?v>)?\s*</(?:\w+:)?c>"
)
_PICTURE = re.compile(rb"<(?:\w+:)?pic[\s>]")
# A picture inside a cell, as Excel and as WPS write it.
_IN_CELL = re.compile(rb"""<(?:\w+:)?c\b[^>]*\bvm=["']|_xlfn\.DISPIMG\(""")
_TEXT = re.compile(rb"""\bt\s*=\s*["']str["']""")
_UNREADABLE = (KeyError, zipfile.BadZipFile, zlib.error, EOFError, RuntimeError, OSError)
_ATTRIBUTE = re.compile(r"""([\w:]+)\s*=\s*(?:"([^"]*)"|'([^']*)')""")


class Package:
    """The parts of one .xlsx; of any other file it knows nothing."""

    def __init__(self, path: Path) -> None:
        self._zip: zipfile.ZipFile | None = None
        with suppress(zipfile.BadZipFile, OSError):
            self._zip = zipfile.ZipFile(path)

    def __enter__(self) -> Package:
        return self

    def __exit__(self, *_: object) -> None:
        if self._zip:
            self._zip.close()

    @property
    def date_1904(self) -> bool:
        """Whether the workbook counts its days from 1904."""
        return next(self._tags(_WORKBOOK, "workbookPr"), {}).get("date1904") in ("1", "true")

    def notes(self, name: str, width: int) -> tuple[Note, ...]:
        """Return what a sheet of the first ``width`` columns holds that its values do not tell."""
        part = self._part_of(name)
        if part is None:
            return ()
        scan = _Scan()
        for block in self._rows(part):
            scan.take(block)
        scan.pictures += sum(self._count(p, _PICTURE) for p in self._drawings(part))
        return tuple(scan.notes(width))

    def _part_of(self, name: str) -> str | None:
        """Return the path of a sheet's part."""
        sheets = {a.get("name", ""): a for a in self._tags(_WORKBOOK, "sheet")}
        number = next((v for k, v in sheets.get(name, {}).items() if k.endswith(":id")), "")
        related = self._related(_WORKBOOK)
        return related[number][1] if number in related else None

    def _drawings(self, part: str) -> list[str]:
        return [path for kind, path in self._related(part).values() if kind.endswith("/drawing")]

    def _related(self, part: str) -> dict[str, tuple[str, str]]:
        """Return the parts that a part refers to, by id: their kind and path."""
        home = PurePosixPath(part)
        found = {}
        for a in self._tags(str(home.parent / "_rels" / f"{home.name}.rels"), "Relationship"):
            path = _resolved(home.parent, a.get("Target", ""))
            found[a.get("Id", "")] = (a.get("Type", ""), path)
        return found

    def _tags(self, part: str, tag: str) -> Iterator[dict[str, str]]:
        """Yield the attributes of every tag of a name in a small part."""
        text = b"".join(islice(self._blocks(part), _SMALL_PART)).decode("utf-8", errors="replace")
        for match in re.finditer(rf"<(?:\w+:)?{tag}\b([^>]*)>", text):
            yield {k: unescape(a or b) for k, a, b in _ATTRIBUTE.findall(match[1])}

    def _rows(self, part: str) -> Iterator[bytes]:
        """Yield the bytes of a sheet in blocks that end with a row."""
        rest = b""
        for block in self._blocks(part):
            joint = rest + block
            end = joint.rfind(b"row>") + 4
            if end > 3:
                yield joint[:end]
                rest = joint[end:]
            elif len(joint) > _LONGEST_ROW:
                return
            else:
                rest = joint
        yield rest

    def _count(self, part: str, pattern: re.Pattern[bytes]) -> int:
        total, tail = 0, b""
        for block in self._blocks(part):
            joint = tail + block
            end = joint.rfind(b">") + 1
            total += len(pattern.findall(joint[:end]))
            tail = joint[end:][:_BLOCK]
        return total

    def _blocks(self, part: str) -> Iterator[bytes]:
        """Yield the bytes of a part, as far as they can be read."""
        if self._zip is None:
            return
        with suppress(*_UNREADABLE), self._zip.open(part) as stream:
            while block := stream.read(_BLOCK):
                yield block


class _Scan:
    """What the rows of one sheet show as they pass."""

    def __init__(self) -> None:
        self.rows: list[str] = []
        self.columns: list[tuple[int, int]] = []
        self.formulas: list[str] = []
        self.pictures = 0

    def take(self, block: bytes) -> None:
        """Look through some rows; most sheets hold none of this."""
        if b"hidden" in block:
            self.rows += [_attribute(m[0], "r") or "?" for m in _HIDDEN_ROW.finditer(block)]
            self.columns += [_columns(m[0]) for m in _HIDDEN_COLUMN.finditer(block)]
        if b"<f" in block or b":f" in block:
            self.formulas += [ref for m in _NO_RESULT.finditer(block) if (ref := _ref(block, m))]
        if b"vm=" in block or b"DISPIMG" in block:
            self.pictures += len(_IN_CELL.findall(block))

    def notes(self, width: int) -> Iterator[Note]:
        """Yield what was found."""
        if self.rows:
            yield Note("hidden_rows", f"{len(self.rows)} hidden rows: {_listed(self.rows)}")
        hidden = [_letters(n) for a, b in self.columns for n in range(a, min(b, width) + 1)]
        if hidden:
            yield Note("hidden_columns", f"{len(hidden)} hidden columns: {_listed(hidden)}")
        if self.formulas:
            detail = f"{len(self.formulas)} formulas without a result: {_listed(self.formulas)}"
            yield Note("formula_without_value", detail)
        if self.pictures:
            yield Note("pictures", f"{self.pictures} pictures")


def _ref(block: bytes, end: re.Match[bytes]) -> str | None:
    """Return the place of a formula's cell, or None where its result is a blank text."""
    start = max(block.rfind(b"<c ", 0, end.start()), block.rfind(b":c ", 0, end.start()), 0)
    cell = block[start : block.find(b">", start)]
    return None if _TEXT.search(cell) else _attribute(cell, "r") or "?"


def _attribute(tag: bytes, name: str) -> str:
    pairs = _ATTRIBUTE.findall(tag.decode("utf-8", errors="replace"))
    return next((a or b for k, a, b in pairs if k == name), "")


def _columns(tag: bytes) -> tuple[int, int]:
    first, last = _attribute(tag, "min"), _attribute(tag, "max")
    return (int(first), int(last)) if first.isdigit() and last.isdigit() else (1, 0)


def _letters(number: int) -> str:
    """Return the letters over a column, as a spreadsheet shows them."""
    found = ""
    while number:
        number, rest = divmod(number - 1, 26)
        found = chr(65 + rest) + found
    return found


def _listed(names: list[str]) -> str:
    more = f" and {len(names) - _LISTED} more" if len(names) > _LISTED else ""
    return ", ".join(names[:_LISTED]) + more


def _resolved(base: PurePosixPath, target: str) -> str:
    """Return the path of a part that another one in ``base`` refers to."""
    return posixpath.normpath(posixpath.join("/", str(base), target)).lstrip("/")
