"""At-risk deliveries: what was known when, and what follows from it."""
