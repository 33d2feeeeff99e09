"""An applicant registers, fills its profile and looks after people, papers and accounts on pages."""

from datetime import datetime
from io import BytesIO
from pathlib import Path

import pytest
from flask import Flask

from tests.factories.accounts import make_user, sign_in
from tests.factories.enterprises import PASSWORD, enterprise, enterprise_with_profile
from tests.factories.parties import pdf_bytes, received_pdf, valid_uscc, wrong_uscc
from tests.pages import PageClient
from vouchers.accounts.states import Role
from vouchers.enterprises import queries
from vouchers.enterprises.states import EnterpriseState
from vouchers.kernel.clock import beijing_date
from vouchers.parties import queries as parties
from vouchers.parties.rules import REGISTER_LIMIT
from vouchers.parties.states import FactSource

pytestmark = pytest.mark.usefixtures("clock")

TYPED = {
    "name": "渝中新芽科技有限公司",
    "uscc": valid_uscc(7),
    "person_name": "林知远",
    "kind": "legal_representative",
    "phone": "13800000007",
    "sign_in": "xinya",
    "password": PASSWORD,
    "again": PASSWORD,
}


def test_registering_signs_the_representative_in(client: PageClient) -> None:
    client.get("/register/enterprise")

    answer = client.submit(TYPED, form="/register/enterprise")

    assert (answer.status_code, answer.location) == (303, "/enterprise/profile/")
    assert client.get(answer.location).status_code == 200
    assert client.page
    assert "注册成功" in client.page.text
    assert "企业授权人" in client.page.text


def test_the_phone_of_somebody_known_is_no_way_to_become_them(client: PageClient, noon: datetime) -> None:
    known = enterprise(1, at=noon, phone=TYPED["phone"])
    client.get("/register/enterprise")

    answer = client.submit(TYPED, form="/register/enterprise")

    assert answer.status_code == 422
    assert client.page
    assert "这个手机号已登记" in client.page.text
    assert "请用原有账号登录" in client.page.text
    members = parties.members_of(known.enterprise.organisation_id, on=beijing_date(noon))
    assert [one.name for one in members] == ["林知远"]


@pytest.mark.parametrize("password", ["渝中新芽科技有限公司A1-!", "渝中新芽科技有限公司2026"])
def test_the_own_name_of_the_organisation_is_no_password(client: PageClient, password: str) -> None:
    """A12"""
    client.get("/register/enterprise")

    answer = client.submit({**TYPED, "password": password, "again": password}, form="/register/enterprise")

    assert answer.status_code == 422
    assert client.page
    assert "密码容易被猜到" in client.page.text


def test_whoever_looks_for_known_names_and_phones_by_registering_is_held_up(client: PageClient, noon: datetime) -> None:
    """A01: that a name is taken must be said here, so what is known and what is not is tried equally seldom."""
    enterprise(1, at=noon, phone=TYPED["phone"])
    answers = []
    for number in range(REGISTER_LIMIT.tries + 1):
        client.get("/register/enterprise")
        phone = TYPED["phone"] if number % 2 else f"1390000{number:04d}"
        typed = {**TYPED, "phone": phone, "password": "123456", "again": "123456"}
        answers.append(client.submit(typed, form="/register/enterprise").status_code)

    assert answers == [422] * REGISTER_LIMIT.tries + [429]


def test_the_identity_number_names_the_same_person_again(client: PageClient, noon: datetime) -> None:
    identity = "110105199001011232"
    known = enterprise(1, at=noon, phone=TYPED["phone"], identity_number=identity)
    client.get("/register/enterprise")

    answer = client.submit({**TYPED, "identity_number": identity}, form="/register/enterprise")

    assert answer.status_code == 303, client.page and client.page.text
    assert len(parties.mandates_of(known.person_id, on=beijing_date(noon))) == 2


def test_a_wrong_check_character_says_how_to_go_on(client: PageClient) -> None:
    client.get("/register/enterprise")

    answer = client.submit({**TYPED, "uscc": wrong_uscc(7)}, form="/register/enterprise")

    assert answer.status_code == 422
    assert client.page
    assert "校验位不符" in client.page.text
    assert "请同时上传营业执照" in client.page.text


def test_a_wrong_check_character_with_a_licence_is_accepted_for_review(client: PageClient) -> None:
    client.get("/register/enterprise")
    licence = (BytesIO(pdf_bytes()), "营业执照.pdf")

    answer = client.submit({**TYPED, "uscc": wrong_uscc(7), "licence": licence}, form="/register/enterprise")

    assert answer.status_code == 303
    client.get(answer.location)
    assert client.page
    assert "待核实" in client.page.text


def test_a_forged_licence_is_refused_beside_its_field(client: PageClient) -> None:
    client.get("/register/enterprise")
    licence = (BytesIO(b"MZ\x90 not a paper at all"), "营业执照.pdf")

    answer = client.submit({**TYPED, "licence": licence}, form="/register/enterprise")

    assert answer.status_code == 422
    assert client.page
    assert "不是可接受的格式" in client.page.text


def test_a_taken_number_is_refused(app: Flask, client: PageClient, noon: datetime) -> None:
    enterprise(7, at=noon)
    client.get("/register/enterprise")

    answer = client.submit(TYPED, form="/register/enterprise")

    assert answer.status_code == 422
    assert client.page
    assert "已经登记过" in client.page.text


def test_two_different_passwords_are_refused(client: PageClient) -> None:
    client.get("/register/enterprise")

    answer = client.submit({**TYPED, "again": "another"}, form="/register/enterprise")

    assert answer.status_code == 422
    assert client.page
    assert "两次输入的密码不一样" in client.page.text


def test_too_many_registrations_from_one_address_must_wait(client: PageClient) -> None:
    client.get("/register/enterprise")

    codes = [
        client.submit({**TYPED, "uscc": wrong_uscc(7)}, form="/register/enterprise").status_code for _ in range(21)
    ]

    assert codes == [422] * 20 + [429]


def test_the_size_class_is_tried_and_then_kept(app: Flask, client: PageClient, noon: datetime) -> None:
    registered = enterprise(1, at=noon)
    _sign_in(client, "qiye1")
    client.get("/enterprise/profile/facts/business")
    typed = {"industry": "I65", "headcount": "46", "revenue": "12800000", "assets": "9600000.00"}

    client.submit(typed, form="/enterprise/profile/facts/business", press="try")
    own, day = registered.enterprise.organisation_id, beijing_date(noon)
    tried = client.page.text if client.page else ""
    kept = parties.facts_of(own, on=day)
    answer = client.submit(typed, form="/enterprise/profile/facts/business")

    assert "小型企业" in tried
    assert "这是试算" in tried
    assert kept == {}
    assert answer.status_code == 303
    client.get("/enterprise/profile/")
    assert client.page
    assert "小型企业" in client.page.text
    assert "软件和信息技术服务业" in client.page.text
    assert "企业填报 · 2026-03-18" in client.page.text


def test_every_part_of_the_profile_opens_and_saves(app: Flask, client: PageClient, noon: datetime) -> None:
    enterprise_with_profile(1, at=noon)
    _sign_in(client, "qiye1")

    for key in ("registration", "business", "place", "honours", "credit"):
        assert client.get(f"/enterprise/profile/facts/{key}").status_code == 200
        assert client.submit({}, form=f"/enterprise/profile/facts/{key}").status_code == 303, key
    assert client.get("/enterprise/profile/facts/nothing").status_code == 404


def test_saving_what_was_shown_changes_nothing(app: Flask, client: PageClient, noon: datetime) -> None:
    registered = enterprise_with_profile(1, at=noon)
    own, day = registered.enterprise.organisation_id, beijing_date(noon)
    before = {name: fact.value for name, fact in parties.facts_of(own, on=day).items()}
    _sign_in(client, "qiye1")

    for key in ("registration", "business", "place", "honours", "credit"):
        client.get(f"/enterprise/profile/facts/{key}")
        client.submit({}, form=f"/enterprise/profile/facts/{key}")

    assert {name: fact.value for name, fact in parties.facts_of(own, on=day).items()} == before
    assert len(parties.facts_history(own, "honours")) == 1


def test_days_that_are_none_are_refused(app: Flask, client: PageClient, noon: datetime) -> None:
    enterprise(1, at=noon)
    _sign_in(client, "qiye1")
    client.get("/enterprise/profile/facts/credit")

    answer = client.submit({"dishonesty": "去年五月"}, form="/enterprise/profile/facts/credit")

    assert answer.status_code == 422
    assert client.page
    assert "不是日期" in client.page.text


def test_a_colleague_is_added_and_their_mandate_ended(app: Flask, client: PageClient, noon: datetime) -> None:
    enterprise(1, at=noon)
    _sign_in(client, "qiye1")
    client.get("/enterprise/profile/people/new")
    letter = (BytesIO(pdf_bytes()), "委托书.pdf")
    typed = {"name": "周办", "phone": "13900000001", "sign_in": "zhouban", "kind": "authorised", "letter": letter}

    answer = client.submit(typed, form="/enterprise/profile/people/new")
    shown = client.page.text if client.page else ""
    client.get("/enterprise/profile/people")
    listed = client.page
    ending = next(link for link in (listed.links() if listed else []) if link.endswith("/end"))
    client.get(ending)
    ended = client.submit({}, form=ending)

    assert answer.status_code == 200
    assert "初始密码" in shown
    assert listed
    assert "授权委托人" in listed.text
    assert ended.status_code == 303
    client.get("/enterprise/profile/people")
    assert client.page
    assert "周办" not in client.page.text


def test_an_authorised_colleague_without_a_letter_is_refused(app: Flask, client: PageClient, noon: datetime) -> None:
    enterprise(1, at=noon)
    _sign_in(client, "qiye1")
    client.get("/enterprise/profile/people/new")
    typed = {"name": "周办", "phone": "13900000001", "sign_in": "zhouban", "kind": "authorised"}

    answer = client.submit(typed, form="/enterprise/profile/people/new")

    assert answer.status_code == 422
    assert client.page
    assert "请上传盖章的授权委托书" in client.page.text


def test_a_paper_in_the_archive_proves_facts(app: Flask, client: PageClient, noon: datetime) -> None:
    registered = enterprise_with_profile(1, at=noon)
    _sign_in(client, "qiye1")
    client.get("/enterprise/profile/documents")
    paper = (BytesIO(pdf_bytes()), "2025 年度财务报表.pdf")
    typed = {"file": paper, "proves": ["revenue", "assets"], "valid_until": "2027-05-31"}

    answer = client.submit(typed, form="/enterprise/profile/documents")

    known = parties.facts_of(registered.enterprise.organisation_id, on=beijing_date(noon))["revenue"]
    assert answer.status_code == 303
    assert (known.source, known.document_name) == (FactSource.DOCUMENT, "2025 年度财务报表.pdf")
    client.get("/enterprise/profile/documents")
    assert client.page
    assert "上年度营业收入、资产总额" in client.page.text
    assert "2027-05-31" in client.page.text


def test_an_account_is_added_shown_by_its_tail_and_ended(app: Flask, client: PageClient, noon: datetime) -> None:
    registered = enterprise(1, at=noon)
    own, day = registered.enterprise.organisation_id, beijing_date(noon)
    _sign_in(client, "qiye1")
    client.get("/enterprise/profile/accounts/")

    answer = client.submit(
        {"number": "6222 0000 1234 8846", "bank": "重庆银行渝中支行"}, form="/enterprise/profile/accounts/"
    )
    client.get("/enterprise/profile/accounts/")
    shown = client.page
    ending = next(form.action for form in (shown.forms if shown else []) if form.action.endswith("/end"))
    ended = client.submit({}, form=ending)

    assert answer.status_code == 303
    assert shown
    assert "8846" in shown.text
    assert "6222000012348846" not in shown.text
    assert ended.status_code == 303
    assert parties.bank_account_of(own, on=day) is None


def test_a_malformed_account_number_is_refused(app: Flask, client: PageClient, noon: datetime) -> None:
    enterprise(1, at=noon)
    _sign_in(client, "qiye1")
    client.get("/enterprise/profile/accounts/")

    answer = client.submit({"number": "六二二二", "bank": "重庆银行"}, form="/enterprise/profile/accounts/")

    assert answer.status_code == 422
    assert client.page
    assert "8 至 30 位数字" in client.page.text


def test_a_stranger_cannot_end_the_account_or_mandate_of_another(
    app: Flask, client: PageClient, noon: datetime
) -> None:
    first = enterprise(1, at=noon)
    enterprise(2, at=noon)
    member = parties.members_of(first.enterprise.organisation_id, on=beijing_date(noon))[0]
    _sign_in(client, "qiye2")
    client.get("/enterprise/profile/accounts/")
    assert client.page is not None
    token = client.page.forms[-1].values["csrf_token"]

    assert client.get(f"/enterprise/profile/people/{member.public_id}/end").status_code == 404
    assert client.post("/enterprise/profile/accounts/nothing/end", data={"csrf_token": token}).status_code == 404


def test_an_officer_clears_a_doubtful_number(app: Flask, client: PageClient, noon: datetime, clock: Path) -> None:
    found = enterprise(1, at=noon, uscc=wrong_uscc(1), licence=received_pdf()).enterprise
    sign_in(client, make_user(Role.REVIEWER, at=noon))
    client.get("/office/enterprises/?state=in_review")
    assert client.page
    assert "渝中测试科技1有限公司" in client.page.text
    client.get(f"/office/enterprises/{found.public_id}")
    assert "逐位核对" in client.page.text

    client.get(f"/office/enterprises/{found.public_id}/clear")
    answer = client.submit({"reason": "与营业执照一致"}, form=f"/office/enterprises/{found.public_id}/clear")

    assert answer.status_code == 303
    assert queries.get(found.public_id).state is EnterpriseState.REGISTERED


def test_an_officer_notes_a_breach(app: Flask, client: PageClient, noon: datetime) -> None:
    found = enterprise_with_profile(1, at=noon).enterprise
    sign_in(client, make_user(Role.REVIEWER, at=noon))
    path = f"/office/enterprises/{found.public_id}/breaches/new"
    client.get(path)

    answer = client.submit({"kind": "dishonesty", "on": "2025-06-01", "source": "失信被执行人名单"}, form=path)

    assert answer.status_code == 303
    client.get(answer.location)
    assert client.page
    assert "失信被执行人名单" in client.page.text
    assert client.get(f"/office/enterprises/{found.public_id}/vanish").status_code == 404


def _sign_in(client: PageClient, name: str) -> None:
    client.get("/sign-in")
    answer = client.submit({"sign_in": name, "password": PASSWORD}, form="/sign-in")
    assert answer.status_code == 303, client.page and client.page.text
