"""Scorecards: whom to trust, scores of sellers and carriers made of the metrics' rates."""
