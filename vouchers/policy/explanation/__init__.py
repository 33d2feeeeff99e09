"""A decision in words: findings with seen, wanted and what would change them; the calculation, row by row."""

from vouchers.policy.explanation.calculation import calculation, tier_name
from vouchers.policy.explanation.findings import LEVELS, findings, shown_value, told
from vouchers.policy.explanation.rules import told_rule
from vouchers.policy.explanation.words import shown_amount, term_words

__all__ = [
    "LEVELS",
    "calculation",
    "findings",
    "shown_amount",
    "shown_value",
    "term_words",
    "tier_name",
    "told",
    "told_rule",
]
