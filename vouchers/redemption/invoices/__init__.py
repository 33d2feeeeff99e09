"""发票: electronic invoices read from their files, and what can be checked of them without asking anybody."""
