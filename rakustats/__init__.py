"""Trouble analytics for import orders: load exports, measure delay and damage, know whom to trust."""

from __future__ import annotations

__version__ = "0.1.0"
