"""How long claims may be made: the package's and one's own policies.toml."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from functools import cache, lru_cache
from typing import Any, Literal, get_args

from rakustats.config import toml
from rakustats.config import validators as v
from rakustats.config.settings import settings
from rakustats.config.toml import Located
from rakustats.config.toml_positions import Place as At
from rakustats.schema.tables import tables

Start = Literal["detected", "arrived", "stored", "shipped", "delivered"]


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
    return _windows(toml.own_and_shipped(settings().own_policies, "policies.toml"))


@lru_cache(maxsize=4)
def _windows(files: tuple[Located, ...]) -> tuple[ClaimWindow, ...]:
    windows = v.tables(_window, ja="期間", en="window")
    form = v.table({"claim_window": windows}, what=v.TABLE)
    return tuple(w for file in files for w in form(file, (), file.values).get("claim_window", ()))


@cache
def _form() -> v.Check[dict[str, Any]]:
    return v.table(
        {
            "agency": _agency,
            "kinds": v.list_of(v.OneOf(tables()["claims"]["kind"].values)),
            "starts": v.OneOf(get_args(Start)),
            "days": v.whole(),
            "hours": v.whole(),
            "from": v.day,
            "until": v.day,
            "source": v.anything,
        },
        needed=["starts"],
    )


def _agency(file: Located, at: At, value: Any) -> str:
    name = v.text(file, at, value)
    if set(name) & set("'\\"):
        raise file.wrong(at, ja="名前に ' と \\ は使えません", en="a name without ' and \\")
    return name


def _window(file: Located, at: At, value: Any) -> ClaimWindow:
    spec = _form()(file, at, value)
    if "days" in spec and "hours" in spec:
        ja = "days と hours はどちらか一方だけを書いてください"
        raise file.wrong((*at, "hours"), ja=ja, en="write days or hours, not both")
    spec.pop("source", None)
    return ClaimWindow(since=spec.pop("from", None), **spec)
