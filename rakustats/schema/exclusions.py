"""Exclusions: rows that are no trade: tests, samples, and what the customer ships himself.

A product may well be named "test strip" or "sample book"; so a title or remark counts only if it is
the word itself, has it in brackets, or calls the order or the piece a test or a sample.
"""

from __future__ import annotations

from rakustats.schema.vocabularies import vocabularies

_BRACKETS = ("(?)", "[?]", "【?】", "（?）", "〔?〕", "「?」", "［?］")
_CALLED = ("注文", "発注", "購入", "订单", "下单", " order", "品")


def is_test(*texts: str) -> str:
    """Return the SQL, the same on both engines, of whether a text is of a test or sample.

    Examples
    --------
    >>> import duckdb
    >>> titles = ["【テスト】帽子", "サンプル品", "Rapid HIV Test, 30 Tests"]
    >>> [duckdb.execute("SELECT " + is_test(repr(t))).fetchone() for t in titles]
    [(True,), (True,), (False,)]
    """
    return f"({' OR '.join(_is_test(f'lower(trim({text}))') for text in texts)})"


def _is_test(text: str) -> str:
    kinds = vocabularies()["not_trade"]
    words = (*kinds["test"], *kinds["sample"])
    whole = ", ".join(f"'{word}'" for word in words)
    inside = [brackets.replace("?", word) for brackets in _BRACKETS for word in words]
    inside += [f"{word}{called}" for word in words for called in _CALLED]
    parts = " OR ".join(f"{text} LIKE '%{part}%'" for part in inside)
    # few texts have any of the words: the many patterns are for them alone, and only CASE keeps
    # DuckDB from trying them on all
    bare = " OR ".join(f"{text} LIKE '%{word}%'" for word in words)
    return f"CASE WHEN {bare} THEN {text} IN ({whole}) OR {parts} ELSE FALSE END"


def is_own(carrier: str) -> str:
    """Return the SQL of whether the customer ships it himself.

    Examples
    --------
    >>> import duckdb
    >>> [duckdb.execute("SELECT " + is_own(repr(c))).fetchone() for c in ("自社発送", "自社便")]
    [(True,), (False,)]
    """
    words = ", ".join(f"'{word}'" for word in vocabularies()["not_trade"]["own"])
    return f"({carrier} IN ({words}))"
