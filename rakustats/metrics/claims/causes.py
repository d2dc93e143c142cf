"""Causes of claims, counted by kind, stage and party at fault; and repeat offenders."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from itertools import groupby
from pathlib import Path
from typing import Any, Literal, Unpack

import pyarrow as pa

from rakustats.calendar.local_days import local_day
from rakustats.engine.database import Database
from rakustats.engine.steps import with_steps
from rakustats.errors import UsageError
from rakustats.i18n.phrases import phrase
from rakustats.marts.claim_facts import fact_steps
from rakustats.marts.days import day_number
from rakustats.marts.needs import require
from rakustats.marts.question import CLAIMS, Keys, Period, ask
from rakustats.marts.received import texts
from rakustats.marts.troubles import chosen
from rakustats.metrics.claims.attributions import party_steps
from rakustats.metrics.claims.case_keys import PURCHASED
from rakustats.metrics.spec.documented import documented
from rakustats.results.result import Result
from rakustats.schema.tables import tables

TITLE = phrase(ja="クレームの内訳と責任区分", en="What claims are about, and whose fault")
CAUSE = ("kind", "stage_found", "attributed_to")
NOT_A_FAULT = ("customer_reason", "other")
_MONTH = "substr(CAST(cohort_day AS STRING), 1, 7)"
_EXTRA_KEYS = {"seller": "seller_id", "seller_id": "seller_id", "rule": "rule", "month": _MONTH}
CAUSES = {
    "kind, stage_found, attributed_to": "of the claims",
    "n": "claims at least partly this party's fault",
    "claims": "their shares added up: over all rows the number of claims",
    "share": "of all claims",
    "pieces": "affected, as far as claims say",
    "n_withdrawn": "claims withdrawn again, in none of the other numbers",
}
REPEATED = {
    "seller_id": "and ``item_id``, ``sku`` where these are asked for",
    "n": "claims that lie in such a stretch of days, none of them withdrawn",
    "most": "in the worst one",
    "first_at, last_at": "when reported (UTC)",
    "claim_ids": "oldest first, with commas",
}


@documented(
    CAUSES,
    rows="One row per group, the largest first within ``by``",
    by="Of seller, rule and month (of purchase), before kind, stage and party.",
    cohort=PURCHASED,
)
def claim_causes(
    db: Database, by: Keys = None, *, own: str | Path | None = None, **period: Unpack[Period]
) -> Result:
    """Return how many claims there are of each kind, found where, and whose fault they are.

    Parameters
    ----------
    own : str or Path, optional
        Another file of manual attributions, see :func:`attributions`.

    Notes
    -----
    Counts of :func:`attributions`; the formulas of the share are there.

    Examples
    --------
    >>> causes = rs.claim_causes(db).frame()
    >>> round(float(causes["share"].sum()), 9)
    1.0
    """
    require(db, phrase(ja="クレームの内訳", en="What claims are about"), ["claims.kind"])
    keys = _keys(by)
    asked = replace(ask(db, None, period, TITLE, CLAIMS), keys=(*keys, *CAUSE))
    made = "".join(f"{_EXTRA_KEYS[k]} AS {k}, " for k in keys)
    counts = f"""\
SELECT {made}{", ".join(CAUSE)}, count(*) FILTER (WHERE NOT withdrawn) AS n,
  coalesce(sum(share) FILTER (WHERE NOT withdrawn), 0.0) AS claims,
  CAST(sum(qty_affected) FILTER (WHERE NOT withdrawn) AS BIGINT) AS pieces,
  count(*) FILTER (WHERE withdrawn) AS n_withdrawn
FROM parties WHERE {asked.days.known("cohort_day")} GROUP BY ALL"""
    order = "".join(f"{k} NULLS LAST, " for k in keys)
    text = with_steps(
        [*party_steps(db, asked, own), ("counts", counts)],
        f"""\
SELECT {", ".join(asked.keys)}, n, claims, claims / nullif(sum(claims) OVER (), 0) AS share, pieces,
  n_withdrawn
FROM counts
ORDER BY {order}claims DESC, kind, stage_found NULLS LAST, attributed_to""",
    )
    return asked.result(db.engine.query(text), text)


def _keys(by: str | Sequence[str] | None) -> tuple[str, ...]:
    given = (by,) if isinstance(by, str) else tuple(by or ())
    unknown = [k for k in given if k not in _EXTRA_KEYS]
    if unknown:
        raise UsageError(
            ja=f"{'、'.join(map(repr, unknown))} というキーはありません。"
            "使えるのは seller、rule、month です。",
            en=f"Unknown key {', '.join(map(repr, unknown))}; valid are seller, rule, month.",
        )
    return tuple(dict.fromkeys("seller_id" if k == "seller" else k for k in given))


@documented(
    REPEATED,
    rows="One row per offender, most claims first; claims whose seller nobody knows are in none",
    by=None,
    cohort=PURCHASED,
)
def repeat_offenders(
    db: Database,
    by: Literal["seller", "sku"] = "seller",
    *,
    within_days: int = 90,
    at_least: int = 2,
    kinds: str | Sequence[str] | None = None,
    **period: Unpack[Period],
) -> Result:
    """Return the sellers, or their SKUs, about which claims came again within some days.

    Parameters
    ----------
    by : {"seller", "sku"}
        Look at all goods of a seller together, or at each item and variant.
    within_days : int
        Claims so many days apart at most belong together.
    at_least : int
        So many of them make an offender.
    kinds : str or sequence of str, optional
        Kinds of claims that count; all but the customer's own reasons and ``other`` by default.

    Notes
    -----
    Two claims are repeated if they lie at most 90 days apart, a window that slides over the claims
    of one seller and article (docs/methods.md, Attribution of fault).

    Examples
    --------
    >>> again = rs.repeat_offenders(db, by="sku").frame()
    >>> bool((again["n"] >= 2).all())
    True
    """
    if by not in ("seller", "sku") or within_days < 0 or at_least < 2:
        raise UsageError(
            ja="by は seller か sku、within_days は 0 以上、at_least は 2 以上にしてください。",
            en="by is seller or sku, within_days is 0 or more, at_least 2 or more.",
        )
    told_of = phrase(ja="繰り返されるクレーム", en="Repeated claims")
    require(db, told_of, ["claims.kind", "order_lines.seller_id"])
    wanted = _faults() if kinds is None else chosen(kinds, "kind")
    title = phrase(
        ja=f"{within_days} 日以内にクレームが重なった{'店舗' if by == 'seller' else '商品'}",
        en=f"Claimed again within {within_days} days, by {by}",
    )
    keys = ("seller_id",) if by == "seller" else ("seller_id", "item_id", "sku")
    asked = replace(ask(db, None, period, title, CLAIMS), keys=keys)
    names = ", ".join(keys)
    window = f"PARTITION BY {names} ORDER BY day_no RANGE BETWEEN"
    named = "seller_id IS NOT NULL" + (" AND item_id IS NOT NULL" if by == "sku" else "")
    reported = f"""\
SELECT {names}, claim_id, told_at, {day_number(local_day("told_at", "jp", ""))} AS day_no
FROM claim_facts
WHERE NOT withdrawn AND told_at IS NOT NULL AND {named} AND kind IN ({texts(wanted)})
  AND {asked.days.known("cohort_day")}"""
    so_far = f"""\
SELECT *, count(*) OVER ({window} {within_days} PRECEDING AND CURRENT ROW) AS in_window
FROM reported"""
    densest = f"""\
SELECT *, max(in_window) OVER ({window} CURRENT ROW AND {within_days} FOLLOWING) AS most
FROM so_far"""
    steps = [
        *fact_steps(db, asked),
        ("reported", reported),
        ("so_far", so_far),
        ("densest", densest),
    ]
    text = with_steps(
        steps,
        f"SELECT {names}, claim_id, told_at, most FROM densest WHERE most >= {at_least}\n"
        f"ORDER BY {', '.join(f'{k} NULLS LAST' for k in keys)}, told_at, claim_id",
    )
    return asked.result(_listed(db.engine.query(text), keys), text)


def _faults() -> tuple[str, ...]:
    return tuple(k for k in tables()["claims"]["kind"].values if k not in NOT_A_FAULT)


def _listed(claims: pa.Table, keys: Sequence[str]) -> pa.Table:
    """Put the claims of each offender into one row; lists are made of text in no common SQL."""
    rows = []
    for key, group in groupby(claims.to_pylist(), key=lambda row: [row[k] for k in keys]):
        of_one: list[dict[str, Any]] = list(group)
        reported = {"first_at": of_one[0]["told_at"], "last_at": of_one[-1]["told_at"]}
        counts = {"n": len(of_one), "most": max(row["most"] for row in of_one)}
        listed = ", ".join(row["claim_id"] for row in of_one)
        rows.append(
            {**dict(zip(keys, key, strict=True)), **counts, **reported, "claim_ids": listed}
        )
    rows.sort(key=lambda row: -row["n"])
    text, count, at = pa.string(), pa.int64(), pa.timestamp("us")
    columns = {"n": count, "most": count, "first_at": at, "last_at": at, "claim_ids": text}
    return pa.Table.from_pylist(rows, pa.schema({**dict.fromkeys(keys, text), **columns}))
