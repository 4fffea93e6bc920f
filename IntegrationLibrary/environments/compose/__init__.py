"""Compose files: their services as if they had been written in the environment file."""
