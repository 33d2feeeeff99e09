"""Reading orders, their usage, and what they are judged against."""

from vouchers.orders.queries.finding import (
    HOLDING,
    get,
    get_own,
    get_provider_own,
    holding_on,
    lock,
    metered_on,
    on_voucher,
    order_of_usage,
    own,
    provider_own,
    usage,
)
from vouchers.orders.queries.grounds import (
    Ordered,
    Payer,
    grounds_of,
    held_by,
    held_on,
    is_admitted,
    organisation_of,
    service_of,
)

__all__ = [
    "HOLDING",
    "Ordered",
    "Payer",
    "get",
    "get_own",
    "get_provider_own",
    "grounds_of",
    "held_by",
    "held_on",
    "holding_on",
    "is_admitted",
    "lock",
    "metered_on",
    "on_voucher",
    "order_of_usage",
    "organisation_of",
    "own",
    "provider_own",
    "service_of",
    "usage",
]
