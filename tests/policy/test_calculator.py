"""The calculator: what it asks, and that it answers as the packs themselves say."""

from datetime import date, datetime
from pathlib import Path

import pytest
from flask import Flask, request

from tests.factories.policy import in_force_whatever_it_says, policy_officer
from tests.policy.answers import as_answers, asked
from tests.policy.packs import DAY, compiled
from vouchers.policy import calculator, queries
from vouchers.policy.forms import calculator_form
from vouchers.policy.loader import load_pack
from vouchers.policy.pack.model import Case
from vouchers.policy.pack.phases import Phase
from vouchers.policy.questions import FIRST, OTHER, asked_as, questions
from vouchers.policy.rules.compiled import CompiledPack
from vouchers.policy.rules.facts import FactKind, Supplier
from vouchers.policy.rules.results import RESULT_LABELS, Result
from vouchers.policy.services import PACKS

FILES = sorted(PACKS.glob("*.yaml"))


def test_only_what_open_schemes_look_at_is_asked_and_once() -> None:
    keys = [one.key for one in questions([compiled(), compiled()], DAY)]

    assert sorted(keys) == [
        "dishonesty", "field", "green_share", "is_admitted_provider", "operates_in", "operating_status",
        "other_support_contract", "planned_net", "registered_in", "size_class", "used",
    ]  # fmt: skip


def test_what_most_schemes_look_at_is_asked_first() -> None:
    packs = [found for file in FILES if (found := load_pack(file).compiled)]
    first = [one.key for one in questions(packs, DAY)][:FIRST]

    assert {"legal_form", "contract_gross", "used"} <= set(first)
    assert "green_share" not in first


def test_no_reviewer_is_asked_and_nothing_is_written_freely() -> None:
    packs = [found for file in FILES if (found := load_pack(file).compiled)]
    for question in questions(packs, DAY):
        assert question.fact.supplier is not Supplier.REVIEWER
        if question.fact.kind in {FactKind.TEXT, FactKind.AREA, FactKind.WORDS, FactKind.CHOICE}:
            assert set(question.options) - {OTHER}, question.key


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_the_calculator_answers_the_cases_of_a_pack_as_the_pack_says(app: Flask, noon: datetime, file: Path) -> None:
    (_, drafter), (_, signer) = policy_officer(at=noon), policy_officer(at=noon, name="林审")
    version = queries.get_version(in_force_whatever_it_says(drafter, signer, at=noon, file=file))
    pack = queries.compiled(version)
    tried = 0
    for case in pack.pack.cases:
        if case.at == "application" and _can_be_answered(pack, case):
            kind, day, _given = pack.pack.case_given(case)
            told = next(one for one in _answers(app, pack, case, day) if one.name == pack.pack.kind(kind).name)
            tried += 1
            if case.then.result:
                judged = {RESULT_LABELS[Result.REVIEW]} if _is_judged(pack, case) else set()
                assert told.word in {RESULT_LABELS[Result(case.then.result)], *judged}, case.say
            if case.then.amount and told.fen is not None and not _is_judged(pack, case):
                assert told.fen == pack.vocabulary["planned_net"].read(case.then.amount), case.say
    assert tried, file.stem


def _answers(app: Flask, pack: CompiledPack, case: Case, day: date) -> list[calculator.Answer]:
    schemes = calculator.open_schemes(day)
    asked_for = schemes.questions()
    with app.test_request_context("/calculator", query_string=as_answers(pack, case)):
        form = calculator_form(asked_for)(request.args)
        assert form.validate(), (case.say, form.errors)
        return schemes.answers(form.given(asked_for, day))


def _can_be_answered(pack: CompiledPack, case: Case) -> bool:
    """Whether a visitor could say what the case says: all of it is asked, and nothing under one key says two things."""
    kind, _day, given = pack.pack.case_given(case)
    read = set(pack.plan(kind, Phase.APPLICATION).facts)
    keys = asked(pack, case)
    unasked = {name for name in given if name in read and name not in keys}
    if any(not _is_reviewers(pack, name) and given[name] not in (0, "0 元", "0.00") for name in unasked):
        return False
    said: dict[str, set[object]] = {}
    for name, key in keys.items():
        said.setdefault(key, set()).add(str(given[name]))
    has_records = any(pack.vocabulary[name].kind is FactKind.DATES and given[name] for name in keys)
    return all(len(values) == 1 for values in said.values()) and not has_records and asked_as(pack, "tier")[0] == ""


def _is_judged(pack: CompiledPack, case: Case) -> bool:
    """Whether a reviewer said something in the case, which no visitor can say."""
    return any(_is_reviewers(pack, name) for name in pack.pack.case_given(case)[2])


def _is_reviewers(pack: CompiledPack, name: str) -> bool:
    return pack.vocabulary[name].supplier is Supplier.REVIEWER
