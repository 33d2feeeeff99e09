"""Acts on the ledger: post, draw on a quota, reverse; finance documents stand in `documents`."""

from vouchers.ledger.services.openings import lifted_key
from vouchers.ledger.services.posting import post, reverse
from vouchers.ledger.services.quotas import draw, give_back

__all__ = ["draw", "give_back", "lifted_key", "post", "reverse"]
