"""Decisions about applicants: size class from known facts, roles, and what the profile asks."""

from vouchers.enterprises.rules.applying import applying_findings
from vouchers.enterprises.rules.industries import INDUSTRIES, industry_name
from vouchers.enterprises.rules.profile import (
    CREDIT_LABELS,
    PROFILE,
    CreditKind,
    Section,
    SizeLine,
    fields_named,
    role_of,
    size_lines,
    size_of,
)

__all__ = [
    "CREDIT_LABELS",
    "INDUSTRIES",
    "PROFILE",
    "CreditKind",
    "Section",
    "SizeLine",
    "applying_findings",
    "fields_named",
    "industry_name",
    "role_of",
    "size_lines",
    "size_of",
]
