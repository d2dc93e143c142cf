"""One load: files through ingest, staging and store."""
