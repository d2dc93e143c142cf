"""Costs, prices, weights."""
