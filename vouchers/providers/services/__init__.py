"""Acts of and on providers: registering, admission, offerings."""

from vouchers.providers.rules import OfferingTerms
from vouchers.providers.services.admission import (
    AdmissionDecision,
    NewDocument,
    Registered,
    Registration,
    admit,
    apply,
    declare,
    describe,
    keep_document,
    refuse,
    register,
    remove,
    resume,
    suspend,
    take_up,
)
from vouchers.providers.services.offerings import (
    change_offering,
    list_offering,
    relist_offering,
    withdraw_offering,
)

__all__ = [
    "AdmissionDecision",
    "NewDocument",
    "OfferingTerms",
    "Registered",
    "Registration",
    "admit",
    "apply",
    "change_offering",
    "declare",
    "describe",
    "keep_document",
    "list_offering",
    "refuse",
    "register",
    "relist_offering",
    "remove",
    "resume",
    "suspend",
    "take_up",
    "withdraw_offering",
]
