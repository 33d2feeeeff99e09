"""Home pages, per audience."""
