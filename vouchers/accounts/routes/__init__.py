"""Pages of accounts: signing in for everybody, people for the office, and the session of a request."""
