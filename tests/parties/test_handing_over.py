"""交接: who takes over from whom, by whose hand and on which papers; the organisation keeps what is its own."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from io import BytesIO
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from tests.factories.accounts import make_user, sign_in
from tests.factories.enterprises import PASSWORD, enterprise, own_actor
from tests.factories.parties import pdf_bytes, received_pdf
from tests.pages import PageClient
from vouchers.accounts import queries as accounts
from vouchers.accounts import services as account_services
from vouchers.accounts.services import PersonDetails
from vouchers.accounts.states import Role
from vouchers.audit.models import AuditEvent
from vouchers.db.base import db
from vouchers.db.transaction import transaction
from vouchers.enterprises.services import Registered
from vouchers.files.models import StoredFile
from vouchers.kernel.actor import Actor, command
from vouchers.kernel.clock import beijing_date
from vouchers.kernel.errors import NotFound, RuleViolation
from vouchers.parties import queries, services
from vouchers.parties.services import HandOver, NewMember
from vouchers.parties.states import MandateKind

pytestmark = pytest.mark.usefixtures("clock")


@pytest.fixture
def registered(app: Flask, noon: datetime) -> Registered:
    """An enterprise with its representative 林知远 and its handler 周办."""
    made = enterprise(1, at=noon)
    day = beijing_date(noon)
    handler = NewMember(PersonDetails("周办", phone="13900000001"), "zhou", MandateKind.HANDLER, Role.HANDLER, day)
    with transaction():
        services.add_member(made.enterprise.organisation_id, handler, actor=own_actor(made), at=noon)
    return made


@pytest.mark.database
def test_representative_replaces_the_handler_by_letter(registered: Registered, noon: datetime) -> None:
    own, day = registered.enterprise.organisation_id, beijing_date(noon)

    with transaction():
        services.hand_over(own, _mandate(own, "周办", noon), _new(), actor=own_actor(registered), at=noon)

    members = {one.name: one for one in queries.members_of(own, on=day)}
    assert set(members) == {"林知远", "郑接"}
    assert members["郑接"].kind is MandateKind.HANDLER
    assert members["郑接"].letter
    assert [post.role for post in accounts.posts_of(accounts.user_named("zheng"), on=day)] == [Role.HANDLER]
    assert accounts.posts_of(accounts.user_named("zhou"), on=day) == ()
    event = db.session.scalars(select(AuditEvent).where(AuditEvent.act == "parties.hand_over")).one()
    assert event.reason == "周办已离职"
    assert event.details["kind"] == "handler"


def test_who_left_has_no_access_at_the_next_request(app: Flask, registered: Registered, noon: datetime) -> None:
    own, browser = registered.enterprise.organisation_id, PageClient(app)
    with transaction():
        first = account_services.reset_password(accounts.user_named("zhou"), reason="t", actor=command("t"), at=noon)
    browser.get("/sign-in")
    browser.submit({"sign_in": "zhou", "password": first}, form="/sign-in")
    browser.get("/account/password")
    new = "Liu-Shui-Gao-Shan-2026"
    browser.submit({"old_password": first, "new_password": new, "again": new}, form="/account/password")
    before = browser.get("/enterprise/profile/").status_code

    with transaction():
        services.hand_over(own, _mandate(own, "周办", noon), _new(), actor=own_actor(registered), at=noon)

    assert (before, browser.get("/enterprise/profile/").status_code) == (200, 403)


@pytest.mark.parametrize(
    ("who", "changes", "code"),
    [
        ("zhou", {}, "not-confirming"),
        ("qiye1", {"letter": None}, "letter-missing"),
        ("qiye1", {"person": PersonDetails("周办", phone="13900000001")}, "successor-same"),
    ],
)
def test_hand_over_is_refused(
    registered: Registered, noon: datetime, who: str, changes: dict[str, Any], code: str
) -> None:
    own = registered.enterprise.organisation_id
    actor = _actor(who, own, noon)
    leaving = _mandate(own, "周办" if who == "qiye1" else "林知远", noon)

    assert _codes(lambda: services.hand_over(own, leaving, _new(**changes), actor=actor, at=noon)) == [code]


def test_nobody_hands_over_their_own_mandate(registered: Registered, noon: datetime) -> None:
    own = registered.enterprise.organisation_id
    leaving = _mandate(own, "林知远", noon)

    assert _codes(lambda: services.hand_over(own, leaving, _new(), actor=own_actor(registered), at=noon)) == [
        "mandate-own-end"
    ]


def test_handler_does_not_end_the_mandate_of_the_representative(registered: Registered, noon: datetime) -> None:
    own = registered.enterprise.organisation_id
    leaving, zhou = _mandate(own, "林知远", noon), _actor("zhou", own, noon)

    assert _codes(lambda: services.end_mandate(leaving, own, actor=zhou, at=noon)) == ["not-confirming"]


def test_handler_adds_nobody_without_a_letter(registered: Registered, noon: datetime) -> None:
    own, day = registered.enterprise.organisation_id, beijing_date(noon)
    new = NewMember(PersonDetails("郑接", phone="13900000009"), "zheng", MandateKind.HANDLER, Role.HANDLER, day)
    zhou = _actor("zhou", own, noon)

    assert _codes(lambda: services.add_member(own, new, actor=zhou, at=noon)) == ["letter-missing"]


def test_strangers_mandate_looks_like_none(registered: Registered, noon: datetime) -> None:
    other = enterprise(2, at=noon)
    strange = _mandate(other.enterprise.organisation_id, "林知远", noon)
    own = registered.enterprise.organisation_id

    with pytest.raises(NotFound), transaction():
        services.hand_over(own, strange, _new(), actor=own_actor(registered), at=noon)


@pytest.mark.database
def test_office_replaces_the_last_representative_on_a_stamped_letter(registered: Registered, noon: datetime) -> None:
    own, day = registered.enterprise.organisation_id, beijing_date(noon)
    officer, leaving = _officer(noon), _mandate(own, "林知远", noon)
    without = _codes(lambda: services.hand_over(own, leaving, _new(), actor=officer, at=noon))

    with transaction():
        services.hand_over(own, leaving, _new(evidence=received_pdf("公函.pdf")), actor=officer, at=noon)

    successor = next(one for one in queries.members_of(own, on=day) if one.name == "郑接")
    assert without == ["evidence-missing"]
    assert successor.kind is MandateKind.LEGAL_REPRESENTATIVE
    assert queries.may_confirm(successor.person_id, own, on=day)
    details = db.session.scalars(select(AuditEvent.details).where(AuditEvent.act == "parties.hand_over")).one()
    kept = db.session.scalars(select(StoredFile).where(StoredFile.public_id == details["evidence"])).one()
    assert (kept.name, kept.owner_organisation_id, kept.sha256) == ("公函.pdf", own, details["sha256"])


def test_office_leaves_it_to_the_organisation_while_somebody_can_confirm(
    registered: Registered, noon: datetime
) -> None:
    own = registered.enterprise.organisation_id
    new, leaving = _new(evidence=received_pdf("公函.pdf")), _mandate(own, "周办", noon)
    officer = _officer(noon)

    before = _codes(lambda: services.hand_over(own, leaving, new, actor=officer, at=noon))
    with transaction():
        account_services.deactivate(registered.user_id, reason="账号停用", actor=officer, at=noon)
        services.hand_over(own, leaving, new, actor=officer, at=noon)

    assert before == ["representative-there"]


def test_pages_lead_a_representative_through(app: Flask, client: PageClient, registered: Registered) -> None:
    client.get("/sign-in")
    client.submit({"sign_in": "qiye1", "password": PASSWORD}, form="/sign-in")
    client.get("/enterprise/profile/people")
    page = next(link for link in client.page.links() if link.endswith("/hand-over"))  # type: ignore[union-attr]
    client.get(page)
    form = {"name": "郑接", "phone": "13900000009", "sign_in": "zheng", "reason": "周办已离职"}

    answer = client.submit({**form, "letter": (BytesIO(pdf_bytes()), "委托书.pdf")}, form=page)

    assert answer.status_code == 200
    assert client.page is not None
    assert "已更换" in client.page.text


def test_pages_lead_an_office_through(client: PageClient, registered: Registered, noon: datetime) -> None:
    public_id = registered.enterprise.organisation.public_id
    sign_in(client, make_user(Role.REVIEWER, at=noon))
    with transaction():
        account_services.deactivate(registered.user_id, reason="账号停用", actor=command("t"), at=noon)
    client.get(f"/office/organisations/{public_id}/people")
    assert client.page is not None
    assert "没有能登录确认的人" in client.page.text
    page = next(link for link in client.page.links() if link.endswith("/hand-over"))
    client.get(page)
    form = {"name": "郑接", "phone": "13900000009", "sign_in": "zheng", "reason": "人员都已离职"}
    papers = {name: (BytesIO(pdf_bytes()), f"{name}.pdf") for name in ("letter", "evidence")}

    answer = client.submit({**form, **papers}, form=page)

    assert answer.status_code == 200
    assert "已更换" in client.page.text


def _new(**changes: Any) -> HandOver:
    new = HandOver(PersonDetails("郑接", phone="13900000009"), "zheng", "周办已离职", received_pdf("委托书.pdf"))
    return replace(new, **changes)


def _mandate(own: int, name: str, at: datetime) -> str:
    return next(one.public_id for one in queries.members_of(own, on=beijing_date(at)) if one.name == name)


def _actor(name: str, own: int, at: datetime) -> Actor:
    user_id = accounts.user_named(name)
    return Actor(
        command("t").kind, name, user_id=user_id, person_id=queries.person_of_user(user_id), organisation_id=own
    )


def _officer(at: datetime) -> Actor:
    return make_user(Role.REVIEWER, at=at).actor(Role.REVIEWER)


def _codes(act: Callable[[], object]) -> list[str]:
    with pytest.raises(RuleViolation) as refused, transaction():
        act()
    return [finding.code for finding in refused.value.findings]
