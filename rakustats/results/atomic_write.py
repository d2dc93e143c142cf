"""Files that are whole or not there: written beside their place and moved into it."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable
from pathlib import Path

from rakustats.errors import RakustatsError, reason


def put(path: Path, write: Callable[[Path], object]) -> Path:
    """Let `write` fill a file beside a path, then move it there; folders are made where missing.

    The file beside has the ending of the path, as some writers choose their format by it.

    Raises
    ------
    RakustatsError
        If the file cannot be written; what was at the path before is still there then.

    Examples
    --------
    >>> put(Path("made/now/note.txt"), lambda beside: beside.write_text("kept")).read_text()
    'kept'
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(
            suffix=path.suffix, prefix=f".{path.stem}-", dir=path.parent
        )
        os.close(handle)
    except OSError as error:
        raise _refused(path, error) from error
    beside = Path(name)
    try:
        write(beside)
        # a temporary file is born private; the finished one gets the rights of any new file
        beside.chmod(0o666 & ~_umask())
        os.replace(beside, path)
    except OSError as error:
        raise _refused(path, error) from error
    finally:
        beside.unlink(missing_ok=True)
    return path


def _refused(path: Path, error: OSError) -> RakustatsError:
    why = reason(error)
    return RakustatsError(
        ja=f"{path} に書き込めません（{why.ja}）。", en=f"{path} cannot be written: {why.en}."
    )


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask
