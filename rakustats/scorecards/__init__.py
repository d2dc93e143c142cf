"""Whom to trust: scores of sellers and carriers, made of the rates that the metrics tell."""
