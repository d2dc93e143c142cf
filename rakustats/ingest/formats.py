"""The sheets of a file, read as what its bytes show it to be."""

from __future__ import annotations

from pathlib import Path

from rakustats.ingest import columnar, files, text, web, workbooks
from rakustats.ingest.header_detection import HeaderDetection
from rakustats.ingest.plan import Sheet


def read(
    path: Path,
    facts: files.Bytes,
    scratch: Path,
    encoding: str | None,
    detection: HeaderDetection,
) -> tuple[list[Sheet], list[str]]:
    """Return the sheets that hold exports, and the names of a workbook's other sheets."""
    match files.kind(path):
        case "workbook":
            return workbooks.read(path, facts, scratch, detection)
        case "parquet":
            return [columnar.read(path, facts)], []
        case "page":
            return web.read(path, facts, scratch, encoding, detection), []
        case "text":
            return [text.read(path, facts, scratch, encoding, detection)], []
