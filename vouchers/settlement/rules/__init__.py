"""Decisions about payment: who is paid out of what, totals, files; pure."""
