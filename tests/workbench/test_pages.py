"""Home pages: each audience finds what waits for it."""

from datetime import datetime

import pytest
from flask import Flask

from tests.factories import ledger as factory
from tests.factories.accounts import make_user, sign_in
from tests.factories.enterprises import PASSWORD
from tests.factories.providers import admitted_provider, provider
from tests.pages import PageClient
from vouchers.accounts.states import Role
from vouchers.db.transaction import transaction
from vouchers.ledger.services import documents
from vouchers.ledger.services.documents import NewDocument
from vouchers.ledger.states import DocumentKind

pytestmark = pytest.mark.usefixtures("clock")


def test_the_front_page_opens_for_everybody(app: Flask, client: PageClient) -> None:
    page = client.get("/")

    assert page.status_code == 200
    assert "凭证验真" in page.get_data(as_text=True) or "正在受理的方案" in page.get_data(as_text=True)


@pytest.mark.parametrize(
    ("role", "path"),
    [(Role.REVIEWER, "/office/"), (Role.HANDLER, "/enterprise/"), (Role.PROVIDER_FINANCE, "/provider/")],
)
def test_each_audience_has_its_home(app: Flask, client: PageClient, noon: datetime, role: Role, path: str) -> None:
    sign_in(client, make_user(role, at=noon))

    assert client.get(path).status_code == 200


@pytest.mark.parametrize(("role", "path"), [(Role.REVIEWER, "/enterprise/"), (Role.HANDLER, "/provider/")])
def test_the_home_of_another_audience_is_closed(
    app: Flask, client: PageClient, noon: datetime, role: Role, path: str
) -> None:
    sign_in(client, make_user(role, at=noon))

    assert client.get(path).status_code == 403


def test_work_is_shown_to_those_who_may_do_it(app: Flask, client: PageClient, noon: datetime) -> None:
    maker = make_user(Role.FINANCE_MAKER, at=noon, name="李丽")
    pot = factory.make_pot(at=noon)
    new = NewDocument(DocumentKind.ENVELOPE, pot.scheme_id, "city", "渝数发〔2026〕1号", 100, voucher_kind="compute")
    with transaction():
        documents.record_document(new, actor=maker.actor(Role.FINANCE_MAKER), at=noon)

    sign_in(client, make_user(Role.FINANCE_CHECKER, at=noon, name="赵强"))
    assert "待复核的财政文件" in client.get("/office/").get_data(as_text=True)

    other = PageClient(app)
    sign_in(other, make_user(Role.REVIEWER, at=noon, name="孙洁"))
    assert "待复核的财政文件" not in other.get("/office/").get_data(as_text=True)


def test_the_trail_is_open_to_the_audit_administrator_alone(app: Flask, client: PageClient, noon: datetime) -> None:
    sign_in(client, make_user(Role.AUDIT_ADMIN, at=noon, name="周全"))

    page = client.get("/office/audit/").get_data(as_text=True)

    assert "user.create" in page or "account" in page
    other = PageClient(app)
    sign_in(other, make_user(Role.REVIEWER, at=noon, name="孙洁"))
    assert other.get("/office/audit/").status_code == 403


def test_a_provider_that_never_applied_is_told_to(app: Flask, noon: datetime) -> None:
    provider(7, at=noon)
    admitted_provider(8, at=noon)

    told = []
    for name in ("fuwu7", "fuwu8"):
        browser = PageClient(app)
        browser.get("/sign-in")
        browser.submit({"sign_in": name, "password": PASSWORD}, form="/sign-in")
        told.append("还没有提交入库申请" in browser.get("/provider/").get_data(as_text=True))

    assert told == [True, False]
