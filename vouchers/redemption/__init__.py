"""核销: a provider redeems part of an order against an invoice; evidence is allocated row by row.

Owns claims, invoices, invoice_lines, payment_proofs, delivery_confirmations, claim_papers, allocations.
"""
