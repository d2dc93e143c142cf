"""Publishing: build beside the published file, then replace it; a failed build changes nothing."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from uuid import uuid4

import duckdb

from rakustats.errors import RakustatsError, reason
from rakustats.store import layout

MEMORY = "3GB"


@contextmanager
def build(path: Path) -> Iterator[tuple[duckdb.DuckDBPyConnection, Path]]:
    """Yield a connection to a copy of the published file with staging attached, and a folder.

    When the block ends well the copy takes the published file's place; open readers keep what they
    had. When it raises, the copy is thrown away.

    Raises
    ------
    RakustatsError
        If the folder cannot be written, the file in place is no rakustats database, or somebody
        else published meanwhile.
    """
    building = path.with_name(f".{path.name}.{uuid4().hex[:8]}.building")
    before = _identity(path)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        if before:
            shutil.copyfile(path, building)
        scratch = Path(tempfile.mkdtemp(prefix=".loading-", dir=path.parent))
    except OSError as error:
        why = reason(error)
        raise RakustatsError(
            ja=f"{path} に書き込めません（{why.ja}）。", en=f"{path}: cannot be written ({why.en})."
        ) from error
    con = None
    try:
        con = _open(building, scratch, path)
        con.execute("SET temp_directory = ?", [str(scratch)])
        # Made into joins, the many short lists of staging take longer to plan and to run.
        con.execute("SET disabled_optimizers = 'in_clause'")
        # Every column is weighed against every method; this one wins little and costs a sixth.
        con.execute("SET disabled_compression_methods = 'rle'")
        yield con, scratch
        con.execute("DETACH stage; CHECKPOINT")
        con.close()
        _replace(building, path, before)
    finally:
        if con:
            con.close()
        shutil.rmtree(scratch, ignore_errors=True)
        for left in (building, Path(f"{building}.wal")):
            with suppress(OSError):
                left.unlink(missing_ok=True)


def _open(building: Path, scratch: Path, path: Path) -> duckdb.DuckDBPyConnection:
    try:
        con = duckdb.connect(str(building))
        con.execute(
            f"SET TimeZone = 'UTC'; SET memory_limit = '{MEMORY}'; SET enable_progress_bar = false"
        )
        con.execute("ATTACH ':memory:' AS stage")
        layout.create(con)
        layout.create_stage(con)
    except duckdb.Error as error:
        why = str(error).splitlines()[0]
        raise RakustatsError(
            ja=f"{path} は rakustats のデータベースではありません（{why}）。"
            "--db に別のファイルを指定してください。",
            en=f"{path}: not a rakustats database ({why}). Give another --db.",
        ) from error
    return con


def _identity(path: Path) -> tuple[int, int] | None:
    return (path.stat().st_mtime_ns, path.stat().st_size) if path.exists() else None


def _replace(building: Path, path: Path, before: tuple[int, int] | None) -> None:
    if _identity(path) != before:
        raise RakustatsError(
            ja=f"{path}：その間に別の取り込みが終わりました。何も変えていません。"
            "もう一度実行してください。",
            en=f"{path}: another load finished meanwhile; nothing was changed. Run this one again.",
        )
    with building.open("rb+") as stream:
        os.fsync(stream.fileno())
    try:
        os.replace(building, path)
    except PermissionError as error:
        raise RakustatsError(
            ja=f"{path} をほかのプログラムが開いています。閉じてから、もう一度取り込んでください。",
            en=f"{path}: another program holds the file open. Close it and load again.",
        ) from error
