"""Acts on applications: drafting, confirming, mending, withdrawing, and the one function that moves a case."""

from vouchers.applications.services.corrections import (
    CorrectionAsk,
    lapse_due,
    request_correction,
    resubmit,
    settle_correction_days,
)
from vouchers.applications.services.drafts import NewDraft, SavedFacts, add_document, reuse_document, save_facts, start
from vouchers.applications.services.lifts import Lift, decide_lift, most_of, propose_lift
from vouchers.applications.services.moving import advance, promised_days
from vouchers.applications.services.review_marks import approve_amount, judge, mark_decided, mark_outcome
from vouchers.applications.services.submitting import (
    Preview,
    confirm,
    confirmer_findings,
    hand_over,
    preview,
    take_back,
    why_not_at_once,
    withdraw,
)

__all__ = [
    "CorrectionAsk",
    "Lift",
    "NewDraft",
    "Preview",
    "SavedFacts",
    "add_document",
    "advance",
    "approve_amount",
    "confirm",
    "confirmer_findings",
    "decide_lift",
    "hand_over",
    "judge",
    "lapse_due",
    "mark_decided",
    "mark_outcome",
    "most_of",
    "preview",
    "promised_days",
    "propose_lift",
    "request_correction",
    "resubmit",
    "reuse_document",
    "save_facts",
    "settle_correction_days",
    "start",
    "take_back",
    "why_not_at_once",
    "withdraw",
]
