"""Reliability scores of sellers and carriers, for users."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any, Literal, Unpack

import numpy as np
import pyarrow as pa

from rakustats.engine.database import Database
from rakustats.errors import one_of
from rakustats.i18n.phrases import Lang, Phrase, phrase
from rakustats.marts.question import Period
from rakustats.metrics.spec.documented import of_database
from rakustats.results.result import Result
from rakustats.scorecards.action_reasons import action_reason
from rakustats.scorecards.notes import notes
from rakustats.scorecards.reasons import reasons
from rakustats.scorecards.scoring import Card, scored
from rakustats.scorecards.sensitivity import sensitivity
from rakustats.store.instants import as_day

CarrierKey = Literal["carrier", "ship_method"]
_TITLES = {
    "seller": phrase(ja="店舗の信頼度", en="Reliability of sellers"),
    "carrier": phrase(ja="配送業者の信頼度", en="Reliability of carriers"),
    "ship_method": phrase(ja="配送方法の信頼度", en="Reliability of shipping methods"),
}
Columns = Sequence[tuple[str, Any]]


@of_database
def seller_scores(
    db: Database, *, lang: Lang = "en", policy: str | Path | None = None, **period: Unpack[Period]
) -> Result:
    """Return how far each seller can be relied on, from 0 to 100, with grade and reasons.

    Six criteria by default (``scorecard.toml`` says which, with weights and anchors): dispatch in
    time, defective lines, short or wrong goods, cancellations by the seller, prices above the
    quote, and how claims are met. Each is a rate shrunken to the common one, standardised to the
    common case mix, made a utility between two anchors. What no export has drops out, and the other
    weights grow to 100; a seller without data has no score.

    Parameters
    ----------
    since, until : str or date, optional
        Cohort days, until exclusive; by default the 365 days up to the as-of.
    lang : {"en", "ja"}
        Language of ``reasons`` and ``standing_why``.
    policy : str or Path, optional
        Another scorecard; ``data/scorecard.toml`` by default, where there is one.

    Returns
    -------
    Result
        One row per seller, graded ones from the highest ``cautious`` value down, then the others:
        ``seller_id``, ``seller_name``, ``n`` (matured lines, of the criterion that has most),
        ``score`` (0 to 100, NULL without data), ``lo``, ``hi`` (90 % interval), ``cautious`` (20 %
        quantile: the score that is exceeded with 80 %), ``grade`` (A, B, C, D by ``cautious``; N:
        fewer than 5 lines, or data for less than 60 % of the weights), ``expected_rank`` (1 is the
        best), ``rank_lo``, ``rank_hi`` (its 90 % interval), ``p_worst`` (probability to be among
        the worst tenth), ``flagged`` (on the list of
        those whose score lies below the lower end of C, of which a tenth at most is expected not
        to), ``coverage`` (part of the weights with data), ``reasons`` (the two largest losses),
        ``standing`` (order_freely, inspect_in_detail, ask_first, pause; never harsher for who is
        better by every criterion), ``standing_why`` (with the numbers that it rests on),
        ``score_low``, ``score_high``, ``grade_low``, ``grade_high``, ``rank_best``, ``rank_worst``
        (with each weight a half larger or smaller), ``platform_rating`` (1 to 5, NULL without),
        ``n_ratings``.

    Raises
    ------
    UsageError
        If a day is not valid, the policy is wrong (the message names file, line and key), or no
        criterion can be computed.

    Notes
    -----
    score = 100 Σ w u, u being the mean utility of the rate's posterior
    (:func:`rakustats.scorecards.utilities.utilities`; Efron 2016, Biometrika 103, 1-20);
    interval and cautious value from 2,000 seeded draws, the same for all sellers. docs/methods.md,
    Scorecards.

    Examples
    --------
    >>> trust = rs.seller_scores(db)
    >>> set(trust.frame()["grade"]) <= set("ABCDN")
    True
    """
    return table_of(scored(db, "seller", policy=policy, **period), lang)


@of_database
def carrier_scores(
    db: Database,
    by: CarrierKey = "carrier",
    *,
    lang: Lang = "en",
    policy: str | Path | None = None,
    **period: Unpack[Period],
) -> Result:
    """Return how far each carrier, or shipping method, can be relied on, from 0 to 100.

    Four criteria by default, all of the way to Japan: deliveries in time, parcels damaged by the
    carrier for certain, parcels lost, valid tracking. They are few, so the parameters of the prior
    are integrated out.

    Parameters
    ----------
    by : {"carrier", "ship_method"}
        Who is scored.
    since, until, as_of, lang, policy
        As in :func:`seller_scores`.

    Returns
    -------
    Result
        One row per carrier, with the columns of :func:`seller_scores` but for names and ratings;
        ``n`` counts parcels.

    Raises
    ------
    UsageError
        If ``by`` or a day is not valid, the policy is wrong, or no criterion can be computed.

    Notes
    -----
    As :func:`seller_scores`; priors by :mod:`rakustats.stats.betabinomial`.

    Examples
    --------
    >>> trust = rs.carrier_scores(db)
    >>> trust.by
    ('carrier',)
    """
    one_of("by", by, ("carrier", "ship_method"))
    return table_of(scored(db, "carrier", by, policy=policy, **period), lang)


def table_of(card: Card, lang: Lang) -> Result:
    """Return a card as the table of scores that users see."""
    points, order = card.scores, card.order
    around = sensitivity(points, card.known, card.policy)
    actions = [card.policy.standing[place].standing for place in card.standing[order]]
    why = reasons(card.gathered.found, card.utilities, points, lang, order)
    columns: Columns = [
        *who(card, order),
        ("n", card.known.n[order]),
        *((name, getattr(points, name)[order]) for name in ("score", "lo", "hi", "cautious")),
        ("grade", card.grade[order]),
        *(
            (name, getattr(points, name)[order])
            for name in ("expected_rank", "rank_lo", "rank_hi", "p_worst")
        ),
        ("flagged", card.flagged[order]),
        ("coverage", points.coverage[order]),
        ("reasons", why),
        ("standing", actions),
        ("standing_why", [action_reason(card, one, lang) for one in order]),
        *((name, values[order]) for name, values in vars(around).items()),
        *_rated(card, order),
    ]
    return result_of(card, columns, titled(card), "scores")


def titled(card: Card) -> Phrase:
    """Return what a card is about."""
    return _TITLES[card.key if card.key == "ship_method" else card.of]


def who(card: Card, order: Any) -> Columns:
    """Return the columns that name each row."""
    ids = (card.key, card.gathered.ids.take(pa.array(order)))
    if card.of == "carrier":
        return [ids]
    return [ids, ("seller_name", card.gathered.names.take(pa.array(order)))]


def _rated(card: Card, order: Any) -> Columns:
    if card.ratings is None:
        return []
    n = card.ratings.n[order].astype(np.int64)
    return [("platform_rating", card.ratings.mean[order]), ("n_ratings", n)]


def result_of(
    card: Card, columns: Columns, title: Phrase, kind: Literal["rows", "scores"]
) -> Result:
    """Return columns as a result with the days, texts and notes of their card."""
    until = card.days.until
    return Result(
        table=pa.table({name: _column(values) for name, values in columns}),
        sql=card.gathered.sql,
        as_of=card.days.as_of,
        title=title,
        kind=kind,
        by=(card.key,) if kind == "scores" else (card.key, "criterion"),
        since=card.days.since,
        until=None if until is None else as_day(until, "until"),
        notes=tuple(notes(card)),
    )


def _column(values: Any) -> pa.Array:
    """Return an array in which what is not a number is unknown."""
    if isinstance(values, np.ndarray) and values.dtype.kind == "U":
        return pa.array(values.astype(object), pa.string())
    return values if isinstance(values, pa.Array) else pa.array(values, from_pandas=True)
