"""A candidate's result is that of a full application with the same facts."""

from datetime import date, datetime

import pytest
from flask import Flask
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from tests.factories.candidates import automatic, automatic_ground, computed, officer, register, row
from tests.factories.enterprises import enterprise, own_actor
from tests.factories.parties import valid_uscc
from tests.policy.packs import compiled as shipped_rules
from vouchers.applications import services as applications
from vouchers.applications.services import NewDraft, SavedFacts
from vouchers.candidates.models import Candidate
from vouchers.candidates.reading import read
from vouchers.db.base import db
from vouchers.db.transaction import transaction
from vouchers.enterprises import services as enterprises
from vouchers.enterprises.services import Declaration
from vouchers.parties.services import record_fact
from vouchers.parties.states import FactSource
from vouchers.policy.pack.phases import Phase
from vouchers.policy.rules.decision import decide
from vouchers.policy.rules.facts import read_facts

DAY = date(2026, 3, 18)
PROFILE = ("size_class", "registered_in", "operating_status", "dishonesty", "field")
KNOWN = {"is_admitted_provider": False, "granted:cap-applicant-year": "0.00", "granted:cap-controller-year": "0.00"}

yuan = st.integers(0, 10**9).map(lambda fen: f"{fen // 100}.{fen % 100:02d}")
facts = st.fixed_dictionaries(
    {},
    optional={
        "size_class": st.sampled_from(["large", "medium", "small", "micro"]),
        "registered_in": st.sampled_from(["重庆市渝中区", "重庆市江北区"]),
        "operating_status": st.sampled_from(["operating", "revoked"]),
        "dishonesty": st.lists(st.dates(date(2020, 1, 1), DAY).map(date.isoformat), max_size=3),
        "planned_net": yuan,
        "field": st.sampled_from(["health", "retail-trade", "farming"]),
        "other_support_contract": yuan,
    },
)


def cells(told: dict[str, object]) -> dict[str, object]:
    return {name: "、".join(value) or "无" if isinstance(value, list) else value for name, value in told.items()}


@settings(max_examples=8, deadline=None)
@given(st.lists(facts, min_size=1, max_size=25))
def test_a_register_says_the_same_as_a_form(drawn: list[dict[str, object]]) -> None:
    rules = automatic().compiled
    assert rules is not None
    names = ("uscc", "name", *PROFILE, "planned_net", "other_support_contract")
    rows = [{"uscc": valid_uscc(n), "name": f"企业{n}", **cells(told)} for n, told in enumerate(drawn, start=1)]

    contents = read(register(rows, names), rules, "compute")

    assert contents.is_good, contents.findings
    for told, found in zip(drawn, contents.rows, strict=True):
        typed, problems = read_facts({**told, **KNOWN}, rules.vocabulary)
        again, others = read_facts({**found.facts, **KNOWN}, rules.vocabulary)
        assert not problems
        assert not others
        assert decide(rules, "compute", again, on=DAY) == decide(rules, "compute", typed, on=DAY)


def test_the_rules_of_the_test_read_what_it_draws() -> None:
    read_ones = shipped_rules().plan("compute", Phase.APPLICATION).facts

    assert {*PROFILE, "planned_net", "other_support_contract"} <= set(read_ones)


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
