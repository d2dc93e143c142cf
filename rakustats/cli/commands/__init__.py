"""The commands, one per file: what each does, its options, its handler, an example."""
