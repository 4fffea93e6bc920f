"""Containers: the only place that speaks to a Docker engine."""
