"""INV-35: a role in an office takes two people, nobody serves themselves, and the three administrators stay apart."""

import ast
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from pathlib import Path
from threading import Barrier

import pytest
from flask import Flask
from sqlalchemy import select

from tests.accounts.proposals import confirm_all, waiting
from tests.factories.accounts import Somebody, make_office, make_user, sign_in
from tests.pages import PageClient
from vouchers.accounts import queries, services
from vouchers.accounts.models import Appointment, AppointmentProposal
from vouchers.accounts.permissions import ROLES, Permission
from vouchers.accounts.services import NewAppointment
from vouchers.accounts.states import ProposalState, Role
from vouchers.audit.models import AuditEvent
from vouchers.db.base import db
from vouchers.db.transaction import transaction
from vouchers.kernel.actor import Actor
from vouchers.kernel.clock import beijing_date
from vouchers.kernel.errors import Conflict, RuleViolation

pytestmark = pytest.mark.usefixtures("clock")
ROUTES = Path(__file__).parents[2] / "vouchers"
OF_ADMINISTRATORS = {
    Permission.ACCOUNT_SELF,
    Permission.AUDIT_READ,
    Permission.PEOPLE_CONFIRM,
    Permission.PEOPLE_MANAGE,
    Permission.PEOPLE_READ,
    Permission.SYSTEM_OPERATE,
}


@pytest.fixture
def system(app: Flask, noon: datetime) -> Actor:
    return make_user(Role.SYSTEM_ADMIN, at=noon, name="系统管理员").actor(Role.SYSTEM_ADMIN)


@pytest.fixture
def security(app: Flask, noon: datetime) -> Somebody:
    return make_user(Role.SECURITY_ADMIN, at=noon, name="安全管理员")


@pytest.mark.database
def test_proposed_role_holds_only_when_another_confirms_it(system: Actor, security: Somebody, noon: datetime) -> None:
    somebody = make_user(None, at=noon)
    public_id = _proposed(somebody, Role.REVIEWER, system, noon)
    before = queries.posts_of(somebody.user_id, on=beijing_date(noon))

    with transaction():
        services.confirm_proposal(public_id, seen_version=1, actor=security.actor(Role.SECURITY_ADMIN), at=noon)

    assert before == ()
    assert [post.role for post in queries.posts_of(somebody.user_id, on=beijing_date(noon))] == [Role.REVIEWER]
    events = db.session.scalars(select(AuditEvent.act).order_by(AuditEvent.seq.desc()).limit(3)).all()
    assert events == ["appoint", "confirm_appointment", "propose_appointment"]
    proposed_by = db.session.scalar(
        select(AuditEvent.details).where(AuditEvent.act == "appoint", AuditEvent.actor_id == str(security.user_id))
    )
    assert proposed_by is not None
    assert proposed_by["proposed_by"] == "系统管理员"


@pytest.mark.database
def test_nobody_confirms_what_they_proposed(system: Actor, noon: datetime) -> None:
    public_id = _proposed(make_user(None, at=noon), Role.REVIEWER, system, noon)

    assert _codes(lambda: services.confirm_proposal(public_id, seen_version=1, actor=system, at=noon)) == [
        "second-person"
    ]


def test_nobody_confirms_what_is_about_themselves(system: Actor, security: Somebody, noon: datetime) -> None:
    make_user(Role.SECURITY_ADMIN, at=noon)
    held = queries.posts_of(security.user_id, on=beijing_date(noon))[0].id
    with transaction():
        public_id = services.propose_end(held, reason="调离岗位", actor=system, at=noon)
    own = security.actor(Role.SECURITY_ADMIN)

    assert _codes(lambda: services.confirm_proposal(public_id, seen_version=1, actor=own, at=noon)) == ["appoint-self"]


def test_nobody_proposes_the_end_of_their_own_appointment(system: Actor, noon: datetime) -> None:
    held = queries.posts_of(system.user_id or 0, on=beijing_date(noon))[0].id

    assert _codes(lambda: services.propose_end(held, reason="不干了", actor=system, at=noon)) == ["appoint-self"]


def test_roles_that_would_meet_later_are_kept_apart_too(system: Actor, security: Somebody, noon: datetime) -> None:
    """An appointment of next month joins the three administrators as surely as one of today."""
    somebody, day = make_user(None, at=noon), beijing_date(noon)
    office_id = make_office(at=noon)
    with transaction():
        later = NewAppointment(somebody.user_id, Role.AUDIT_ADMIN, day + timedelta(days=30), office_id=office_id)
        services.appoint(later, actor=security.actor(Role.SECURITY_ADMIN), at=noon)
    now_and_on = NewAppointment(somebody.user_id, Role.REVIEWER, day, office_id=office_id)
    until_then = NewAppointment(somebody.user_id, Role.REVIEWER, day, day + timedelta(days=29), office_id=office_id)

    assert _codes(lambda: services.propose_appointment(now_and_on, actor=system, at=noon)) == ["admins-apart"]
    with transaction():
        assert services.propose_appointment(until_then, actor=system, at=noon)


def test_second_account_of_a_person_does_not_join_what_is_kept_apart(system: Actor, noon: datetime) -> None:
    make_user(Role.AUDIT_ADMIN, at=noon, phone="13900001234", sign_in="one")
    again = make_user(None, at=noon, phone="13900001234", sign_in="two")
    wanted = NewAppointment(again.user_id, Role.DECIDER, beijing_date(noon), office_id=make_office(at=noon))

    assert _codes(lambda: services.propose_appointment(wanted, actor=system, at=noon)) == ["admins-apart"]


def test_payments_are_in_the_hands_of_a_finance_office(system: Actor, noon: datetime) -> None:
    """INV-36: whoever releases money is not of the office that decided on it."""
    wanted = NewAppointment(
        make_user(None, at=noon).user_id, Role.FINANCE_CHECKER, beijing_date(noon), office_id=make_office(at=noon)
    )

    assert _codes(lambda: services.propose_appointment(wanted, actor=system, at=noon)) == ["wrong-body"]


def test_rules_are_asked_again_when_a_proposal_is_confirmed(system: Actor, security: Somebody, noon: datetime) -> None:
    somebody, own = make_user(None, at=noon), security.actor(Role.SECURITY_ADMIN)
    first = _proposed(somebody, Role.REVIEWER, system, noon)
    second = _proposed(somebody, Role.AUDIT_ADMIN, system, noon)
    with transaction():
        services.confirm_proposal(first, seen_version=1, actor=own, at=noon)

    assert _codes(lambda: services.confirm_proposal(second, seen_version=1, actor=own, at=noon)) == ["admins-apart"]


@pytest.mark.database
def test_proposal_is_decided_once(system: Actor, security: Somebody, noon: datetime) -> None:
    public_id, own = (
        _proposed(make_user(None, at=noon), Role.REVIEWER, system, noon),
        security.actor(Role.SECURITY_ADMIN),
    )
    with transaction():
        services.refuse_proposal(public_id, reason="没有文件", seen_version=1, actor=own, at=noon)

    with pytest.raises(Conflict), transaction():
        services.confirm_proposal(public_id, seen_version=1, actor=own, at=noon)


@pytest.mark.database
@pytest.mark.parametrize("role", [Role.SYSTEM_ADMIN, Role.SECURITY_ADMIN, Role.AUDIT_ADMIN])
def test_last_of_each_administrator_stays_whoever_confirms_the_end(
    system: Actor, security: Somebody, noon: datetime, role: Role
) -> None:
    make_user(Role.AUDIT_ADMIN, at=noon)
    other, third = (make_user(None, at=noon).actor(Role.SECURITY_ADMIN) for _ in range(2))
    last = db.session.scalar(select(Appointment.id).where(Appointment.role == role))
    with transaction():
        public_id = services.propose_end(last or 0, reason="调离岗位", actor=third, at=noon)

    assert _codes(lambda: services.confirm_proposal(public_id, seen_version=1, actor=other, at=noon)) == ["last-admin"]


@pytest.mark.database("postgresql")
@pytest.mark.parametrize("way", ["deactivate", "end_appointment"])
def test_last_two_administrators_are_not_both_removed_at_the_same_moment(app: Flask, noon: datetime, way: str) -> None:
    """Each sees the other and goes, unless one waits for what the other did; neither waits for ever."""
    two = [make_user(Role.AUDIT_ADMIN, at=noon).user_id for _ in range(2)]
    if way == "end_appointment":
        two = [queries.posts_of(user_id, on=beijing_date(noon))[0].id for user_id in two]
    actor, together = make_user(None, at=noon).actor(Role.SYSTEM_ADMIN), Barrier(2)

    def stop(removed: int) -> bool:
        with app.app_context():
            together.wait()
            try:
                with transaction():
                    getattr(services, way)(removed, reason="同时停用", actor=actor, at=noon)
            except RuleViolation:
                return False
            return True

    with ThreadPoolExecutor(2) as pool:
        stopped = list(pool.map(stop, two))

    assert sorted(stopped) == [False, True]


def test_pages_show_who_proposed_and_refusing_says_why(app: Flask, client: PageClient, noon: datetime) -> None:
    admin = make_user(Role.SYSTEM_ADMIN, at=noon, name="冯维运")
    somebody = make_user(None, at=noon, name="李雷")
    public_id = _proposed(somebody, Role.DECIDER, admin.actor(Role.SYSTEM_ADMIN), noon, name="冯维运")
    sign_in(client, make_user(Role.SECURITY_ADMIN, at=noon))
    client.get("/office/")
    assert client.page is not None
    assert "待确认的任职提议" in client.page.text
    client.get("/office/people/proposals")
    assert "李雷" in client.page.text
    assert "冯维运" in client.page.text
    page = f"/office/people/proposals/{public_id}/refuse"
    client.get(page)

    client.submit({"reason": "没有任职文件"}, form=page)

    client.get("/office/people/proposals")
    assert "没有任职文件" in client.page.text
    assert waiting() == []
    assert queries.posts_of(somebody.user_id, on=beijing_date(noon)) == ()


def test_system_administrator_has_no_button_and_no_way_to_confirm(client: PageClient, noon: datetime) -> None:
    admin = make_user(Role.SYSTEM_ADMIN, at=noon)
    public_id = _proposed(make_user(None, at=noon), Role.DECIDER, admin.actor(Role.SYSTEM_ADMIN), noon)
    sign_in(client, admin)
    page = f"/office/people/proposals/{public_id}/confirm"
    client.get("/office/people/proposals")

    assert client.page is not None
    assert page not in client.page.links()
    assert client.get(page).status_code == 403


@pytest.mark.parametrize("role", [Role.SYSTEM_ADMIN, Role.SECURITY_ADMIN, Role.AUDIT_ADMIN])
def test_three_administrators_hold_no_permission_of_the_business(role: Role) -> None:
    assert set(ROLES[role]) <= OF_ADMINISTRATORS


def test_console_makes_the_first_people_alone_and_proposes_from_then_on(app: Flask, noon: datetime) -> None:
    for name, role, number in (("a", "system_admin", 1), ("b", "security_admin", 2), ("c", "reviewer", 3)):
        given = ["--name", name, "--phone", f"1390000000{number}", "--role", role, "--office", "渝中区大数据局"]
        made = app.test_cli_runner().invoke(args=["user", "create", f"first-{name}", *given])
        assert made.exit_code == 0, made.output

    day = beijing_date(noon)
    assert [len(queries.posts_of(queries.user_named(f"first-{name}"), on=day)) for name in "abc"] == [1, 1, 0]
    assert len(waiting()) == 1
    first = db.session.scalars(select(AuditEvent.details).where(AuditEvent.act == "appoint")).all()
    assert all("on the console" in one["proposed_by"] for one in first)
    assert confirm_all(app, noon) == [303]


def test_no_page_gives_or_ends_a_role_by_itself() -> None:
    """Pages propose; only a confirmed proposal, the console and an organisation's own letters appoint."""
    direct = [
        f"{path.name}:{call.lineno}"
        for path in ROUTES.glob("*/routes/*.py")
        for call in ast.walk(ast.parse(path.read_text()))
        if isinstance(call, ast.Call) and ast.unparse(call.func).rpartition(".")[2] in {"appoint", "end_appointment"}
    ]

    assert not direct


def test_two_people_stand_in_the_table_as_well(system: Actor, noon: datetime) -> None:
    public_id = _proposed(make_user(None, at=noon), Role.REVIEWER, system, noon)
    proposal = db.session.scalars(select(AppointmentProposal).where(AppointmentProposal.public_id == public_id)).one()

    proposal.state, proposal.decided_by_id = ProposalState.CONFIRMED, system.person_id

    with pytest.raises(Exception, match="ck_appointment_proposals_two"):
        db.session.flush()
    db.session.rollback()


def _proposed(somebody: Somebody, role: Role, actor: Actor, at: datetime, *, name: str = "") -> str:
    wanted = NewAppointment(somebody.user_id, role, beijing_date(at), office_id=make_office(at=at))
    by = Actor(actor.kind, name or "系统管理员", role=actor.role, user_id=actor.user_id, person_id=actor.person_id)
    with transaction():
        return services.propose_appointment(wanted, actor=by, at=at)


def _codes(act: Callable[[], object]) -> list[str]:
    with pytest.raises(RuleViolation) as refused, transaction():
        act()
    return [finding.code for finding in refused.value.findings]
