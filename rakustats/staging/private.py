"""Personal data: headers whose cells are never stored, not even with a refused row."""

from __future__ import annotations

import re

from rakustats.ingest.headers import dictionary
from rakustats.schema import tables
from rakustats.spelling import normalise

_WORDS = re.compile(
    r"住所|電話|氏名|宛名|宛先|受取人|届け先名|郵便|メール(?!日)|担当|地址|電話|收件人|收貨人|手機|姓名|郵箱|"
    r"address|phone|tel(?:ephone)?|mobile|e-?mail|recipient|consignee|fullname|customername|zip|postal"
)


def is_private(header: str) -> bool:
    """Tell whether a header names a person, or says where and how to reach one.

    Examples
    --------
    >>> is_private("お届け先住所"), is_private("会員番号"), is_private("注文番号")
    (True, True, False)
    """
    name = normalise(header)
    hashed = any(
        c.private and dictionary(t.name).get(name) == c.name
        for t in tables().values()
        for c in t.columns
    )
    return hashed or bool(_WORDS.search(name))
