"""Everybody reads a notice and may object; officers publish, settle and approve by hand."""

from datetime import datetime, timedelta
from pathlib import Path

import pytest
from flask import Flask

from tests.factories.accounts import sign_in
from tests.factories.applications import Ground, make_applicant, make_ground
from tests.factories.notices import end_notices, make_noticed
from tests.factories.review import make_decided
from tests.pages import PageClient
from vouchers.applications import queries
from vouchers.applications.states import ApplicationState as S
from vouchers.db.base import db
from vouchers.notices import queries as notices


@pytest.fixture
def ground(app: Flask, clock: Path, noon: datetime) -> Ground:
    return make_ground(at=noon)


def state_of(public_id: str) -> S:
    db.session.rollback()
    return queries.get(public_id).state


def test_a_visitor_reads_a_notice_and_objects(client: PageClient, ground: Ground, noon: datetime) -> None:
    case = make_noticed(ground, make_applicant(at=noon), at=noon).public_id
    client.get("/notices/")
    assert client.page
    address = next(link for link in client.page.links() if link.startswith("/notices/") and len(link) > 12)

    client.get(address)
    listed = client.page.text
    form = next(link for link in client.page.links() if link.endswith("/object"))
    client.get(form)
    answer = client.submit({"text": "该单位没有实际经营场所，请核实。"}, form=form)

    assert "渝中测试科技1有限公司" in listed
    assert "5 个工作日" in listed
    assert answer.status_code == 303
    assert state_of(case) is S.OBJECTED


def test_objections_of_one_address_are_limited(client: PageClient, ground: Ground, noon: datetime) -> None:
    make_noticed(ground, make_applicant(at=noon), at=noon)
    entry = notices.entries_of(notices.get(notices.published({}).rows[0].public_id).id)[0].public_id
    form = f"/notices/entries/{entry}/object"

    client.get(form)
    answers = [client.submit({"text": "该单位没有实际经营场所，请核实。"}, form=form).status_code for _ in range(11)]

    assert answers == [303] * 10 + [429]


def test_an_empty_objection_says_what_is_missing(client: PageClient, ground: Ground, noon: datetime) -> None:
    make_noticed(ground, make_applicant(at=noon), at=noon)
    entry = notices.entries_of(notices.get(notices.published({}).rows[0].public_id).id)[0].public_id

    client.get(f"/notices/entries/{entry}/object")
    answer = client.submit({"text": "不服"}, form=f"/notices/entries/{entry}/object")

    assert answer.status_code == 422
    assert client.page
    assert "至少写 10 字" in client.page.text


def test_an_officer_publishes_settles_and_a_decider_approves(
    app: Flask, clock: Path, ground: Ground, noon: datetime
) -> None:
    case = make_decided(ground, make_applicant(at=noon), at=noon).public_id
    officer, decider, visitor = PageClient(app), PageClient(app), PageClient(app)
    sign_in(officer, ground.officers["acceptor"])
    officer.get("/office/notices/new")
    shown = officer.submit({"title": "2026 年第一批拟支持名单"}, form="/office/notices/new").location
    officer.get(shown)
    entry = notices.entries_of(notices.get(shown.rsplit("/", 1)[1]).id)[0].public_id
    visitor.get(f"/notices/entries/{entry}/object")
    visitor.submit({"text": "该单位没有实际经营场所，请核实。"}, form=f"/notices/entries/{entry}/object")
    db.session.rollback()
    objection = f"/office/objections/{notices.objections()[0].public_id}"
    officer.get(objection)
    officer.submit({"outcome": "dismiss", "text": "经实地核实，情况属实。"}, form=objection)
    later = noon + timedelta(days=8)
    end_notices(later)
    clock.write_text(later.isoformat())
    sign_in(decider, ground.officers["decider"])
    decider.get("/office/approvals")
    assert decider.page
    offered = [one.get("value") for one in decider.page.tree.iter("input") if one.get("name") == "cases"]
    answer = decider.submit({"number": "渝中数〔2026〕12号", "cases": offered}, form="/office/approvals")

    assert answer.status_code == 303
    assert state_of(case) is S.APPROVED
    assert decider.get(shown).status_code == 200


def test_a_withdrawn_notice_says_so_at_its_address_and_names_nobody(app: Flask, ground: Ground, noon: datetime) -> None:
    make_noticed(ground, make_applicant(at=noon), at=noon)
    notice = notices.published({}).rows[0].public_id
    name = notices.entries_of(notices.get(notice).id)[0].name
    officer, visitor = PageClient(app), PageClient(app)
    sign_in(officer, ground.officers["first"])

    officer.get(f"/office/notices/{notice}/withdraw")
    answer = officer.submit({"reason": "名单金额有误，更正后重新公示"}, form=f"/office/notices/{notice}/withdraw")

    assert answer.status_code == 303
    shown = visitor.get(f"/notices/{notice}").get_data(as_text=True)
    assert "已撤下" in shown
    assert "名单金额有误，更正后重新公示" in shown
    assert name not in shown
    assert notice not in visitor.get("/notices/").get_data(as_text=True)
    assert "名单金额有误" in officer.get(f"/office/notices/{notice}").get_data(as_text=True)
    assert name not in officer.get("/office/notices").get_data(as_text=True)


def test_a_reviewer_does_not_approve(client: PageClient, ground: Ground) -> None:
    sign_in(client, ground.officers["acceptor"])

    assert client.get("/office/approvals").status_code == 403
