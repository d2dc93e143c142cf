"""Reports: notebooks run with parameters, as HTML that needs no network, XLSX, CSV and JSON."""

from __future__ import annotations

from rakustats.reports.making import report
from rakustats.reports.page import Page

__all__ = ["Page", "report"]
