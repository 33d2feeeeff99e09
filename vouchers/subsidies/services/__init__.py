"""Acts on direct subsidies: keep the spending a case rests on, and award what was approved."""

from vouchers.subsidies.services.awarding import award, award_all
from vouchers.subsidies.services.examining import examine, is_open, snapshot_of
from vouchers.subsidies.services.keeping import NewInvoice, NewPaper, add_invoice, add_paper, remove

__all__ = [
    "NewInvoice",
    "NewPaper",
    "add_invoice",
    "add_paper",
    "award",
    "award_all",
    "examine",
    "is_open",
    "remove",
    "snapshot_of",
]
