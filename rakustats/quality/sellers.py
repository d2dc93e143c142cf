"""Shops that may be one, and shops that changed their names: suggestions, never merged."""

from __future__ import annotations

import re

import duckdb

from rakustats.quality.check import Check, quoted
from rakustats.schema.text_normalisation import normalise, plain

# Comparing names costs the square of their number: beyond this only equal ones are paired.
COMPARED, LISTED = 5_000, 50_000
ALIKE = 0.95
TEMPORARY = ("shops",)
_FORM = re.compile(r"\(株\)|\(有\)|株式会社|有限会社|co\.?,? ?ltd\.?|inc\.?(?=$| )")
_SIGNS = re.compile(r"[()\[\]{}【】「」・,.、。'\"’&/\-‐–—]+")


def prepare(con: duckdb.DuckDBPyConnection) -> None:
    """Make the temporary table ``shops``: every id and name that lines have, and its plain form."""
    found = con.execute(
        "SELECT seller_id, seller_name, arg_min(source_file, source_row), min(source_row) "
        "FROM main.order_lines WHERE seller_name IS NOT NULL GROUP BY seller_id, seller_name "
        "ORDER BY ALL LIMIT $most", {"most": LISTED}
    ).fetchall()  # fmt: skip
    ids, names, files, rows = zip(*found, strict=True) if found else ((),) * 4
    con.execute(
        "CREATE OR REPLACE TEMP TABLE shops AS SELECT unnest($ids::VARCHAR[]) AS seller_id, "
        "unnest($names::VARCHAR[]) AS seller_name, unnest($plain::VARCHAR[]) AS plain, "
        "unnest($files::VARCHAR[]) AS source_file, unnest($rows::BIGINT[]) AS source_row",
        {
            "ids": list(ids),
            "names": list(names),
            "plain": [plain_name(name) for name in names],
            "files": list(files),
            "rows": list(rows),
        },
    )


def plain_name(name: str) -> str:
    """Return a shop's name without its legal form, signs and spelling.

    Examples
    --------
    >>> plain_name("㈱ 広州電子") == plain_name("廣州电子（株）")
    True
    """
    bare = _FORM.sub(" ", plain(name).casefold())
    return normalise(_SIGNS.sub(" ", bare))


def seller_alias() -> str:
    """Pairs of shop ids under names that are the same, or nearly so.

    Under the same name each is paired with the first id only. Nearly: one is longer by a few
    characters, or latin letters are mistyped; the same figures. A character replaced in a Chinese
    name makes another name.
    """
    alike = f"jaro_winkler_similarity(a.plain, b.plain) >= {ALIKE}"
    figures = "regexp_replace({0}.plain, '[^0-9]', '', 'g')"
    other = "length(a.plain) <> length(b.plain) OR strlen(a.plain) = length(a.plain)"
    return f"""
        WITH few AS (SELECT count(*) <= {COMPARED} AS compare FROM shops), first AS (
            SELECT plain, min(seller_id) AS seller_id,
                arg_min(seller_name, seller_id) AS seller_name
            FROM shops WHERE plain <> '' AND seller_id IS NOT NULL GROUP BY plain
        ), pairs AS (
            SELECT a.seller_id AS one, b.seller_id AS other, a.seller_name AS one_name,
                b.seller_name AS other_name, b.source_file, b.source_row
            FROM first a JOIN shops b ON a.plain = b.plain
                AND a.seller_id IS DISTINCT FROM b.seller_id
            UNION ALL
            SELECT a.seller_id, b.seller_id, a.seller_name, b.seller_name,
                b.source_file, b.source_row
            FROM shops a JOIN shops b ON left(a.plain, 2) = left(b.plain, 2)
                AND a.seller_id < b.seller_id
            WHERE (SELECT compare FROM few) AND a.plain <> b.plain AND {alike} AND ({other})
                AND {figures.format("a")} = {figures.format("b")}
        )
        SELECT 'order_lines' AS table_name, coalesce(other, other_name) AS key,
            'seller_id: ' || coalesce({quoted("other")}, 'none') || ' ' || {quoted("other_name")}
                || ' may be ' || {quoted("one")} || ' ' || {quoted("one_name")} AS detail,
            source_file, source_row
        FROM pairs QUALIFY row_number() OVER (
            PARTITION BY one, other ORDER BY one_name, other_name) = 1
        UNION ALL
        SELECT 'order_lines', NULL, 'seller_name: ' || count(*) || ' shops are too many to compare;'
            || ' only equal names were paired', NULL, NULL
        FROM shops HAVING count(*) > {COMPARED}"""


def seller_renamed() -> str:
    """Shop ids with several names that differ in more than spelling."""
    return f"""
        SELECT 'order_lines' AS table_name, seller_id AS key,
            'seller_name: ' || string_agg({quoted("seller_name")}, ', ' ORDER BY seller_name)
                AS detail,
            any_value(source_file ORDER BY source_row) AS source_file,
            min(source_row) AS source_row
        FROM shops WHERE seller_id IS NOT NULL
        GROUP BY seller_id HAVING count(DISTINCT plain) > 1"""


CHECKS = (
    Check("seller_alias", ("shops",), seller_alias),
    Check("seller_renamed", ("shops",), seller_renamed),
)
