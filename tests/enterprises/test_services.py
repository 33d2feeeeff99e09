"""An applicant registers, declares its facts, and its size class follows."""

from dataclasses import replace
from datetime import date, datetime

import pytest
from flask import Flask

from tests.factories.enterprises import VISITOR, enterprise, enterprise_with_profile, own_actor, registration
from tests.factories.parties import received_pdf, wrong_uscc
from vouchers.accounts import queries as accounts
from vouchers.accounts.services import authenticate
from vouchers.accounts.states import Role
from vouchers.db.transaction import transaction
from vouchers.enterprises import queries, services
from vouchers.enterprises.rules import CreditKind
from vouchers.enterprises.services import Breach, Colleague, Declaration
from vouchers.enterprises.states import EnterpriseState
from vouchers.kernel.actor import Actor
from vouchers.kernel.clock import beijing_date
from vouchers.kernel.errors import Conflict, RuleViolation
from vouchers.parties import queries as parties
from vouchers.parties.states import FactSource, MandateKind

pytestmark = pytest.mark.database


def test_registering_gives_account_role_and_mandate(app: Flask, noon: datetime) -> None:
    registered = enterprise(1, at=noon)

    day, own = beijing_date(noon), registered.enterprise.organisation_id
    assert authenticate("qiye1", registration(1).password) == registered.user_id
    assert [post.role for post in accounts.posts_of(registered.user_id, on=day)] == [Role.REPRESENTATIVE]
    assert parties.may_confirm(registered.person_id, own, on=day)
    assert queries.of_organisation(own).state is EnterpriseState.REGISTERED


def test_a_doubtful_number_with_a_licence_waits_for_an_officer(app: Flask, actor: Actor, noon: datetime) -> None:
    officer = replace(actor, person_id=999_999)  # not the person who registered
    registered = enterprise(1, at=noon, uscc=wrong_uscc(1), licence=received_pdf())
    found = registered.enterprise
    assert found.state is EnterpriseState.IN_REVIEW

    with transaction():
        services.clear(found.public_id, seen_version=found.version, reason="与执照一致", actor=officer, at=noon)

    assert queries.get(found.public_id).state is EnterpriseState.REGISTERED
    assert not parties.organisation(found.organisation_id).uscc_needs_review


def test_a_stale_page_does_not_clear(app: Flask, actor: Actor, noon: datetime) -> None:
    officer = replace(actor, person_id=999_999)  # not the person who registered
    found = enterprise(1, at=noon, uscc=wrong_uscc(1), licence=received_pdf()).enterprise

    with pytest.raises(Conflict), transaction():
        services.clear(found.public_id, seen_version=found.version + 1, reason="与执照一致", actor=officer, at=noon)


def test_every_gap_of_a_registration_is_told_at_once(app: Flask, noon: datetime) -> None:
    new = registration(1, uscc=wrong_uscc(1), password="1" * 8, kind=MandateKind.AUTHORISED)

    with pytest.raises(RuleViolation) as refused, transaction():
        services.register(new, actor=VISITOR, at=noon)

    fields = {finding.field for finding in refused.value.findings}
    assert fields == {"password", "uscc", "letter"}


def test_the_size_class_follows_from_what_is_declared(app: Flask, noon: datetime) -> None:
    registered = enterprise_with_profile(1, at=noon)
    own, day = registered.enterprise.organisation_id, beijing_date(noon)
    assert parties.typed_facts_of(own, on=day)["size_class"] == "small"

    with transaction():
        grown = Declaration({"headcount": 320, "revenue": "120000000.00"})
        services.declare(own, grown, actor=own_actor(registered), at=noon)

    assert parties.typed_facts_of(own, on=day)["size_class"] == "large"


def test_the_size_class_goes_when_its_ground_goes(app: Flask, noon: datetime) -> None:
    registered = enterprise_with_profile(1, at=noon)
    own, day = registered.enterprise.organisation_id, beijing_date(noon)

    with transaction():
        result = services.declare(own, Declaration({"headcount": None}), actor=own_actor(registered), at=noon)

    assert result.missing == ("headcount",)
    assert not {"headcount", "size_class"} & set(parties.facts_of(own, on=day))


def test_what_did_not_change_is_not_recorded_again(app: Flask, noon: datetime) -> None:
    registered = enterprise_with_profile(1, at=noon)
    own = registered.enterprise.organisation_id

    with transaction():
        services.declare(own, Declaration({"headcount": 46}), actor=own_actor(registered), at=noon)

    assert len(parties.facts_history(own, "headcount")) == 1


def test_a_paper_makes_a_fact_more_than_a_word(app: Flask, noon: datetime) -> None:
    registered = enterprise_with_profile(1, at=noon)
    own, day = registered.enterprise.organisation_id, beijing_date(noon)

    with transaction():
        document_id = services.keep_document(own, received_pdf("年报.pdf"), actor=own_actor(registered), at=noon)
        proven = Declaration({"headcount": 46}, document_id=document_id)
        services.declare(own, proven, actor=own_actor(registered), at=noon)

    known = parties.facts_of(own, on=day)["headcount"]
    assert (known.source, known.document_name) == (FactSource.DOCUMENT, "年报.pdf")


def test_a_breach_is_a_fact_that_no_declaration_undoes(app: Flask, actor: Actor, noon: datetime) -> None:
    officer = replace(actor, person_id=999_999)  # not the person who registered
    registered = enterprise_with_profile(1, at=noon)
    own, day = registered.enterprise.organisation_id, beijing_date(noon)

    with transaction():
        breach = Breach(CreditKind.DISHONESTY, date(2025, 6, 1), "失信被执行人名单")
        services.note_breach(registered.enterprise.public_id, breach, actor=officer, at=noon)

    assert parties.typed_facts_of(own, on=day)["dishonesty"] == (date(2025, 6, 1),)
    with pytest.raises(RuleViolation, match="不能自行修改"), transaction():
        services.declare(own, Declaration({"dishonesty": []}), actor=own_actor(registered), at=noon)


def test_a_colleague_gets_an_account_with_a_first_password(app: Flask, noon: datetime) -> None:
    registered = enterprise(1, at=noon)
    own, day = registered.enterprise.organisation_id, beijing_date(noon)
    colleague = Colleague("周办", "13900000001", "zhou", MandateKind.HANDLER, day, letter=received_pdf("委托书.pdf"))

    with transaction():
        first = services.add_colleague(own, colleague, actor=own_actor(registered), at=noon)

    assert authenticate("zhou", first) is not None
    assert [one.kind for one in parties.members_of(own, on=day)] == [
        MandateKind.LEGAL_REPRESENTATIVE,
        MandateKind.HANDLER,
    ]


def test_nobody_authorises_themselves(app: Flask, noon: datetime) -> None:
    registered = enterprise(1, at=noon, kind=MandateKind.HANDLER)
    own, day = registered.enterprise.organisation_id, beijing_date(noon)
    new = registration(1)
    again = Colleague(
        new.person_name, new.phone, "second", MandateKind.AUTHORISED, day, letter=received_pdf("委托书.pdf")
    )

    with pytest.raises(RuleViolation, match="不能给自己授权"), transaction():
        services.add_colleague(own, again, actor=own_actor(registered), at=noon)


def test_a_handler_adds_people_only_with_a_letter(app: Flask, noon: datetime) -> None:
    registered = enterprise(1, at=noon, kind=MandateKind.HANDLER)
    own, day = registered.enterprise.organisation_id, beijing_date(noon)
    colleague = Colleague("周办", "13900000001", "zhou", MandateKind.LEGAL_REPRESENTATIVE, day)

    with pytest.raises(RuleViolation, match="授权委托书"), transaction():
        services.add_colleague(own, colleague, actor=own_actor(registered), at=noon)
