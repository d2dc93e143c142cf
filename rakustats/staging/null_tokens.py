"""Words that stand for nothing known, and for yes and no."""

from __future__ import annotations

from rakustats.schema.text_normalisation import NULL_WORDS, plain

# What spreadsheets and data frames write where a value should be.
ERRORS = ("#NUM!", "#NAME?", "#NULL!", "NaT", "<NA>")
_YES = (
    *("true", "t", "yes", "y", "on", "1", "はい", "要", "有", "有り", "あり", "済", "是", "需要"),
    *("○", "〇", "◯", "◎", "✓", "✔", "☑"),
)
_NO = (
    *(
        "false",
        "f",
        "no",
        "n",
        "off",
        "0",
        "いいえ",
        "不要",
        "無",
        "無し",
        "なし",
        "未",
        "否",
        "无",
    ),
    *("×", "✕", "✗", "☐"),
)
_NULLS = NULL_WORDS | {word.casefold() for word in ERRORS}
_MEANING = dict.fromkeys(_YES, True) | dict.fromkeys(_NO, False)


def is_null(text: str) -> bool:
    """Return whether a cell only says that nothing is known.

    Examples
    --------
    >>> is_null("未定"), is_null("＃Ｎ／Ａ"), is_null("0")
    (True, True, False)
    """
    return plain(text).casefold() in _NULLS


def boolean(text: str) -> bool | None:
    """Read yes or no in the words of three languages; None where nothing is known.

    Raises
    ------
    ValueError
        If the word says neither.

    Examples
    --------
    >>> boolean("要"), boolean("無"), boolean("-")
    (True, False, None)
    """
    word = plain(text).casefold()
    if word in _MEANING:
        return _MEANING[word]
    if word in _NULLS:
        return None
    raise ValueError(f"neither yes nor no: {text!r}")
