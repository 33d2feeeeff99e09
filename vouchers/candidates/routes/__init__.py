"""Pages of lists of candidates."""
