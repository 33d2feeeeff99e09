"""Pages of redemption."""
