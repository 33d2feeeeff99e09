"""Organisations are entered once, people act by mandates, facts keep their source."""

from datetime import date, datetime, timedelta

import pytest
from flask import Flask

from tests.factories.enterprises import enterprise
from tests.factories.parties import organisation, received_pdf, valid_uscc, wrong_uscc
from vouchers.accounts.services import PersonDetails, ensure_person
from vouchers.accounts.states import Role
from vouchers.db.base import db
from vouchers.db.transaction import transaction
from vouchers.files.services import Owner, keep
from vouchers.files.states import ArchiveClass
from vouchers.kernel.actor import Actor, ActorKind
from vouchers.kernel.clock import beijing_date
from vouchers.kernel.errors import NotFound, RuleViolation
from vouchers.parties import queries, services
from vouchers.parties.models import BankAccount
from vouchers.parties.services import NewBankAccount, NewControlLink, NewMember
from vouchers.parties.states import FactSource, MandateKind

pytestmark = pytest.mark.database


def test_a_wrong_check_character_is_refused_without_a_licence(app: Flask, actor: Actor, noon: datetime) -> None:
    with pytest.raises(RuleViolation) as refused, transaction():
        services.register_organisation("甲公司", wrong_uscc(), actor=actor, at=noon)

    assert [f.code for f in refused.value.findings] == ["uscc-check"]
    assert "营业执照" in refused.value.findings[0].text


def test_a_wrong_check_character_with_a_licence_waits_for_review(app: Flask, actor: Actor, noon: datetime) -> None:
    licence = received_pdf()

    with transaction():
        entered = services.register_organisation("甲公司", wrong_uscc(), licence=licence, actor=actor, at=noon)

    assert entered.uscc_needs_review
    assert queries.by_uscc(wrong_uscc()) is not None


def test_an_organisation_is_entered_once(app: Flask, actor: Actor, noon: datetime) -> None:
    with transaction():
        organisation(1, actor=actor, at=noon)

    with pytest.raises(RuleViolation, match="已经登记过"), transaction():
        organisation(1, actor=actor, at=noon)


def test_the_newest_fact_that_holds_on_a_day_is_known(app: Flask, actor: Actor, noon: datetime) -> None:
    day = beijing_date(noon)
    with transaction():
        org = organisation(1, actor=actor, at=noon)
        own, said = org.id, FactSource.SELF_DECLARED
        services.record_fact(own, "headcount", 40, source=said, valid_until=day, actor=actor, at=noon)
        later = noon + timedelta(minutes=1)
        tomorrow = day + timedelta(days=1)
        services.record_fact(own, "headcount", 46, source=said, valid_from=tomorrow, actor=actor, at=later)

    assert queries.facts_of(own, on=day)["headcount"].value == 40
    assert queries.facts_of(own, on=tomorrow)["headcount"].value == 46


def test_a_declaration_does_not_undo_what_an_officer_said(app: Flask, actor: Actor, noon: datetime) -> None:
    with transaction():
        org = organisation(1, actor=actor, at=noon)
        services.record_fact(org.id, "founded_on", "2020-01-01", source=FactSource.OFFICER, actor=actor, at=noon)

    with pytest.raises(RuleViolation, match="不能自行修改"), transaction():
        services.record_fact(org.id, "founded_on", "2010-01-01", source=FactSource.SELF_DECLARED, actor=actor, at=noon)


def test_a_fact_that_does_not_fit_its_type_is_refused(app: Flask, actor: Actor, noon: datetime) -> None:
    with transaction():
        org = organisation(1, actor=actor, at=noon)

    with pytest.raises(RuleViolation, match="应为不小于 0 的整数"), transaction():
        services.record_fact(org.id, "headcount", "四十六", source=FactSource.SELF_DECLARED, actor=actor, at=noon)


def test_money_keeps_every_fen_as_a_fact(app: Flask, actor: Actor, noon: datetime) -> None:
    with transaction():
        org = organisation(1, actor=actor, at=noon)
        services.record_fact(org.id, "revenue", "12800000.01", source=FactSource.SELF_DECLARED, actor=actor, at=noon)

    assert queries.typed_facts_of(org.id, on=beijing_date(noon))["revenue"] == 1_280_000_001


def test_only_the_representative_or_somebody_with_a_letter_may_confirm(app: Flask, noon: datetime) -> None:
    registered = enterprise(1, at=noon)
    day, own = beijing_date(noon), registered.enterprise.organisation_id
    actor = _hand(registered.person_id)
    handler = NewMember(PersonDetails("周办", phone="13900000001"), "zhou", MandateKind.HANDLER, Role.HANDLER, day)
    with transaction():
        services.add_member(own, handler, actor=actor, at=noon)
    people = {one.name: one.person_id for one in queries.members_of(own, on=day)}

    may = {name: queries.may_confirm(person_id, own, on=day) for name, person_id in people.items()}

    assert may == {"林知远": True, "周办": False}


def test_an_authorised_person_needs_a_letter(app: Flask, noon: datetime) -> None:
    registered = enterprise(1, at=noon)
    day, own = beijing_date(noon), registered.enterprise.organisation_id
    new = NewMember(PersonDetails("吴权", phone="13900000002"), "wu", MandateKind.AUTHORISED, Role.REPRESENTATIVE, day)

    with pytest.raises(RuleViolation, match="授权委托书"), transaction():
        services.add_member(own, new, actor=_hand(registered.person_id), at=noon)


def test_a_mandate_ends_with_the_roles_it_gave(app: Flask, noon: datetime) -> None:
    registered = enterprise(1, at=noon)
    day, own = beijing_date(noon), registered.enterprise.organisation_id
    actor = _hand(registered.person_id)
    handler = NewMember(PersonDetails("周办", phone="13900000001"), "zhou", MandateKind.HANDLER, Role.HANDLER, day)
    with transaction():
        services.add_member(own, handler, actor=actor, at=noon)
    member = next(one for one in queries.members_of(own, on=day) if one.name == "周办")

    with transaction():
        services.end_mandate(member.public_id, own, actor=actor, at=noon)

    assert [one.name for one in queries.members_of(own, on=day)] == ["林知远"]
    assert queries.posts_in(member.person_id, own, on=day) == []


def test_a_bank_account_is_encrypted_and_shown_by_its_tail(app: Flask, actor: Actor, noon: datetime) -> None:
    day = beijing_date(noon)
    with transaction():
        org = organisation(1, actor=actor, at=noon)
        account = NewBankAccount(org.name, "重庆银行渝中支行", "6222 0000 1234 8846", day)
        services.add_bank_account(org.id, account, actor=actor, at=noon)
    stored = db.session.connection().exec_driver_sql("SELECT number FROM bank_accounts").scalar_one()

    found = queries.bank_account_of(org.id, on=day)

    assert isinstance(found, BankAccount)
    assert (found.number, found.number_tail) == ("6222000012348846", "8846")
    assert "8846" not in stored


def test_an_account_that_ended_is_not_paid_to(app: Flask, actor: Actor, noon: datetime) -> None:
    day = beijing_date(noon)
    with transaction():
        org = organisation(1, actor=actor, at=noon)
        account = NewBankAccount(org.name, "重庆银行渝中支行", "6222000012348846", day)
        entry = services.add_bank_account(org.id, account, actor=actor, at=noon)
    with transaction():
        services.end_bank_account(entry.public_id, org.id, actor=actor, at=noon)

    assert queries.bank_account_of(org.id, on=day) is None


def test_an_account_of_somebody_else_looks_like_none(app: Flask, actor: Actor, noon: datetime) -> None:
    with transaction():
        org = organisation(1, actor=actor, at=noon)
        other = organisation(2, actor=actor, at=noon)
        account = NewBankAccount(org.name, "重庆银行渝中支行", "6222000012348846", beijing_date(noon))
        entry = services.add_bank_account(org.id, account, actor=actor, at=noon)

    with pytest.raises(NotFound), transaction():
        services.end_bank_account(entry.public_id, other.id, actor=actor, at=noon)


def test_two_companies_under_one_holder_are_related_by_a_path_of_names(
    app: Flask, actor: Actor, noon: datetime
) -> None:
    day = beijing_date(noon)
    with transaction():
        ids = [organisation(n, f"公司{n}", actor=actor, at=noon).id for n in (1, 2, 3, 4)]
        holder = ensure_person(PersonDetails("郑控", phone="13911110000"), actor=actor, at=noon)
        _hold(ids[0], person=holder, since=day, actor=actor, at=noon)
        _hold(ids[1], person=holder, since=day, actor=actor, at=noon)
        _hold(ids[2], parent=ids[1], since=day, actor=actor, at=noon)

    assert queries.relation_between(ids[0], ids[2], on=day) == ["公司1", "郑控", "公司2", "公司3"]
    assert queries.relation_between(ids[0], ids[3], on=day) == []
    assert queries.relation_between(ids[0], ids[2], on=day - timedelta(days=1)) == []


def test_a_person_who_acts_for_both_relates_them(app: Flask, actor: Actor, noon: datetime) -> None:
    day = beijing_date(noon)
    with transaction():
        one, two = (organisation(n, f"公司{n}", actor=actor, at=noon).id for n in (1, 2))
        person = ensure_person(PersonDetails("周办", phone="13911110000"), actor=actor, at=noon)
        for own in (one, two):
            _grant(person, own, MandateKind.HANDLER, since=day, actor=actor, at=noon)

    assert queries.relation_between(one, two, on=day) == ["公司1", "周办", "公司2"]


def test_an_agency_that_acts_for_many_relates_nobody(app: Flask, actor: Actor, noon: datetime) -> None:
    day = beijing_date(noon)
    with transaction():
        one, two = (organisation(n, f"公司{n}", actor=actor, at=noon) for n in (1, 2))
        person = ensure_person(PersonDetails("代理人", phone="13911110000"), actor=actor, at=noon)
        for own in (one, two):
            owner = Owner(organisation_id=own.id)
            letter = keep(received_pdf(), owner=owner, archive_class=ArchiveClass.CASE, actor=actor, at=noon)
            _grant(person, own.id, MandateKind.AGENCY, since=day, letter_id=letter.id, actor=actor, at=noon)

    assert queries.relation_between(one.id, two.id, on=day) == []


def test_an_account_that_both_use_relates_them(app: Flask, actor: Actor, noon: datetime) -> None:
    day = beijing_date(noon)
    with transaction():
        one, two = (organisation(n, f"公司{n}", actor=actor, at=noon).id for n in (1, 2))
        for own in (one, two):
            account = NewBankAccount("某户名", "某银行", "6222000012348846", day)
            services.add_bank_account(own, account, actor=actor, at=noon)

    assert queries.relation_between(one, two, on=day) == ["公司1", "尾号 8846 的账户", "公司2"]


def test_the_controller_is_found_at_the_top(app: Flask, actor: Actor, noon: datetime) -> None:
    day = beijing_date(noon)
    with transaction():
        low, middle, top = (organisation(n, f"公司{n}", actor=actor, at=noon) for n in (1, 2, 3))
        _hold(low.id, parent=middle.id, since=day, actor=actor, at=noon)
        _hold(middle.id, parent=top.id, since=day, actor=actor, at=noon)

    assert queries.controller_of(low.id, on=day) == top.public_id
    assert queries.controller_of(top.id, on=day) == top.public_id


def test_a_renamed_organisation_keeps_its_identity(app: Flask, actor: Actor, noon: datetime) -> None:
    with transaction():
        org = organisation(1, "旧名公司", actor=actor, at=noon)
        public_id = org.public_id

    with transaction():
        services.rename(org.id, "新名公司", actor=actor, at=noon)

    assert queries.get(public_id).name == "新名公司"
    assert queries.by_uscc(valid_uscc(1)) is not None


def _hand(person_id: int) -> Actor:
    return Actor(ActorKind.USER, "林知远", user_id=1, person_id=person_id)


def _grant(
    person: int, own: int, kind: MandateKind, *, since: date, letter_id: int | None = None, actor: Actor, at: datetime
) -> None:
    services.grant_mandate(
        person, own, kind, letter_id=letter_id, valid_from=since, valid_until=None, actor=actor, at=at
    )


def _hold(
    own: int, *, since: date, actor: Actor, at: datetime, person: int | None = None, parent: int | None = None
) -> None:
    link = NewControlLink(
        share_bp=6000,
        is_controller=True,
        source=FactSource.DOCUMENT,
        valid_from=since,
        holder_person_id=person,
        holder_organisation_id=parent,
    )
    services.link_control(own, link, actor=actor, at=at)
