"""What the running product does not carry out yet: such a pack is checked and tried, and not published.

One table. A row goes when the product obeys the shape; until then nothing is obeyed by half in silence.
"""

from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

from vouchers.policy.checks.context import Context
from vouchers.policy.pack.allocation import Allocation
from vouchers.policy.pack.bases import Base
from vouchers.policy.pack.clauses import Rule
from vouchers.policy.pack.conditions import conditions_in, leaves
from vouchers.policy.pack.funding import Administration, Funding, KindFunding
from vouchers.policy.pack.intake import FastTrack, Intake
from vouchers.policy.pack.limits import Cap
from vouchers.policy.pack.model import ConditionRule, PolicyPack
from vouchers.policy.pack.phases import Phase
from vouchers.policy.pack.process import Stage
from vouchers.policy.pack.reading import PackFinding
from vouchers.policy.pack.vouchers import Kind, LineItems, PayeeRule, SettlementRule, VoucherRule
from vouchers.policy.rules.facts import Supplier
from vouchers.policy.rules.vocabulary import vocabulary_of


class Shape(NamedTuple):
    """A shape of a rule that is not carried out yet: which rules, when they have it, and what is not done."""

    of: type[Rule]
    has: Callable[[Any], bool]
    told: str
    at: str = ""


_WITHOUT_RECORD = frozenset({"approved", "yearly", "pooled", "quantity"})
_DECIDED_BY_TIME = frozenset({"pass", "return"})
_READ_LINES = frozenset({"storage", "network", "security", "hardware", "labour"})
_WORKING_DAY = "working day"
_KNOWN_LATER = frozenset({"order", "contract", "seller"})


def _before_the_order(cap: Cap) -> bool:
    """Nobody who applies has an order, a contract or a seller in this system yet."""
    is_later = cap.over in _KNOWN_LATER or cap.counting == "contracts"
    return cap.per != "once" and is_later and Phase.APPLICATION in cap.at


def _not_forward(cap: Cap) -> bool:
    if cap.span is None:
        return False
    return set(cap.at) != {Phase.APPLICATION} or cap.counting in {"contracts", "years"} or cap.span.unit == _WORKING_DAY


SHAPES: tuple[Shape, ...] = (
    Shape(Kind, lambda kind: kind.unit is not None, "实物券（按卡时等计）还不能发放", "unit"),
    Shape(Kind, lambda kind: kind.claimed_by == "seller", "还不能由提供服务的一方申领", "claimed_by"),
    Shape(Kind, lambda kind: "data-product" in kind.spent_on, "服务目录里还没有数据产品", "spent_on"),
    Shape(LineItems, lambda rule: bool(rule.include), "发票明细还不能按“只计入”识别", "include"),
    Shape(LineItems, lambda rule: not _READ_LINES.issuperset(rule.exclude), "发票明细还认不出这些类别", "exclude"),
    Shape(Base, lambda rule: rule.of == "approved", "还没有登记核定金额的环节", "of"),
    Shape(
        Base,
        lambda rule: rule.of in _WITHOUT_RECORD - {"approved"} and set(rule.at) != {Phase.APPLICATION},
        "核销时还没有这项数的来源",
        "of",
    ),
    Shape(Cap, lambda rule: not rule.hard, "还没有放宽上限的办理环节", "hard"),
    # A moving period is proven while days only go forward: issuing does, the days of claims do not.
    Shape(Cap, _not_forward, "只能在发券环节、按自然期限对金额或次数滚动累计", "per"),
    Shape(Cap, _before_the_order, "申领时还没有合同、订单和服务商，额度还不能在申领环节累计", "over"),
    Shape(Funding, lambda rule: rule.remainder in {"first", "last"}, "账本现在按最大余数分担", "remainder"),
    Shape(KindFunding, lambda _: True, "账本还不能按券种分担"),
    Shape(Administration, lambda rule: rule.paid_from == "within-the-fund", "还没有工作经费的账", "paid_from"),
    Shape(Allocation, lambda rule: rule.way == "pool-per-seller", "申领时还没有服务商，不能按服务商分配", "way"),
    Shape(VoucherRule, lambda rule: rule.form == "in-kind", "还不能发放实物券", "form"),
    Shape(PayeeRule, lambda rule: rule.payee == "platform", "还不能付给平台", "payee"),
    Shape(SettlementRule, lambda rule: rule.frequency != "as-needed", "还没有按周期提醒和限制兑付", "frequency"),
    Shape(SettlementRule, lambda rule: rule.signatures != 2, "现在一律两人签批", "signatures"),  # noqa: PLR2004
    Shape(SettlementRule, lambda rule: rule.channels != ("bank",), "现在只经银行转账", "channels"),
    Shape(Stage, lambda rule: rule.on_overdue in _DECIDED_BY_TIME, "逾期还不会自动通过或退回", "on_overdue"),
    Shape(Intake, lambda rule: rule.track != "reviewed", "还没有即领即用和免申即享的办理方式", "track"),
    Shape(Intake, lambda rule: rule.opens == "timed-release", "还不能定时放券", "opens"),
    Shape(FastTrack, lambda _: True, "还没有应急快速通道"),
)
_MEND = "可以检查和测算；发布须等系统支持，或改用已支持的写法"
_PHASES = {Phase.ISSUE: "发券前还不会再计算金额", Phase.PAYMENT: "付款前还不会再计算金额"}
_NOT_YET_THERE = frozenset({Supplier.ORDER, Supplier.PROVIDER})
_OF_AN_ORDER = frozenset({"provider_is_admitted", "provider_is_related", "contract_signed_on", "is_delivered"})


def check_carried(context: Context) -> Iterator[PackFinding]:
    """A finding for each shape of the pack that is not carried out yet."""
    for rule in context.pack.rules():
        for shape in SHAPES:
            if isinstance(rule, shape.of) and shape.has(rule):
                at = (shape.at,) if shape.at else ()
                yield context.not_yet(rule, shape.told, mend=_MEND, at=at)
        for phase, told in _PHASES.items():
            if not isinstance(rule, ConditionRule) and phase in getattr(rule, "at", ()):
                yield context.not_yet(rule, told, mend=_MEND, at=("at",))
    yield from _unsupplied(context)
    yield from _asked_too_early(context)
    yield from _beyond_the_notice(context)
    yield from _of_direct(context)


def _unsupplied(context: Context) -> Iterator[PackFinding]:
    """Conditions on facts that the ledger would have to supply and does not."""
    vocabulary = vocabulary_of(context.pack)
    known = {"tier", *_used_facts(context.pack)}
    for rule in context.pack.rules():
        for place, condition in conditions_in(rule):
            for leaf in leaves(condition):
                fact = vocabulary.get(leaf.fact)
                if fact is not None and fact.supplier is Supplier.LEDGER and fact.name not in known:
                    told = f"系统还不提供“{fact.label}”"
                    yield context.not_yet(rule, told, mend=_MEND, at=(*place, *leaf.path))


def _asked_too_early(context: Context) -> Iterator[PackFinding]:
    """Conditions asked at the issue on what only an order or its provider can tell: no voucher would ever be issued."""
    vocabulary = vocabulary_of(context.pack)
    for rule in context.pack.rules():
        if isinstance(rule, ConditionRule) and Phase.ISSUE in rule.at:
            for leaf in leaves(rule.when):
                fact = vocabulary.get(leaf.fact)
                if fact is not None and (fact.supplier in _NOT_YET_THERE or fact.name in _OF_AN_ORDER):
                    told = f"发券时还没有订单，核对不了“{fact.label}”"
                    yield context.not_yet(
                        rule, told, mend="请改在核销（redemption）或付款（payment）时核对", at=("at",)
                    )


def _of_direct(context: Context) -> Iterator[PackFinding]:
    """Rules for a kind that is paid directly: it is never redeemed, has no order and no provider we know."""
    pack = context.pack
    direct = {kind for rule in pack.voucher if rule.form == "direct" for kind in rule.kinds}
    vocabulary = vocabulary_of(pack)
    for rule in pack.rules():
        kinds, phases = getattr(rule, "kinds", None), getattr(rule, "at", ())
        if not direct.intersection(kinds or direct) or (isinstance(rule, VoucherRule) and rule.form == "direct"):
            continue
        if Phase.REDEMPTION in phases and kinds and direct.issuperset(kinds):
            yield context.not_yet(
                rule, "直接补助没有核销环节", mend="请改在申领（application）时核对或计算", at=("at",)
            )
        if isinstance(rule, PayeeRule) and rule.payee != "enterprise":
            yield context.not_yet(rule, "直接补助只能付给申领的企业", mend="请写 payee: enterprise", at=("payee",))
        for _, condition in conditions_in(rule) if Phase.PAYMENT in phases else ():
            for leaf in leaves(condition):
                fact = vocabulary.get(leaf.fact)
                if fact is not None and (fact.supplier in _NOT_YET_THERE or fact.name in _OF_AN_ORDER):
                    told = f"直接补助没有订单和服务商，付款时核对不了“{fact.label}”"
                    yield context.not_yet(rule, told, mend="请改在申领（application）时核对", at=("at",))


def _beyond_the_notice(context: Context) -> Iterator[PackFinding]:
    """Objections that the pack takes when no notice runs: the case would be approved meanwhile."""
    process = context.pack.process
    rule, days = process.objection, process.notice.working_days if process.notice else 0
    if rule is not None and rule.lodge_within > days:
        mend = f"公示为 {days} 个工作日：请改到公示期以内，或延长公示"
        yield context.not_yet(rule, "公示期满后还不能提出异议", mend=mend, at=("lodge_within",))


def _used_facts(pack: PolicyPack) -> set[str]:
    return {cap.granted_fact for cap in pack.amount.caps}
