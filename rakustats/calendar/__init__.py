"""Workdays, closures and time zones of China and Japan."""
