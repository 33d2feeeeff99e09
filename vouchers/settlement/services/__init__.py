"""Acts on batches from making to closing; comparing with the bank after a restore."""

from vouchers.settlement.services.answering import Answered, close, import_result
from vouchers.settlement.services.comparing import (
    NewComparison,
    confirm_comparison,
    record_comparison,
    return_comparison,
)
from vouchers.settlement.services.making import NewBatch, drop_line, follow_up, make_batch
from vouchers.settlement.services.releasing import PaymentFile, export_file, release
from vouchers.settlement.services.reminding import remind_due
from vouchers.settlement.services.signing import Signature, approve, lock, reopen

__all__ = [
    "Answered",
    "NewBatch",
    "NewComparison",
    "PaymentFile",
    "Signature",
    "approve",
    "close",
    "confirm_comparison",
    "drop_line",
    "export_file",
    "follow_up",
    "import_result",
    "lock",
    "make_batch",
    "record_comparison",
    "release",
    "remind_due",
    "reopen",
    "return_comparison",
]
