import struct
from pathlib import Path

import pytest

from rakustats.ingest.compound import chains_end

WORKBOOK = Path(__file__).parents[1] / "hazards/fixtures/orders.xls"
TABLE = (8 + 1) * 512  # the fixture's allocation table is in its sector 8


def changed(at: int, *numbers: int) -> bytes:
    raw = bytearray(WORKBOOK.read_bytes())
    raw[at : at + 4 * len(numbers)] = struct.pack(f"<{len(numbers)}I", *numbers)
    return bytes(raw)


@pytest.mark.parametrize(
    ("content", "ends"),
    [
        (WORKBOOK.read_bytes(), True),
        (b"order_no,total_jpy\n", True),
        (WORKBOOK.read_bytes()[:700], True),
        (changed(TABLE, 0), False),
        (changed(TABLE + 4 * 7, 3), False),
        (changed(TABLE + 4 * 7, 0xFFFFFFF0), True),
        (changed(68, 2), False),
        (changed(30, 0x00FF00FF), False),
    ],
    ids=["sound", "text", "cut", "itself", "circle", "nowhere", "lists", "sizes"],
)
def test_chains_that_lead_in_a_circle_are_found(tmp_path: Path, content: bytes, ends: bool) -> None:
    path = tmp_path / "orders.xls"
    path.write_bytes(content)
    assert chains_end(path) == ends
