"""Pure comparison: what was expected and what was seen make a list of differences."""
