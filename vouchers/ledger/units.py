"""The units of a voucher in kind as accounts: what is left of them is a quota, what its orders took is drawn; pure."""

from dataclasses import dataclass

from vouchers.ledger.rules import AccountKey, Move
from vouchers.ledger.states import AccountKind, TransferKind


@dataclass(frozen=True, slots=True)
class UnitAccounts:
    """Where the units of one voucher stand; amounts are in `unit`, which names the parts that a unit has."""

    scheme_id: int
    voucher_kind: str
    party: str
    voucher: str
    unit: str

    @property
    def left(self) -> AccountKey:
        """What may still be ordered; the database lets it not fall below zero."""
        return self._key(AccountKind.QUOTA)

    def drawn(self, order: str) -> AccountKey:
        """What an order (its public id) took and did not give back."""
        return self._key(AccountKind.DRAWN, order)

    def open(self, amount: int) -> Move:
        """What the voucher is issued with."""
        return Move(TransferKind.OPEN_QUOTA, self._source, self.left, amount, f"units:{self.voucher}")

    def draw(self, order: str, amount: int) -> Move:
        """What an order takes when it holds its money."""
        return Move(TransferKind.DRAW_QUOTA, self.left, self.drawn(order), amount, f"units:{order}")

    def give_back(self, order: str, amount: int) -> Move:
        """What was not metered by the end of an order."""
        return Move(TransferKind.RETURN_QUOTA, self.drawn(order), self.left, amount, f"units-back:{order}")

    def close(self, amount: int, *, key: str) -> Move:
        """What nobody can order any more."""
        return Move(TransferKind.CLOSE_QUOTA, self.left, self._source, amount, f"units-closed:{key}")

    @property
    def _source(self) -> AccountKey:
        return self._key(AccountKind.ALLOWANCE)

    def _key(self, kind: AccountKind, order: str = "") -> AccountKey:
        return AccountKey(kind, self.scheme_id, self.voucher_kind, order, self.party, self.voucher, unit=self.unit)
