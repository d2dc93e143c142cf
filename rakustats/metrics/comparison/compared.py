"""Who is compared with whom: sellers with sellers, carriers and methods with those of their leg."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from rakustats.i18n.phrases import Phrase, phrase
from rakustats.metrics.comparison.outcomes import COUNTS, coded
from rakustats.metrics.spec.entities import OF, Of
from rakustats.stats.arrays import Floats
from rakustats.stats.cells import Codes

LEG = "leg"
NAMES = {
    "seller": phrase(ja="店舗（order_lines.seller_id）", en="seller (order_lines.seller_id)"),
    "carrier": phrase(ja="配送業者（shipments.carrier）", en="carrier (shipments.carrier)"),
    "ship_method": phrase(
        ja="配送方法（shipments.ship_method）", en="shipping method (shipments.ship_method)"
    ),
}


@dataclass(frozen=True)
class Compared:
    """The cells of those that are known, and who stands in them.

    Attributes
    ----------
    of : {"seller", "carrier", "ship_method"}
    cells : pyarrow.Table
        Without units of which nobody says whose they are, or who sold what is in them.
    columns : dict of str to pyarrow.Array
        The id of each entity, of carriers and methods beside the leg, sorted by them.
    place : ndarray of int, shape (cells,)
        Number of the entity of each cell.
    pool : ndarray of int, shape (cells,)
        Number of the leg within which it is compared; of sellers there is one.
    counts : dict of str to ndarray of float, shape (entities,)
        Whole units.
    unnamed, unsold : float
        Units left out: without an entity, and further ones without a seller.
    """

    of: Of
    cells: pa.Table
    columns: dict[str, pa.Array]
    place: Codes
    pool: Codes
    counts: dict[str, Floats]
    unnamed: float
    unsold: float

    @classmethod
    def among(cls, cells: pa.Table, of: Of) -> Compared:
        """Return who is compared in cells of :func:`counted_cells`, which have the key ``leg``."""
        key = OF[of]
        named = cells.filter(pc.is_valid(cells.column(key)))
        known = named.filter(pc.is_valid(named.column("seller_id")))
        unnamed, unsold = _units(cells) - _units(named), _units(named) - _units(known)
        by = [key] if of == "seller" else [key, LEG]
        place = coded(*(known.column(name) for name in by))
        first = np.unique(place, return_index=True)[1]
        columns = {name: known.column(name).combine_chunks().take(pa.array(first)) for name in by}
        counts = {
            name: np.rint(np.bincount(place, known.column(name).to_numpy(), len(first)))
            for name in COUNTS
        }
        pool = np.zeros_like(place) if of == "seller" else coded(known.column(LEG))
        return cls(of, known, columns, place, pool, counts, unnamed, unsold)

    @property
    def pools(self) -> Codes:
        """The number of the leg of each entity."""
        pools = np.zeros(len(self.counts["n"]), dtype=np.intp)
        pools[self.place] = self.pool
        return pools

    def left_out(self) -> tuple[Phrase, ...]:
        """Say how many units are left out because nobody says whose they are."""
        who = dict.fromkeys([self.of, "seller"])
        units = zip(who, (self.unnamed, self.unsold), strict=False)
        return tuple(
            phrase(
                ja=f"{NAMES[name].ja}が分からない {n:,.0f} 件は、比較に入れていない。",
                en=f"{n:,.0f} units without a known {NAMES[name].en} are left out.",
            )
            for name, n in units
            if round(n)
        )


def _units(cells: pa.Table) -> float:
    return float(pc.sum(cells.column("n")).as_py() or 0.0)
