"""Quality checks that need rows to be compared: queries for the bad rows, stored as issues."""

from __future__ import annotations

import duckdb

from rakustats.quality import (
    claims,
    identity,
    non_trade,
    quantities,
    scans,
    sellers,
    states,
    times,
    tracking,
    withdrawn_values,
)
from rakustats.quality.check import Check
from rakustats.schema.issue_rules import rules

CHECKS: tuple[Check, ...] = (
    *withdrawn_values.CHECKS,
    *identity.CHECKS,
    *quantities.CHECKS,
    *times.CHECKS,
    *states.CHECKS,
    *tracking.CHECKS,
    *scans.CHECKS,
    *claims.CHECKS,
    *non_trade.CHECKS,
    *sellers.CHECKS,
)
# Temporary tables that several checks read.
PREPARE = (tracking.prepare, sellers.prepare)
TEMPORARY = (*tracking.TEMPORARY, *sellers.TEMPORARY)


def run_checks(con: duckdb.DuckDBPyConnection, salt: str) -> None:
    """Write the issues of all rules that compare rows anew, for the tables as they stand.

    Parameters
    ----------
    con : DuckDBPyConnection
        The build's connection, after merging.
    salt : str
        Secret that member ids are hashed with.
    """
    con.execute("SET VARIABLE member_salt = $salt", {"salt": salt})
    for prepare in PREPARE:
        prepare(con)
    own = sorted({check.rule for check in CHECKS})
    con.execute("DELETE FROM main.issues WHERE rule IN (SELECT unnest($own))", {"own": own})
    for check in CHECKS:
        if all(con.execute(f"SELECT 1 FROM {name} LIMIT 1").fetchone() for name in check.needs):
            con.execute(
                "INSERT INTO main.issues SELECT table_name, key, $rule, $severity, detail, "
                f"source_file, source_row FROM ({check.query()}) AS bad",
                {"rule": check.rule, "severity": rules()[check.rule].severity},
            )
    con.execute("RESET VARIABLE member_salt")
    for name in TEMPORARY:
        con.execute(f"DROP TABLE temp.{name}")
