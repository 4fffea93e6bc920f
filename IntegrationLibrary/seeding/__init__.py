"""Seeds: named sets of rows, read from files and put in before tests."""
