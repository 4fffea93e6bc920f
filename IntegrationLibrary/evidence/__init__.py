"""Evidence: what one test did, as data and as a card in its log."""
