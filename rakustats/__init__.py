"""Trouble analytics for import orders: load exports, measure delay and damage, know whom to trust.

Examples
--------
>>> import rakustats as rs
>>> with rs.connect() as db:
...     late = rs.delay_rates(db, by=["carrier"])
>>> late.by
('carrier',)
"""

from __future__ import annotations

import lazy_loader

from rakustats.results.registry import register

__version__ = "0.1.0"

# Loaded when first used: a command that prints its help should not wait for pandas.
__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)

register("chart", "rakustats.charts:figure")
register("writer", "rakustats.results.writers:write")
