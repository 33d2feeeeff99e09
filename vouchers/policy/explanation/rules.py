"""The numbers of a rule in words: what is counted, at what share, up to how much, when; one line for each."""

from collections.abc import Callable, Iterator, Mapping
from datetime import date
from typing import Any

from vouchers.kernel.money import format_yuan
from vouchers.policy.explanation import labels
from vouchers.policy.explanation.choices import amount_words, chosen, label_of, range_words, when_words
from vouchers.policy.explanation.words import of_plan, term_words
from vouchers.policy.explanation.words import spoken as _
from vouchers.policy.pack.allocation import Allocation
from vouchers.policy.pack.bases import Base, Prorate, Tiers
from vouchers.policy.pack.clauses import Rule
from vouchers.policy.pack.intake import Intake
from vouchers.policy.pack.limits import Cap, Floor, RoundingRule, Stacking
from vouchers.policy.pack.model import ConditionRule, NamedList
from vouchers.policy.pack.phases import Phase
from vouchers.policy.pack.process import AdmissionRule, Correction, DocumentRule, PublicNoticeRule, Stage
from vouchers.policy.pack.rates import Activation, Bonus, RateCeiling, RateRule
from vouchers.policy.pack.selectors import AmountChoice
from vouchers.policy.pack.values import percent
from vouchers.policy.pack.vouchers import Kind, VoucherRule
from vouchers.policy.rules.compiled import CompiledPack
from vouchers.policy.wording import value_word

Lines = Iterator[str]


def told_rule(compiled: CompiledPack, rule: Rule) -> tuple[str, ...]:
    """The numbers and conditions of a rule, line by line; none where its sentence says it all."""
    teller = _TELLERS.get(type(rule))
    return (*_whose(compiled, rule), *(teller(compiled, rule) if teller else ()))


def _whose(compiled: CompiledPack, rule: Rule) -> Lines:
    """For which kinds a rule holds, where it does not hold for all."""
    names = {kind.id: of_plan(compiled.pack, kind.name) for kind in compiled.pack.kinds}
    kinds = getattr(rule, "kinds", None) or names
    if len(kinds) < len(names):
        yield _("只适用于%(kinds)s", kinds=_("、").join(names[kind] for kind in kinds))
    phases = getattr(rule, "at", ())
    if isinstance(phases, tuple) and phases and Phase.APPLICATION not in phases:
        yield _("只用在%(phases)s", phases=_("、").join(_(labels.PHASES[phase]) for phase in phases))


def _kind(compiled: CompiledPack, rule: Kind) -> Lines:
    yield _("券种：%(name)s", name=of_plan(compiled.pack, rule.name))


def _list(compiled: CompiledPack, rule: NamedList) -> Lines:
    yield _("、").join(of_plan(compiled.pack, name) for name in rule.items.values())


def _base(compiled: CompiledPack, rule: Base) -> Lines:
    label = _("，加上").join(label_of(compiled, fact) for fact in rule.facts)
    yield _("按 %(label)s 计算", label=label)
    if rule.over:
        yield _("合并 %(term)s 内的金额", term=term_words(rule.over))
    if rule.less:
        yield _("先减去：%(items)s", items=_("、").join(label_of(compiled, fact) for fact in rule.less))
    if rule.no_more_than:
        yield _("不超过：%(items)s（取低）", items=_("、").join(label_of(compiled, fact) for fact in rule.no_more_than))
    if rule.prorate:
        yield _prorated(compiled, rule.prorate)


def _prorated(compiled: CompiledPack, prorate: Prorate) -> str:
    counted = _("含首尾两天") if prorate.days == "both-ends" else _("不含最后一天")
    if prorate.into == "calendar-year":
        return _("跨年的，只按落在本年度的天数折算（%(counted)s）", counted=counted)
    if prorate.facts:
        first, last = (label_of(compiled, fact) for fact in prorate.facts)
    else:
        first, last = str(prorate.first), str(prorate.last)
    return _("只按 %(first)s 至 %(last)s 之间的天数折算（%(counted)s）", first=first, last=last, counted=counted)


def _rate(compiled: CompiledPack, rule: RateRule) -> Lines:
    if rule.flat is not None:
        yield _("基数 × %(rate)s", rate=percent(rule.flat))
    if rule.choose is not None:
        yield from chosen(compiled, rule.choose, percent)
    for one in rule.brackets:
        yield _("%(range)s：%(rate)s", range=range_words(one), rate=percent(one.rate))
    if rule.slices:
        yield _("分段累进：各段按各自的比例，再相加") if rule.slices == "marginal" else _("整额适用所在一段的比例")
    if rule.lump is not None:
        yield from _lump(compiled, rule.lump)
    if rule.per_unit is not None:
        yield _("每单位 %(price)s", price=format_yuan(rule.per_unit))
    if rule.activated:
        yield _activated(rule.activated)
    if rule.up_to:
        yield _("这是最高比例，审核可以核减")


def _lump(compiled: CompiledPack, lump: Any) -> Lines:
    if isinstance(lump, AmountChoice):
        yield from chosen(compiled, lump, amount_words)
    else:
        yield _("定额 %(amount)s", amount=amount_words(lump))


def _activated(activation: Activation) -> str:
    on = _("整额计算") if activation.on == "whole" else _("只计超出部分")
    if activation.starts is not None:
        return _("起补线：达到 %(amount)s 的，%(on)s", amount=amount_words(activation.starts), on=on)
    return _("起补线：超过 %(amount)s 的，%(on)s", amount=amount_words(activation.above), on=on)


def _bonus(compiled: CompiledPack, rule: Bonus) -> Lines:
    yield _("加 %(points)s：%(when)s", points=percent(rule.add), when=when_words(compiled, rule.when))


def _ceiling(_compiled: CompiledPack, rule: RateCeiling) -> Lines:
    yield _("加成后合计不超过 %(rate)s", rate=percent(rule.most))


def _tiers(compiled: CompiledPack, rule: Tiers) -> Lines:
    yield _("按 %(label)s 分层", label=label_of(compiled, rule.by))
    for row in rule.rows:
        yield _("%(case)s：%(value)s", case=of_plan(compiled.pack, row.name), value=range_words(row))


def _cap(compiled: CompiledPack, rule: Cap) -> Lines:
    scope = _(labels.OVER[rule.over])
    period = (
        _("%(term)s内", term=term_words(rule.span)) if rule.span else labels.PER[rule.per] and _(labels.PER[rule.per])
    )
    where = _("，").join(part for part in (scope, period) if part)
    if rule.count is not None and rule.counting is not None:
        yield _("%(where)s：最多 %(value)s", where=where, value=_(labels.COUNTING[rule.counting], n=rule.count))
    elif isinstance(rule.limit, AmountChoice):
        yield _("%(where)s，最高：", where=where)
        yield from chosen(compiled, rule.limit, amount_words)
    else:
        yield _("%(where)s：最高 %(value)s", where=where, value=amount_words(rule.limit))
    if not rule.hard:
        whose = _("（%(when)s）", when=when_words(compiled, rule.liftable_when)) if rule.liftable_when else ""
        yield _("原则上如此；经审核写明理由可以放宽%(whose)s", whose=whose)


def _floor(_compiled: CompiledPack, rule: Floor) -> Lines:
    yield _("不足 %(amount)s 的不予支持", amount=amount_words(rule.least))


def _round(_compiled: CompiledPack, rule: RoundingRule) -> Lines:
    unit = format_yuan(rule.to)
    yield _(
        "精确到 %(unit)s，%(mode)s；%(step)s",
        unit=unit,
        mode=_(labels.ROUNDING[rule.mode]),
        step=_(labels.STEPS[rule.step]),
    )


def _stacking(compiled: CompiledPack, rule: Stacking) -> Lines:
    named = [of_plan(compiled.pack, name) for name in rule.named]
    sources = _("、").join(named) if named else _(labels.SOURCES[rule.sources])
    if rule.share is not None:
        effect = _("各项支持合计不超过 %(share)s", share=percent(rule.share))
    elif rule.pays is not None:
        effect = _("从高不重复，高出的补差额") if rule.pays == "difference" else _("从高不重复，较高的全额支付")
    else:
        effect = _(labels.EFFECTS[rule.effect])
    yield _("%(scope)s，%(sources)s：%(effect)s", scope=_(labels.SCOPES[rule.scope]), sources=sources, effect=effect)


def _voucher(_compiled: CompiledPack, rule: VoucherRule) -> Lines:
    if rule.face is not None:
        yield _("每张面额 %(face)s", face=format_yuan(rule.face))
    if rule.sheets is not None:
        yield _("共 %(n)s 张", n=rule.sheets)
    if rule.unit_price is not None:
        yield _("按数量发放，每单位最高 %(price)s（含税），券支付全部价款", price=format_yuan(rule.unit_price))
    if rule.valid_for:
        yield _("有效期 %(term)s", term=term_words(rule.valid_for))
    if rule.valid_until:
        yield _("有效期至 %(day)s", day=rule.valid_until.isoformat())
    if rule.valid_within:
        yield _("申报窗口内有效") if rule.valid_within == "window" else _("当年有效")


def _condition(compiled: CompiledPack, rule: ConditionRule | AdmissionRule) -> Lines:
    yield _("条件：%(when)s", when=when_words(compiled, rule.when))


def _document(compiled: CompiledPack, rule: DocumentRule) -> Lines:
    who = _("企业提供") if rule.of == "enterprise" else _("服务商提供")
    at = {"application": _("申报时"), "redemption": _("核销时"), "admission": _("入库时")}[rule.at]
    need = _("必须") if rule.required else _("有则提供")
    yield _(
        "%(at)s%(who)s，%(need)s；格式：%(formats)s", at=at, who=who, need=need, formats="、".join(rule.formats).upper()
    )
    if rule.when:
        yield _("只在这种情况下：%(when)s", when=when_words(compiled, rule.when))
    if rule.proves:
        yield _("用来证明：%(facts)s", facts=_("、").join(label_of(compiled, fact) for fact in rule.proves))


def _stage(compiled: CompiledPack, rule: Stage) -> Lines:
    if rule.on_overdue:
        yield _(labels.OVERDUE[rule.on_overdue])
    if rule.scoring:
        parts = _("、").join(
            f"{of_plan(compiled.pack, one.name)} {percent(one.weight)}" for one in rule.scoring.criteria
        )
        yield _(
            "%(n)s 名专家评分，%(mark)s 分通过：%(parts)s",
            n=rule.scoring.experts,
            mark=rule.scoring.pass_mark,
            parts=parts,
        )
        if rule.scoring.kinds:
            kinds = _("、").join(of_plan(compiled.pack, compiled.pack.kind(kind).name) for kind in rule.scoring.kinds)
            yield _("专家只评%(kinds)s", kinds=kinds)


def _allocation(_compiled: CompiledPack, rule: Allocation) -> Lines:
    yield _(value_word(Allocation, "way", rule.way))
    if rule.ranked_by:
        yield _(
            "先后：%(by)s", by=_("、").join(_(value_word(Allocation, "ranked_by", word)) for word in rule.ranked_by)
        )
    if rule.slots and rule.per:
        yield _("%(per)s %(n)s 个名额", per=_(value_word(Allocation, "per", rule.per)), n=rule.slots)
    if rule.reserves:
        yield _("候补 %(n)s 家", n=rule.reserves)
    if rule.partly is not None:
        yield _("余额不足一份时，给余下的部分") if rule.partly else _("余额不足一份时，不给余下的部分")
    if rule.seed:
        yield _("开窗口时公布密数的承诺，抽签后任何人都能重算")


def _correction(_compiled: CompiledPack, rule: Correction) -> Lines:
    yield _("最多补正 %(n)s 次，每次 %(days)s 个工作日", n=rule.times, days=rule.working_days)


def _notice(_compiled: CompiledPack, rule: PublicNoticeRule) -> Lines:
    yield _("公示 %(n)s 个工作日", n=rule.working_days)


def _intake(_compiled: CompiledPack, rule: Intake) -> Lines:
    yield _("%(opens)s，%(track)s", opens=_(labels.OPENS[rule.opens]), track=_(labels.TRACKS[rule.track]))
    if rule.first or rule.last:
        yield _("%(first)s 至 %(last)s", first=_day(rule.first), last=_day(rule.last))


def _day(day: date | None) -> str:
    return day.isoformat() if day else _("未规定")


_TELLERS: Mapping[type[Rule], Callable[[CompiledPack, Any], Lines]] = {
    Kind: _kind,
    NamedList: _list,
    Base: _base,
    RateRule: _rate,
    Bonus: _bonus,
    RateCeiling: _ceiling,
    Tiers: _tiers,
    Cap: _cap,
    Floor: _floor,
    RoundingRule: _round,
    Stacking: _stacking,
    VoucherRule: _voucher,
    ConditionRule: _condition,
    AdmissionRule: _condition,
    DocumentRule: _document,
    Stage: _stage,
    Allocation: _allocation,
    Correction: _correction,
    PublicNoticeRule: _notice,
    Intake: _intake,
}
