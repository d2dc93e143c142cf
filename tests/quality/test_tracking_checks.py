from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from rakustats.simulate.numbering import s10, with_mod7

GOOD = str(with_mod7(np.array([40012345678]))[0])
BAD = GOOD[:-1] + str((int(GOOD[-1]) + 1) % 10)
POST = s10(np.array([7]))[0]
BAD_POST = POST[:10] + str((int(POST[10]) + 1) % 10) + POST[11:]


@pytest.mark.parametrize(
    ("carrier", "number", "doubted"),
    [
        ("ヤマト運輸", GOOD, False),
        ("ヤマト運輸", BAD, True),
        ("佐川急便", f"{BAD[:4]}-{BAD[4:8]}-{BAD[8:]}", True),
        ("佐川急便", f"{GOOD[:4]}-{GOOD[4:8]}-{GOOD[8:]}", False),
        ("Yamato Transport", BAD, True),
        ("日本郵便", BAD, True),
        ("日本郵便", POST, False),
        ("日本郵便", BAD_POST, True),
        ("EMS", BAD_POST.lower(), True),
        ("DHL", "1234567891", False),
        ("DHL Express", "1234567890", True),
        ("FedEx", BAD, False),
        ("中通快递", BAD, False),
        (None, BAD, False),
        ("ヤマト運輸", BAD[:-1], False),
        ("ヤマト運輸", "RW1234567890", False),
        ("ヤマト運輸", None, False),
        ("日本郵便", "EB47312482XCN", False),
    ],
)
def test_tracking_check_digit(
    look: Any, carrier: str | None, number: str | None, doubted: bool
) -> None:
    given = [{"shipment_id": "S", "carrier": carrier, "tracking_no": number}]
    found = look("tracking_check_digit", shipments=given)
    detail = f"tracking_no: check digit does not fit '{carrier}': '{number}'"
    assert found == ([("S", detail)] if doubted else [])


def numbered(first: int, n: int, add: int) -> list[dict[str, Any]]:
    made = with_mod7(np.arange(first, first + n)) // 10 * 10
    digits = (with_mod7(np.arange(first, first + n)) + add) % 10
    return [
        {"shipment_id": f"{first}-{add}-{i}", "carrier": "ヤマト運輸", "tracking_no": str(m + d)}
        for i, (m, d) in enumerate(zip(made.tolist(), digits.tolist(), strict=True))
    ]


def test_a_carrier_that_numbers_otherwise_is_told_once(look: Any) -> None:
    given = numbered(40_000_000_000, 20, 1) + numbered(50_000_000_000, 5, 0)
    assert look("tracking_check_digit", shipments=given) == [
        (None, "tracking_no: 20 of 25 numbers of 'ヤマト運輸' fail the check digit;"
               " it may number otherwise")
    ]  # fmt: skip


def test_a_few_wrong_among_many_are_told_one_by_one(look: Any) -> None:
    given = numbered(40_000_000_000, 3, 1) + numbered(50_000_000_000, 30, 0)
    assert len(look("tracking_check_digit", shipments=given)) == 3


def sent(shipment_id: str, day: str | None, **facts: Any) -> dict[str, Any]:
    shipped = f"2026-{day}" if day else None
    row = {"shipment_id": shipment_id, "shipped_at": shipped, "carrier": "a", "tracking_no": "7"}
    return {**row, **facts}


@pytest.mark.parametrize(
    ("parcels", "doubted"),
    [
        ([sent("S1", "01-01"), sent("S2", "04-03")], ["S2"]),
        ([sent("S1", "01-01"), sent("S2", "04-01")], []),
        ([sent("S1", "01-01"), sent("S2", "03-01"), sent("S3", "05-01")], []),
        ([sent("S1", "01-01"), sent("S2", "01-01"), sent("S3", "06-01")], ["S3"]),
        ([sent("S1", "01-01"), sent("S2", "06-01", carrier="b")], []),
        ([sent("S1", "01-01"), sent("S2", None)], []),
        ([sent("S1", "01-01"), sent("S2", "06-01", tracking_no=None)], []),
    ],
)
def test_tracking_reused(look: Any, parcels: list[dict[str, Any]], doubted: list[str]) -> None:
    found = look("tracking_reused", shipments=parcels)
    assert [key for key, _ in found] == doubted
    assert all("tracking_no: '7' was 'S1', shipped" in detail or "S2" in detail
               for _, detail in found)  # fmt: skip


@pytest.mark.parametrize(
    ("other", "doubted"),
    [
        (sent("S2", "01-05", carrier="b"), True),
        (sent("S2", "01-05", carrier="a"), False),
        (sent("S2", "01-05", carrier=None), False),
        (sent("S2", "01-05", carrier="b", parent_shipment_id="S1"), False),
        (sent("S2", "01-05", carrier="b", tracking_no="8"), False),
    ],
)
def test_tracking_two_carriers(look: Any, other: dict[str, Any], doubted: bool) -> None:
    found = look("tracking_two_carriers", shipments=[sent("S1", "01-01"), other])
    told = [("S2", "tracking_no: '7' of 'b' is also 'S1' of 'a'")]
    assert found == (told if doubted else [])
