"""Looking after people: accounts, appointments, and what an administrator must not do."""

from datetime import datetime

import pytest
from flask import Flask
from sqlalchemy import select

from tests.accounts.proposals import confirm_all
from tests.factories.accounts import make_office, make_user, sign_in
from tests.pages import PageClient
from vouchers.accounts import queries
from vouchers.accounts.models import User
from vouchers.accounts.states import Role
from vouchers.db.base import db
from vouchers.kernel.clock import beijing_date

pytestmark = pytest.mark.usefixtures("clock")


@pytest.fixture
def admin(client: PageClient, noon: datetime) -> PageClient:
    sign_in(client, make_user(Role.SYSTEM_ADMIN, at=noon, name="管理员", sign_in="admin"))
    return client


def test_account_is_opened_and_its_owner_must_choose_a_password(app: Flask, admin: PageClient, noon: datetime) -> None:
    make_office(at=noon)
    admin.get("/office/people/new")

    admin.submit({"name": "李雷", "phone": "13911112222", "sign_in": "lilei"}, form="/office/people/new")

    first = _shown_password(admin)
    admin.get(f"/office/people/{_public_id('lilei')}/appoint")
    admin.submit({"role": "policy_officer", "office": "1"}, form=f"/office/people/{_public_id('lilei')}/appoint")
    waiting = _roles("lilei", noon)
    confirm_all(app, noon)
    browser = PageClient(app)
    browser.get("/sign-in")
    browser.submit({"sign_in": "lilei", "password": first}, form="/sign-in")
    assert browser.get("/start").location.startswith("/second-factor")
    assert waiting == []
    assert _roles("lilei", noon) == [Role.POLICY_OFFICER]


def test_list_shows_who_may_do_what(admin: PageClient, noon: datetime) -> None:
    make_user(Role.REVIEWER, at=noon, name="韩梅梅", sign_in="hanmei")

    admin.get("/office/people/", query_string={"q": "梅梅"})

    assert admin.page is not None
    assert "审核员 · 渝中区大数据局" in admin.page.text
    assert "管理员 ·" not in admin.page.text


def test_roles_page_names_every_role(admin: PageClient) -> None:
    admin.get("/office/people/roles")

    assert admin.page is not None
    assert "审定人" in admin.page.text
    assert "审批核销" in admin.page.text


def test_administrator_gets_no_business_role(admin: PageClient, noon: datetime) -> None:
    make_user(Role.AUDIT_ADMIN, at=noon, sign_in="auditor")
    page = f"/office/people/{_public_id('auditor')}/appoint"
    admin.get(page)

    answer = admin.submit({"role": "reviewer", "office": "1"}, form=page)

    assert answer.status_code == 422
    assert admin.page is not None
    assert "须各自独立" in admin.page.text


def test_nobody_appoints_himself(admin: PageClient) -> None:
    page = f"/office/people/{_public_id('admin')}/appoint"
    admin.get(page)

    answer = admin.submit({"role": "system_admin", "office": "1"}, form=page)

    assert answer.status_code == 403
    assert admin.page is not None
    assert "不能给自己任职" in admin.page.text


def test_last_administrator_stays(admin: PageClient, noon: datetime) -> None:
    make_user(Role.AUDIT_ADMIN, at=noon, sign_in="auditor")
    page = f"/office/people/{_public_id('auditor')}/deactivate"
    admin.get(page)

    answer = admin.submit({"reason": "离开本单位"}, form=page)

    assert answer.status_code == 422
    assert admin.page is not None
    assert "最后一位审计管理员" in admin.page.text


def test_ended_appointment_is_worth_nothing_at_the_next_request(app: Flask, admin: PageClient, noon: datetime) -> None:
    reviewer = make_user(Role.REVIEWER, at=noon, sign_in="reviewer")
    browser = PageClient(app)
    sign_in(browser, reviewer)
    admin.get(f"/office/people/{_public_id('reviewer')}")
    page = next(link for link in admin.page.links() if link.endswith("/end"))  # type: ignore[union-attr]
    admin.get(page)

    admin.submit({"reason": "调离本岗位"}, form=page)
    before = browser.get("/account").status_code
    confirm_all(app, noon)

    assert before == 200
    assert browser.get("/account").status_code == 403


def test_stopped_account_is_restored(admin: PageClient, noon: datetime) -> None:
    make_user(Role.REVIEWER, at=noon, sign_in="reviewer")
    for act in ("deactivate", "reactivate"):
        page = f"/office/people/{_public_id('reviewer')}/{act}"
        admin.get(page)
        assert admin.submit({"reason": "测试停用与恢复"}, form=page).status_code == 303

    assert db.session.scalar(select(User.state).where(User.sign_in == "reviewer")) == "active"


def test_others_have_no_way_in(client: PageClient, noon: datetime) -> None:
    sign_in(client, make_user(Role.REVIEWER, at=noon))

    assert client.get("/office/people/").status_code == 403


def _public_id(name: str) -> str:
    return str(db.session.scalar(select(User.public_id).where(User.sign_in == name)))


def _roles(name: str, noon: datetime) -> list[Role]:
    return [post.role for post in queries.posts_of(queries.user_named(name), on=beijing_date(noon))]


def _shown_password(client: PageClient) -> str:
    assert client.page is not None
    return next("".join(code.itertext()) for code in client.page.tree.iter("code"))


def test_ones_own_page_offers_nothing_that_would_be_refused(admin: PageClient, noon: datetime) -> None:
    make_user(Role.REVIEWER, at=noon, name="韩梅梅", sign_in="hanmei")
    acts = ("appoint", "sign-in/password", "deactivate")

    admin.get(f"/office/people/{_public_id('hanmei')}")
    assert admin.page is not None
    others = [act for act in acts if f"/office/people/{_public_id('hanmei')}/{act}" in admin.page.links()]
    admin.get(f"/office/people/{_public_id('admin')}")
    own = [act for act in acts if f"/office/people/{_public_id('admin')}/{act}" in admin.page.links()]

    assert (others, own) == (list(acts), [])
    assert "由另一位管理员办理" in admin.page.text
