"""Personal data: headers whose cells are never stored, and what is masked in any other text."""

from __future__ import annotations

import re
from functools import lru_cache

from rakustats.ingest.headers import dictionary
from rakustats.ingest.text import literal
from rakustats.schema.tables import tables
from rakustats.schema.text_normalisation import normalise

REDACTED = "***"
# Words in headers of people, of where and how to reach them, and of where their money goes.
_PERSONS = """
氏名 名前 姓名 宛名 宛先 受取人 荷受人 依頼主 注文者 購入者 買主 届け先 届先 送り先 送付先
配送先 会員名 顧客名 お客様名 担当 連絡先 フリガナ ふりがな ローマ字 名義 生年月日 パスポート
住所 所在地 番地 建物名 マンション 郵便 〒 電話 携帯 ファックス アドレス 口座 銀行名 支店 カード番号
收件 收货 联系人 联系方式 客户名 买家 身份证 户名 护照 地址 邮编 邮政编码 电话 手机 邮箱
微信 wechat 旺旺 银行 账号 帐号 开户
"""
_LATIN = (
    r"address|phone|mobile|\btel\b|^tel|telno|\bfax|^fax|mail|recipient|consignee|receiver|contact|zip|postal|"
    r"postcode|birth|passport|iban|bankaccount|accountn|cardn|^name$|"
    r"(?:full|first|last|family|given|customer|buyer|client|user|account)name"
)
_MAIL_WORD = rf"{normalise('メール')}(?!日)"
_DENIED = re.compile(
    "|".join(re.escape(normalise(word)) for word in _PERSONS.split())
    + f"|^(?:姓|名)$|{_MAIL_WORD}|{_LATIN}"
)

# Patterns that DuckDB and Python read alike. D is a digit, H what stands between groups of them.
_D, _H = "[0-9０-９]", "[-−‐–－ー ]"
_MAIL = r"[0-9A-Za-z._%+-]+[@＠][0-9A-Za-z-]+(?:[.．][0-9A-Za-z-]+)+"
_GROUPS = "|".join(
    (
        f"[0０]{_D}{_H}{_D}{{4}}{_H}{_D}{{4}}",
        f"[0０]{_D}{{2}}{_H}{_D}{{3,4}}{_H}{_D}{{4}}",
        f"[0０]{_D}{{3}}{_H}{_D}{{2,3}}{_H}{_D}{{4}}",
        f"[0０]{_D}{{4}}{_H}{_D}{_H}{_D}{{4}}",
        f"[0０]{_D}{{3}}{_H}{_D}{{3}}{_H}{_D}{{3}}",
        f"[(（]?[0０]{_D}{{1,4}}[)）(（]{_D}{{1,4}}[)）-]{_D}{{4}}",
        f"[1１][3-9３-９]{_D}{_H}{_D}{{4}}{_H}{_D}{{4}}",
        f"[+＋](?:81|86){_H}?[(（]?{_D}{{1,4}}[)）]?{_H}?{_D}{{2,4}}{_H}?{_D}{{4}}",
        f"〒 ?{_D}{{3}}{_H}?{_D}{{4}}",
    )
)
# Digits without a break may name a parcel as well: they are masked in free text only.
_BARE = f"[0０][5-9５-９][0０]{_D}{{8}}|[1１][3-9３-９]{_D}{{9}}|[0０]{_D}{{2,3}}{_H}{_D}{{7,8}}"
_BETWEEN = rf"\1{REDACTED}\2"
_EDGE = r"[^0-9０-９A-Za-z_-]"


@lru_cache(maxsize=1 << 12)
def is_pii(header: str) -> bool:
    """Return whether a header names a person, or says where and how to reach or pay one.

    Headers of canonical columns are no names of persons, but for the member's number.

    Examples
    --------
    >>> is_pii("お届け先住所"), is_pii("会員番号"), is_pii("注文番号")
    (True, True, False)
    """
    name = normalise(header)
    known = [t[c] for t in tables().values() if (c := dictionary(t.name).get(name)) in t.names]
    if known:
        return any(column.pii for column in known)
    return bool(_DENIED.search(name))


def masked(text: str, *, free: bool = True) -> str:
    """Return the SQL of a text in which mail addresses and phone numbers are masked.

    ``free`` says that the text is no number of an order or a parcel: there, eleven digits in a row
    are a phone number too.
    """
    for pattern in _patterns(free):
        text = f"regexp_replace({text}, {literal(pattern)}, {literal(_BETWEEN)}, 'g')"
    return text


def without_pii(text: str) -> str:
    r"""Return a text in which mail addresses and phone numbers are masked.

    Examples
    --------
    >>> without_pii("連絡は 090-1234-5678 か taro@example.jp へ、注文 2026071715475684-300001")
    '連絡は *** か *** へ、注文 2026071715475684-300001'
    """
    for pattern in _patterns(free=True):
        text = re.sub(pattern, _BETWEEN, text)
    return text


def _patterns(free: bool) -> list[str]:
    """Return the patterns to replace, each between two edges.

    Numbers that share an edge are found in turns, so that those between edges come twice.
    """
    numbers = f"{_GROUPS}|{_BARE}" if free else _GROUPS
    return [f"(){_MAIL}()", *[f"(^|{_EDGE})(?:{numbers})($|{_EDGE})"] * 2]
