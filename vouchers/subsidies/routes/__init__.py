"""Pages of direct subsidies."""
