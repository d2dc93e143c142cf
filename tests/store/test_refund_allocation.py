from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

import duckdb
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rakustats.store import layout
from rakustats.store.refund_allocation import allocate_refunds

Shares = list[tuple[str, Decimal]]


@pytest.fixture
def con() -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect() as con:
        layout.create(con)
        yield con


def shares(
    con: duckdb.DuckDBPyConnection,
    refund: tuple[str, str, str],
    claims: list[tuple[str, str | None, str]],
) -> Shares:
    for name in ("refunds", "claims", "refund_allocations"):
        con.execute(f"DELETE FROM main.{name}")
    con.execute(
        "INSERT INTO main.refunds (refund_id, claim_id, amount_paid, currency) "
        "VALUES ('R', ?, ?, ?)",
        list(refund),
    )
    for claim in claims:
        con.execute(
            "INSERT INTO main.claims (claim_id, amount_granted, currency) VALUES (?, ?, ?)",
            list(claim),
        )
    allocate_refunds(con)
    return con.execute(
        "SELECT claim_id, amount FROM main.refund_allocations ORDER BY claim_id"
    ).fetchall()


CASES: dict[str, tuple[tuple[str, str, str], list[tuple[str, str | None, str]], Shares]] = {
    "by what was granted": (
        ("C1,C2", "300", "CNY"), [("C1", "100", "CNY"), ("C2", "200", "CNY")],
        [("C1", Decimal(100)), ("C2", Decimal(200))],
    ),
    "the fen left over goes to the largest remainder": (
        ("C1、C2、C3", "100", "CNY"),
        [("C1", "1", "CNY"), ("C2", "1", "CNY"), ("C3", "1", "CNY")],
        [("C1", Decimal("33.34")), ("C2", Decimal("33.33")), ("C3", Decimal("33.33"))],
    ),
    "yen are whole": (
        ("C1\nC2\nC3", "1000", "JPY"), [("C1", None, "JPY")],
        [("C1", Decimal(334)), ("C2", Decimal(333)), ("C3", Decimal(333))],
    ),
    "one grant unknown: equally": (
        ("C1; C2", "10", "CNY"), [("C1", "9", "CNY"), ("C2", None, "CNY")],
        [("C1", Decimal(5)), ("C2", Decimal(5))],
    ),
    "grants in two currencies: equally": (
        ("C1 C2", "10", "CNY"), [("C1", "9", "CNY"), ("C2", "90", "JPY")],
        [("C1", Decimal(5)), ("C2", Decimal(5))],
    ),
    "a claim named twice is one": (
        ("C1,C1,C2", "10", "CNY"), [], [("C1", Decimal(5)), ("C2", Decimal(5))],
    ),
    "one claim needs no share": (("C1", "10", "CNY"), [("C1", "10", "CNY")], []),
    "a claim whose own number has a slash is one": (
        ("C/1", "10", "CNY"), [("C/1", "10", "CNY")], [],
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", CASES)
def test_shares(con: duckdb.DuckDBPyConnection, name: str) -> None:
    refund, claims, expected = CASES[name]
    assert shares(con, refund, claims) == expected


def test_stated_shares_stay_and_inferred_ones_are_made_anew(
    con: duckdb.DuckDBPyConnection,
) -> None:
    assert len(shares(con, ("C1,C2", "10", "CNY"), [])) == 2
    allocate_refunds(con)
    count = "SELECT count(*), sum(amount) FROM main.refund_allocations"
    assert con.execute(count).fetchone() == (2, Decimal(10))
    con.execute("UPDATE main.refund_allocations SET allocation = 'stated', amount = 7")
    allocate_refunds(con)
    assert con.execute(count).fetchone() == (2, Decimal(14))


def test_what_is_not_paid_yet_is_not_shared(con: duckdb.DuckDBPyConnection) -> None:
    con.execute("INSERT INTO main.refunds (refund_id, claim_id) VALUES ('R', 'C1,C2'), ('Q', NULL)")
    allocate_refunds(con)
    assert con.execute("SELECT count(*) FROM main.refund_allocations").fetchone() == (0,)


@settings(max_examples=60, deadline=None)
@given(
    paid=st.integers(1, 10**11),
    grants=st.lists(st.one_of(st.none(), st.integers(0, 10**9)), min_size=2, max_size=9),
    currency=st.sampled_from(["CNY", "JPY"]),
)
def test_shares_always_add_up(paid: int, grants: list[int | None], currency: str) -> None:
    amount = Decimal(paid) / (1 if currency == "JPY" else 100)
    claims = [
        (f"C{i}", None if g is None else str(Decimal(g) / 100), "CNY") for i, g in enumerate(grants)
    ]
    with duckdb.connect() as con:
        layout.create(con)
        got = shares(con, (",".join(c for c, _, _ in claims), str(amount), currency), claims)
    assert len(got) == len(grants)
    assert sum(share for _, share in got) == amount
    if currency == "JPY":
        assert all(share == int(share) for _, share in got)
