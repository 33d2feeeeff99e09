"""Everything that stands for or against a claim, at once: contract, invoice, payment, delivery, use and time; pure."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date

from vouchers.kernel.identifiers import normalise
from vouchers.kernel.money import format_yuan
from vouchers.kernel.periods import DateRange
from vouchers.redemption.invoices.checks import Level
from vouchers.redemption.rules.outcomes import ClaimCheck, green

_DATES = {"service": "服务日期", "invoice": "开票日期", "payment": "付款日期", "claim": "核销日期"}


@dataclass(frozen=True, slots=True)
class Terms:
    """What the pack says of a claim, and the clause that says it."""

    window_date: str
    one_claim_only: bool
    tolerance: int
    own_share_proof: bool
    delivery_confirmation: bool
    hold_outlives_validity: bool
    clause: str
    metered: bool = True  # usage confirmed under an order bears the claim; without one, delivery and invoice do
    sheet: int = 0  # the face of one sheet, where only whole ones are used
    in_kind: bool = False  # the voucher pays all of the price: no share is the holder's


@dataclass(frozen=True, slots=True)
class Asked:
    """What is asked, when, and until when it may be asked."""

    amount: int
    base: int
    service: DateRange
    on: date
    deadline: date | None


@dataclass(frozen=True, slots=True)
class Standing:
    """How voucher, order and provider stand."""

    voucher_is_usable: bool
    voucher_state: str
    validity: DateRange
    order_is_served: bool
    order_state: str
    order_service: DateRange
    held: int
    is_admitted: bool
    has_account: bool


@dataclass(frozen=True, slots=True)
class Paper:
    """The invoice: what is still free of it, and what was noticed. Amounts in the scheme's measure."""

    issued_on: date
    free: int
    is_used: bool
    agrees_with_record: bool
    excluded: tuple[str, ...]
    remark: str
    contract_number: str


@dataclass(frozen=True, slots=True)
class Proof:
    """What proves the claim: own share owed and paid, delivery, and what confirmed usage and contract still bear.

    `gross` is what the counted part of the invoice comes to with tax.
    """

    own_share: int
    paid: int
    paid_on: tuple[date, ...]
    is_delivered: bool
    used_before: bool
    usage_left: int
    contract_left: int
    gross: int = 0


@dataclass(frozen=True, slots=True)
class Situation:
    """All that a claim is judged by."""

    terms: Terms
    asked: Asked
    standing: Standing
    paper: Paper
    proof: Proof


def check_claim(case: Situation) -> tuple[ClaimCheck, ...]:
    """Every check, in the order in which a person reads a claim."""
    return (
        *_standing(case),
        *_days(case),
        *_invoice(case),
        *_amounts(case),
        *_proofs(case),
        ClaimCheck("bureau", Level.AMBER, "税务机关查验由审核人员完成，本平台不能代替官方查验"),
    )


def _standing(case: Situation) -> Iterator[ClaimCheck]:
    standing = case.standing
    params: dict[str, str | int] = {"voucher": standing.voucher_state, "order": standing.order_state}
    if standing.voucher_is_usable:
        yield green("voucher", "算力券状态：{voucher}", params)
    else:
        yield _red("voucher", "算力券{voucher}，不能核销", params, "，请联系主管部门了解原因。")
    if standing.order_is_served:
        yield green("order", "订单状态：{order}", params)
    else:
        yield _red("order", "订单{order}，不能核销", params, "，请在服务开始并填报用量或交付后再核销。")
    if standing.is_admitted:
        yield green("admitted", "服务商在服务期内在库")
    else:
        yield _red("admitted", "服务商在服务期内不在库", {}, "，请与主管部门核对入库情况和服务日期。")
    if not standing.has_account:
        yield ClaimCheck("account", Level.AMBER, "收款方还没有登记收款账户", way="，请先登记，否则不能兑付。")


def _days(case: Situation) -> Iterator[ClaimCheck]:
    asked, terms, standing = case.asked, case.terms, case.standing
    validity, ordered = standing.validity, standing.order_service
    span = {**_span(asked.service), "label": "服务期"}
    way = "，请改正服务期，有效期外的服务不能核销。"
    yield _within("service_validity", {**span, "outer": "券的有效期"}, validity, way=way)
    yield _within("service_order", {**span, "outer": "订单的服务期"}, ordered, way="，请改正服务期。")
    named = {
        "service": (asked.service.first, asked.service.last),
        "invoice": (case.paper.issued_on,),
        "payment": case.proof.paid_on,
        "claim": (asked.on,),
    }[terms.window_date]
    label = _DATES[terms.window_date]
    if terms.window_date != "service":
        days = [day for day in named if day is not None]
        if days:
            outer = DateRange(min(days), max(days))
            way = "，本方案按{label}认定，请核对。"
            yield _within("window_date", {**_span(outer), "label": label, "outer": "券的有效期"}, validity, way=way)
        else:
            yield _red("window_date", "没有{label}，不能认定是否在有效期内", {"label": label}, "，请补上。")
    last = {"last": str(validity.last), "on": asked.on.isoformat()}
    if validity.last is not None and asked.on > validity.last and not terms.hold_outlives_validity:
        yield _red("ended", "券已于 {last} 到期，本方案不接受到期后核销", last, "。", clause=terms.clause)
    if asked.deadline is not None:
        params = {"deadline": asked.deadline.isoformat()}
        if asked.on <= asked.deadline:
            yield green("deadline", "核销截止日 {deadline}，尚在期限内", params, clause=terms.clause)
        else:
            yield _red("deadline", "已超过核销截止日 {deadline}", params, "，逾期不能核销。", clause=terms.clause)


def _invoice(case: Situation) -> Iterator[ClaimCheck]:
    paper, asked = case.paper, case.asked
    params: dict[str, str | int] = {"free": format_yuan(paper.free), "base": format_yuan(asked.base)}
    if not paper.agrees_with_record:
        way = "，请核对是否用错文件。"
        yield _red("use.record", "同一号码的发票此前已登记，内容不一致", {}, way, field="invoice")
    if paper.is_used and case.terms.one_claim_only:
        way = "，请换一张发票。"
        yield _red("use.taken", "这张发票已用于其他核销", {}, way, clause=case.terms.clause, field="invoice")
    elif asked.base <= 0:
        way = "，请核对发票项目。"
        yield _red("use.nothing", "这张发票没有可以计入的金额", {}, way, field="invoice")
    elif asked.base > paper.free:
        way = "，请把计入金额改到可用金额以内。"
        yield _red("use.free", "计入金额 {base} 超过发票可用金额 {free}", params, way, field="base")
    else:
        yield green("use.free", "发票可用金额 {free}，本次计入 {base}", params)
    if paper.excluded:
        names: dict[str, str | int] = {"count": len(paper.excluded), "names": "、".join(paper.excluded)}
        yield ClaimCheck("use.excluded", Level.AMBER, "{count} 行不在支持范围，已剔除：{names}", names)
    contract = {"number": paper.contract_number}
    if normalise(paper.contract_number) in normalise(paper.remark):
        yield green("contract_number", "发票备注写明订单合同 {number}", contract)
    elif "合同" in paper.remark:
        message = "发票备注里的合同编号与订单合同 {number} 不同"
        yield ClaimCheck("contract_number", Level.AMBER, message, contract, "，请核对是否笔误。")


def _amounts(case: Situation) -> Iterator[ClaimCheck]:
    asked, proof, tolerance = case.asked, case.proof, case.terms.tolerance
    params: dict[str, str | int] = {
        "amount": format_yuan(asked.amount),
        "held": format_yuan(case.standing.held),
        "base": format_yuan(asked.base),
        "usage": format_yuan(proof.usage_left),
        "contract": format_yuan(proof.contract_left),
    }
    if asked.amount <= case.standing.held:
        yield green("held", "申请金额 {amount} 在订单占用余额 {held} 以内", params)
    else:
        way = "，请改到占用余额以内。"
        yield _red("held", "申请金额 {amount} 超过订单占用余额 {held}", params, way, field="amount")
    if case.terms.in_kind:
        yield _whole_invoice(asked.amount, proof.gross)
    if case.terms.sheet and asked.amount % case.terms.sheet:
        whole = {"sheet": format_yuan(case.terms.sheet)}
        message, way = "定额券按整张核销，申请金额应为每张 {sheet} 的整数倍", "，请按整张改正。"
        yield _red("sheets", message, whole, way, field="amount")
    if asked.base > proof.contract_left + tolerance:
        way = "，请核对合同。"
        yield _red("contract", "计入金额 {base} 超过合同尚未核销的 {contract}", params, way, field="base")
    if not case.terms.metered:
        return
    if asked.base <= proof.usage_left + tolerance:
        yield green("usage", "企业确认的用量或交付折合 {usage}，足以支持计入金额 {base}", params)
    else:
        way = "，请先填报本期用量或交付并由企业确认，或改小计入金额。"
        yield _red("usage", "企业确认的用量或交付只折合 {usage}，不足以支持计入金额 {base}", params, way, field="base")


def _whole_invoice(amount: int, gross: int) -> ClaimCheck:
    """No rate ties a voucher in kind to its invoice: the invoice itself is the most that is paid on it."""
    params: dict[str, str | int] = {"amount": format_yuan(amount), "gross": format_yuan(gross)}
    if amount <= gross:
        return green("in_kind", "实物券按发票支付：申请金额 {amount} 不超过计入的价税合计 {gross}", params)
    message, way = "申请金额 {amount} 超过发票计入的价税合计 {gross}", "，请改到 {gross} 以内。"
    return _red("in_kind", message, params, way, field="amount")


def _proofs(case: Situation) -> Iterator[ClaimCheck]:
    proof, terms = case.proof, case.terms
    params: dict[str, str | int] = {"share": format_yuan(proof.own_share), "paid": format_yuan(proof.paid)}
    if terms.own_share_proof and not terms.in_kind:
        if proof.paid + terms.tolerance >= proof.own_share:
            yield green("own_share", "企业自付 {share}，付款凭证合计 {paid}", params, clause=terms.clause)
        else:
            way = "，请补充付款凭证。"
            message = "企业自付部分应为 {share}，付款凭证合计只有 {paid}"
            yield _red("own_share", message, params, way, clause=terms.clause, field="proof")
    if proof.used_before:
        yield ClaimCheck("proof_used", Level.AMBER, "付款凭证或交付确认此前用于另一次核销", way="，请核对是否重复。")
    if terms.delivery_confirmation:
        if proof.is_delivered:
            yield green("delivery", "已附交付确认", clause=terms.clause)
        else:
            way = "，请上传企业签认的交付确认单。"
            yield _red("delivery", "缺少交付确认", {}, way, clause=terms.clause, field="delivery")


def _within(code: str, days: Mapping[str, str | int], outer: DateRange, *, way: str) -> ClaimCheck:
    params = {**days, "from": outer.first.isoformat(), "to": str(outer.last or "今后")}
    first, last = date.fromisoformat(str(days["first"])), date.fromisoformat(str(days["last"]))
    if first in outer and last in outer:
        return green(code, "{label} {first} 至 {last} 在{outer}（{from} 至 {to}）内", params)
    message = "{label} {first} 至 {last} 不在{outer}（{from} 至 {to}）内"
    return _red(code, message, params, way, field="service_from")


def _span(days: DateRange) -> dict[str, str | int]:
    return {"first": days.first.isoformat(), "last": (days.last or days.first).isoformat()}


def _red(
    code: str, message: str, params: Mapping[str, str | int], way: str, *, clause: str = "", field: str = ""
) -> ClaimCheck:
    return ClaimCheck(code, Level.RED, message, params, way, clause, field)
