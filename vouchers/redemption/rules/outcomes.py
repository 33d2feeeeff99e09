"""One check of a claim and how it came out; storable, and a finding where it refuses."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from vouchers.kernel.findings import Finding
from vouchers.redemption.invoices.checks import Check, Level

ALONE = "invoice."  # codes of checks that look at the invoice alone; those of its use begin with "use."

_INVOICE_WAYS: Mapping[str, str] = {
    "red_letter": "，请上传蓝字发票。",
    "buyer": "，请购销双方核对后，由销售方重新开票。",
    "seller": "，请由订单的服务商开票。",
    "date": "，请核对开票日期，必要时重新开票。",
}
_ANY_WAY = "，请核对原件，必要时由销售方重新开票。"


@dataclass(frozen=True, slots=True)
class ClaimCheck:
    """One check: green is in order, amber is for a person to look at, red refuses."""

    code: str
    level: Level
    message: str
    params: Mapping[str, str | int] = field(default_factory=dict)
    way: str = ""
    clause: str = ""
    field: str = ""

    @property
    def plain(self) -> dict[str, Any]:
        """The check as a record keeps it."""
        return {
            "code": self.code,
            "level": self.level.value,
            "message": self.message,
            "params": dict(self.params),
            "way": self.way,
            "clause": self.clause,
            "field": self.field,
        }

    @property
    def finding(self) -> Finding:
        """The check as a reason to refuse."""
        return Finding(
            self.code if "." in self.code else f"claim.{self.code}",
            self.message,
            self.params,
            self.way,
            self.clause,
            self.field,
        )


def from_plain(plain: Mapping[str, Any]) -> ClaimCheck:
    """The check that `plain` wrote."""
    return ClaimCheck(**{**plain, "level": Level(plain["level"])})


def of_invoice(check: Check) -> ClaimCheck:
    """A check of the invoice alone, as a check of the claim."""
    way = "" if check.level is Level.GREEN else _INVOICE_WAYS.get(check.code, _ANY_WAY)
    return ClaimCheck(f"{ALONE}{check.code}", check.level, check.message, check.params, way, field="invoice")


def reds(checks: tuple[ClaimCheck, ...]) -> list[Finding]:
    """Every reason to refuse, in the order of the checks."""
    return [check.finding for check in checks if check.level is Level.RED]


def green(code: str, message: str, params: Mapping[str, str | int] | None = None, *, clause: str = "") -> ClaimCheck:
    """A check in order."""
    return ClaimCheck(code, Level.GREEN, message, params or {}, clause=clause)
