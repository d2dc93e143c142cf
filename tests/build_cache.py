"""What is dear to make is made once for a state of the source, and kept under build/."""

from __future__ import annotations

import hashlib
import os
import shutil
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from functools import cache
from pathlib import Path

ROOT = Path(__file__).parents[1]
KEPT = ROOT / "build" / "test-cache"
SOURCES = ("rakustats", "notebooks", "requirements.lock", "tests/build_cache.py")
OLD = 24 * 3600


def cached(name: str, make: Callable[[Path], None]) -> Path:
    """Return a folder that ``make`` filled, now or in an earlier run of the same source.

    Of several workers that want it at once, one makes it and the others wait. The folder is
    everybody's: nobody may change it.
    """
    folder = KEPT / state_of_source() / name
    folder.parent.mkdir(parents=True, exist_ok=True)
    with alone(folder.with_name(f"{name}.lock")):
        if not folder.exists():
            making = folder.with_name(f"{name}.making")
            shutil.rmtree(making, ignore_errors=True)
            making.mkdir()
            make(making)
            making.rename(folder)  # whole or not at all, should this be cut short
            forget_old_states()
    return folder


@cache
def state_of_source() -> str:
    """Return a hash over all that what is kept was made from."""
    told = hashlib.sha256(sys.version.encode())
    for source in SOURCES:
        path = ROOT / source
        for file in sorted(path.rglob("*")) if path.is_dir() else [path]:
            if file.is_file() and file.suffix != ".pyc":
                told.update(f"{file.relative_to(ROOT)}\0".encode())
                told.update(hashlib.sha256(file.read_bytes()).digest())
    return told.hexdigest()[:16]


def forget_old_states() -> None:
    """Remove what belongs to a source that nobody has tested for a day."""
    os.utime(KEPT / state_of_source())
    for folder in KEPT.iterdir():
        if time.time() - folder.stat().st_mtime > OLD:
            shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def alone(path: Path) -> Iterator[None]:
    """Hold the lock file, which the system lets go of when a worker dies."""
    with path.open("w") as file:
        with suppress(ImportError):  # elsewhere than on Unix workers would make a thing twice
            import fcntl

            fcntl.flock(file, fcntl.LOCK_EX)
        yield
