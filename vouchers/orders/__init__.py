"""合同与用量: enterprise and provider agree an order; it holds part of a voucher; usage is metered.

Owns orders, order_versions, usage_statements.
"""
