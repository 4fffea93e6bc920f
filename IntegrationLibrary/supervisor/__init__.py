"""The supervisor: the one process that owns everything a run started."""
