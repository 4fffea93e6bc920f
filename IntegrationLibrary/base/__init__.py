"""What every room of the library may use: errors, registry, waiting, words, redaction, paths."""
