"""INV-33, B06: nobody decides on an organisation they belong to, belonged to, hold, are linked with or named."""

from collections.abc import Callable
from datetime import date, datetime, timedelta

import pytest
from flask import Flask
from sqlalchemy import select

from tests.factories.accounts import Somebody, make_user, sign_in
from tests.factories.enterprises import enterprise
from tests.factories.parties import valid_uscc
from tests.pages import PageClient
from vouchers.accounts.states import Role
from vouchers.audit.models import AuditEvent
from vouchers.db.base import db
from vouchers.db.transaction import transaction
from vouchers.enterprises import services as enterprises
from vouchers.kernel.actor import command
from vouchers.kernel.clock import beijing_date
from vouchers.kernel.errors import Conflict, RuleViolation
from vouchers.parties import queries, services
from vouchers.parties.services import NewControlLink
from vouchers.parties.states import FactSource, MandateKind, Tie

MAKER = command("test")
pytestmark = pytest.mark.usefixtures("clock")


@pytest.fixture
def officer(app: Flask, noon: datetime) -> Somebody:
    return make_user(Role.REVIEWER, at=noon)


@pytest.fixture
def own(app: Flask, noon: datetime) -> int:
    return enterprise(1, at=noon).enterprise.organisation_id


@pytest.mark.database
def test_officer_without_any_tie_decides(officer: Somebody, own: int, noon: datetime) -> None:
    with transaction():
        services.check_impartial([own], actor=officer.actor(Role.REVIEWER), at=noon, former_days=365)


@pytest.mark.database
def test_whoever_acts_for_an_organisation_does_not_decide_on_it(officer: Somebody, own: int, noon: datetime) -> None:
    _belong(officer, own, noon)

    assert _ties(officer, own, noon) == [Tie.MEMBER]
    actor = officer.actor(Role.REVIEWER)
    assert _codes(lambda: services.check_impartial([own], actor=actor, at=noon, former_days=0)) == ["own-organisation"]


@pytest.mark.database
@pytest.mark.parametrize(("days", "ties"), [(0, []), (30, []), (31, [Tie.FORMER]), (365, [Tie.FORMER])])
def test_whoever_left_lately_does_not_decide_as_long_as_the_authority_says(
    officer: Somebody, own: int, noon: datetime, days: int, ties: list[Tie]
) -> None:
    _belong(officer, own, noon, until=31)

    assert _ties(officer, own, noon, days) == ties


def test_whoever_holds_an_organisation_does_not_decide_on_it(officer: Somebody, own: int, noon: datetime) -> None:
    holding = enterprise(2, at=noon).enterprise.organisation_id
    day = beijing_date(noon)
    with transaction():
        link = _holds(1, day, holder_person_id=officer.person_id)
        services.link_control(holding, link, actor=MAKER, at=noon)
        link = _holds(5000, day, holder_organisation_id=holding)
        services.link_control(own, link, actor=MAKER, at=noon)

    assert _ties(officer, own, noon) == [Tie.HOLDER]


def test_link_of_ones_own_organisation_counts(officer: Somebody, own: int, noon: datetime) -> None:
    """A group: the officer acts for one company of it and would decide on another."""
    sister = enterprise(2, at=noon).enterprise.organisation_id
    _belong(officer, sister, noon)
    day = beijing_date(noon)
    with transaction():
        for one in (own, sister):
            parent = _holds(6000, day, holder_organisation_id=_parent(noon))
            services.link_control(one, parent, actor=MAKER, at=noon)

    assert _ties(officer, own, noon) == [Tie.LINKED]


@pytest.mark.database
def test_declared_conflict_bars_for_good_and_is_declared_once(officer: Somebody, own: int, noon: datetime) -> None:
    actor = officer.actor(Role.REVIEWER)
    with transaction():
        services.declare_conflict(own, reason="配偶在该单位任职", actor=actor, at=noon)

    assert _ties(officer, own, noon) == [Tie.DECLARED]
    with pytest.raises(Conflict), transaction():
        services.declare_conflict(own, reason="再申报一次", actor=actor, at=noon)


def test_barring_an_enterprise_is_deciding_on_it(officer: Somebody, own: int, noon: datetime) -> None:
    made = enterprise(3, at=noon).enterprise
    public_id = made.public_id
    _belong(officer, made.organisation_id, noon)
    actor = officer.actor(Role.REVIEWER)

    assert _codes(lambda: enterprises.bar(public_id, seen_version=1, reason="无", actor=actor, at=noon)) == [
        "own-organisation"
    ]


def test_refusal_for_a_tie_is_kept_in_the_audit(client: PageClient, officer: Somebody, noon: datetime) -> None:
    made = enterprise(3, at=noon).enterprise
    public_id, organisation = made.public_id, made.organisation.public_id
    sign_in(client, officer)
    page = f"/office/organisations/{organisation}/conflict"
    client.get(page)
    client.submit({"reason": "近期在该单位任职"}, form=page)
    page = f"/office/enterprises/{public_id}/bar"
    client.get(page)

    answer = client.submit({"reason": "多次提供虚假材料"}, form=page)

    event = db.session.scalars(select(AuditEvent).where(AuditEvent.act == "refuse_act")).one()
    assert answer.status_code == 403
    assert (event.details["because"], event.actor_id) == (["own-organisation"], str(officer.user_id))
    assert event.details["act"] == "enterprises_office.decide_enterprise"


def _holds(
    share_bp: int, day: date, *, holder_person_id: int | None = None, holder_organisation_id: int | None = None
) -> NewControlLink:
    return NewControlLink(
        share_bp,
        is_controller=True,
        source=FactSource.REGISTER,
        valid_from=day,
        holder_person_id=holder_person_id,
        holder_organisation_id=holder_organisation_id,
    )


def _parent(at: datetime) -> int:
    known = queries.by_uscc(valid_uscc(9))
    return (known or services.register_organisation("母公司", valid_uscc(9), actor=MAKER, at=at)).id


def _belong(officer: Somebody, organisation_id: int, at: datetime, *, until: int | None = None) -> None:
    """A mandate, ended so many days ago where said."""
    day = beijing_date(at)
    with transaction():
        services.grant_mandate(
            officer.person_id,
            organisation_id,
            MandateKind.HANDLER,
            letter_id=None,
            valid_from=day - timedelta(days=100),
            valid_until=None if until is None else day - timedelta(days=until),
            actor=MAKER,
            at=at,
        )


def _ties(officer: Somebody, organisation_id: int, at: datetime, days: int = 0) -> list[Tie]:
    return queries.ties_of_person(officer.person_id, organisation_id, on=beijing_date(at), former_days=days)


def _codes(act: Callable[[], object]) -> list[str]:
    with pytest.raises(RuleViolation) as refused, transaction():
        act()
    return [finding.code for finding in refused.value.findings]
