"""Service types: one file is one way to run a service."""
