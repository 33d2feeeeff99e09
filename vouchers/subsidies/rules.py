"""Everything that stands for or against the spending of an ex-post case, at once; pure. Amounts in fen."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from vouchers.kernel.money import format_yuan
from vouchers.kernel.periods import DateRange
from vouchers.redemption.invoices.checks import Level
from vouchers.redemption.rules.outcomes import ClaimCheck, green


@dataclass(frozen=True, slots=True)
class Terms:
    """What the pack says of evidence, and the clause that says it."""

    one_claim_only: bool
    tolerance: int
    own_share_proof: bool
    delivery_confirmation: bool
    clause: str


@dataclass(frozen=True, slots=True)
class Used:
    """One invoice as the case uses it: what is free of it, in the scheme's measure, and what was noticed."""

    number: str
    base: int
    free: int
    is_used: bool
    service: DateRange
    excluded: tuple[str, ...]
    noticed: tuple[ClaimCheck, ...] = ()  # of the invoice by itself, for a person to look at


@dataclass(frozen=True, slots=True)
class Declared:
    """The amount the subsidy was computed from, what it is called, and what the evidence comes to in its measure.

    `proven` is None where evidence of money spent cannot bear it out: what is planned, the sum of a contract.
    """

    label: str
    amount: int
    proven: int | None


@dataclass(frozen=True, slots=True)
class Spending:
    """All that the spending of a case is judged by."""

    terms: Terms
    invoices: tuple[Used, ...]
    gross: int  # with tax, of the parts of the invoices that are used
    paid: int
    has_contract: bool
    is_delivered: bool
    declared: tuple[Declared, ...]
    asked: int  # the subsidy; 0 while it is not known
    on: date

    @property
    def base(self) -> int:
        """What is used of all invoices, in the scheme's measure."""
        return sum(one.base for one in self.invoices)


def check_spending(case: Spending) -> tuple[ClaimCheck, ...]:
    """Every check, in the order in which a person reads the papers."""
    return (
        *_invoices(case),
        *_papers(case),
        *_figures(case),
        ClaimCheck("bureau", Level.AMBER, "税务机关查验由审核人员完成，本平台不能代替官方查验"),
    )


def _invoices(case: Spending) -> Iterator[ClaimCheck]:
    if not case.invoices:
        yield _red("spending.invoices", "还没有发票", {}, "，请上传数电票 XML 原件。", field="invoice")
    for one in case.invoices:
        yield from one.noticed
        yield from _use(one, case)


def _use(one: Used, case: Spending) -> Iterator[ClaimCheck]:
    params = {"number": one.number, "base": format_yuan(one.base), "free": format_yuan(one.free)}
    if one.is_used and case.terms.one_claim_only:
        message = "发票 {number} 已用于其他申请或核销"
        yield _red("use.taken", message, params, "，一张发票只能用一次，请换一张。", clause=case.terms.clause)
    elif one.base > one.free:
        message = "发票 {number} 计入 {base}，超过可用金额 {free}"
        yield _red("use.free", message, params, "，请删去后按可用金额重新填报。")
    else:
        yield green("use.free", "发票 {number} 可用 {free}，本次计入 {base}", params)
    if one.excluded:
        names: dict[str, str | int] = {"number": one.number, "names": "、".join(one.excluded)}
        yield ClaimCheck("use.excluded", Level.AMBER, "发票 {number} 有不在支持范围的行，已剔除：{names}", names)
    if one.service.last is not None and one.service.last > case.on:
        params = {"number": one.number, "last": one.service.last.isoformat()}
        message = "发票 {number} 的服务期到 {last} 才结束"
        yield ClaimCheck("spending.service", Level.AMBER, message, params, "，请核对费用是否已经发生。")


def _papers(case: Spending) -> Iterator[ClaimCheck]:
    terms = case.terms
    if case.has_contract:
        yield green("spending.contract", "已附合同")
    else:
        yield _red("spending.contract", "还没有合同", {}, "，请上传与发票对应的合同。", field="contract")
    params = {"paid": format_yuan(case.paid), "gross": format_yuan(case.gross)}
    if not terms.own_share_proof:
        pass
    elif case.paid + terms.tolerance >= case.gross and case.paid:
        yield green("spending.paid", "付款凭证合计 {paid}，发票价税合计 {gross}", params, clause=terms.clause)
    else:
        message, way = "付款凭证合计 {paid}，少于发票价税合计 {gross}", "，请补充付款凭证。"
        yield _red("spending.paid", message, params, way, clause=terms.clause, field="payment")
    if terms.delivery_confirmation and not case.is_delivered:
        way = "，请上传交付、验收或用量证明。"
        yield _red("spending.delivery", "还没有交付证明", {}, way, clause=terms.clause, field="delivery")
    elif terms.delivery_confirmation:
        yield green("spending.delivery", "已附交付证明", clause=terms.clause)


def _figures(case: Spending) -> Iterator[ClaimCheck]:
    for one in case.declared:
        params = {"label": one.label, "amount": format_yuan(one.amount), "proven": format_yuan(one.proven or 0)}
        if one.proven is None:
            message = "{label} {amount} 请审核人员对照合同核实"
            yield ClaimCheck("spending.declared", Level.AMBER, message, params)
        elif one.amount <= one.proven + case.terms.tolerance:
            yield green("spending.declared", "{label} {amount}，材料合计 {proven}", params)
        else:
            message = "{label}填报 {amount}，材料合计只有 {proven}"
            yield _red("spending.declared", message, params, "，请补充材料，或把填报的金额改到材料以内。")
    if case.asked and case.invoices:
        params = {"asked": format_yuan(case.asked), "base": format_yuan(case.base)}
        if case.asked <= case.base:
            yield green("spending.covers", "补助 {asked} 不超过发票计入金额 {base}", params)
        else:
            message = "补助 {asked} 超过发票计入金额 {base}"
            yield _red("spending.covers", message, params, "，请补充发票。", field="invoice")


def _red(code: str, message: str, params: dict[str, str], way: str, *, clause: str = "", field: str = "") -> ClaimCheck:
    return ClaimCheck(code, Level.RED, message, params, way, clause, field)
