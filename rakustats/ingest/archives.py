"""Exports as they lie on disk: loose, gzipped or in a zip archive."""

from __future__ import annotations

import gzip
import lzma
import os
import re
import time
import unicodedata
import zipfile
import zlib
from collections.abc import Iterable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, replace
from pathlib import Path, PurePosixPath
from typing import BinaryIO, cast
from uuid import uuid4

from rakustats.errors import UsageError, reason
from rakustats.i18n.phrases import phrase
from rakustats.ingest import files
from rakustats.ingest.files import Bytes
from rakustats.ingest.fingerprints import fingerprint, fingerprint_of
from rakustats.ingest.names import decoded, shown

MOST_UNPACKED = 1 << 35
MOST_MEMBERS = 10_000
UNPACK = phrase(
    ja="展開してから、そのフォルダーを取り込んでください。", en="Unpack it and load the folder."
)
_DAMAGED = (
    *(zipfile.BadZipFile, zlib.error, lzma.LZMAError, EOFError, ValueError),
    *(NotImplementedError, RuntimeError),  # how zipfile calls unknown methods and passwords
)
_NAMED_IN_UTF8 = 0x800
_UNSAFE = re.compile(r'[\\/:*?"<>|\x00-\x1f\ud800-\udfff]')
_NO_UNICODE = re.compile(r"[\ud800-\udfff]")


@dataclass(frozen=True)
class Export:
    """One export under the name that the load log keeps: a file, or a member of a zip archive."""

    path: Path
    name: str
    member: zipfile.ZipInfo | None = None

    def fingerprint(self) -> Bytes:
        """Hash what is in it, unpacked: the same content is known again however it is packed.

        Raises
        ------
        UsageError
            If it cannot be opened or unpacked, or is still being written.
        """
        stamp = _stamp(self.path)
        if self._packed:
            with self._opened() as stream:
                facts = fingerprint(stream)
        else:
            with _told(self.name):
                facts = fingerprint_of(self.path)
        facts = replace(facts, stamp=stamp)
        self.check_unchanged(facts)
        return facts

    def check_unchanged(self, facts: Bytes) -> None:
        """Raise a ``UsageError`` if the file is not the one any more that was hashed."""
        if _stamp(self.path) != facts.stamp:
            name = shown(self.path)
            raise UsageError(
                ja=f"{name}：読んでいる間にファイルが変わりました。"
                "書き込みが終わってから、もう一度取り込んでください。",
                en=f"{name}: the file changed while it was read. Wait until it is complete"
                " and load again.",
            )

    def laid_in(self, scratch: Path) -> Path:
        """Return where it can be read: the file itself, or an unpacked copy under ``scratch``."""
        if not self._packed and not _NO_UNICODE.search(str(self.path)):
            return self.path
        folder = scratch / uuid4().hex
        folder.mkdir()
        copy = folder / _UNSAFE.sub("_", PurePosixPath(self.name).name)[-100:]
        copy = copy.with_name(copy.name.removesuffix(".gz"))
        with self._opened() as stream, copy.open("wb") as out:
            while block := stream.read(files.BLOCK):
                out.write(block)
        changed = self._changed()
        os.utime(copy, (changed, changed))
        return copy

    @property
    def _packed(self) -> bool:
        return self.member is not None or self.name.lower().endswith(".gz")

    def _changed(self) -> float:
        if self.member and self.member.date_time[0] > 1980:  # 1980 stands for "not known"
            with suppress(ValueError, OverflowError):
                return time.mktime((*self.member.date_time, 0, 0, -1))
        return self.path.stat().st_mtime

    @contextmanager
    def _opened(self) -> Iterator[BinaryIO]:
        with _told(self.name), ExitStack() as open_files:
            stream: BinaryIO = open_files.enter_context(self.path.open("rb"))
            if self.member:
                archive = open_files.enter_context(zipfile.ZipFile(stream))
                stream = cast(BinaryIO, open_files.enter_context(archive.open(self.member)))
            if self.name.lower().endswith(".gz"):
                stream = cast(
                    BinaryIO, open_files.enter_context(_Unpacked(self.name, fileobj=stream))
                )
            yield stream


class _Unpacked(gzip.GzipFile):
    """A gzipped stream with a limit: a few bytes can hold any number of them."""

    def read(self, size: int | None = -1) -> bytes:
        if self.tell() > MOST_UNPACKED:
            raise UsageError(
                ja=f"{self.name}：展開すると {MOST_UNPACKED:,} バイトを超えます。{UNPACK.ja}",
                en=f"{self.name}: unpacks to more than {MOST_UNPACKED:,} bytes, which is too"
                f" much. {UNPACK.en}",
            )
        return super().read(size)


@contextmanager
def _told(name: str) -> Iterator[None]:
    """Turn what goes wrong with reading a file into a sentence."""
    try:
        yield
    except PermissionError:
        raise UsageError(
            ja=f"{name} を開けません。Excel などで開いていれば閉じ、"
            "読み取りの権限を確かめてから、もう一度取り込んでください。",
            en=f"{name}: cannot be opened. Close it in Excel or any other program, see that you"
            " may read it, and load again.",
        ) from None
    except _DAMAGED as error:
        raise UsageError(
            ja=f"{name} を展開できません（{error}）。"
            "ダウンロードが途中で切れていないか、パスワードが付いていないか確かめてください。",
            en=f"{name}: cannot be unpacked ({error}). Is the download complete, and without a"
            " password?",
        ) from None
    except OSError as error:
        why = reason(error)
        raise UsageError(
            ja=f"{name} を読めません（{why.ja}）。", en=f"{name}: cannot be read ({why.en})."
        ) from None


def _stamp(path: Path) -> tuple[int, int]:
    with _told(shown(path)):
        found = path.stat()
    return found.st_mtime_ns, found.st_size


def exports(paths: Iterable[str | Path]) -> list[Export]:
    """Return the exports under the given files and folders, also those in zip archives.

    Raises
    ------
    UsageError
        If a path does not exist, holds nothing that could be an export, or an archive cannot be
        read, holds another one or unpacks to more than ``MOST_UNPACKED`` bytes.
    """
    found: list[Export] = []
    for path in files.find(paths):
        found += _members(path) if files.suffix(path) == ".zip" else [Export(path, shown(path))]
    return found


def _members(path: Path) -> list[Export]:
    archive = shown(path)
    with _told(archive), zipfile.ZipFile(path) as opened:
        infos = {_name(info): info for info in opened.infolist() if not info.is_dir()}
    wanted = {n: i for n, i in infos.items() if files.may_be_export(PurePosixPath(n))}
    inner = next((n for n in wanted if files.suffix(PurePosixPath(n)) == ".zip"), None)
    if inner:
        raise UsageError(
            ja=f"{archive} の中に、さらに圧縮ファイル {inner} があります。{UNPACK.ja}",
            en=f"{archive}: holds another archive, {inner}. {UNPACK.en}",
        )
    if not wanted:
        raise UsageError(
            ja=f"{archive} の中に、取り込めるファイルがありません。",
            en=f"{archive}: no exports in this archive.",
        )
    size = sum(info.file_size for info in wanted.values())
    if size > MOST_UNPACKED or len(wanted) > MOST_MEMBERS:
        raise UsageError(
            ja=f"{archive} は、展開すると {len(wanted):,} ファイル、{size:,} バイトになり、"
            f"大きすぎます。{UNPACK.ja}",
            en=f"{archive}: unpacks to {len(wanted):,} files of {size:,} bytes, which is too"
            f" much. {UNPACK.en}",
        )
    return [Export(path, f"{archive}/{name}", wanted[name]) for name in sorted(wanted)]


def _name(info: zipfile.ZipInfo) -> str:
    """Return a member's name: only archives that say so name in UTF-8, whatever zipfile thinks."""
    name = info.orig_filename
    if not info.flag_bits & _NAMED_IN_UTF8:
        name = decoded(name.encode("cp437"))
    return unicodedata.normalize("NFC", name).replace("\\", "/")
