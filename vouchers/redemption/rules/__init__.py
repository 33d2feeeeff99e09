"""Decisions about claims: what counts, what is used up, what must be mended; pure."""
