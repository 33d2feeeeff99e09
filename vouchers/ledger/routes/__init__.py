"""Pages of the ledger, per audience."""
