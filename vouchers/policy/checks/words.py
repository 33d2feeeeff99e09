"""Every word of a pack is known and fits: facts, lists, kinds, tiers, stages."""

from collections.abc import Iterator

from vouchers.policy.checks.context import Context
from vouchers.policy.pack.clauses import Rule
from vouchers.policy.pack.conditions import conditions_in, leaves
from vouchers.policy.pack.model import PolicyPack
from vouchers.policy.pack.phases import Phase
from vouchers.policy.pack.reading import PackFinding
from vouchers.policy.pack.selectors import AmountChoice
from vouchers.policy.rules.eligibility import typed_leaf
from vouchers.policy.rules.facts import FactKind, FactType, suggestion
from vouchers.policy.rules.vocabulary import VOCABULARY, vocabulary_of


def check_words(context: Context) -> Iterator[PackFinding]:
    """Unknown facts, lists, kinds and stages, and values that do not fit."""
    yield from _check_conditions(context)
    yield from _check_kinds(context)
    yield from _check_facts(context)
    yield from _check_choices(context)
    yield from _check_stages(context)
    yield from _check_english(context)


def _check_conditions(context: Context) -> Iterator[PackFinding]:
    vocabulary = vocabulary_of(context.pack)
    lists = {named.id: named.items for named in context.pack.lists}
    for rule in context.pack.rules():
        for place, condition in conditions_in(rule):
            for leaf in leaves(condition):
                try:
                    typed_leaf(leaf, vocabulary, lists)
                except ValueError as error:
                    yield context.finding(rule, "unfit-condition", str(error), at=(*place, *leaf.path))


def _check_kinds(context: Context) -> Iterator[PackFinding]:
    pack, known = context.pack, {kind.id for kind in context.pack.kinds}
    for rule in pack.rules():
        for kind in getattr(rule, "kinds", None) or ():
            if kind not in known:
                yield context.finding(
                    rule, "unknown-kind", f"没有券种“{kind}”", mend=suggestion(kind, known), at=("kinds",)
                )
    lumps = {kind for rate in pack.amount.rates if rate.lump is not None for kind in rate.kinds}
    sections = {
        "amount.bases（补贴基数）": [*(rule.kinds for rule in pack.amount.bases), tuple(lumps)],
        "amount.rates（补贴比例）": [rule.kinds for rule in pack.amount.rates],
        "voucher（券的形式）": [rule.kinds for rule in pack.voucher],
        "payee（收款方）": [rule.kinds for rule in pack.payee],
        "redemption（核销）": [rule.kinds for rule in pack.redemption],
    }
    for kind in pack.kinds:
        for name, covered in sections.items():
            if not any(kind.id in kinds for kinds in covered):
                yield context.finding(
                    kind, "kind-without-rule", f"券种“{kind.name}”在 {name} 里没有规则", mend="请补上"
                )


def _check_facts(context: Context) -> Iterator[PackFinding]:
    vocabulary = vocabulary_of(context.pack)
    for position, own in enumerate(context.pack.facts):
        if own.name in VOCABULARY:
            mend = "词汇表里已有这个事实，直接使用即可；意思不同就换一个名字"
            yield context.document.finding(("facts", position, "name"), "known-fact", f"“{own.name}”已有", mend=mend)
    for rule, fact, kind in _named_facts(context.pack):
        if fact not in vocabulary:
            mend = suggestion(fact, vocabulary)
            yield context.finding(rule, "unknown-fact", f"不认识事实“{fact}”", mend=mend)
        elif kind is not None and vocabulary[fact].kind is not kind:
            message = f"“{vocabulary[fact].label}”不能用在这里"
            mend = "这里要用金额类的事实" if kind is FactKind.MONEY else "这里要用日期类的事实"
            yield context.finding(rule, "unfit-fact", message, mend=mend)


def _named_facts(pack: PolicyPack) -> Iterator[tuple[Rule, str, FactKind | None]]:
    """Every fact that a rule names outside its conditions, with the type it must have there."""
    amount, money = pack.amount, FactKind.MONEY
    yield from ((rule, rule.by, money) for rule in amount.tiers)
    for base in amount.bases:
        measured = () if base.of == "quantity" else base.facts
        yield from ((base, fact, money) for fact in (*measured, *base.less, *base.no_more_than))
        if base.prorate is not None:
            yield from ((base, fact, FactKind.DATE) for fact in base.prorate.facts or ())
    for cap in amount.caps:
        if isinstance(cap.limit, AmountChoice) and cap.limit.of:
            yield cap, cap.limit.of, money
    yield from ((rule, fact, None) for rule in pack.documents for fact in rule.proves)


def _check_choices(context: Context) -> Iterator[PackFinding]:
    for rate in context.pack.amount.rates:
        if rate.choose and rate.choose.by:
            yield from _check_choice(context, rate, rate.choose.by, list(rate.choose.rows), place="choose")
        if isinstance(rate.lump, AmountChoice) and rate.lump.by:
            yield from _check_choice(context, rate, rate.lump.by, list(rate.lump.rows), place="lump")
    for cap in context.pack.amount.caps:
        if isinstance(cap.limit, AmountChoice) and cap.limit.by:
            yield from _check_choice(context, cap, cap.limit.by, list(cap.limit.rows), place="limit")


def _check_choice(context: Context, rule: Rule, by: str, keys: list[str], *, place: str) -> Iterator[PackFinding]:
    if by == "tier":
        kinds = getattr(rule, "kinds", ())
        tables = [tiers for tiers in context.pack.amount.tiers if set(tiers.kinds) & set(kinds)]
        wanted = {row.id for tiers in tables for row in tiers.rows}
    else:
        fact = vocabulary_of(context.pack).get(by)
        if fact is None:
            mend = suggestion(by, vocabulary_of(context.pack))
            yield context.finding(rule, "unknown-fact", f"不认识事实“{by}”", mend=mend, at=(place, "by"))
            return
        wanted = set(fact.options or (key for key in keys if _reads(fact, key)))
    for key in keys:
        if key not in wanted:
            mend = suggestion(key, wanted)
            yield context.finding(rule, "unreachable-row", f"“{key}”一行永远用不到", mend=mend, at=(place, "rows", key))
    missing = wanted - set(keys) if by == "tier" else set()
    for key in sorted(missing):
        yield context.finding(rule, "missing-row", f"缺少“{key}”一行", mend="请补上这一层级的数", at=(place, "rows"))


def _reads(fact: FactType, key: str) -> bool:
    try:
        fact.read(key)
    except ValueError:
        return False
    return True


def _check_stages(context: Context) -> Iterator[PackFinding]:
    stages = context.pack.process.stages
    keys = [stage.id for stage in stages]
    for position, stage in enumerate(stages):
        for other in stage.apart_from:
            if other not in keys[:position]:
                mend = suggestion(other, keys[:position])
                yield context.finding(stage, "unknown-stage", f"前面没有环节“{other}”", mend=mend, at=("apart_from",))
    if stages[-1].duty != "decide":
        yield context.finding(stages[-1], "no-decision", "最后一个环节应由有权人员决定", mend="请把 duty 写成 decide")
    rates = context.pack.amount.rates
    if not any(Phase.APPLICATION in rate.at for rate in rates):
        message = "申领时没有可用的比例"
        yield context.finding(rates[0], "no-application-rate", message, mend="请在 at 里写上 application")


def _check_english(context: Context) -> Iterator[PackFinding]:
    """English stands beside Chinese that the pack says: what is said anew has no English until it is given anew."""
    if not context.pack.english or not isinstance(context.document.data, dict):
        return
    said = frozenset(_texts({key: part for key, part in context.document.data.items() if key != _ENGLISH}))
    for text in context.pack.english:
        if text not in said:
            message = f"english 里的“{text}”不是本政策包里的文字"
            mend = "请照抄现在的中文作键，或删去这一行"
            yield context.document.finding((_ENGLISH, text), "idle-english", message, mend=mend, warning=True)


def _texts(here: object) -> Iterator[str]:
    if isinstance(here, str):
        yield here
    elif isinstance(here, dict | list):
        for part in here.values() if isinstance(here, dict) else here:
            yield from _texts(part)


_ENGLISH = "english"
