"""A candidate's result is that of a full application with the same facts."""

from collections import Counter
from datetime import date, datetime

import pytest
from flask import Flask
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from tests.factories.candidates import automatic_ground, computed, officer, register, row
from tests.factories.enterprises import enterprise, own_actor
from tests.factories.parties import valid_uscc
from tests.policy.relational.agreement import rows_near_cases
from tests.policy.relational.registers import cell
from tests.policy.test_vectors import ALL, shipped
from vouchers.applications import services as applications
from vouchers.applications.services import NewDraft, SavedFacts
from vouchers.candidates.models import Candidate
from vouchers.candidates.reading import read, told_by_register
from vouchers.db.base import db
from vouchers.db.transaction import transaction
from vouchers.enterprises import services as enterprises
from vouchers.enterprises.services import Declaration
from vouchers.parties.services import record_fact
from vouchers.parties.states import FactSource
from vouchers.policy.pack.phases import Phase
from vouchers.policy.rules.compiled import CompiledPack
from vouchers.policy.rules.decision import decide
from vouchers.policy.rules.facts import read_facts
from vouchers.policy.rules.results import Result

PROFILE = ("size_class", "registered_in", "operating_status", "dishonesty", "field")
LEAST_YES, LEAST_NO = 20, 20


def test_a_register_of_any_pack_is_decided_as_forms_with_the_same_facts_are() -> None:
    """Whole registers near the thresholds of each shipped pack: the column read and the field typed decide alike."""
    found: Counter[Result] = Counter()

    def decide_both(drawn: tuple[CompiledPack, str, date, int]) -> None:
        pack, kind, on, seed = drawn
        told = told_by_register(pack, kind)
        forms = rows_near_cases(pack, kind, Phase.APPLICATION, number=40, seed=seed)
        rows: list[dict[str, object]] = [
            {"uscc": valid_uscc(n), "name": f"企业{n}", **{k: cell(told[k], v) for k, v in one.items() if k in told}}
            for n, one in enumerate(forms, start=1)
        ]
        contents = read(register(rows, ("uscc", "name", *told)), pack, kind)
        assert contents.is_good, contents.findings
        for form, one in zip(forms, contents.rows, strict=True):
            typed = {name: pack.vocabulary[name].read(pack.vocabulary[name].written(v)) for name, v in form.items()}
            listed, problems = read_facts(one.facts, pack.vocabulary)
            assert not problems
            kept = {name: value for name, value in typed.items() if name not in told}  # by the system, of either
            decision = decide(pack, kind, {**listed, **kept}, on=on)
            assert decision == decide(pack, kind, typed, on=on)
            found[decision.result] += 1

    settings(max_examples=16, deadline=None)(given(a_register())(decide_both))()

    assert found[Result.ELIGIBLE] + found[Result.REVIEW] >= LEAST_YES, found
    assert found[Result.INELIGIBLE] >= LEAST_NO, found


@st.composite
def a_register(draw: st.DrawFn) -> tuple[CompiledPack, str, date, int]:
    """A pack, one of its kinds, the day of its examples, and the seed of a register."""
    pack = shipped(draw(st.sampled_from(ALL))).compiled
    assert pack is not None
    kind = draw(st.sampled_from([one.id for one in pack.pack.kinds]))
    return pack, kind, pack.pack.case_given(pack.pack.cases[0])[1], draw(st.integers(0, 2**32))


@pytest.mark.database
def test_candidates_get_what_they_would_get_by_applying(app: Flask, noon: datetime) -> None:
    """Listed while they have no account; then each registers, declares the same, and applies in full."""
    ground = automatic_ground(noon)
    rows = [
        row(1),
        row(2, size_class="medium", planned_net="1234567.89"),
        row(3, operating_status="revoked"),
        row(4, dishonesty="2025-06-01"),
        row(5, other_support_contract="100.00"),
    ]
    computed(app, ground, register(rows), officer(noon, "甲"), at=noon)
    listed = {one.uscc: (one.result, one.amount) for one in db.session.scalars(select(Candidate))}
    assert {result for result, _ in listed.values()} > {"eligible"}

    for number, told in enumerate(rows, start=1):
        applicant = own_actor(enterprise(number, at=noon))
        raw = {name: value for name, value in told.items() if name not in {"uscc", "name"}}
        raw["dishonesty"] = [] if raw["dishonesty"] == "无" else [raw["dishonesty"]]
        with transaction():
            own = applicant.organisation_id or 0
            declared = Declaration({name: raw[name] for name in PROFILE if name != "size_class"})
            enterprises.declare(own, declared, actor=applicant, at=noon)
            size, source = raw["size_class"], FactSource.OFFICER  # what is declared of it follows from other figures
            record_fact(own, "size_class", size, source=source, actor=applicant, at=noon)
            draft = applications.start(NewDraft(ground.window), actor=applicant, at=noon)
            typed = {name: raw[name] for name in ("planned_net", "other_support_contract")}
            saved = SavedFacts(typed, draft.version)
            applications.save_facts(draft.public_id, saved, actor=applicant, at=noon)
            decision = applications.preview(draft, at=noon).decision
        amount = decision.amount.maximum if decision.amount else None
        assert (decision.result.value, amount) == listed[valid_uscc(number)], told
