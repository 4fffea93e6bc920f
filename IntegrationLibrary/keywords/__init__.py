"""Keywords: Robot's words; they convert, call and phrase the failure."""
