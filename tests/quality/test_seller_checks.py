from __future__ import annotations

from typing import Any

import pytest

from rakustats.quality import sellers


def shops(*pairs: tuple[str | None, str | None]) -> list[dict[str, Any]]:
    return [
        {"order_no": "A", "line_no": str(i), "seller_id": shop, "seller_name": name}
        for i, (shop, name) in enumerate(pairs)
    ]


@pytest.mark.parametrize(
    ("one", "other", "doubted"),
    [
        ("㈱広州電子", "廣州电子(株)", True),
        ("ＡＢＣ商店", "abc 商店", True),
        ("义乌市佳美服饰商行", "义乌市佳美服饰商行店", True),
        ("义乌市华美服饰商行", "义乌市华丽服饰商行", False),
        ("guangzhou jiamei bags", "guangzhou jiamei bag", True),
        ("guangzhou shop 12", "guangzhou shop 13", False),
        ("汕头市锦程宠物用品商行", "汕头市锦程宠物用品工厂店", False),
        ("宁波佳美服饰", "深圳佳美服饰", False),
        ("Abbott (Puerto Rico)", "Abbott (Basel)", False),
        ("・", "/", False),
    ],
)
def test_seller_alias(look: Any, one: str, other: str, doubted: bool) -> None:
    found = look("seller_alias", order_lines=shops(("s1", one), ("s2", other), ("s1", one)))
    told = [("s2", f"seller_id: 's2' '{other}' may be 's1' '{one}'")]
    assert found == (told if doubted else [])


def test_a_name_without_its_id(look: Any) -> None:
    found = look("seller_alias", order_lines=shops(("s1", "店"), (None, "店"), (None, None)))
    assert found == [("店", "seller_id: none '店' may be 's1' '店'")]


def test_too_many_shops_are_compared_by_equal_names_only(
    look: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sellers, "COMPARED", 2)
    given = shops(("s1", "jiamei bags"), ("s2", "jiamei bag"), ("s3", "Jiamei-Bags"))
    assert look("seller_alias", order_lines=given) == [
        ("s3", "seller_id: 's3' 'Jiamei-Bags' may be 's1' 'jiamei bags'"),
        (None, "seller_name: 3 shops are too many to compare; only equal names were paired"),
    ]


def test_seller_renamed(look: Any) -> None:
    given = shops(
        ("s1", "新しい店"), ("s1", "古い店"), ("s2", "㈱同じ店"), ("s2", "同じ店（株）"),
        ("s3", None), ("s3", "店"), (None, "甲"), (None, "乙"),
    )  # fmt: skip
    assert look("seller_renamed", order_lines=given) == [
        ("s1", "seller_name: '古い店', '新しい店'")
    ]
