"""Kinds that a seller claims: a subsidy of its own for what it sold; nothing a voucher could be spent on."""

from collections.abc import Iterator

from vouchers.policy.checks.context import Context
from vouchers.policy.pack.reading import PackFinding
from vouchers.policy.pack.vouchers import Kind
from vouchers.policy.rules.compiled import CompiledPack
from vouchers.policy.rules.decision import decide
from vouchers.policy.rules.results import Result


def check_sellers(context: Context, compiled: CompiledPack) -> Iterator[PackFinding]:
    """Kinds for sellers that are vouchers, that are paid to another, or that keep no buyer out."""
    pack = context.pack
    for kind in pack.kinds:
        if not pack.is_for_sellers(kind.id):
            continue
        yield from _check_object(context, kind)
        found = decide(compiled, kind.id, {"role": "buyer"}, on=pack.effective.first)
        if found.result is not Result.INELIGIBLE:
            mend = "请在 applicants 写一条申领（application）时核对的条件：role: seller"
            yield context.finding(
                kind, "seller-not-asked", f"“{kind.name}”由提供方申领，条件却没有限定提供方", mend=mend
            )
        for cap in pack.amount.caps:
            if kind.id in cap.kinds and cap.over == "seller":
                message, mend = "申领的就是提供服务的一方，没有另一个服务商", "请写 over: applicant"
                yield context.finding(cap, "seller-cap", message, mend=mend, at=("over",))


def _check_object(context: Context, kind: Kind) -> Iterator[PackFinding]:
    """A seller buys nothing for which it could hand a voucher over; what it sold is paid for, to itself."""
    rule, payee = context.pack.voucher_rule(kind.id), context.pack.payee_rule(kind.id)
    if rule.form != "direct":
        message = f"“{kind.name}”由提供方申领，提供方没有可以花券的地方"
        mend = "请写 form: direct（凭卖出的合同、发票和收款凭证直接补助），核销时的规则改在申领（application）时"
        yield context.finding(rule, "seller-voucher", message, mend=mend, at=("form",))
    elif payee.payee != "provider":
        message, mend = "提供方申领的补助只能付给提供方自己", "请写 payee: provider"
        yield context.finding(payee, "seller-payee", message, mend=mend, at=("payee",))
