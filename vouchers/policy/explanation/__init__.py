"""A decision in words: findings with seen, wanted and what would change them; the calculation, row by row."""

from vouchers.policy.explanation.calculation import calculation, tier_name
from vouchers.policy.explanation.findings import LEVELS, findings, shown_value, told

__all__ = ["LEVELS", "calculation", "findings", "shown_value", "tier_name", "told"]
