"""Damage and what inspection finds."""
