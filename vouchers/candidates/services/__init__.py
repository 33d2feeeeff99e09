"""Acts on lists of candidates: bringing a register in, what comes of it, releasing, answering, the end."""

from vouchers.candidates.services.answering import Confirmed, Shown, confirm, decline, object_to, shown_to
from vouchers.candidates.services.computing import Computed, Outcome, keep_computed, refuse_register
from vouchers.candidates.services.releasing import drop, end_due, release
from vouchers.candidates.services.uploading import COMPUTE_JOB, NewList, receive_register, upload

__all__ = [
    "COMPUTE_JOB",
    "Computed",
    "Confirmed",
    "NewList",
    "Outcome",
    "Shown",
    "confirm",
    "decline",
    "drop",
    "end_due",
    "keep_computed",
    "object_to",
    "receive_register",
    "refuse_register",
    "release",
    "shown_to",
    "upload",
]
