"""Statistics on arrays: shrinkage, survival, case mix, crossed effects, cumulative sums."""
