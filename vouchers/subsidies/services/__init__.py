"""Acts on direct subsidies: keep the spending a case rests on, award what was approved, withdraw an award."""

from vouchers.subsidies.services.awarding import award, award_all
from vouchers.subsidies.services.examining import examine, is_open, snapshot_of
from vouchers.subsidies.services.keeping import NewInvoice, NewPaper, add_invoice, add_paper, remove
from vouchers.subsidies.services.reversing import ReversalAnswer, decide_reversal, propose_reversal

__all__ = [
    "NewInvoice",
    "NewPaper",
    "ReversalAnswer",
    "add_invoice",
    "add_paper",
    "award",
    "award_all",
    "decide_reversal",
    "examine",
    "is_open",
    "propose_reversal",
    "remove",
    "snapshot_of",
]
