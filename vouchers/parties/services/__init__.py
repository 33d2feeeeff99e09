"""Acts on organisations: registering, granting mandates, recording facts and accounts."""

from vouchers.parties.services.bank_accounts import NewBankAccount, add_bank_account, end_bank_account
from vouchers.parties.services.facts import end_fact, record_fact
from vouchers.parties.services.handing_over import HandOver, hand_over
from vouchers.parties.services.impartial import check_impartial, declare_conflict
from vouchers.parties.services.members import (
    Enrolled,
    Founder,
    NewMember,
    OrganisationPapers,
    add_member,
    end_mandate,
    enrol,
    grant_mandate,
)
from vouchers.parties.services.organisations import (
    NewControlLink,
    link_control,
    register_organisation,
    rename,
    settle_uscc,
)

__all__ = [
    "Enrolled",
    "Founder",
    "HandOver",
    "NewBankAccount",
    "NewControlLink",
    "NewMember",
    "OrganisationPapers",
    "add_bank_account",
    "add_member",
    "check_impartial",
    "declare_conflict",
    "end_bank_account",
    "end_fact",
    "end_mandate",
    "enrol",
    "grant_mandate",
    "hand_over",
    "link_control",
    "record_fact",
    "register_organisation",
    "rename",
    "settle_uscc",
]
