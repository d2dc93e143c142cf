"""Where the report notebooks are: in the repository, or shipped inside the package."""

from __future__ import annotations

from collections.abc import Sequence
from importlib import resources
from pathlib import Path

from rakustats.errors import UsageError


def find_notebooks(names: Sequence[str] | None = None) -> list[Path]:
    """Return the report notebooks in their order, or those that `names` asks for.

    A name is the file's name without its ending, with or without its number: `02_delays` or
    `delays`. Raises UsageError for an unknown one.
    """
    known = sorted(_folder().glob("[0-9][0-9]_*.ipynb"))
    if not names:
        return known
    wanted = {name.removesuffix(".ipynb") for name in names}
    unknown = wanted - {name for path in known for name in _names(path)}
    if unknown:
        raise UsageError(
            ja=f"{'、'.join(sorted(unknown))} というレポートはありません。"
            f"あるのは {'、'.join(path.stem for path in known)} です。",
            en=f"No report is called {', '.join(sorted(unknown))}."
            f" There are {', '.join(path.stem for path in known)}.",
        )
    return [path for path in known if wanted & _names(path)]


def _names(path: Path) -> set[str]:
    return {path.stem, path.stem.partition("_")[2]}


def _folder() -> Path:
    package = Path(str(resources.files("rakustats")))
    beside = package.parent / "notebooks"
    # a checkout's own come first, so that what one edits is what runs
    if beside.is_dir() and (package.parent / "pyproject.toml").is_file():
        return beside
    return package / "reports" / "notebooks"
