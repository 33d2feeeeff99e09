"""What is read out of what a visitor types, and what may be shown of a holder; pure."""

from datetime import date

from vouchers.certificates.states import OF_STATE, Standing
from vouchers.issuance.rules import standing
from vouchers.issuance.states import VoucherState
from vouchers.kernel.identifiers import normalise, voucher_code_problem
from vouchers.kernel.periods import DateRange


def standing_of(state: VoucherState, valid: DateRange, on: date) -> Standing:
    """What the public check says of a voucher on a day.

    >>> standing_of(VoucherState.ISSUED, DateRange(date(2026, 3, 2), date(2026, 9, 1)), date(2026, 3, 1)).value
    'not_yet'
    """
    return OF_STATE[standing(state, valid, on)]


def certificate_number(typed: str) -> str:
    """A certificate's number as it is kept, from what was typed.

    >>> certificate_number(" pz－2026－00042 ")
    'PZ-2026-00042'
    """
    digits = normalise(typed).removeprefix("PZ")
    return f"PZ-{digits[:4]}-{digits[4:]}"


def is_voucher_code(typed: str) -> bool:
    """Whether this is a voucher's code rather than a certificate's number."""
    return not voucher_code_problem(typed)
