"""Mocks of third parties: a server, its rules and a record of what hit it."""
