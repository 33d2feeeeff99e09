"""账本: every resting place of money is an account, every movement one append-only transfer.

Two books: commitments (what may be promised: 发放规模) and cash (what a paying body may pay: 预算指标); caps are
accounts in a third. Owns ledger_accounts, transfers, finance_documents.
"""
