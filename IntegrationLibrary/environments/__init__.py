"""Environment files: read, checked, their references resolved, their services put in order."""
