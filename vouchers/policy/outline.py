"""A pack in plain words, section by section: what it says, where it comes from, and on which line it stands."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from flask_babel import gettext as _

from vouchers.policy.explanation import LEVELS, clause_words, of_plan, shown_value, told_rule
from vouchers.policy.pack.clauses import Rule
from vouchers.policy.pack.model import Case, PolicyPack
from vouchers.policy.pack.phases import Phase
from vouchers.policy.pack.process import Stage
from vouchers.policy.rules.compiled import CompiledPack, clause_of
from vouchers.policy.rules.decision import decide
from vouchers.policy.rules.facts import read_facts
from vouchers.policy.rules.results import RESULT_LABELS, Decision, Result
from vouchers.web.filters import in_chinese


@dataclass(frozen=True, slots=True)
class RuleRow:
    """One rule as readers see it."""

    id: str
    say: str
    prov: str
    clause: str
    quotation: str
    note: str
    line: int
    told: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Section:
    """One section of a pack: its title and rules."""

    title: str
    rules: tuple[RuleRow, ...]


@dataclass(frozen=True, slots=True)
class StageRow:
    """One stage of the process, with its term where the authority set one."""

    name: str
    say: str
    working_days: int | None


@dataclass(frozen=True, slots=True)
class ExampleRow:
    """One example of the pack: what it says, the facts given, and what it comes to."""

    say: str
    kind: str
    given: tuple[tuple[str, str], ...]
    result: str
    level: str
    fen: int | None
    why: tuple[str, ...]


def sections(
    pack: PolicyPack, lines: Mapping[str, int] | None = None, compiled: CompiledPack | None = None
) -> list[Section]:
    """The pack's rules in the order in which an applicant asks: who, what for, how much, how, and afterwards.

    With a compiled pack each rule tells its numbers and conditions too.
    """
    amount, process = pack.amount, pack.process
    voucher: tuple[Rule, ...] = (*pack.kinds, *pack.voucher, *pack.payee)
    limits: tuple[Rule, ...] = (*amount.stacking, *amount.caps, *amount.floors, amount.rounding)
    money: tuple[Rule, ...] = (amount.funding, *amount.funding_by_kind, *_said(amount.administration), *pack.allocation)
    rates: tuple[Rule, ...] = (*amount.tiers, *amount.bases, *amount.rates, *amount.bonuses, *amount.ceilings)
    steps: tuple[Rule, ...] = (*process.intakes, process.closes, process.acceptance, process.correction)
    steps += (*process.stages, *process.fast_tracks, *_said(process.notice, process.objection, process.recusal))
    groups: list[tuple[str, Sequence[Rule]]] = [
        (_("什么券"), voucher),
        (_("谁可以申领"), pack.applicants),
        (_("哪些支出可以用券"), (*pack.spending, *pack.line_items)),
        (_("怎么算"), rates),
        (_("上限和限制"), limits),
        (_("资金和分配"), money),
        (_("重点领域"), pack.lists),
        (_("办理流程"), steps),
        (_("材料"), pack.documents),
        (_("服务商入库"), pack.admission.requirements),
        (_("核销和兑付"), (*pack.redemption, pack.settlement)),
        (_("目标"), pack.targets),
        (_("追回"), pack.recovery),
    ]
    told = {rule.id: told_rule(compiled, rule) for rule in pack.rules()} if compiled else {}
    return [
        Section(title, tuple(_row(pack, rule, lines or {}, told) for rule in rules)) for title, rules in groups if rules
    ]


def examples(compiled: CompiledPack) -> list[ExampleRow]:
    """The pack's own examples of applications, decided anew, with the facts that the example is about."""
    told = []
    for case in compiled.pack.cases:
        if case.at == Phase.APPLICATION.value:
            kind, day, given = compiled.pack.case_given(case)
            facts, _unfit = read_facts(given, compiled.vocabulary)
            told.append(_example(compiled, case, decide(compiled, kind, facts, on=day)))
    return told


def _example(compiled: CompiledPack, case: Case, decision: Decision) -> ExampleRow:
    shown = {name: compiled.vocabulary[name] for name, value in case.given.items() if value is not None}
    given = tuple(
        (of_plan(compiled.pack, fact.label), in_chinese(shown_value(compiled, fact, case.given[name])))
        for name, fact in shown.items()
    )
    amount = decision.amount
    is_money = amount is not None and not amount.unit and decision.result is not Result.INELIGIBLE
    rules = (compiled.pack.rule(rule) for rule in decision.refused_by)
    return ExampleRow(
        say=of_plan(compiled.pack, case.say),
        kind=of_plan(compiled.pack, compiled.pack.kind(decision.kind).name),
        given=given,
        result=RESULT_LABELS[decision.result],
        level=LEVELS[decision.result],
        fen=amount.maximum if amount is not None and is_money else None,
        why=tuple(of_plan(compiled.pack, rule.say) for rule in rules if rule),
    )


def _said(*rules: Rule | None) -> tuple[Rule, ...]:
    return tuple(rule for rule in rules if rule)


def stages(pack: PolicyPack) -> list[StageRow]:
    """The way of a case: acceptance, every stage, public notice."""
    process = pack.process
    rows = [StageRow(_("受理"), of_plan(pack, process.acceptance.say), process.acceptance.working_days)]
    rows += [_stage(pack, stage) for stage in process.stages]
    if process.notice:
        rows.append(StageRow(_("公示"), of_plan(pack, process.notice.say), process.notice.working_days))
    return rows


def _stage(pack: PolicyPack, stage: Stage) -> StageRow:
    return StageRow(of_plan(pack, stage.name), of_plan(pack, stage.say), stage.working_days)


def _row(pack: PolicyPack, rule: Rule, lines: Mapping[str, int], told: Mapping[str, tuple[str, ...]]) -> RuleRow:
    clause = clause_words(pack, rule, clause_of(pack, rule)) if rule.cite else ""
    quotation = rule.cite.quotation if rule.cite else ""
    line, numbers = lines.get(rule.id, 0), told.get(rule.id, ())
    say, note = of_plan(pack, rule.say), of_plan(pack, rule.note)
    return RuleRow(rule.id, say, rule.provenance.value, clause, quotation, note, line, numbers)
