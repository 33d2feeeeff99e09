"""Acts on claims: draft, submit, withdraw, verify, approve, send back, reject."""

from vouchers.redemption.services.awarding import Award, award_claim, hold_invoices, reverse_award
from vouchers.redemption.services.deciding import (
    Approval,
    Verification,
    approve_claim,
    refuse_claim,
    reject_claim,
    send_back,
    verify_claim,
)
from vouchers.redemption.services.drafting import (
    Delivery,
    NewClaim,
    Proof,
    draft_claim,
    revise_claim,
)
from vouchers.redemption.services.filed import InvoiceFile
from vouchers.redemption.services.moving import locked, take_duty
from vouchers.redemption.services.paying import batch_claim, is_asked_again, not_payable, pay_claim
from vouchers.redemption.services.recording import Counting, record_invoice
from vouchers.redemption.services.red_letters import record_red_letter
from vouchers.redemption.services.submitting import submit_claim, submit_draft, withdraw_claim

__all__ = [
    "Approval",
    "Award",
    "Counting",
    "Delivery",
    "InvoiceFile",
    "NewClaim",
    "Proof",
    "Verification",
    "approve_claim",
    "award_claim",
    "batch_claim",
    "draft_claim",
    "hold_invoices",
    "is_asked_again",
    "locked",
    "not_payable",
    "pay_claim",
    "record_invoice",
    "record_red_letter",
    "refuse_claim",
    "reject_claim",
    "reverse_award",
    "revise_claim",
    "send_back",
    "submit_claim",
    "submit_draft",
    "take_duty",
    "verify_claim",
    "withdraw_claim",
]
