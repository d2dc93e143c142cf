"""Claims: how often, how long, what comes of them, whose fault."""
