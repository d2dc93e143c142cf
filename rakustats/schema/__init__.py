"""Canonical tables, vocabularies, text normalisation, issue codes, exclusions."""
