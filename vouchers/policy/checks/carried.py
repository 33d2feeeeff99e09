"""What the running product does not carry out yet: such a pack is checked and tried, and not published.

One table. A row goes when the product obeys the shape; until then nothing is obeyed by half in silence.
"""

from collections.abc import Callable, Collection, Iterator, Mapping
from typing import Any, NamedTuple

from vouchers.policy.checks.context import Context
from vouchers.policy.checks.in_kind import AS_THEY_COME, of_in_kind
from vouchers.policy.pack.clauses import Rule
from vouchers.policy.pack.conditions import conditions_in, leaves
from vouchers.policy.pack.intake import FastTrack
from vouchers.policy.pack.model import ConditionRule, PolicyPack
from vouchers.policy.pack.phases import Phase
from vouchers.policy.pack.reading import PackFinding
from vouchers.policy.pack.values import UNIT_LABELS, Unit
from vouchers.policy.pack.vouchers import LineItems, PayeeRule, VoucherRule
from vouchers.policy.rules.facts import Supplier
from vouchers.policy.rules.vocabulary import vocabulary_of


class Shape(NamedTuple):
    """A shape of a rule that is not carried out yet: which rules, when they have it, and what is not done."""

    of: type[Rule]
    has: Callable[[Any], bool]
    told: str
    at: str = ""


_BY_CARD, _BY_TOKEN = frozenset({"compute", "model", "training"}), frozenset({"token", "model"})
METERED: Mapping[Unit, frozenset[str]] = {"card-hours": _BY_CARD, "pflops-hours": _BY_CARD, "tokens": _BY_TOKEN}
"""The services of which usage is recorded in a unit, as the catalogue sells them."""
_READ_LINES = frozenset({"storage", "network", "security", "hardware", "labour"})


def _known_lines(rule: LineItems) -> bool:
    """Every kind of spending has words by which a line of an invoice is known."""
    return (_READ_LINES | set(rule.words)).issuperset((*rule.exclude, *rule.include))


SHAPES: tuple[Shape, ...] = (
    Shape(LineItems, lambda rule: not _known_lines(rule), "没有写明按哪些词识别这些费用明细（words）"),
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
    yield from _not_so_metered(context)
    yield from _unsupplied(context)
    yield from _never_approved(context)
    yield from _not_forward(context)
    yield from _asked_too_early(context)
    yield from _beyond_the_notice(context)
    yield from _several_intakes(context)
    yield from _instant_before_the_notice(context)
    yield from _fast_tracks(context)
    yield from _of_direct(context)
    yield from of_in_kind(context)


def _not_so_metered(context: Context) -> Iterator[PackFinding]:
    """Vouchers counted or redeemed by a quantity that is not recorded of everything they may be spent on."""
    pack = context.pack
    service = vocabulary_of(pack)["service_kind"].options or {}
    for kind in pack.kinds:
        unit = pack.counted_by(kind.id)
        strangers = [service[one] for one in kind.spent_on if unit and one not in METERED[unit]]
        if unit and strangers:
            told = f"{'、'.join(strangers)}不按{UNIT_LABELS[unit]}计量，核销时没有这项数"
            mend = "请从 spent_on 去掉这些服务，或改用发票金额等为基数"
            yield context.not_yet(kind, told, mend=mend, at=("spent_on",))


def _unsupplied(context: Context) -> Iterator[PackFinding]:
    """Conditions on facts that the ledger would have to supply and does not."""
    vocabulary = vocabulary_of(context.pack)
    known = {"tier", "years_supported", "is_renamed", *_used_facts(context.pack)}
    for rule in context.pack.rules():
        for place, condition in conditions_in(rule):
            for leaf in leaves(condition):
                fact = vocabulary.get(leaf.fact)
                if fact is not None and fact.supplier is Supplier.LEDGER and fact.name not in known:
                    told = f"系统还不提供“{fact.label}”"
                    yield context.not_yet(rule, told, mend=_MEND, at=(*place, *leaf.path))


def _not_forward(context: Context) -> Iterator[PackFinding]:
    """A moving period is proven while days only go forward: issuing does, claims do by the day they are handed in."""
    days = {kind: rule.cap_date for rule in context.pack.redemption for kind in rule.kinds}
    for cap in context.pack.amount.caps:
        backward = Phase.REDEMPTION in cap.at and any(days.get(kind) != "claim" for kind in cap.kinds)
        if cap.span is not None and backward:
            mend = "请把核销规则的 cap_date 写成 claim（按提交核销的日期），或改用自然年、季度、月份"
            yield context.not_yet(cap, "核销时只能按提交的日期滚动累计", mend=mend, at=("per",))


def _never_approved(context: Context) -> Iterator[PackFinding]:
    """A base that reviewers approve, asked later without being asked when they review."""
    bases = [base for base in context.pack.amount.bases if base.of == "approved"]
    recorded = {(kind, base.tax) for base in bases if Phase.APPLICATION in base.at for kind in base.kinds}
    for base in bases:
        if any((kind, base.tax) not in recorded for kind in base.kinds):
            mend = "请在申领环节（application）也写 of: approved，由审核人员登记核定金额"
            yield context.not_yet(base, "核定金额在申领审核时登记，核销时才用到就没有来源", mend=mend, at=("of",))


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
        theirs = direct.intersection(kinds or ()) - {kind.id for kind in pack.kinds if kind.claimed_by == "seller"}
        if isinstance(rule, PayeeRule) and rule.payee != "enterprise" and theirs:
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


def _several_intakes(context: Context) -> Iterator[PackFinding]:
    """A kind that comes in by two arrangements: windows are held to the first, whichever is meant."""
    taken: set[str] = set()
    for rule in context.pack.process.intakes:
        for kind in sorted(taken.intersection(rule.kinds)):
            told = f"券种 {kind} 已有一条申报安排，窗口只按一条执行"
            yield context.not_yet(rule, told, mend="请合成一条，或只留一条", at=("kinds",))
        taken |= set(rule.kinds)


def _instant_before_the_notice(context: Context) -> Iterator[PackFinding]:
    """A voucher at once where each voucher waits for the end of its notice, or where none is handed out at all."""
    for rule in context.pack.process.intakes:
        if rule.track == "instant" and any(map(context.pack.pays_directly, rule.kinds)):
            mend = "直接补助请改为审核（reviewed）或免申即享（automatic）"
            yield context.not_yet(rule, "直接补助由人核定，不能即领即用", mend=mend, at=("track",))
        if rule.track == "instant" and _is_ranked(context.pack, rule.kinds):
            mend = "即领即用的券种请写先到先得（first-come），或改为审核（reviewed）"
            yield context.not_yet(rule, "按名次或比例分配的券种不能即领即用", mend=mend, at=("track",))
        if rule.track == "instant" and context.pack.process.notice is not None:
            mend = "即领即用的方案请去掉公示，或改为审核（reviewed）"
            yield context.not_yet(rule, "方案要求先公示后发券，不能即领即用", mend=mend, at=("track",))


def _fast_tracks(context: Context) -> Iterator[PackFinding]:
    """Fast tracks past a decision or a notice, and those whose condition nobody would be asked about."""
    process, vocabulary = context.pack.process, vocabulary_of(context.pack)
    examining = {stage.id for stage in process.stages if stage.duty == "examine"}
    others = [rule for rule in context.pack.rules() if not isinstance(rule, FastTrack)]
    asked = {leaf.fact for rule in others for _, condition in conditions_in(rule) for leaf in leaves(condition)}
    for track in process.fast_tracks:
        for key in sorted(set(track.skips) - examining):
            mend = f"请从 skips 去掉 {key}：审定和公示不能后补"
            yield context.not_yet(track, "快速通道只能跳过审核环节", mend=mend, at=("skips",))
        for leaf in leaves(track.when):
            fact = vocabulary.get(leaf.fact)
            if fact is not None and fact.supplier is not Supplier.REVIEWER and fact.name not in asked:
                told = f"申请里不问“{fact.label}”，快速通道的条件无从判断"
                yield context.not_yet(
                    track, told, mend="请改用审核人员判断的事实，或申报条件里已有的事实", at=("when",)
                )


def _is_ranked(pack: PolicyPack, kinds: Collection[str]) -> bool:
    """Whether who gets one of these kinds is only known when all who ask are known."""
    found = (rule for rule in pack.allocation if set(kinds).intersection(rule.kinds))
    return any(rule.way not in AS_THEY_COME for rule in found)


def _used_facts(pack: PolicyPack) -> set[str]:
    return {fact for cap in pack.amount.caps for fact in (cap.granted_fact, cap.over_fact)}
