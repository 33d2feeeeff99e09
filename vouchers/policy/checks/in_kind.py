"""Vouchers in kind: what of their rules is not carried out, for their money follows what orders agreed."""

from collections.abc import Iterator

from vouchers.policy.checks.context import Context
from vouchers.policy.pack.allocation import Allocation
from vouchers.policy.pack.clauses import Rule
from vouchers.policy.pack.limits import Cap, Stacking
from vouchers.policy.pack.phases import Phase
from vouchers.policy.pack.reading import PackFinding
from vouchers.policy.pack.selectors import AmountChoice
from vouchers.policy.pack.vouchers import PayeeRule, VoucherRule

_BESIDE = frozenset({"reject", "add"})
AS_THEY_COME = frozenset({"first-come", "yearly-control"})


def of_in_kind(context: Context) -> Iterator[PackFinding]:
    """A finding for each rule of a kind counted in units that the product does not obey."""
    pack = context.pack
    in_kind = {kind.id for kind in pack.kinds if kind.unit is not None}
    for rule in pack.rules():
        if in_kind.intersection(getattr(rule, "kinds", None) or ()):
            yield from _of_object(context, rule)
            yield from _of_amounts(context, rule)


def _of_object(context: Context, rule: Rule) -> Iterator[PackFinding]:
    """What the voucher is, who is paid, who comes first."""
    if isinstance(rule, VoucherRule) and rule.form == "in-kind":
        if rule.unit_price is None:
            mend = "请写 unit_price（含税），例如 unit_price: 8 元；方案没有写价格的，由主管部门设定，来源写 local"
            told = "实物券没有写每单位最高价（unit_price），发放规模不知道要留多少钱"
            yield context.not_yet(rule, told, mend=mend, at=("unit_price",))
        if not rule.reserved_by_order:
            mend = "请写 reserved_by_order: true"
            yield context.not_yet(rule, "实物券要先下订单再计量", mend=mend, at=("reserved_by_order",))
    if isinstance(rule, PayeeRule) and rule.payee != "provider":
        mend = "请写 payee: provider，或给实物券另写一条收款方"
        yield context.not_yet(rule, "实物券由服务商提供服务，只能付给服务商", mend=mend, at=("payee",))
    if isinstance(rule, Allocation) and rule.way not in AS_THEY_COME:
        mend = "实物券请写先到先得（first-come）或年度总量控制（yearly-control）"
        yield context.not_yet(rule, "实物券还不能按名次、名额、比例或抽签分配", mend=mend, at=("way",))


def _of_amounts(context: Context, rule: Rule) -> Iterator[PackFinding]:
    """How much: decided in units when it is applied for, and by nothing but the order and its invoice after that."""
    is_count = isinstance(rule, Cap) and rule.count is not None
    if rule in context.pack.amount.rules() and not is_count and Phase.REDEMPTION in getattr(rule, "at", ()):
        mend = "请从这条规则的 kinds 去掉实物券，或从 at 去掉 redemption"
        yield context.not_yet(rule, "实物券核销时按订单和发票付款，不再计算金额", mend=mend, at=("at",))
    if isinstance(rule, Cap) and not rule.hard:
        yield context.not_yet(rule, "实物券的上限还不能放宽", mend="请去掉 hard: false", at=("hard",))
    if isinstance(rule, Cap) and isinstance(rule.limit, AmountChoice) and rule.limit.share is not None:
        mend = "请把上限写成数量，例如 2000 卡时"
        yield context.not_yet(rule, "实物券的上限不能是某项金额的一部分", mend=mend, at=("limit",))
    if isinstance(rule, Stacking) and rule.effect not in _BESIDE:
        mend = "请从 kinds 去掉实物券"
        yield context.not_yet(rule, "其他支持按金额计，不能从实物券的数量里扣除", mend=mend, at=("kinds",))
