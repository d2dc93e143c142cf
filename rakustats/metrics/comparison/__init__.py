"""Who got worse, and whose part is what."""
