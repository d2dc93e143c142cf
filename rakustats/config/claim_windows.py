"""How long claims may be made: the package's and one's own policies.toml."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from importlib import resources
from pathlib import Path
from typing import Any, Literal, get_args

from rakustats.config import toml
from rakustats.config.settings import settings
from rakustats.config.toml import Located, guess
from rakustats.config.toml_positions import Place as At
from rakustats.schema.tables import tables

Start = Literal["detected", "arrived", "stored", "shipped", "delivered"]
_KEYS = {"agency", "kinds", "starts", "days", "hours", "from", "until", "source"}


@dataclass(frozen=True)
class ClaimWindow:
    """For what a window holds, and how long it is; neither days nor hours: not known."""

    starts: Start
    agency: str | None = None
    kinds: tuple[str, ...] = ()
    days: int | None = None
    hours: int | None = None
    since: date | None = None
    until: date | None = None

    @property
    def known(self) -> bool:
        """Whether anybody said how long it is."""
        return self.days is not None or self.hours is not None


def claim_windows() -> tuple[ClaimWindow, ...]:
    """Return the windows, one's own first; the first that fits a claim holds.

    Raises
    ------
    UsageError
        If one's own file is wrong; the message names the line.

    Examples
    --------
    >>> [window.known for window in claim_windows()]
    [False]
    """
    path = settings().own_policies
    return _windows(path, path.stat().st_mtime_ns if path.is_file() else 0)


@lru_cache(maxsize=4)
def _windows(path: Path, changed: int) -> tuple[ClaimWindow, ...]:
    text = resources.files("rakustats.config").joinpath("policies.toml").read_text(encoding="utf-8")
    files = [toml.parse("policies.toml", text)]
    if changed:
        files.insert(0, toml.read(path))
    return tuple(window for file in files for window in _listed(file))


def _listed(file: Located) -> list[ClaimWindow]:
    for key in file.values.keys() - {"claim_window"}:
        raise file.wrong((key,), "unknown here; windows are listed under [[claim_window]]")
    listed = file.values.get("claim_window", [])
    if not isinstance(listed, list) or not all(isinstance(spec, dict) for spec in listed):
        raise file.wrong(("claim_window",), "write [[claim_window]], once for each window")
    return [_window(file, ("claim_window", n), spec) for n, spec in enumerate(listed)]


def _window(file: Located, at: At, spec: dict[str, Any]) -> ClaimWindow:
    file.keys(at, spec, _KEYS, "key")
    starts: Start | None = next((s for s in get_args(Start) if s == spec.get("starts")), None)
    if starts is None:
        raise file.wrong(at, f"starts is one of {', '.join(get_args(Start))}")
    kinds = spec.get("kinds", [])
    known = tables()["claims"]["kind"].values
    for kind in kinds if isinstance(kinds, list) else [kinds]:
        if kind not in known:
            raise file.wrong((*at, "kinds"), f"{kind!r} is unknown{guess(str(kind), known)}")
    for name in ("days", "hours"):
        if name in spec and (type(spec[name]) is not int or spec[name] < 0):
            raise file.wrong((*at, name), "write a whole number, such as 7")
    if "days" in spec and "hours" in spec:
        raise file.wrong((*at, "hours"), "write days or hours, not both")
    for name in ("from", "until"):
        if name in spec and type(spec[name]) is not date:
            raise file.wrong((*at, name), "write a day, such as 2026-04-01")
    agency = file.text((*at, "agency"), spec["agency"]) if "agency" in spec else None
    if agency is not None and set(agency) & set("'\\"):
        raise file.wrong((*at, "agency"), "a name without ' and \\")
    return ClaimWindow(
        starts=starts,
        agency=agency,
        kinds=tuple(kinds),
        days=spec.get("days"),
        hours=spec.get("hours"),
        since=spec.get("from"),
        until=spec.get("until"),
    )
