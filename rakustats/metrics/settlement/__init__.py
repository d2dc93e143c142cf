"""Cancellations and refunds."""
