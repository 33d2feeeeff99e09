"""Pages of reviewing."""
