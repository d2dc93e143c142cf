"""One module per question: SQL on the canonical tables, the same text on both engines."""
