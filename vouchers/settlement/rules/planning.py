"""Planning a batch: what is due, laid over the indicators that pay for it; what cannot be paid says why."""

from collections.abc import Sequence
from dataclasses import dataclass

from vouchers.kernel.findings import Finding
from vouchers.kernel.money import format_yuan


@dataclass(frozen=True, slots=True)
class Due:
    """One layer of a claim, or a whole line that fell due again. Amounts in fen."""

    key: str  # public id of the claim or of the line, with the layer
    number: str
    payee_id: int
    payee: str
    layer: str
    amount: int
    has_account: bool
    layer_name: str = ""
    claim_id: int | None = None
    claim: str = ""
    line_id: int | None = None
    stopped: Finding | None = None  # why it is not paid now, whatever money there is
    is_alone: bool = False  # its pack asks again before payment: a line of its own, so that it alone can stop


@dataclass(frozen=True, slots=True)
class Fund:
    """What is left of one 指标文, less what open batches have planned."""

    document_id: int
    number: str
    office_id: int
    layer: str
    left: int


@dataclass(frozen=True, slots=True)
class PlannedLine:
    """One payee and one paying body under one document."""

    payee_id: int
    layer: str
    office_id: int
    document_id: int
    dues: tuple[Due, ...]

    @property
    def amount(self) -> int:
        """What the line comes to."""
        return sum(due.amount for due in self.dues)


@dataclass(frozen=True, slots=True)
class LeftOut:
    """Something due that this batch cannot pay, and why."""

    due: Due
    why: Finding


@dataclass(frozen=True, slots=True)
class Plan:
    """The lines of a batch, and what is left out."""

    lines: tuple[PlannedLine, ...]
    left_out: tuple[LeftOut, ...]

    @property
    def total(self) -> int:
        """What the batch comes to."""
        return sum(line.amount for line in self.lines)


def plan_batch(dues: Sequence[Due], funds: Sequence[Fund]) -> Plan:
    """Lay dues, the oldest first, over documents of their layer, the oldest first; nothing is paid in halves."""
    left = {fund.document_id: fund.left for fund in funds}
    groups: dict[tuple[int, str, int, int, int | str | None], list[Due]] = {}
    out: list[LeftOut] = []
    for due in dues:
        fitting = [fund for fund in funds if fund.layer == due.layer]
        fund = next((fund for fund in fitting if left[fund.document_id] >= due.amount), None)
        if due.stopped is not None:
            out.append(LeftOut(due, due.stopped))
        elif not due.has_account:
            out.append(LeftOut(due, _NO_ACCOUNT))
        elif fund is None:
            out.append(LeftOut(due, _uncovered(due, sum(left[fund.document_id] for fund in fitting))))
        else:
            left[fund.document_id] -= due.amount
            apart = due.key if due.is_alone else due.line_id
            place = (due.payee_id, due.layer, fund.office_id, fund.document_id, apart)
            groups.setdefault(place, []).append(due)
    lines = tuple(PlannedLine(*place[:4], tuple(group)) for place, group in groups.items())
    return Plan(lines, tuple(out))


RED_LETTER = Finding(
    "settlement.red_letter", "所附发票已被红字冲减，不足以支撑这笔款。", way="请审核人员先处理这份核销申请。"
)
WITHDRAWN = Finding("settlement.withdrawn", "这笔补助提出了撤销核定，还没有决定。", way="请审定人先决定是否撤销。")
ASKED_AGAIN = "settlement.asked_again"
_NO_ACCOUNT = Finding("settlement.no_account", "收款方没有登记有效的收款账户。", way="请收款方先登记账户。")


def not_met(why: Sequence[Finding]) -> Finding:
    """What was asked again before payment and does not hold, as one reason."""
    clauses = "；".join(dict.fromkeys(one.clause for one in why if one.clause))
    return Finding(ASKED_AGAIN, "{told}", {"told": "".join(one.text for one in why)}, clause=clauses)


def _uncovered(due: Due, left: int) -> Finding:
    params = {"layer": due.layer_name or due.layer, "left": format_yuan(left), "amount": format_yuan(due.amount)}
    message = "本年度没有足够的已复核指标（{layer}）：需要 {amount}，尚余 {left}。"
    return Finding("settlement.no_indicator", message, params, "请先登记并复核指标文。")
