"""A decision in words: findings with seen, wanted and what would change them; the calculation, row by row."""

from vouchers.policy.explanation.calculation import calculation, tier_name
from vouchers.policy.explanation.findings import LEVELS, Explained, explained, findings, shown_value, told
from vouchers.policy.explanation.rules import told_rule
from vouchers.policy.explanation.words import (
    clause_words,
    in_units,
    of_plan,
    shown_amount,
    term_words,
    units_said,
)

__all__ = [
    "LEVELS",
    "Explained",
    "calculation",
    "clause_words",
    "explained",
    "findings",
    "in_units",
    "of_plan",
    "shown_amount",
    "shown_value",
    "term_words",
    "tier_name",
    "told",
    "told_rule",
    "units_said",
]
