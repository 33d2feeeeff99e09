"""Pages of settlement."""
