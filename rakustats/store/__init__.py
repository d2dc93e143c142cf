"""The canonical tables in one DuckDB file, published whole or not at all."""
