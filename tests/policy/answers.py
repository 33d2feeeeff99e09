"""The cases of a pack, as a visitor would answer the calculator."""

from collections.abc import Mapping
from datetime import date

from vouchers.kernel.money import decimal_yuan
from vouchers.policy.pack.model import Case
from vouchers.policy.questions import NONE, OTHER, asked_as, questions
from vouchers.policy.rules.compiled import CompiledPack
from vouchers.policy.rules.facts import FactKind, FactType, FactValue, read_facts


def as_answers(pack: CompiledPack, case: Case) -> dict[str, str | list[str]]:
    """The answers that say what a case says; what a visitor is not asked is left out."""
    facts, unfit = read_facts(pack.pack.case_given(case)[2], pack.vocabulary)
    assert not unfit
    offered = {one.key: one.options for one in questions([pack], case.day or date(2026, 3, 18))}
    said = asked(pack, case).items()
    return {key: _offered(_answer(pack.vocabulary[name], facts[name]), offered[key]) for name, key in said}


def asked(pack: CompiledPack, case: Case) -> dict[str, str]:
    """The facts of a case that the calculator asks for, with the keys of their questions."""
    kind, _day, given = pack.pack.case_given(case)
    read = [plan for plan in pack.plans.values() if plan.kind == kind and plan.phase.value == "application"]
    names = {name for plan in read for name in plan.facts if name in given}
    return {name: key for name in sorted(names) if (key := asked_as(pack, name)[0])}


def _offered(answer: str | list[str], options: Mapping[str, str]) -> str | list[str]:
    """The answer that is offered for it: the nearest area around it, or none of those named."""
    if OTHER not in options or isinstance(answer, list):
        return answer
    around = [option for option in options if answer.startswith(option)]
    return max(around, key=len, default=OTHER)


def _answer(fact: FactType, value: FactValue) -> str | list[str]:
    match value:
        case bool():
            return "yes" if value else "no"
        case frozenset():
            return sorted(value) or [NONE]
        case tuple():
            return NONE if not value else "a record"
    if fact.kind is FactKind.MONEY:
        assert isinstance(value, int)
        return decimal_yuan(value)
    return str(fact.written(value)).removesuffix("%")
