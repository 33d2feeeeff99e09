"""The units of a voucher in kind: drawn with an order's money, given back with it, closed with the voucher."""

from datetime import datetime

from vouchers.issuance import queries
from vouchers.issuance.models import Voucher
from vouchers.issuance.services.moving import takes_nothing_back
from vouchers.issuance.states import VoucherState
from vouchers.kernel.actor import Actor
from vouchers.ledger import services as ledger
from vouchers.ledger.queries import balance
from vouchers.ledger.rules import Move


def drawing(voucher: Voucher, order: str, parts: int) -> list[Move]:
    """What an order (its public id) draws of a voucher in kind, in parts of its unit; nothing where it is money."""
    accounts = queries.unit_accounts(voucher)
    return [] if accounts is None else [accounts.draw(order, parts)]


def give_back_units(voucher: Voucher, order: str, *, used: int, document: str, actor: Actor, at: datetime) -> None:
    """Return what an order drew and was not metered; of a voucher that has ended it goes on to where it came from."""
    accounts = queries.unit_accounts(voucher)
    parts = 0 if accounts is None else balance(accounts.drawn(order)) - used
    if accounts is None or parts <= 0:
        return
    moves = [accounts.give_back(order, parts)]
    if takes_nothing_back(voucher, at=at) or voucher.state is VoucherState.USED_UP:
        moves.append(accounts.close(parts, key=order))
    ledger.post(moves, actor=actor, at=at, reason=document)


def close_units(voucher: Voucher, *, key: str, actor: Actor, at: datetime, document: str) -> None:
    """Take what is left of the units out of a voucher that ends, or whose rest lapses."""
    accounts, left = queries.unit_accounts(voucher), queries.units_left(voucher)
    if accounts is not None and left:
        ledger.post([accounts.close(left, key=key)], actor=actor, at=at, reason=document)
