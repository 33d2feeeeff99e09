"""Every route says who may use it, and says so to everybody else."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

import pyotp
import pytest
from flask import Flask, g, url_for
from sqlalchemy import event, select

from tests.factories.accounts import make_office, make_user, sign_in
from tests.pages import PageClient
from vouchers.accounts import guards, queries, services
from vouchers.accounts.models import Appointment
from vouchers.accounts.permissions import ROLES, SECOND_FACTOR, Permission
from vouchers.accounts.services import NewAppointment
from vouchers.accounts.states import OfficeKind, Role
from vouchers.audit.services import Subject, record
from vouchers.db.base import db
from vouchers.db.transaction import transaction
from vouchers.kernel.actor import command
from vouchers.kernel.clock import beijing_date
from vouchers.kernel.errors import NotPermitted

pytestmark = pytest.mark.usefixtures("clock")


def test_application_with_an_unmarked_route_does_not_start() -> None:
    app = Flask("unmarked")
    app.add_url_rule("/open", "open", view_func=lambda: "")

    with pytest.raises(guards.UnmarkedRouteError, match=r"/open \(open\)"):
        guards.refuse_unmarked_routes(app)


def test_route_with_both_marks_does_not_start() -> None:
    app = Flask("both")
    app.add_url_rule("/both", "both", view_func=guards.public(guards.requires(Permission.CASE_READ)(lambda: "")))

    with pytest.raises(guards.UnmarkedRouteError):
        guards.refuse_unmarked_routes(app)


def test_visitors_are_sent_to_sign_in_by_every_guarded_page(app: Flask) -> None:
    client = app.test_client()

    astray = [path for path, _ in _guarded_pages(app) if client.get(path).headers.get("Location", "")[:8] != "/sign-in"]

    assert not astray


def test_no_page_opens_between_the_password_and_the_second_factor(client: PageClient, noon: datetime) -> None:
    """A08: every guarded page, also with a made-up address."""
    sign_in(client, make_user(Role.REVIEWER, at=noon), with_factor=False)

    answers = {path: client._client.get(path) for path, _ in _guarded_pages(client._app)}

    assert len(answers) > 60
    open_ = [path for path, a in answers.items() if a.status_code != 303 or a.location[:14] != "/second-factor"]
    assert not open_


@pytest.mark.parametrize("role", sorted(SECOND_FACTOR))
def test_nobody_of_the_staff_does_anything_before_the_second_factor(
    client: PageClient, noon: datetime, role: Role
) -> None:
    """A08: every act and page that the role may have."""
    sign_in(client, make_user(role, at=noon), with_factor=False)
    client.get("/second-factor")
    token = client.page.forms[-1].values["csrf_token"][0] if client.page else ""
    asked = [(path, method) for path, may, method in _guarded(client._app) if may in ROLES[role]]

    answers = {
        (path, method): client._client.open(
            path, method=method, headers={"X-CSRFToken": token, "Sec-Fetch-Site": "same-origin"}
        )
        for path, method in asked
    }

    assert any(method == "POST" for _, method in answers) or role is Role.OVERSEER
    assert {one for one, a in answers.items() if a.status_code != 303 or a.location[:14] != "/second-factor"} == set()


@pytest.mark.parametrize("role", list(Role))
def test_role_is_refused_every_page_it_has_no_permission_for(client: PageClient, noon: datetime, role: Role) -> None:
    sign_in(client, make_user(role, at=noon))

    let_in = [
        path
        for path, permission in _guarded_pages(client._app)
        if permission not in ROLES[role] and client._client.get(path).status_code != 403
    ]

    assert not let_in


@pytest.mark.parametrize("role", list(Role))
def test_role_reaches_its_own_account(client: PageClient, noon: datetime, role: Role) -> None:
    sign_in(client, make_user(role, at=noon))

    assert client.get("/account").status_code == 200


def test_somebody_with_two_appointments_chooses_one(client: PageClient, noon: datetime) -> None:
    somebody = make_user(Role.REVIEWER, at=noon)
    _second_post(somebody.user_id, Role.DECIDER, noon)
    sign_in(client, somebody)
    before = client.get("/account")

    client.get(before.location)
    client.submit({"post": "2"}, form="/choose-post")
    client.get("/account")

    assert before.location.startswith("/choose-post")
    assert client.page is not None
    assert "审定人 · 渝中区大数据局" in client.page.text


def test_only_ones_own_appointment_can_be_chosen(client: PageClient, noon: datetime) -> None:
    other = make_user(Role.SYSTEM_ADMIN, at=noon)
    somebody = make_user(Role.REVIEWER, at=noon)
    _second_post(somebody.user_id, Role.DECIDER, noon)
    sign_in(client, somebody)
    client.get("/choose-post")

    answer = client.submit({"post": "1"}, form="/choose-post")

    assert other.user_id == 1
    assert answer.status_code == 422


def test_password_made_by_the_system_opens_only_the_page_to_replace_it(client: PageClient, noon: datetime) -> None:
    handler = make_user(Role.HANDLER, at=noon)
    with transaction():
        first = services.reset_password(handler.user_id, reason="test", actor=command("test"), at=noon)
    client.get("/sign-in")
    client.submit({"sign_in": handler.sign_in, "password": first}, form="/sign-in")
    blocked = client.get("/account").location

    client.get(blocked)
    client.submit(
        {"old_password": first, "new_password": "Tiedan-2026-liushui", "again": "Tiedan-2026-liushui"},
        form="/account/password",
    )

    assert blocked.startswith("/account/password")
    assert client.get("/account").status_code == 200


def test_second_factor_is_bound_at_the_first_sign_in(client: PageClient, noon: datetime) -> None:
    reviewer = make_user(Role.REVIEWER, at=noon)
    with transaction():
        first = services.reset_password(reviewer.user_id, reason="test", actor=command("test"), at=noon)
        services.unbind_second_factor(reviewer.user_id, reason="test", actor=command("test"), at=noon)
    client.get("/sign-in")
    client.submit({"sign_in": reviewer.sign_in, "password": first}, form="/sign-in")
    client.get("/second-factor")
    secret = next("".join(code.itertext()) for code in client.page.tree.iter("code")) if client.page else ""

    refused = client.submit({"code": "000000"}, form="/second-factor").status_code
    bound = client.submit({"code": pyotp.TOTP(secret).at(noon)}, form="/second-factor").status_code

    assert (refused, bound) == (422, 303)
    assert client.get("/account").location.startswith("/account/password")


@pytest.mark.parametrize("headers", [{"Sec-Fetch-Site": "cross-site"}, {"Origin": "https://evil.example"}])
def test_forms_sent_by_other_sites_are_refused(client: PageClient, noon: datetime, headers: dict[str, str]) -> None:
    sign_in(client, make_user(Role.HANDLER, at=noon))

    if "Origin" in headers:
        headers = {**headers, "Sec-Fetch-Site": ""}
    answer = client._client.post("/messages/read", headers={k: v for k, v in headers.items() if v})

    assert answer.status_code in {400, 403}


def test_form_token_of_another_session_is_refused(app: Flask, client: PageClient, noon: datetime) -> None:
    stranger = PageClient(app)
    sign_in(stranger, make_user(Role.HANDLER, at=noon))
    stranger.get("/account")
    token = stranger.page.forms[-1].values["csrf_token"] if stranger.page else []
    sign_in(client, make_user(Role.HANDLER, at=noon))

    answer = client.post("/messages/read", data={"csrf_token": token})

    assert token
    assert answer.status_code == 400


def test_act_of_somebody_whose_appointment_ended_meanwhile_is_undone(client: PageClient, noon: datetime) -> None:
    """The appointment ends after the guard let the request in and before its commit."""
    somebody = make_user(Role.REVIEWER, at=noon)
    sign_in(client, somebody)
    token = client._client.get_cookie("sid")
    presence = queries.presence_of(token.value if token else "", at=noon)
    assert presence is not None
    assert queries.still_stands(presence, on=beijing_date(noon))

    with transaction():
        services.end_appointment(presence.posts[0].id, reason="调离", actor=command("test"), at=noon)

    assert not queries.still_stands(presence, on=beijing_date(noon))
    with client._app.test_request_context("/"):
        g._login_user, g.enforced = guards.SignedIn(presence), Permission.CASE_REVIEW
        with pytest.raises(NotPermitted), transaction():
            services.open_office("别处", OfficeKind.LEAD, region="", parent_id=None, actor=command("test"), at=noon)


@pytest.mark.parametrize("arguments", [["access", "--json"], ["access"]])
def test_access_lists_every_route(app: Flask, arguments: list[str]) -> None:
    result = app.test_cli_runner().invoke(args=arguments)

    assert result.exit_code == 0
    assert all(rule.rule in result.output for rule in app.url_map.iter_rules())


def _guarded_pages(app: Flask) -> Iterator[tuple[str, Permission]]:
    """Every guarded GET page."""
    return ((path, permission) for path, permission, method in _guarded(app) if method == "GET")


def _guarded(app: Flask) -> Iterator[tuple[str, Permission, str]]:
    """Every guarded page and act, its parameters filled with what surely does not exist."""
    with app.test_request_context():
        for rule in app.url_map.iter_rules():
            permission = getattr(app.view_functions[rule.endpoint], "required_permission", None)
            if permission is not None:
                arguments: dict[str, Any] = dict.fromkeys(rule.arguments, 999_999)
                path = url_for(rule.endpoint, **arguments)
                yield from ((path, permission, method) for method in {"GET", "POST"} & (rule.methods or set()))


def _second_post(user_id: int, role: Role, at: datetime) -> None:
    office_id = make_office(at=at)
    with transaction():
        services.appoint(
            NewAppointment(user_id, role, beijing_date(at), office_id=office_id), actor=command("test"), at=at
        )


def test_a_page_asks_once_what_somebody_holds_and_an_act_asks_anew(app: Flask, noon: datetime) -> None:
    """However many parts of a page depend on it; but whoever acts is looked at at that moment."""
    officer, on = make_user(Role.REVIEWER, at=noon), noon.date()
    asked: list[str] = []

    def note(_connection: object, _cursor: object, statement: str, *_: object) -> None:
        if "FROM appointments" in statement:
            asked.append(statement)

    event.listen(db.engine, "before_cursor_execute", note)
    try:
        assert len({queries.posts_of(officer.user_id, on=on) for _ in range(3)}) == 1
        of_a_page = len(asked)
        with transaction():
            held = [len(queries.posts_of(officer.user_id, on=on))]
            post = db.session.scalars(select(Appointment).where(Appointment.user_id == officer.user_id)).one()
            post.valid_until = on - timedelta(days=1)
            db.session.flush()
            held.append(len(queries.posts_of(officer.user_id, on=on)))
            record("test.end", Subject("user", "x"), actor=command("test"), at=noon)
        held.append(len(queries.posts_of(officer.user_id, on=on)))
    finally:
        event.remove(db.engine, "before_cursor_execute", note)

    assert of_a_page == 1
    assert held == [1, 0, 0]
