"""An electronic invoice as a value, the same for every dialect it may be written in."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import date
from enum import StrEnum
from typing import Any

from vouchers.kernel.money import decimal_yuan


class Dialect(StrEnum):
    """In what shape an invoice was handed in."""

    BUREAU_XML = "bureau-xml"
    MOF_XBRL = "mof-xbrl"
    OFD = "ofd"
    VAT_OFD = "vat-ofd"
    PDF = "pdf"


@dataclass(frozen=True, slots=True)
class Party:
    """A seller or a buyer as the invoice names it."""

    uscc: str
    name: str


@dataclass(frozen=True, slots=True)
class Line:
    """One item. Amounts in fen; quantity, price and rate as written, for they are only shown."""

    name: str
    amount: int
    tax: int
    tax_class: str = ""
    quantity: str = ""
    unit: str = ""
    unit_price: str = ""
    tax_rate: str = ""


@dataclass(frozen=True, slots=True)
class Invoice:
    """What an invoice says. `amount` is without tax, `total` with it; `second_number` is its number said again."""

    dialect: Dialect
    number: str
    issued_on: date
    seller: Party
    buyer: Party
    lines: tuple[Line, ...]
    amount: int
    tax: int
    total: int
    total_in_words: str = ""
    code: str = ""
    second_number: str = ""
    kind: str = ""
    is_red: bool = False
    original_number: str = ""
    remark: str = ""

    @property
    def key(self) -> str:
        """What makes it one and the same invoice everywhere: its 20-digit number, else code and number."""
        return f"{self.code}{self.number}"


def to_plain(invoice: Invoice) -> dict[str, Any]:
    """The invoice in values that JSON knows."""
    return asdict(invoice) | {"issued_on": invoice.issued_on.isoformat()}


def from_plain(plain: Mapping[str, Any]) -> Invoice:
    """The invoice that `to_plain` wrote."""
    return Invoice(
        **{
            **plain,
            "dialect": Dialect(plain["dialect"]),
            "issued_on": date.fromisoformat(plain["issued_on"]),
            "seller": Party(**plain["seller"]),
            "buyer": Party(**plain["buyer"]),
            "lines": tuple(Line(**line) for line in plain["lines"]),
        }
    )


def to_contract(invoice: Invoice) -> dict[str, Any]:
    """The invoice as commands and the API print it: amounts are decimal strings of yuan."""
    return {
        "dialect": invoice.dialect.value,
        "number": invoice.number,
        "code": invoice.code,
        "issued_on": invoice.issued_on.isoformat(),
        "seller": asdict(invoice.seller),
        "buyer": asdict(invoice.buyer),
        "lines": [
            {"name": line.name, "amount": decimal_yuan(line.amount), "tax": decimal_yuan(line.tax)}
            for line in invoice.lines
        ],
        "amount": decimal_yuan(invoice.amount),
        "tax": decimal_yuan(invoice.tax),
        "total": decimal_yuan(invoice.total),
        "red": invoice.is_red,
        "original_number": invoice.original_number,
        "remark": invoice.remark,
    }
