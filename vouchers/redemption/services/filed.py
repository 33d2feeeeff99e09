"""An invoice as it was handed in and as it reads; both happen before the transaction."""

from dataclasses import dataclass

from vouchers.files.services import Received
from vouchers.redemption.invoices.invoice import Invoice


@dataclass(frozen=True, slots=True)
class InvoiceFile:
    """The bytes on record-to-be, and what they say."""

    received: Received
    paper: Invoice
