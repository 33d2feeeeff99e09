"""Two signatures under a batch: the same lines, the same total; pure."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass

from vouchers.kernel.canonical import digest
from vouchers.kernel.findings import Finding
from vouchers.kernel.money import format_yuan


@dataclass(frozen=True, slots=True)
class SignedLine:
    """What two people sign of a line; the account as a digest."""

    line: str
    payee: str
    layer: str
    office_id: int
    indicator_id: int
    amount: int
    account_name: str
    bank: str
    bank_code: str
    account: str


def lines_hash(lines: Sequence[SignedLine]) -> str:
    """One digest over all lines in their order."""
    return digest([asdict(line) for line in lines])


def total_findings(typed: int, total: int) -> list[Finding]:
    """Why the checker's own total does not release the batch; the right one is not told."""
    if typed == total:
        return []
    message = "您录入的合计 {typed} 与本批合计不一致。"
    way = "请按自己手中的清单重新合计；如清单有误，请退回修改。"
    return [Finding("settlement.total", message, {"typed": format_yuan(typed)}, way, field="total")]
