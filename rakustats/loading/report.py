"""The load report: for every sheet what was seen, loaded, rejected, duplicate and skipped."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pandas as pd

ALREADY = "already loaded"
# the same bytes with a newer export date: what is in them was seen once more
SEEN_AGAIN = "seen again"
NO_EXPORT = "not an export"
COPY = "same content as another file"


@dataclass(frozen=True)
class SheetReport:
    """What became of one sheet: its rows, where they went, and how the export's day is known."""

    file: str
    sheet: str = ""
    tables: tuple[str, ...] = ()
    encoding: str = ""
    seen: int = 0
    loaded: int = 0
    rejected: int = 0
    duplicate: int = 0
    skipped: int = 0
    status: str = ALREADY
    exported_at: datetime | None = None
    exported_at_source: str = ""
    unknown_headers: tuple[str, ...] = ()


@dataclass(frozen=True)
class LoadReport:
    """What became of every sheet of one load."""

    database: Path
    sheets: tuple[SheetReport, ...]

    @property
    def accounts(self) -> tuple[SheetReport, ...]:
        """The former name of ``sheets``."""
        return self.sheets

    @property
    def rejected(self) -> int:
        """Rows refused in this load."""
        return sum(a.rejected for a in self.sheets)

    def frame(self) -> pd.DataFrame:
        """Return one row a sheet, as pandas."""
        import pandas as pd

        return pd.DataFrame([vars(a) for a in self.sheets])
