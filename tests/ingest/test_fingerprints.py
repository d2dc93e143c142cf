import hashlib
import io

import pytest

from rakustats.ingest import fingerprints
from rakustats.ingest.fingerprints import fingerprint


@pytest.mark.parametrize("block", [1 << 22, 8])
@pytest.mark.parametrize(
    ("content", "plain"),
    [
        (b"a,b\n1,2\n", True),
        (b"a,b\r\n1,2\r\n", True),
        (b"a,b\r1,2\r", False),
        (b"a,b\n\n1,2\n", False),
        (b"a,b\r\n\r\n1,2", False),
        (b"a,b\n1,\x002\n", False),
        (b"a,b\n1,2\na,b\n1,2\n", False),
        (b"\xef\xbb\xbfa,b\n1,2\n\xef\xbb\xbfa,b\n3,4", False),
        (b'a,b\n1,"two\nlines"\n2,3\n4,5\n6,7\n', True),
        (b'a,b\n1,"2\n3,4\n5,6\n7,8"\n', False),
        (b'a,b\n1,"two ""quotes"""\n3,4\n5,6\n7,8\n', True),
    ],
)
def test_what_duckdb_reads_as_a_spreadsheet_does(
    monkeypatch: pytest.MonkeyPatch, content: bytes, plain: bool, block: int
) -> None:
    monkeypatch.setattr(fingerprints, "BLOCK", block)
    facts = fingerprint(io.BytesIO(content))
    assert (facts.plain, facts.size) == (plain, len(content))
    assert facts.sha256 == hashlib.sha256(content).hexdigest()


def test_plain_ascii_is_known() -> None:
    assert fingerprint(io.BytesIO(b"a,b\n1,2\n")).ascii
    assert not fingerprint(io.BytesIO("a,b\n1,円\n".encode())).ascii
    assert not fingerprint(io.BytesIO("a,b\n1,2\n".encode("utf-16-le"))).ascii


def test_a_large_file_has_the_fingerprint_of_its_bytes(tmp_path, monkeypatch):
    path = tmp_path / "a.csv"
    path.write_bytes(b"order_no,boxes\n" + b"A-1,2\n" * 40_000)
    with path.open("rb") as stream:
        expected = fingerprints.fingerprint(stream)
    for limit in (0, 1 << 40):
        monkeypatch.setattr(fingerprints, "LARGE", limit)
        assert fingerprints.fingerprint_of(path) == expected
    assert expected.sha256 == hashlib.sha256(path.read_bytes()).hexdigest()
