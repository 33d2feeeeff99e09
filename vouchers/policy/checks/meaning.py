"""Shapes that cannot mean anything, or mean what another key says: each is an error that says how to write it."""

from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

from vouchers.policy.checks.context import Context
from vouchers.policy.pack.allocation import Allocation
from vouchers.policy.pack.bases import Base
from vouchers.policy.pack.clauses import Rule
from vouchers.policy.pack.limits import Cap
from vouchers.policy.pack.phases import Phase
from vouchers.policy.pack.process import Stage
from vouchers.policy.pack.reading import PackFinding
from vouchers.policy.pack.vouchers import Kind


class Senseless(NamedTuple):
    """A shape of a rule that says nothing: which rules, when they have it, why, and how to write what is wanted."""

    of: type[Rule]
    has: Callable[[Any], bool]
    told: str
    mend: str
    at: str


_OF_A_YEAR = frozenset({"yearly", "pooled"})
_WORKING_DAY = "working day"


def _beyond_a_claim(base: Base) -> bool:
    """A claim rests on one invoice of one order: it never holds the spending of a year, or of several services."""
    return base.of in _OF_A_YEAR and set(base.at) != {Phase.APPLICATION}


def _lifted_late(cap: Cap) -> bool:
    """A cap is lifted by those who examine the application; at redemption only, nobody is asked."""
    return not cap.hard and Phase.APPLICATION not in cap.at


def _before_the_order(cap: Cap) -> bool:
    """Nobody who applies has an order yet; a contract and its seller the application names."""
    return cap.per != "once" and cap.over == "order" and Phase.APPLICATION in cap.at


def _decided_by_time(stage: Stage) -> bool:
    """Who decides answers for it: nobody would, where time does."""
    return stage.duty == "decide" and stage.on_overdue == "pass"


SENSELESS: tuple[Senseless, ...] = (
    Senseless(
        Base,
        _beyond_a_claim,
        "一笔核销只凭一张订单的发票，没有全年或几项合并的支出",
        "核销时请写 of: invoiced 或 paid，全年的总额写成 amount.caps 的上限；"
        "要按全年或合并的支出一次支持的，请写 form: direct，在申领（at: [application]）时计算",
        "of",
    ),
    Senseless(
        Cap,
        _lifted_late,
        "核销时没有人能放宽上限：放宽由审核申请的人提出、另一人决定",
        "请写 at: [application, redemption]，放宽的在核销时同样有效；不许放宽的写 hard: true",
        "hard",
    ),
    Senseless(
        Cap,
        lambda cap: cap.span is not None and cap.span.unit == _WORKING_DAY,
        "额度不随工作日停走，滚动期间不能按工作日计",
        "请把 span 写成自然日、月或年，例如 30 days、1 month",
        "span",
    ),
    Senseless(
        Cap,
        lambda cap: cap.span is not None and cap.counting == "years",
        "获支持的年数按自然年计，没有滚动的年数",
        "请写 per: life；限制一段时间内的次数的，写 counting: claims",
        "per",
    ),
    Senseless(
        Cap,
        _before_the_order,
        "申领时还没有订单，没有可以累计的对象",
        "请写 at: [redemption]；申领时就要限制的，写 over: contract，由申请写明合同编号和相对方",
        "over",
    ),
    Senseless(
        Allocation,
        lambda rule: rule.way == "pool-per-seller",
        "每家服务商一份额度，就是按服务商的上限，不另作分配方式",
        "请写 way: first-come，并在 amount.caps 写 over: seller、per: life、limit: 每家多少、"
        "at: [application, redemption]；哪几家用名单或条件写明",
        "way",
    ),
    Senseless(
        Kind,
        lambda kind: kind.unit == "tokens",
        "一个词元不到一分钱，按最高单价留不出资金",
        "请把券写成金额：form: quota，按发票金额核销；只买词元的写 spent_on: [token]",
        "unit",
    ),
    Senseless(
        Kind,
        lambda kind: kind.unit == "pflops-hours",
        "没有按 PFLOPS小时 标价的服务：同样的 PFLOPS小时，不同的卡价钱不同，没有一个最高单价",
        "请写 unit: card-hours，或把券写成金额：form: quota，核销时写 of: quantity、unit: pflops-hours",
        "unit",
    ),
    Senseless(
        Stage,
        _decided_by_time,
        "审定要有人作决定并签名负责，期限过了不能当作已经决定",
        "请写 on_overdue: remind（提醒）或 escalate（报上级）；不需要人审定的，申报安排写 track: instant 或 automatic",
        "on_overdue",
    ),
)


def check_meaning(context: Context) -> Iterator[PackFinding]:
    """A finding for each shape of the pack that cannot mean anything."""
    for rule in context.pack.rules():
        for shape in SENSELESS:
            if isinstance(rule, shape.of) and shape.has(rule):
                yield context.finding(rule, "no-meaning", shape.told, mend=shape.mend, at=(shape.at,))
