"""Text to typed rows of canonical tables; every refused row becomes a reject with its reasons."""
