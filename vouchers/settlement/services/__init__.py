"""Acts on batches: make, lock, approve, release, export, answer, close, follow up."""

from vouchers.settlement.services.answering import Answered, close, import_result
from vouchers.settlement.services.making import NewBatch, drop_line, follow_up, make_batch
from vouchers.settlement.services.releasing import PaymentFile, export_file, release
from vouchers.settlement.services.signing import Signature, approve, lock, reopen

__all__ = [
    "Answered",
    "NewBatch",
    "PaymentFile",
    "Signature",
    "approve",
    "close",
    "drop_line",
    "export_file",
    "follow_up",
    "import_result",
    "lock",
    "make_batch",
    "release",
    "reopen",
]
