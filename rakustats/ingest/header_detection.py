"""Header detection: the row of a sheet that has most of the known headers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from rakustats.ingest import headers
from rakustats.schema.text_normalisation import normalise


@dataclass(frozen=True)
class HeaderDetection:
    """Finds headers: those of a mapping's layouts or, without one, all that are known."""

    layouts: tuple[tuple[str, ...], ...] = ()

    def score(self, row: Sequence[str]) -> int:
        """Return how many cells of a row are headers of the layout that fits best."""
        if not self.layouts:
            return headers.score(row)
        cells = {normalise(c) for c in row if c.strip()}
        return max(sum(normalise(h) in cells for h in layout) for layout in self.layouts)

    def fits(self, row: Sequence[str]) -> bool:
        """Return whether a row is the header of something that can be loaded."""
        if not self.layouts:
            return headers.recognise(row) is not None
        cells = {normalise(c) for c in row}
        return any(all(normalise(h) in cells for h in layout) for layout in self.layouts)

    def header_in(self, rows: Sequence[Sequence[str]]) -> int:
        """Return which of the rows is the header: the first with the best score, else the first."""
        best, best_score = 0, 1
        for at, row in enumerate(rows):
            found = self.score(row)
            if found > best_score:
                best, best_score = at, found
            if found > 2 and found == sum(bool(c.strip()) for c in row):
                break
        return best
