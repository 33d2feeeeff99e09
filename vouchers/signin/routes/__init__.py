"""Pages of the ways to sign in."""
