"""Claims: when troubles are reported, how they end and what they cost."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from rakustats.simulate import words
from rakustats.simulate.closures import DAY, in_hours
from rakustats.simulate.findings import KINDS, Found
from rakustats.simulate.numbering import padded
from rakustats.simulate.orders import Lines, Orders, days
from rakustats.simulate.rows import Bools, Floats, Ints, Rows, Texts
from rakustats.simulate.world import Resends, World

RESOLUTIONS = (
    "refund_full",
    "refund_partial",
    "exchange",
    "resend",
    "discard",
    "accepted_as_is",
    "rejected",
    "withdrawn",
)
_ENDS = {
    "non_arrival": (0.55, 0.1, 0.0, 0.25, 0.0, 0.0, 0.06, 0.04),
    "damaged": (0.25, 0.35, 0.03, 0.12, 0.03, 0.05, 0.12, 0.05),
    "defective": (0.25, 0.2, 0.2, 0.1, 0.05, 0.1, 0.06, 0.04),
    "wrong_item": (0.2, 0.15, 0.35, 0.15, 0.0, 0.08, 0.03, 0.04),
    "short": (0.3, 0.3, 0.0, 0.32, 0.0, 0.02, 0.03, 0.03),
}
_OTHER_END = (0.02, 0.18, 0.0, 0.0, 0.0, 0.5, 0.2, 0.1)


@dataclass
class Claims(Rows):
    """One element per claim; money in hundredths of a yuan."""

    ids: Texts
    found: Found
    opened: Floats
    answered: Floats
    decided: Floats
    closed: Floats
    resolution: Ints
    claimed: Ints
    granted: Ints
    return_cost: Ints


def _resolutions(rng: np.random.Generator, kind: Ints) -> Ints:
    table = np.cumsum([_ENDS.get(k, _OTHER_END) for k in KINDS], axis=1)[:, :-1]
    above = rng.random(len(kind))[:, None] > table[kind]
    return np.asarray(np.count_nonzero(above, axis=1), dtype=np.int64)


def make_claims(rng: np.random.Generator, world: World, lines: Lines, found: Found) -> Claims:
    """Return a claim for each of the chunk's troubles."""
    n = len(found)
    opened = np.floor(found.detected + days(rng, 0.5, 0.9, n) * DAY)
    answered = in_hours(opened + days(rng, 0.8, 0.8, n) * DAY)
    answered = np.where(rng.random(n) < 0.03, np.inf, answered)
    decided = np.where(np.isfinite(answered), answered, opened)
    decided = in_hours(decided + days(rng, 5, 0.7, n) * DAY)
    decided = np.where(rng.random(n) < 0.03, np.inf, decided)
    resolution = _resolutions(rng, found.kind)
    value = lines.price[found.line] * found.qty
    share = np.select([resolution == 0, resolution == 1], [1.0, rng.uniform(0.2, 0.7, n)], 0.0)
    back = np.isin(resolution, (0, 2)) & np.isin(found.kind, (1, 2, 3)) & (rng.random(n) < 0.3)
    return Claims(
        ids="QC" + padded(world.serials.take("claim", n), 8),
        found=found,
        opened=opened,
        answered=answered,
        decided=decided,
        closed=in_hours(decided + days(rng, 1.5, 0.8, n) * DAY),
        resolution=resolution,
        claimed=value,
        granted=np.round(value * share).astype(np.int64),
        return_cost=np.where(back, rng.integers(600, 3000, n), 0),
    )


def send_again(world: World, orders: Orders, lines: Lines, claims: Claims) -> None:
    """Queue the claims that end in a resend as orders of later chunks."""
    line = claims.found.line
    due = (claims.resolution == RESOLUTIONS.index("resend")) & np.isfinite(claims.decided)
    due &= (claims.decided < world.as_of) & _first_of(claims.found.order)
    pick = np.flatnonzero(due)
    new = Resends(
        decided=claims.decided[pick],
        member=orders.member[lines.order[line[pick]]],
        seller=lines.seller[line[pick]],
        item=lines.item[line[pick]],
        sku=lines.sku[line[pick]],
        qty=claims.found.qty[pick],
        order_no=orders.no.gather(claims.found.order[pick]),
    )
    world.resends = Resends.together([world.resends, new])


def _first_of(values: Ints) -> Bools:
    first = np.zeros(len(values), dtype=bool)
    first[np.unique(values, return_index=True)[1]] = True
    return first


def currency_of(method: Ints) -> Bools:
    """Return whether a refund by each method is counted in yuan."""
    yuan = [words.PAY_METHODS.index(name) for name in ("balance", "offset")]
    return np.isin(method, yuan)
