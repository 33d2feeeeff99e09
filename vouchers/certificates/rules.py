"""What is read out of what a visitor types, and what may be shown of a holder; pure."""

import re
from datetime import date

from vouchers.certificates.states import OF_STATE, Standing
from vouchers.issuance.rules import standing
from vouchers.issuance.states import VoucherState
from vouchers.kernel.identifiers import normalise, voucher_code_problem
from vouchers.kernel.periods import DateRange

_CODE_LENGTH = 12
_NUMBER = re.compile(r"(?:PZ)?(\d{2,9}?)(20\d{2})(\d{5,12})")


def standing_of(state: VoucherState, valid: DateRange, on: date) -> Standing:
    """What the public check says of a voucher on a day.

    >>> standing_of(VoucherState.ISSUED, DateRange(date(2026, 3, 2), date(2026, 9, 1)), date(2026, 3, 1)).value
    'not_yet'
    """
    return OF_STATE[standing(state, valid, on)]


def certificate_number(typed: str) -> str:
    """A certificate's number as it is kept, from what was typed; empty when it cannot be one.

    >>> certificate_number(" pz01－2026－00042 "), certificate_number("PZ12202600042"), certificate_number("PZ-2026")
    ('PZ01-2026-00042', 'PZ12-2026-00042', '')
    """
    found = _NUMBER.fullmatch(normalise(typed))
    return "PZ{}-{}-{}".format(*found.groups()) if found else ""


def is_voucher_code(typed: str) -> bool:
    """Whether this is a voucher's code rather than a certificate's number."""
    return not voucher_code_problem(typed)


def misread(typed: str) -> str:
    """What is likely wrong with a number or a code under which nothing was found; empty when it is well formed.

    >>> misread("PZ01-2026-0042")
    '凭证编号应像 PZ01-2026-00042：机构号、四位年份和至少五位的序号'
    >>> misread("PZ01-2026-00042"), misread("山水")
    ('', '')
    """
    text = normalise(typed)
    if text.startswith("PZ"):
        return "" if certificate_number(typed) else "凭证编号应像 PZ01-2026-00042：机构号、四位年份和至少五位的序号"
    return voucher_code_problem(typed) if len(text) == _CODE_LENGTH else ""
