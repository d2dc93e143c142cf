"""Delays, lead times, stages, losses, tracking."""
