"""Pages of funds: a document recorded by one and checked by another puts money into the books."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import select

from tests.factories import ledger as factory
from tests.factories import policy
from tests.factories.accounts import code_now, make_office, make_user, sign_in
from tests.ledger.bureau import CHECK, Bureau
from tests.pages import PageClient
from vouchers.accounts.states import OfficeKind, Role
from vouchers.audit.models import AuditEvent
from vouchers.db.base import db
from vouchers.db.transaction import transaction
from vouchers.kernel.actor import Actor
from vouchers.kernel.errors import Conflict
from vouchers.ledger import queries
from vouchers.ledger.models import FinanceDocument
from vouchers.ledger.services import documents
from vouchers.ledger.services.documents import NewDocument
from vouchers.ledger.states import DocumentKind, DocumentState

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


@pytest.fixture
def recording(app: Flask, client: PageClient, noon: datetime) -> PageClient:
    """A maker of the finance bureau signed in, with the shipped scheme to record for and a bureau that pays."""
    policy.draft(policy.policy_officer(at=noon)[1], at=noon)
    make_office("重庆市财政局", OfficeKind.FINANCE, at=noon)
    sign_in(client, make_user(Role.FINANCE_MAKER, at=noon, name="李丽"))
    return client


def kept() -> Sequence[FinanceDocument]:
    """Every document, newest first."""
    return db.session.scalars(select(FinanceDocument).order_by(FinanceDocument.id.desc())).all()


def chosen(client: PageClient, field: str, words: str) -> str:
    """The value of the choice with these words."""
    assert client.page is not None
    (select,) = (one for one in client.page.tree.iter("select") if one.get("name") == field)
    return next(one.get("value", "") for one in select.iter("option") if words in "".join(one.itertext()))


def test_an_envelope_is_recorded_for_one_kind_and_layer(recording: PageClient) -> None:
    page = "/office/finance/envelopes/new"
    recording.get(page)
    place = chosen(recording, "place", "模型券 · 区级")

    answer = recording.submit(
        {"place": place, "number": "渝数发〔2026〕1号", "direction": "take", "amount": "12.5"}, form=page
    )

    (document,) = kept()
    assert (answer.status_code, answer.location) == (303, f"/office/finance/documents/{document.public_id}")
    assert (document.kind, document.voucher_kind, document.layer) == (DocumentKind.ENVELOPE, "model", "district")
    assert (document.number, document.amount, document.state) == ("渝数发〔2026〕1号", -1250, DocumentState.RECORDED)
    assert "待另一人复核" in recording.get(answer.location).get_data(as_text=True)
    assert "渝数发〔2026〕1号" in recording.get("/office/finance/documents").get_data(as_text=True)


def test_an_indicator_is_recorded_with_its_payer_and_cut_with_the_one_it_amends(
    recording: PageClient, noon: datetime
) -> None:
    page, typed = (
        "/office/finance/indicators/new",
        {"number": "渝财预〔2026〕12号", "amount": "900", "project_code": "P1"},
    )
    recording.get(page)
    where = {"place": chosen(recording, "place", "市级"), "office": chosen(recording, "office", "重庆市财政局")}
    recording.submit({**typed, **where}, form=page)
    (first,) = kept()
    bureau = Bureau(noon)
    with transaction():
        documents.check_document(first.public_id, actor=bureau.checker, at=noon, seen_version=1)

    recording.get(page)
    cut = {**typed, **where, "direction": "take", "subject_code": "S2"}
    bare = recording.submit(cut, form=page)
    assert bare.status_code == 422
    assert "压减指标须指明原指标文" in bare.get_data(as_text=True)
    recording.submit({**cut, "amends": chosen(recording, "amends", "渝财预〔2026〕12号")}, form=page)

    second, first = kept()
    assert (first.amount, first.fiscal_year, first.amends_id) == (90000, 2026, None)
    assert (first.project_code, first.subject_code) == ("P1", "")
    assert (second.amount, second.amends_id, second.subject_code) == (-90000, first.id, "S2")
    assert second.paying_office_id == first.paying_office_id


def test_nothing_is_recorded_of_a_form_that_is_not_filled_in(recording: PageClient) -> None:
    for page in ("/office/finance/envelopes/new", "/office/finance/indicators/new"):
        recording.get(page)

        assert recording.submit({"number": ""}, form=page).status_code == 422

    assert kept() == []


def test_a_document_is_sent_back_with_a_reason(app: Flask, client: PageClient, noon: datetime) -> None:
    maker = make_user(Role.FINANCE_MAKER, at=noon, name="李丽")
    page = f"/office/finance/documents/{_recorded(maker.actor(Role.FINANCE_MAKER), noon)}"
    sign_in(client, make_user(Role.FINANCE_CHECKER, at=noon, name="赵强"))
    client.get(page)
    assert client.page is not None
    sent = client.page.forms[-1].values

    silent = client.submit({"reason": "误"}, form=f"{page}/refuse")
    sent_back = client.submit({"reason": "文号与原件不符"}, form=f"{page}/refuse")

    assert silent.status_code == 422
    assert (sent_back.status_code, sent_back.location) == (303, page)
    shown = client.get(page).get_data(as_text=True)
    assert "已退回登记人" in shown
    assert "文号与原件不符" in shown
    assert client.post("/office/finance/documents/unknown/refuse", sent).status_code == 404


def test_the_recorder_in_another_post_is_told_on_the_page(app: Flask, client: PageClient, noon: datetime) -> None:
    """The page shows no button; somebody may send the form all the same."""
    checker = make_user(Role.FINANCE_CHECKER, at=noon, name="赵强")
    public_id = _recorded(checker.actor(Role.FINANCE_CHECKER), noon)
    page = f"/office/finance/documents/{public_id}"
    other = (
        f"/office/finance/documents/{_recorded(make_user(Role.FINANCE_MAKER, at=noon).actor(Role.FINANCE_MAKER), noon)}"
    )
    sign_in(client, checker)
    client.get(other)
    assert client.page is not None
    form = next(one for one in client.page.forms if one.action.endswith("/check"))

    answer = client.post(f"{page}/check", form.values)
    told = client.post(f"{page}/check", form.values, headers={"Accept": "application/json"})

    assert (answer.status_code, told.status_code, told.get_json()["code"]) == (403, 403, "refused")
    assert "登记人与复核人不能是同一人" in answer.get_data(as_text=True)
    left = db.session.scalars(select(AuditEvent).where(AuditEvent.act == "refuse_act")).all()
    assert [one.details["because"] for one in left] == [["same_person"], ["same_person"]]
    assert queries.get_document(public_id).state is DocumentState.RECORDED


def test_the_overview_shows_indicators_beside_envelopes(app: Flask, client: PageClient, noon: datetime) -> None:
    pot, bureau = factory.make_pot(at=noon, granted=1000_00), Bureau(noon)
    bureau.indicator(pot, 777_00, is_checked=CHECK)
    sign_in(client, make_user(Role.FINANCE_MAKER, at=noon))

    page = client.get("/office/finance/").get_data(as_text=True)

    assert "777.00" in page
    assert "还没有预算指标" not in page
