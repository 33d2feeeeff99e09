"""Pages of operation."""
