"""Acts on vouchers: issue, activate, freeze, void, expire, and what orders and claims give back."""

from vouchers.issuance.services.at_once import Claimed, claim_at_once
from vouchers.issuance.services.ending import (
    activate_due,
    annul,
    close_if_used_up,
    expire_due,
    freeze,
    lapse_rest,
    release_into,
    reopen_if_left,
    unfreeze,
    void,
)
from vouchers.issuance.services.issuing import (
    CERTIFICATE_JOB,
    hold_awarding,
    issue,
    issue_all,
    let_wait,
    record_award,
)
from vouchers.issuance.services.units import drawing, give_back_units
from vouchers.issuance.services.warning import warn_due

__all__ = [
    "CERTIFICATE_JOB",
    "Claimed",
    "activate_due",
    "annul",
    "claim_at_once",
    "close_if_used_up",
    "drawing",
    "expire_due",
    "freeze",
    "give_back_units",
    "hold_awarding",
    "issue",
    "issue_all",
    "lapse_rest",
    "let_wait",
    "record_award",
    "release_into",
    "reopen_if_left",
    "unfreeze",
    "void",
    "warn_due",
]
