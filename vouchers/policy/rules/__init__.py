"""Pure decisions: facts in; findings, conditions and amounts out. No database, no clock."""
