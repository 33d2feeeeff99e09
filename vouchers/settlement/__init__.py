"""兑付: what is due is paid by batches with two signatures; a refused line is paid again, never twice.

Owns payment_lines, payment_items, batches, payment_attempts.
"""
