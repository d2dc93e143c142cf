"""Messages between member and agency, and the evidence files behind claims."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import polars as pl

from rakustats.simulate.claims import Claims
from rakustats.simulate.closures import DAY
from rakustats.simulate.numbering import padded
from rakustats.simulate.orders import Orders, days
from rakustats.simulate.rows import Bools, Floats, Ints, Rows, Texts
from rakustats.simulate.world import World

CHANNELS = ("mail", "chat", "mypage", "phone")
SUBJECTS = (
    "【ラクマート】ご注文確認のお知らせ",
    "【ラクマート】見積回答のお知らせ",
    "商品の問題について",
    "Re: 商品の問題について",
    "配送状況を教えてください",
)
EVIDENCE_KINDS = ("photo", "video", "mail", "screenshot", "document")
_ENDINGS = ("jpg", "mp4", "eml", "png", "pdf")


@dataclass
class Messages(Rows):
    """One element per message; ``claim`` is -1 where it belongs to no claim."""

    ids: Texts
    order: Ints
    claim: Ints
    sent: Floats
    incoming: Bools
    channel: Ints
    subject: Ints
    needs_reply: Bools
    replied: Floats


@dataclass
class Evidence(Rows):
    """One element per file that supports a claim."""

    ids: Texts
    claim: Ints
    kind: Ints
    path: Texts
    sha256: Texts
    taken: Floats


def unconfirmed(rng: np.random.Generator, orders: Orders) -> Bools:
    """Return which orders never get their confirmation mail."""
    return rng.random(len(orders)) < 0.008


def make_messages(
    rng: np.random.Generator, world: World, orders: Orders, claims: Claims, silent: Bools
) -> Messages:
    """Return confirmation and quote mails, claim letters with answers, and questions."""
    confirmed = np.flatnonzero(~silent)
    quoted = np.flatnonzero(np.isfinite(orders.quoted))
    asking = np.flatnonzero(np.isfinite(orders.paid) & (rng.random(len(orders)) < 0.06))
    claim = np.arange(len(claims))
    answered = claim[np.isfinite(claims.answered)]
    answer = orders.paid[asking] + rng.uniform(10, 30, len(asking)) * DAY
    blocks = (
        (0, confirmed, None, orders.submitted[confirmed] + rng.integers(30, 600, len(confirmed))),
        (1, quoted, None, orders.quoted[quoted] + rng.integers(5, 120, len(quoted))),
        (2, claims.found.order, claim, claims.opened),
        (3, claims.found.order[answered], answered, claims.answered[answered]),
        (4, asking, None, answer),
    )
    subject = np.concatenate([np.full(len(b[1]), b[0]) for b in blocks])
    order = np.concatenate([b[1] for b in blocks])
    about = np.concatenate([np.full(len(b[1]), -1) if b[2] is None else b[2] for b in blocks])
    sent = np.floor(np.concatenate([b[3] for b in blocks]))
    by_time = np.lexsort((order, subject, sent))
    subject, order, about, sent = subject[by_time], order[by_time], about[by_time], sent[by_time]
    n = len(order)
    replied = np.floor(sent + days(rng, 0.9, 0.9, n) * DAY)
    replied = np.where((subject == 4) & (rng.random(n) > 0.06), replied, np.inf)
    letters = np.flatnonzero(subject == 2)
    replied[letters] = claims.answered[about[letters]]
    return Messages(
        ids="MS" + padded(world.serials.take("message", n), 9),
        order=order,
        claim=about,
        sent=sent,
        incoming=np.isin(subject, (0, 1, 3)),
        channel=np.where(subject < 2, 0, rng.integers(0, len(CHANNELS), n)),
        subject=subject,
        needs_reply=np.isin(subject, (2, 4)),
        replied=replied,
    )


def make_evidence(rng: np.random.Generator, world: World, claims: Claims) -> Evidence:
    """Return none to three files per claim, taken between finding and reporting."""
    count = rng.choice(4, len(claims), p=[0.2, 0.35, 0.3, 0.15])
    claim = np.repeat(np.arange(len(claims)), count)
    n = len(claim)
    kind = rng.choice(len(EVIDENCE_KINDS), n, p=[0.7, 0.06, 0.08, 0.12, 0.04])
    begun, opened = claims.found.detected[claim], claims.opened[claim]
    number = padded(world.serials.take("evidence", n), 8)
    ending = pl.Series(_ENDINGS, dtype=pl.String).gather(kind)
    return Evidence(
        ids="EV" + number,
        claim=claim,
        kind=kind,
        path="証拠/" + claims.ids.gather(claim) + "/" + number + "." + ending,
        sha256=pl.Series([rng.bytes(32).hex() for _ in range(n)], dtype=pl.String),
        taken=np.floor(begun + rng.random(n) * (opened - begun)),
    )
