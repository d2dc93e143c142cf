"""Statistics on the small tables that the metrics produce."""
