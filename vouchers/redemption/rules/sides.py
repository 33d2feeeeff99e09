"""On whose side an invoice is used: it bears what its buyer is helped with and, beside it, what its seller is; pure."""

from vouchers.policy.pack.model import PolicyPack

BUYER, SELLER, BOTH = "", "seller", "both"

COUNTED: dict[str, tuple[str, ...]] = {BUYER: (BUYER,), SELLER: (SELLER,), BOTH: (BUYER, SELLER)}
"""Against which uses of an invoice a use on this side is counted."""


def side_of(pack: PolicyPack, kind: str) -> str:
    """On whose side a claim of this kind uses invoices; one that pays both sides uses them on both."""
    if pack.is_for_sellers(kind):
        return SELLER
    return BOTH if pack.payee_rule(kind).split is not None else BUYER
