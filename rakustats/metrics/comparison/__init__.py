"""Drift, and effects of sellers and carriers adjusted for each other."""
