"""Rates whose events may be those of other units: a claim that does not say which line it means.

Of L lines that such a claim may concern at least one has the event. Within a group

* ``events`` counts what is certain: lines named, and one line for each order of which all lines
  that the claim may mean are the group's (the low end);
* ``events_high`` counts all that is possible: each line that may be meant, no more of them than
  the claim has pieces (the high end; Manski 2003, Partial Identification of Probability
  Distributions);
* ``estimate`` shares one event among the L lines alike (bad pieces by how many pieces a line has),
  and its interval reaches from that of the
  low end to that of the high end.

Nothing of this differs from plain counting where every claim names its line.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from rakustats.engine.steps import Step
from rakustats.i18n.phrases import Phrase, phrase
from rakustats.marts.keys import key_names
from rakustats.metrics.spec.documented import Columns
from rakustats.metrics.spec.grouping import grouped, same_keys
from rakustats.metrics.spec.rates import Weighing
from rakustats.results.result import Result

RANGE_COLUMNS: Columns = {
    "events_high, rate_high": "the same with all that may be events of the group",
    "events_shared": "the same with each claim that may mean several lines shared among them;"
    " ``estimate`` goes by it, its interval from the low end to the high one",
    "n_undetermined": "those of ``n`` that may have an event besides: a claim may mean them, or"
    " other lines",
}

# grain: one claim and line that it may mean
_UNTOLD = """\
SELECT c.claim_id, c.order_no, c.line_no, c.stage_found, c.n_may, c.qty_affected, c.qty_share,
  CAST(1.0 / c.n_may AS DECIMAL(18, 9)) AS share
FROM claim_candidates c{joins} WHERE NOT c.sure{where}"""


def untold_steps(*, by_stage: bool, joins: str = "", where: str = "") -> list[Step]:
    """Return ``untold_claims`` and ``untold_shares``, the latter by line (and stage found).

    ``share`` is how many events a line may expect of them, ``piece_share`` how many bad pieces,
    ``most_pieces`` how many of these there can be.
    """
    stage = ", stage_found" if by_stage else ""
    shares = f"""\
SELECT order_no, line_no{stage}, sum(share) AS share,
  sum(CAST(coalesce(qty_share, share) AS DECIMAL(18, 9))) AS piece_share,
  sum(coalesce(qty_affected, 1)) AS most_pieces
FROM untold_claims GROUP BY order_no, line_no{stage}"""
    return [
        ("untold_claims", _UNTOLD.format(joins=joins, where=where)),
        ("untold_shares", shares),
    ]


def with_range(
    weighing: Weighing, keys: Sequence[str], *, pieces: bool, by_stage: bool
) -> Weighing:
    """Return how rows weigh, with both ends of what claims without a line leave open.

    Rows of ``units`` have order and line, and the ``share`` of their untold claims.
    """
    return replace(
        weighing,
        sums={**weighing.sums, "shared": "sum(share) FILTER (WHERE status = 'matured')"},
        steps=(*weighing.steps, *_range_steps(weighing, keys, pieces, by_stage)),
        joins=f"{weighing.joins}\nLEFT JOIN untold t ON {same_keys(keys, 't', 'c')}",
        told="coalesce(t.low, 0)",
        mix_events=f"({weighing.events} + share)",
        figures={
            **weighing.figures,
            "events_high": "c.events + coalesce(t.high, 0)",
            "events_shared": "c.events + coalesce(CAST(c.shared AS DOUBLE), 0)",
            "rate_high": "CAST(c.events + coalesce(t.high, 0) AS DOUBLE) / nullif(c.n, 0)",
            "n_undetermined": "coalesce(t.possible, 0)",
        },
    )


def _range_steps(
    weighing: Weighing, keys: Sequence[str], pieces: bool, by_stage: bool
) -> tuple[Step, ...]:
    """Return ``untold``: by group what is certain besides the told events, and what is possible."""
    names = key_names(keys)
    own = "".join(f"u.{k}, " for k in keys)
    stage = " AND m.stage_found IS NOT DISTINCT FROM u.stage_found" if by_stage else ""
    rows = f"""\
SELECT {own}m.claim_id, m.order_no, m.line_no, m.n_may, m.qty_affected, {weighing.units} AS weight
FROM units u JOIN untold_claims m ON m.order_no = u.order_no AND m.line_no = u.line_no{stage}
WHERE u.status = 'matured' AND NOT u.event"""
    least, most = ("coalesce(max(qty_affected), 1)", "coalesce(max(qty_affected), sum(weight))")
    if not pieces:
        least, most = "1", "least(coalesce(max(qty_affected), count(*)), count(*))"
    claims = f"""\
SELECT {names}claim_id, min(order_no) AS in_order, least({most}, sum(weight)) AS high,
  CASE WHEN count(*) = max(n_may) THEN least({least}, sum(weight)) ELSE 0 END AS low
FROM untold_rows GROUP BY {names}claim_id"""
    orders = f"""\
SELECT {names}in_order, max(low) AS low, sum(high) AS high
FROM untold_by_claim GROUP BY {names}in_order"""
    lines = f"""\
SELECT {names}order_no, line_no, max(weight) AS weight
FROM untold_rows GROUP BY {names}order_no, line_no"""
    possible = f"SELECT {names}sum(weight) AS possible FROM untold_lines{grouped(keys)}"
    ends = f"SELECT {names}sum(low) AS low, sum(high) AS high FROM untold_by_order{grouped(keys)}"
    untold = f"""\
SELECT {"".join(f"e.{k}, " for k in keys)}CAST(p.possible AS BIGINT) AS possible,
  CAST(e.low AS BIGINT) AS low, CAST(least(e.high, p.possible) AS BIGINT) AS high
FROM untold_ends e JOIN untold_possible p ON {same_keys(keys, "e", "p")}"""
    return (
        ("untold_rows", rows),
        ("untold_by_claim", claims),
        ("untold_by_order", orders),
        ("untold_lines", lines),
        ("untold_possible", possible),
        ("untold_ends", ends),
        ("untold", untold),
    )


def range_note(result: Result, unit: Phrase, *, shared: bool = True) -> Result:
    """Add the note on units of which nobody tells whether a claim means them."""
    possible = sum(result.table.column("n_undetermined").to_pylist())
    if not possible:
        return result
    ja, en = "", "Th"
    if shared:
        ja = "推定値は候補の明細に分けて数え、"
        en = "The estimate shares each such claim among its lines, and th"
    note = phrase(
        ja=f"どの明細のことか書かれていないクレームがあり、{possible:,} {unit.ja}は該当するか"
        "どうか分からない（n_undetermined）。events と rate は確かな分（下限）、events_high と"
        f" rate_high はあり得るすべて（上限）。{ja}区間は両端にわたる。",
        en=f"Claims that do not say which line they mean leave {possible:,} {unit.en} undetermined"
        " (n_undetermined): events and rate count what is certain, events_high and rate_high all"
        f" that is possible. {en}e interval reaches over both ends.",
    )
    return replace(result, notes=(*result.notes, note))
