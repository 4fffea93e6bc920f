"""Faults of the network: a proxy in front of a service that delays, cuts, slows and drops on purpose."""
