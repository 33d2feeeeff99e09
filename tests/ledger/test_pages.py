"""Pages of funds: a document recorded by one and checked by another puts money into the books."""

from datetime import datetime, timedelta
from pathlib import Path

import pytest
from flask import Flask

from tests.factories import ledger as factory
from tests.factories.accounts import code_now, make_office, make_user, sign_in
from tests.pages import PageClient
from vouchers.accounts.states import OfficeKind, Role
from vouchers.db.base import db
from vouchers.db.transaction import transaction
from vouchers.kernel.actor import Actor
from vouchers.kernel.errors import Conflict
from vouchers.ledger import queries
from vouchers.ledger.services import documents
from vouchers.ledger.services.documents import NewDocument
from vouchers.ledger.states import DocumentKind

pytestmark = pytest.mark.usefixtures("clock")


def _recorded(actor: Actor, at: datetime) -> str:
    pot = factory.make_pot(at=at)
    new = NewDocument(
        DocumentKind.ENVELOPE, pot.scheme_id, "city", "渝数发〔2026〕1号", 50_000_00, voucher_kind="compute"
    )
    with transaction():
        return documents.record_document(new, actor=actor, at=at).public_id


def test_a_document_counts_once_another_person_has_checked_it(app: Flask, client: PageClient, noon: datetime) -> None:
    maker = make_user(Role.FINANCE_MAKER, at=noon, name="李丽")
    checker = make_user(Role.FINANCE_CHECKER, at=noon, name="赵强")
    public_id = _recorded(maker.actor(Role.FINANCE_MAKER), noon)
    sign_in(client, checker)

    client.get(f"/office/finance/documents/{public_id}")
    answer = client.submit({}, form=f"/office/finance/documents/{public_id}/check")

    assert answer.status_code == 303
    assert queries.get_document(public_id).checked_by_id == checker.person_id
    assert [total.available for total in queries.pot_totals()] == [50_000_00]


def test_a_check_after_ten_minutes_asks_for_the_factor_and_comes_back_to_the_document(
    app: Flask, client: PageClient, noon: datetime, clock: Path
) -> None:
    maker = make_user(Role.FINANCE_MAKER, at=noon, name="李丽")
    page = f"/office/finance/documents/{_recorded(maker.actor(Role.FINANCE_MAKER), noon)}"
    sign_in(client, make_user(Role.FINANCE_CHECKER, at=noon, name="赵强"))
    client.get(page)
    clock.write_text((noon + timedelta(minutes=11)).isoformat())

    late = client.post(f"{page}/check", client.page.forms[1].values, headers={"Referer": f"http://localhost{page}"})  # type: ignore[union-attr]
    client.get(late.location)
    onward = client.submit({"code": code_now()}, form="/second-factor").location
    totals = queries.pot_totals()
    client.get(onward)
    client.submit({}, form=f"{page}/check")

    assert late.location.startswith("/second-factor?again=1")
    assert (onward, totals) == (page, [])
    assert [total.available for total in queries.pot_totals()] == [50_000_00]


def test_the_recorder_does_not_check(app: Flask, client: PageClient, noon: datetime) -> None:
    checker = make_user(Role.FINANCE_CHECKER, at=noon)
    public_id = _recorded(checker.actor(Role.FINANCE_CHECKER), noon)
    sign_in(client, checker)

    page = client.get(f"/office/finance/documents/{public_id}")

    assert "须由另一位财务人员复核" in page.get_data(as_text=True)
    db.session.rollback()
    assert queries.pot_totals() == []


def test_the_overview_names_what_no_indicator_covers(app: Flask, client: PageClient, noon: datetime) -> None:
    pot = factory.make_pot(at=noon, granted=1000_00)
    factory.post([factory.issue(pot, "v1", 300_00)], noon)
    make_office("重庆市财政局", OfficeKind.FINANCE, at=noon)
    sign_in(client, make_user(Role.FINANCE_MAKER, at=noon))

    page = client.get("/office/finance/").get_data(as_text=True)

    assert "尚无预算指标覆盖" in page
    assert "¥300.00" in page


@pytest.mark.parametrize("path", ["/office/finance/", "/office/finance/documents", "/office/finance/envelopes/new"])
def test_reviewers_have_no_business_here(app: Flask, client: PageClient, noon: datetime, path: str) -> None:
    sign_in(client, make_user(Role.REVIEWER, at=noon))

    assert client.get(path).status_code == 403


def test_a_stale_page_is_refused(app: Flask, noon: datetime, clock: Path) -> None:
    maker = make_user(Role.FINANCE_MAKER, at=noon, name="李丽")
    checker = make_user(Role.FINANCE_CHECKER, at=noon, name="赵强")
    public_id = _recorded(maker.actor(Role.FINANCE_MAKER), noon)

    with pytest.raises(Conflict), transaction():
        documents.check_document(public_id, actor=checker.actor(Role.FINANCE_CHECKER), at=noon, seen_version=7)
