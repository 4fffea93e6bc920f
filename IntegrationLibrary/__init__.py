"""A real, private, clean system for every Robot Framework test."""
