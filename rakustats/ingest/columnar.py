"""Parquet as text columns, so that one staging serves all kinds of files."""

from __future__ import annotations

from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from rakustats.errors import UsageError
from rakustats.ingest.files import Bytes
from rakustats.ingest.plan import Sheet
from rakustats.ingest.rows import scanned

PARQUET = "parquet"


def read(path: Path, facts: Bytes) -> Sheet:
    """Return a Parquet file as a sheet; its first row is row 1.

    Raises
    ------
    UsageError
        If the file is damaged.
    """
    try:
        names = tuple(pq.read_schema(path).names)
    except (pa.ArrowException, OSError) as error:
        raise damaged(path.name, error) from None
    columns = ", ".join(
        f'CAST("{n.replace(chr(34), chr(34) * 2)}" AS VARCHAR) AS c{i}' for i, n in enumerate(names)
    )
    relation = f"(SELECT {columns} FROM read_parquet({scanned(path)}))"
    return Sheet(path, facts.sha256, PARQUET, 0, names, relation, numbered=False)


def damaged(name: str, error: Exception) -> UsageError:
    """Return what to say of a file that turns out to be damaged, when it is opened or scanned."""
    (said, *_) = str(error).splitlines() or [""]
    return UsageError(
        ja=f"{name}：Parquet ファイルが壊れています（{said[:200]}）。出力し直してください。",
        en=f"{name}: the Parquet file is damaged ({said[:200]}). Export it again.",
    )
