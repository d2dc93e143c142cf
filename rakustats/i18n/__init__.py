"""Sentences in both languages, and which language is spoken."""
