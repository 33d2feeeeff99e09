"""The units of a voucher in kind: where they stand, and how many are left."""

from dataclasses import dataclass

from vouchers.issuance.models import Voucher
from vouchers.ledger import queries as ledger
from vouchers.ledger.states import AccountKind
from vouchers.ledger.units import UnitAccounts
from vouchers.providers.states import Unit
from vouchers.providers.units import OF_PACKS, PARTS, parts_named


@dataclass(frozen=True, slots=True)
class UnitFigures:
    """The units of a voucher parted, in parts of `unit`: granted = left + ordered + closed."""

    unit: Unit
    granted: int
    left: int
    ordered: int

    @property
    def closed(self) -> int:
        """What nobody can order any more: the voucher ended with it."""
        return self.granted - self.left - self.ordered


def unit_of(voucher: Voucher) -> Unit | None:
    """By which unit of the catalogue a voucher in kind is spent; None where it is money."""
    return next((sold_by for unit, sold_by in OF_PACKS.items() if unit == voucher.unit), None)


def unit_accounts(voucher: Voucher) -> UnitAccounts | None:
    """Where the units of a voucher in kind stand; None where it is money."""
    unit = unit_of(voucher)
    if unit is None:
        return None
    scheme_id, party = voucher.scheme_version.scheme_id, voucher.enterprise.organisation.public_id
    return UnitAccounts(scheme_id, voucher.voucher_kind, party, voucher.public_id, parts_named(unit))


def units_left(voucher: Voucher) -> int | None:
    """How many parts of its unit may still be ordered with a voucher in kind; None where it is money."""
    accounts = unit_accounts(voucher)
    return None if accounts is None else ledger.balance(accounts.left)


def unit_figures(voucher: Voucher) -> UnitFigures | None:
    """Where the units of a voucher stand, as the ledger has them; None where it is money."""
    unit = unit_of(voucher)
    if unit is None or voucher.units is None:
        return None
    return UnitFigures(
        unit=unit,
        granted=voucher.units * PARTS[unit],
        left=ledger.balance_of(AccountKind.QUOTA, voucher.public_id),
        ordered=ledger.balance_of(AccountKind.DRAWN, voucher.public_id),
    )
