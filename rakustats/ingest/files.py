"""Which files to read, and what they really are."""

from __future__ import annotations

import codecs
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path, PurePath
from typing import Literal

from rakustats.errors import UsageError
from rakustats.i18n.phrases import phrase
from rakustats.ingest.names import is_temporary, shown

TEXT = {".csv", ".tsv", ".txt"}
WORKBOOK = {".xlsx", ".xlsm", ".xls", ".xlsb", ".ods"}
SUFFIXES = TEXT | WORKBOOK | {".parquet", ".zip"}
BLOCK = 1 << 16  # from twice that on, every page of a block may cost a page fault

Kind = Literal["text", "workbook", "parquet", "page"]

_PICTURE = phrase(ja="画像", en="a picture")
_MAGIC = (
    (b"%PDF", phrase(ja="PDF", en="a PDF")),
    (b"\x89PNG", _PICTURE),
    (b"\xff\xd8\xff", _PICTURE),
    (b"GIF8", _PICTURE),
    (b"{\\rtf", phrase(ja="リッチテキストの文書", en="a rich-text document")),
    (
        b"\x1f\x8b",
        phrase(ja="名前が .gz で終わらない gzip", en="gzipped, and its name does not end in .gz"),
    ),
    (b"Rar!", phrase(ja="RAR の圧縮ファイル", en="a RAR archive")),
    (b"7z\xbc\xaf", phrase(ja="7-Zip の圧縮ファイル", en="a 7-Zip archive")),
    (b"MIME-Version:", phrase(ja="画像込みのウェブページ", en="a web page with its pictures")),
)
_PAGE = (b"<!doctype", b"<html", b"<head", b"<meta", b"<style", b"<table", b"<?xml", b"<!--")
_NOTHING = b"\xef\xbb\xbf\xff\xfe\0 \t\r\n\x1a"
_BOMS = (codecs.BOM_UTF8, codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)


@dataclass(frozen=True)
class Bytes:
    """What one pass over a file's bytes shows."""

    sha256: str
    size: int
    plain: bool
    ascii: bool = False
    stamp: tuple[int, int] = (0, 0)


def find(paths: Iterable[str | Path]) -> list[Path]:
    """Return the export files under the given files and folders, sorted.

    A folder gives all the files of known kinds below it, but for hidden and temporary ones (Excel's
    locks ``~$…``, downloads that have not ended) and folders named ``truth`` (what ``rakustats
    sample`` knows about its own exports).

    Raises
    ------
    UsageError
        If a path does not exist, or nothing that could be an export is there.
    """
    found: set[Path] = set()
    for given in paths:
        path = Path(given)
        if not path.exists():
            raise UsageError(
                ja=f"{path} というファイルやフォルダーはありません。",
                en=f"{path}: no such file or folder.",
            )
        if path.is_file() and is_temporary(path):
            raise UsageError(
                ja=f"{shown(path)} は、ほかのプログラムの一時ファイルです。そのプログラムを"
                "閉じるか、ダウンロードが終わるのを待って、元のファイルを取り込んでください。",
                en=f"{shown(path)}: another program's temporary file, not an export. Close that"
                " program, or wait for the download to end, and load the file itself.",
            )
        found.update(_inside(path) if path.is_dir() else [path])
    return sorted(found, key=lambda p: unicodedata.normalize("NFC", p.as_posix()))


def _inside(folder: Path) -> list[Path]:
    found = [p for p in folder.rglob("*") if may_be_export(p.relative_to(folder)) and p.is_file()]
    if not found:
        raise UsageError(
            ja=f"{folder} に、取り込めるファイルがありません"
            f"（探した拡張子：{'、'.join(sorted(SUFFIXES))}、それぞれの .gz）。",
            en=f"{folder}: no exports here (looked for {', '.join(sorted(SUFFIXES))}, also .gz).",
        )
    return found


def may_be_export(path: PurePath) -> bool:
    """Return whether a file is to be read, by its name and folders."""
    folders = path.parts[:-1]
    hidden = any(part.startswith(".") and part != ".." for part in path.parts)
    return (
        not hidden
        and "__MACOSX" not in folders
        and not is_temporary(path)
        and "truth" not in folders
        and suffix(path) in SUFFIXES
    )


def suffix(path: PurePath) -> str:
    """Return the ending that counts, below ``.gz``."""
    name = path.name.lower().removesuffix(".gz")
    return PurePath(name).suffix


def kind(path: Path) -> Kind:
    """Return what a file is, by the bytes rather than by the ending.

    Returns
    -------
    str
        ``text``, ``workbook``, ``parquet``, or ``page`` for a table in HTML or XML, as back
        offices write it into files named .xls.

    Raises
    ------
    UsageError
        If the file is empty or something that is no export: a PDF, a picture, an archive.
    """
    with path.open("rb") as stream:
        head = stream.read(512)
    if not head.strip(_NOTHING):
        raise UsageError(
            ja=f"{path.name} は空のファイルです。", en=f"{path.name}: the file is empty."
        )
    for magic, what in _MAGIC:
        if head.startswith(magic):
            raise UsageError(
                ja=f"{path.name} は取り込めない形式（{what.ja}）です。"
                "CSV か XLSX で出力したものを取り込んでください。",
                en=f"{path.name}: this is {what.en}, not an export."
                " Export CSV or XLSX and load that.",
            )
    if head.startswith(b"PAR1"):
        return "parquet"
    if head.startswith((b"PK\x03\x04", b"\xd0\xcf\x11\xe0")):
        return "workbook"
    if _starts_page(head):
        return "page"
    if suffix(path) in WORKBOOK and not _is_text(head):
        raise UsageError(
            ja=f"{path.name} は、名前は Excel ブックですが、中身が違います。"
            "ダウンロードが途中で切れていないか確かめてください。",
            en=f"{path.name}: named like a workbook, but it is none. Is the download complete?",
        )
    return "text"


def _starts_page(head: bytes) -> bool:
    start = head.removeprefix(codecs.BOM_UTF8).replace(b"\0", b"").lstrip(b"\xff\xfe \t\r\n")
    return start.lower().startswith(_PAGE)


def _is_text(head: bytes) -> bool:
    """Return whether bytes are text: many a file named .xls is a table with tabs."""
    return head.startswith(_BOMS) or not any(c < 0x20 and c not in b"\t\r\n\x1a" for c in head)
