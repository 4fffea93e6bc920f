"""Probes: one file is one way to ask a service whether it is ready."""
