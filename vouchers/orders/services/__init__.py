"""Acts on orders: propose, confirm (part of the voucher is held), meter usage, complete, cancel."""

from vouchers.orders.services.agreeing import NewOrder, cancel, complete, confirm, propose
from vouchers.orders.services.usage import NewUsage, confirm_usage, record_usage

__all__ = [
    "NewOrder",
    "NewUsage",
    "cancel",
    "complete",
    "confirm",
    "confirm_usage",
    "propose",
    "record_usage",
]
