"""What a side chooses from when it proposes an order: vouchers, offerings, the voucher of a code."""

from datetime import date

from vouchers.issuance import queries as vouchers
from vouchers.issuance.models import Voucher
from vouchers.issuance.rules import standing
from vouchers.issuance.states import VoucherState
from vouchers.ledger import queries as ledger
from vouchers.policy import queries as policy
from vouchers.providers import queries as providers
from vouchers.providers.models import Offering
from vouchers.providers.queries import CatalogueRow


def spendable(organisation_id: int | None, *, on: date) -> list[tuple[Voucher, int]]:
    """One's own vouchers that can be spent on a day, with what is left, those that end first on top."""
    found = [
        one
        for one in vouchers.own(organisation_id)
        if standing(one.state, vouchers.validity(one), on) is VoucherState.ACTIVE
    ]
    left = ledger.voucher_balances([one.public_id for one in found])
    return [(one, left[one.public_id]) for one in found if left[one.public_id]]


def offers(voucher: Voucher, *, on: date) -> list[CatalogueRow]:
    """What a voucher can be spent on."""
    return vouchers.offers_for(voucher, on=on)


def own_offers(organisation_id: int | None, *, on: date) -> list[CatalogueRow]:
    """What one's own provider offers."""
    return providers.offerings_of(providers.of_organisation(organisation_id).id, on=on)


def own_voucher(public_id: str, organisation_id: int | None) -> Voucher:
    """A voucher of one's own enterprise."""
    return vouchers.get_own(public_id, organisation_id)


def voucher_of_code(code: str) -> Voucher:
    """The voucher whose holder gave its code."""
    return vouchers.by_code(code)


def offering_of(public_id: str) -> Offering:
    """An entry of the catalogue."""
    return providers.offering(public_id)


def usage_of(voucher: Voucher) -> str:
    """How the voucher may be used, in words: in parts or once, in whole sheets, with an order or without."""
    return vouchers.sheet(voucher).usage


def kind_name(voucher: Voucher) -> str:
    """The voucher's kind in words."""
    return policy.pack(voucher.scheme_version).kind(voucher.voucher_kind).name
