"""Rules that must agree with each other: units, who may approve less, other support, stages that are named."""

from collections.abc import Iterator

from vouchers.policy.checks.context import Context
from vouchers.policy.pack.clauses import Provenance, Rule
from vouchers.policy.pack.phases import Phase
from vouchers.policy.pack.reading import PackFinding
from vouchers.policy.pack.selectors import AmountChoice
from vouchers.policy.pack.values import UNIT_LABELS, Quantity
from vouchers.policy.rules.facts import suggestion

Amount = int | Quantity | None


def check_agreement(context: Context) -> Iterator[PackFinding]:
    """Findings where two rules of the pack do not fit together."""
    yield from _check_units(context)
    yield from _check_forms(context)
    yield from _check_reductions(context)
    yield from _check_stacking(context)
    yield from _check_allocation(context)
    yield from _check_named(context)
    yield from _check_claims(context)


def _check_units(context: Context) -> Iterator[PackFinding]:
    amount, units = context.pack.amount, {kind.id: kind.unit for kind in context.pack.kinds}
    stated: list[tuple[Rule, tuple[str, ...], Amount | AmountChoice]] = []
    stated += [(rule, rule.kinds, rule.limit) for rule in amount.caps]
    stated += [(rule, rule.kinds, rule.least) for rule in amount.floors]
    stated += [(rule, rule.kinds, rule.lump) for rule in amount.rates]
    for rule, kinds, value in stated:
        for one in _amounts_in(value):
            written = one.unit if isinstance(one, Quantity) else None
            wrong = next((kind for kind in kinds if kind in units and units[kind] != written), None)
            if wrong is not None:
                wanted = units[wrong]
                word = "金额" if wanted is None else UNIT_LABELS[wanted]
                message = f"券种“{wrong}”按{word}计，这里写的单位不同"
                yield context.finding(rule, "unit", message, mend=f"请写成{word}，或改券种的 unit")
                break
    for rate in amount.rates:
        bases = [base for base in amount.bases if set(base.kinds) & set(rate.kinds) and set(base.at) & set(rate.at)]
        by_quantity = any(base.of == "quantity" for base in bases)
        in_kind = any(units.get(kind) for kind in rate.kinds)
        if rate.per_unit is not None and not by_quantity:
            yield context.finding(rate, "unit", "单价（per_unit）要配数量基数", mend="请把基数写成 of: quantity")
        elif by_quantity and rate.per_unit is None and rate.lump is None and not in_kind:
            mend = "请写 per_unit（每单位多少钱），或给券种写 unit"
            yield context.finding(rate, "unit", "数量基数不能直接按比例算出金额", mend=mend)


def _check_forms(context: Context) -> Iterator[PackFinding]:
    """A kind that counts units is handed out in kind, and no other is."""
    for rule in context.pack.voucher:
        for kind in (one for one in context.pack.kinds if one.id in rule.kinds):
            if (rule.form == "in-kind") != (kind.unit is not None):
                mend = "按数量计的券种写 unit，券写 form: in-kind；按钱计的都不写"
                message = f"“{kind.name}”的计量单位（unit）和券的形式（form）对不上"
                yield context.finding(rule, "unit-form", message, mend=mend, at=("form",))


def _amounts_in(value: Amount | AmountChoice) -> Iterator[int | Quantity]:
    if isinstance(value, AmountChoice):
        yield from value.amounts
    elif value is not None:
        yield value


def _check_reductions(context: Context) -> Iterator[PackFinding]:
    stages = context.pack.process.stages
    for rate in context.pack.amount.rates:
        if rate.up_to is False and any(stage.may_reduce for stage in stages):
            mend = "请把各环节的 may_reduce 写成 false，或把 up_to 写成 true"
            yield context.finding(rate, "up-to", "写明足额支持，却有环节可以核减", mend=mend, at=("up_to",))
        if rate.up_to is True and not any(stage.may_reduce for stage in stages):
            mend = "请给有权核减的环节写 may_reduce: true，或把 up_to 写成 false"
            yield context.finding(rate, "up-to", "写明“不超过”，却没有环节可以核减", mend=mend, at=("up_to",))


def _check_stacking(context: Context) -> Iterator[PackFinding]:
    seen: dict[tuple[str, str, str], str] = {}
    for rule in context.pack.amount.stacking:
        if not rule.fact.startswith("other_support_"):
            continue
        for key in ((kind, phase, rule.fact) for kind in rule.kinds for phase in rule.at):
            if seen.setdefault(key, rule.sources) != rule.sources:
                message = f"两条规则读同一项“{rule.scope}”的其他支持，来源却不同"
                mend = "请把其中一条的来源写成 named 并列出政策名称"
                yield context.finding(rule, "same-support", message, mend=mend, at=("sources",))
                break


def _check_allocation(context: Context) -> Iterator[PackFinding]:
    for rule in context.pack.allocation:
        if rule.way == "pro-rata" and rule.provenance is not Provenance.LOCAL:
            mend = "按比例压减未见于任何规划原文；请写 provenance: local"
            yield context.finding(rule, "pro-rata-source", "按比例压减只能是本地设定", mend=mend, at=("provenance",))


def _check_named(context: Context) -> Iterator[PackFinding]:
    process, lists = context.pack.process, [one.id for one in context.pack.lists]
    stages = [stage.id for stage in process.stages]
    known = [*stages, *(rule.id for rule in (process.notice, process.acceptance) if rule)]
    named: list[tuple[Rule, tuple[str, ...], list[str], str]] = []
    named += [
        (stage, stage.other_office_than, stages[:place], "other_office_than")
        for place, stage in enumerate(process.stages)
    ]
    named += [(track, track.skips, known, "skips") for track in process.fast_tracks]
    for rule, words, among, at in named:
        for word in words:
            if word not in among:
                mend = suggestion(word, among)
                yield context.finding(rule, "unknown-stage", f"没有环节“{word}”", mend=mend, at=(at,))
    for intake in process.intakes:
        if intake.whitelist is not None and intake.whitelist not in lists:
            mend = suggestion(intake.whitelist, lists)
            yield context.finding(intake, "unknown-list", f"没有名单“{intake.whitelist}”", mend=mend, at=("whitelist",))


def _check_claims(context: Context) -> Iterator[PackFinding]:
    """A voucher whose claims no rate holds to their share could be used up on one small invoice."""
    pack, drawn = context.pack, {"quota", "sheets", "wallet"}
    for kind in pack.kinds:
        forms = {rule.form for rule in pack.voucher if kind.id in rule.kinds}
        rated = any(kind.id in rate.kinds and Phase.REDEMPTION in rate.at for rate in pack.amount.rates)
        if forms & drawn and not rated:
            message = f"“{kind.name}”核销时没有比例，凭一张小额发票就能用完整张券"
            mend = "请在 bases 和 rates 里写上核销（redemption）时的基数和比例"
            yield context.finding(kind, "no-claim-rate", message, mend=mend)
