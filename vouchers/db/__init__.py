"""The database: base, column types, the one transaction opener and the one list specification."""
