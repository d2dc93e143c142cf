"""One spelling for the many ways in which exports write the same word."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

NULL_WORDS = frozenset(
    (
        *("", "-", "--", "—", "ー", "―", "■", "nan", "none", "null", "n/a", "#n/a", "na", "#ref!"),
        *("#value!", "#div/0!", "未定", "なし", "無し", "不明", "無", "暂无", "无", "未知"),
        *("0000-00-00", "0000/00/00", "0000-00-00 00:00:00"),
    )
)
# Japanese files mix in simplified characters; one form of each is enough to look a header up.
_VARIANTS = str.maketrans(
    "号単计价数时间发货订运费国类态题状图额库称规务关总实际体积称运输话单请购买达预质询问题层级",
    "號單計價數時間發貨訂運費國類態題狀圖額庫稱規務關總實際體積稱運輸話單請購買達預質詢問題層級",
)
_VARIANTS_JA = str.maketrans("価発図実体称区対応円払", "價發圖實體稱區對應圓拂")
_UNIT = re.compile(r"[(\[【][^)\]】]*[)\]】]")


def plain(text: str) -> str:
    """Return the text in one width (NFKC), without the blanks and invisible signs around it."""
    return unicodedata.normalize("NFKC", text).replace("\u200b", "").replace("\ufeff", "").strip()


@lru_cache(maxsize=1 << 14)
def normalise(header: str) -> str:
    """Return a header in the one form under which it is looked up.

    Examples
    --------
    >>> normalise(" 単価（元）") == normalise("単価(元)") == normalise("單價")
    True
    """
    text = unicodedata.normalize("NFKC", header).casefold()
    text = re.sub(r"[\s_.#\u200b\ufeff]+", "", _UNIT.sub("", text))
    return text.translate(_VARIANTS_JA).translate(_VARIANTS)
