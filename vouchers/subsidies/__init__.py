"""直接补助: money for what was bought and paid already. No voucher, no order; finance pays the enterprise.

An ex-post case shows contract, invoices and payments with its application; when it is approved, one act records the
award, uses the invoices up and makes the money payable.
"""
