"""Isolation: one file is one strategy that keeps a test's data from the next."""
