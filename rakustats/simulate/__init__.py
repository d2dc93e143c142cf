"""Realistic exports with planted truth, to try everything without data of one's own."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path

from rakustats.errors import UsageError
from rakustats.simulate import hazards as planted
from rakustats.simulate.files import Files
from rakustats.simulate.world import local_seconds, make_world
from rakustats.simulate.writing import Sample

__all__ = ["DEFAULT_AS_OF", "SampleSummary", "sample"]

DEFAULT_AS_OF = date(2026, 5, 31)
_YEARS = (2017, 2035)  # for which the closures are known


@dataclass(frozen=True)
class SampleSummary:
    """What was written: names of the files in ``folder``, number of orders, day of the export.

    ``hazards`` are the ids of the hazards that were planted besides.
    """

    folder: Path
    truth: Path
    files: tuple[str, ...]
    orders: int
    as_of: datetime
    hazards: tuple[str, ...] = ()


def sample(
    out: str | Path,
    *,
    orders: int = 20_000,
    seed: int = 1,
    as_of: str | datetime | date | None = None,
    hazards: str | Iterable[str] | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> SampleSummary:
    """Return what was written: sample exports in ``out``, their truth in ``out/truth``.

    Parameters
    ----------
    out : Path
        Folder for the exports; made if it is not there.
    orders : int
        Number of orders, spread over the 18 months up to ``as_of``.
    seed : int
        The same seed and arguments give the same bytes.
    as_of : str, date or datetime, optional
        When the exports are made, on the agency's clock; a date means the end of that day.
        Default 2026-05-31.
    hazards : str or list of str, optional
        Real-world troubles to plant besides, as docs/exports.md lists them: ``"all"``, or ids such
        as ``["E1", "E21"]``. Each lies in files of its own under ``out/hazards`` and leaves the
        other exports as they are; what a load has to make of it is in ``out/truth/hazards.csv``.
    progress : callable, optional
        Called with (orders done, orders in all) after each chunk.

    Raises
    ------
    UsageError
        If ``orders`` is below 1, the calendar does not know the year, a hazard is unknown, or files
        are in the way.

    Examples
    --------
    >>> import tempfile
    >>> folder = tempfile.TemporaryDirectory()
    >>> sample(folder.name, orders=20).orders
    20
    >>> folder.cleanup()
    """
    folder, at = Path(out), _export_time(as_of if as_of is not None else DEFAULT_AS_OF)
    _check(folder, orders, seed, at)
    wanted = planted.wanted_hazards(hazards, at)
    truth = folder / "truth"
    truth.mkdir(parents=True, exist_ok=True)
    made = Sample(make_world(seed, orders, local_seconds(at)), Files(folder), Files(truth))
    made.write(progress)
    besides = planted.plant(folder, truth, wanted, seed) if wanted else ()
    return SampleSummary(folder, truth, (*made.files.written, *besides), orders, at, wanted)


def _export_time(as_of: str | datetime | date) -> datetime:
    if isinstance(as_of, str):
        as_of = _parsed(as_of)
    if isinstance(as_of, datetime):
        return as_of.replace(microsecond=0, tzinfo=None)
    midnight = datetime(as_of.year, as_of.month, as_of.day)
    return midnight.replace(hour=23, minute=59, second=59)


def _parsed(text: str) -> date | datetime:
    try:
        return date.fromisoformat(text) if len(text) <= 10 else datetime.fromisoformat(text)
    except ValueError:
        raise UsageError(
            ja=f"--as-of {text!r} は日付として読めません。YYYY-MM-DD の形で書いてください。",
            en=f"--as-of {text!r} is not a day; write it as YYYY-MM-DD.",
        ) from None


def _check(out: Path, orders: int, seed: int, at: datetime) -> None:
    if orders < 1:
        raise UsageError(
            ja=f"--orders {orders}：注文は 1 件以上にしてください。",
            en=f"--orders {orders}: a sample needs at least one order.",
        )
    if seed < 0:
        raise UsageError(
            ja=f"--seed {seed}：0 以上の数にしてください。",
            en=f"--seed {seed}: the seed must not be negative.",
        )
    first, last = _YEARS
    if not first <= at.year <= last:
        raise UsageError(
            ja=f"--as-of {at:%Y-%m-%d}：サンプルの最終日は"
            f" {first} 年から {last} 年の間にしてください。",
            en=f"--as-of {at:%Y-%m-%d}: sample worlds end between {first} and {last}.",
        )
    if out.exists() and not out.is_dir():
        raise UsageError(
            ja=f"{out} はファイルです。サンプルを書き出すフォルダーを指定してください。",
            en=f"{out} is a file. Name a folder for the sample.",
        )
    there = sorted(p.name for p in out.iterdir() if _ours(p)) if out.is_dir() else []
    if there:
        raise UsageError(
            ja=f"{out} にはもう {there[0]} があります。"
            "空のフォルダーを選ぶか、先に片付けてください。",
            en=f"{out} already holds {there[0]}. Choose an empty folder or remove it first.",
        )


def _ours(path: Path) -> bool:
    """Return whether the sample would write, or mix with, this file."""
    if path.name in ("truth", planted.FOLDER):
        return path.is_file() or any(path.iterdir())
    return "_出力" in path.name or (path.suffix == ".xlsx" and path.name.startswith("P"))
