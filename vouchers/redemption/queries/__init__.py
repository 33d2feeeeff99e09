"""Reading claims, their evidence, and what is already used up."""

from vouchers.redemption.queries.claims import (
    Place,
    caps_drawn,
    get,
    get_own,
    history,
    lock,
    lock_own,
    of_order,
    payable_order,
    place_of,
)
from vouchers.redemption.queries.lists import ClaimRow, list_approvals, list_claims, list_own
from vouchers.redemption.queries.reach import get_with_scheme
from vouchers.redemption.queries.red_letters import (
    claims_on_invoice,
    list_red_letters,
    overdrawn_invoices,
    red_letter_by_key,
    red_letters_of,
    red_pending,
)
from vouchers.redemption.queries.use import (
    approved_by_layer,
    files_used_before,
    held_on,
    invoice_by_key,
    line_rooms,
    lock_invoice,
    order_use,
    usage_rooms,
    use_of_invoice,
)

__all__ = [
    "ClaimRow",
    "Place",
    "approved_by_layer",
    "caps_drawn",
    "claims_on_invoice",
    "files_used_before",
    "get",
    "get_own",
    "get_with_scheme",
    "held_on",
    "history",
    "invoice_by_key",
    "line_rooms",
    "list_approvals",
    "list_claims",
    "list_own",
    "list_red_letters",
    "lock",
    "lock_invoice",
    "lock_own",
    "of_order",
    "order_use",
    "overdrawn_invoices",
    "payable_order",
    "place_of",
    "red_letter_by_key",
    "red_letters_of",
    "red_pending",
    "usage_rooms",
    "use_of_invoice",
]
