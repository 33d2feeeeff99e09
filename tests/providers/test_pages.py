"""A provider registers, hands in papers and is admitted; everybody compares what it offers."""

from datetime import datetime, timedelta
from io import BytesIO
from pathlib import Path

import pytest
from flask import Flask

from tests.factories.accounts import make_user, sign_in
from tests.factories.enterprises import PASSWORD
from tests.factories.parties import pdf_bytes, received_pdf, valid_uscc, wrong_uscc
from tests.factories.providers import admitted_provider, applied_provider, offering, provider, published_pack
from tests.pages import PageClient
from vouchers.accounts.states import Role
from vouchers.kernel.clock import beijing_date
from vouchers.parties import queries as parties
from vouchers.providers import queries
from vouchers.providers.states import OfferingState, ProviderState

pytestmark = pytest.mark.usefixtures("clock")

ENTRY = {
    "kind": "compute",
    "name": "A100 八卡集群",
    "card": "A100 80GB",
    "precision": "fp16",
    "gflops": "312000",
    "price": "14.50",
    "region": "重庆市渝中区",
    "green_share": "62.5",
}


def test_a_provider_hands_in_its_papers_and_applies(app: Flask, client: PageClient, noon: datetime) -> None:
    published_pack(at=noon)
    _register(client)
    client.get("/provider/profile/")
    early = client.submit({}, form="/provider/profile/apply")
    gaps = client.page.text if client.page else ""
    _fill_in(client)

    client.get("/provider/profile/")
    applied = client.submit({}, form="/provider/profile/apply")

    assert early.status_code == 422
    assert "缺少“网络和数据安全承诺书”" in gaps
    assert applied.status_code == 303
    client.get("/provider/profile/")
    assert client.page
    assert "已申请" in client.page.text
    assert "提交入库申请" not in client.page.text


def test_an_officer_takes_a_provider_up_and_admits_it(app: Flask, client: PageClient, noon: datetime) -> None:
    published_pack(at=noon)
    found = applied_provider(at=noon).provider
    sign_in(client, make_user(Role.ADMISSION_OFFICER, at=noon))
    own = f"/office/providers/{found.public_id}"
    client.get("/office/providers/?state=applied")
    listed = client.page.text if client.page else ""
    client.get(own)
    client.submit({}, form=f"{own}/take-up")
    client.get(f"{own}/admit")

    admitted = {"batch": "2026 年第一批", "kinds": ["compute"], "reason": "符合条件"}
    decided = client.submit(admitted, form=f"{own}/admit")

    assert "渝中测试算力51有限公司" in listed
    assert decided.status_code == 303
    assert queries.is_admitted(found.id, kind="compute", on=beijing_date(noon))
    told = PageClient(app)
    _sign_in(told, "fuwu51")
    told.get("/messages/")
    assert told.page
    assert "已入库：2026 年第一批" in told.page.text


def test_admission_without_a_kind_is_refused(app: Flask, client: PageClient, noon: datetime) -> None:
    found = applied_provider(at=noon).provider
    sign_in(client, make_user(Role.ADMISSION_OFFICER, at=noon))
    client.get(f"/office/providers/{found.public_id}")
    client.submit({}, form=f"/office/providers/{found.public_id}/take-up")
    client.get(f"/office/providers/{found.public_id}/admit")

    answer = client.submit({"batch": "第一批", "reason": "符合条件"}, form=f"/office/providers/{found.public_id}/admit")

    assert answer.status_code == 422
    assert client.page
    assert "请至少选一类" in client.page.text


@pytest.mark.parametrize(("action", "state"), [("suspend", ProviderState.SUSPENDED), ("remove", ProviderState.REMOVED)])
def test_an_officer_ends_or_pauses_an_admission_with_a_reason(
    app: Flask, client: PageClient, noon: datetime, action: str, state: ProviderState
) -> None:
    found = admitted_provider(at=noon).provider
    sign_in(client, make_user(Role.ADMISSION_OFFICER, at=noon))
    path = f"/office/providers/{found.public_id}/decide/{action}"
    client.get(path)

    short = client.submit({"reason": "无"}, form=path).status_code
    client.get(path)
    done = client.submit({"reason": "计量数据长期缺失"}, form=path).status_code

    assert (short, done) == (422, 303)
    assert queries.get(found.public_id).state is state


def test_a_stale_decision_of_an_officer_is_refused(app: Flask, client: PageClient, noon: datetime) -> None:
    found = admitted_provider(at=noon).provider
    sign_in(client, make_user(Role.ADMISSION_OFFICER, at=noon))
    path = f"/office/providers/{found.public_id}/decide/suspend"
    client.get(path)

    answer = client.submit({"reason": "计量数据长期缺失", "seen_version": "1"}, form=path)

    assert answer.status_code == 409


def test_a_doubtful_number_must_be_settled_before_admission(app: Flask, client: PageClient, noon: datetime) -> None:
    found = provider(at=noon, uscc=wrong_uscc(51), licence=received_pdf()).provider
    sign_in(client, make_user(Role.ADMISSION_OFFICER, at=noon))
    client.get(f"/office/providers/{found.public_id}")

    answer = client.submit({}, form=f"/office/providers/{found.public_id}/settle-uscc")

    assert answer.status_code == 303
    assert not parties.organisation(found.organisation_id).uscc_needs_review


def test_of_two_editors_the_second_sees_what_the_first_saved_and_then_decides(
    app: Flask, client: PageClient, noon: datetime
) -> None:
    entry = offering(admitted_provider(at=noon), at=noon)
    page = f"/provider/offerings/{entry.public_id}"
    first, second = client, PageClient(app)
    for editor in (first, second):
        _sign_in(editor, "fuwu51")
        editor.get(page)
    saved = first.submit({"price": "16", "name": "新集群"}, form=page)

    overtaken = second.submit({"price": "17"}, form=page)
    told = second.page.text if second.page else ""
    again = second.submit(form=page)

    assert (saved.status_code, overtaken.status_code, again.status_code) == (303, 409, 303)
    assert "现在保存的是：16.00" in told
    assert "现在保存的是：新集群" in told
    assert told.count("现在保存的是") == 4  # each in the summary and beside its field
    assert queries.offering(entry.public_id).price == 1700


def test_an_entry_is_listed_changed_withdrawn_and_listed_again(
    app: Flask, client: PageClient, noon: datetime, clock: Path
) -> None:
    registered = admitted_provider(at=noon)
    _sign_in(client, "fuwu51")
    client.get("/provider/offerings/new")

    assert client.submit(ENTRY, form="/provider/offerings/new").status_code == 303
    (entry,) = queries.offerings_own(registered.provider.id)
    assert (entry.price, entry.green_share_bp, entry.gflops_per_card) == (1450, 6250, 312_000)
    clock.write_text((noon + timedelta(minutes=5)).isoformat())
    client.get(f"/provider/offerings/{entry.public_id}")
    changed = client.submit({"price": "16"}, form=f"/provider/offerings/{entry.public_id}")
    client.get(f"/provider/offerings/{entry.public_id}")
    history = client.page.text if client.page else ""
    client.get("/provider/offerings/")
    client.submit({}, form=f"/provider/offerings/{entry.public_id}/withdraw")
    withdrawn = queries.offering(entry.public_id).state
    client.get("/provider/offerings/")
    client.submit({}, form=f"/provider/offerings/{entry.public_id}/relist")

    assert changed.status_code == 303
    assert "16.00" in history
    assert "14.50" in history
    assert withdrawn is OfferingState.WITHDRAWN
    assert queries.offering(entry.public_id).state is OfferingState.LISTED


def test_a_dataset_is_offered_by_the_piece_without_a_word_of_cards(
    app: Flask, client: PageClient, noon: datetime
) -> None:
    registered = admitted_provider(at=noon)
    _sign_in(client, "fuwu51")
    client.get("/provider/offerings/new")
    typed = {"kind": "corpus", "unit": "piece", "name": "中文法律语料", "price": "80000", "region": "重庆市渝中区"}

    refused = client.submit({**typed, "unit": "card-hour"}, form="/provider/offerings/new").status_code
    told = client.page.text if client.page else ""
    done = client.submit(typed, form="/provider/offerings/new").status_code

    (entry,) = queries.offerings_own(registered.provider.id)
    shown = []
    for page in ("/provider/offerings/", f"/catalogue/{entry.public_id}", f"/provider/offerings/{entry.public_id}"):
        client.get(page)
        shown.append(client.page.text if client.page else "")
    changed = client.submit({"price": "75000"}, form=f"/provider/offerings/{entry.public_id}").status_code
    officer = PageClient(app)
    sign_in(officer, make_user(Role.ADMISSION_OFFICER, at=noon))
    officer.get(f"/office/providers/{registered.provider.public_id}")
    assert (refused, done, changed) == (422, 303, 303)
    assert "“语料”不按卡时计价" in told
    assert "请改为件、套" in told
    assert "每件（含税）" in shown[1]
    assert "单卡算力" not in "".join(shown[1:])
    assert "按件计价，计价单位不能改变" in shown[2]
    assert officer.page
    assert "75,000.00 件" in officer.page.text
    assert "None" not in officer.page.text
    assert queries.offering(entry.public_id).price == 7_500_000


@pytest.mark.parametrize(
    ("field", "value", "sentence"),
    [
        ("unit", "piece", "“算力”不按件计价"),
        ("unit", "gold", "不是有效"),
        ("card", "", "要写明加速卡"),
        ("green_share", "", "要写明绿电占比"),
        ("price", "-1", "不"),
        ("price", "0", "不能低于"),
        ("price", "1e3", "最多两位小数"),
        ("green_share", "101", "0 到 100"),
        ("gflops", "0", "不能小于"),
        ("name", "", "请填写"),
    ],
)
def test_a_wrong_entry_says_what_is_wrong(
    app: Flask, client: PageClient, noon: datetime, field: str, value: str, sentence: str
) -> None:
    admitted_provider(at=noon)
    _sign_in(client, "fuwu51")
    client.get("/provider/offerings/new")

    answer = client.submit({**ENTRY, field: value}, form="/provider/offerings/new")

    assert answer.status_code == 422
    assert client.page
    assert sentence in client.page.text


def test_the_entry_of_another_provider_is_not_found(app: Flask, client: PageClient, noon: datetime) -> None:
    entry = offering(admitted_provider(52, at=noon), at=noon)
    admitted_provider(51, at=noon)
    _sign_in(client, "fuwu51")

    assert client.get(f"/provider/offerings/{entry.public_id}").status_code == 404


def test_anybody_compares_the_catalogue(app: Flask, client: PageClient, noon: datetime) -> None:
    registered = admitted_provider(at=noon)
    entry = offering(registered, at=noon)
    offering(registered, at=noon, name="哈密集群", region="新疆哈密市", green_share_bp=9000, price=1200)

    client.get("/catalogue?green=80&sort=-price")
    filtered = client.page.text if client.page else ""
    client.get(f"/catalogue/{entry.public_id}")
    shown = client.page.text if client.page else ""
    client.get(f"/providers/{registered.provider.public_id}")
    own = client.page.text if client.page else ""

    assert "哈密集群" in filtered
    assert "A100 八卡集群" not in filtered
    assert "¥46.47" in shown
    assert "62%" in shown
    assert "哈密集群" in own


@pytest.mark.parametrize(
    "query", ["green=x", "green=101", "most=abc", "kind=gold", "unit=gold", "sort=nothing", "cursor=zzz"]
)
def test_a_filter_that_no_page_makes_is_refused(client: PageClient, query: str) -> None:
    assert client.get(f"/catalogue?{query}").status_code == 400


def test_a_provider_that_was_never_admitted_has_no_public_page(app: Flask, client: PageClient, noon: datetime) -> None:
    found = provider(at=noon).provider

    assert client.get(f"/providers/{found.public_id}").status_code == 404


def test_a_finance_person_of_a_provider_gets_an_account(
    app: Flask, client: PageClient, noon: datetime, clock: Path
) -> None:
    provider(at=noon)
    _sign_in(client, "fuwu51")
    client.get("/provider/profile/people/new")
    typed = {"name": "钱管", "phone": "13900000005", "sign_in": "qianguan", "role": "provider_finance"}

    answer = client.submit(typed, form="/provider/profile/people/new")

    assert answer.status_code == 200
    assert client.page
    assert "初始密码" in client.page.text


def test_introduction_and_accounts_of_a_provider(app: Flask, client: PageClient, noon: datetime) -> None:
    registered = provider(at=noon)
    own = registered.provider.organisation_id
    _sign_in(client, "fuwu51")
    client.get("/provider/profile/introduction")
    client.submit({"introduction": "在渝中和哈密各有一处机房，按卡时出租。"}, form="/provider/profile/introduction")
    client.get("/provider/profile/accounts/")

    client.submit({"number": "6222000012348846", "bank": "重庆银行渝中支行"}, form="/provider/profile/accounts/")

    account = parties.bank_account_of(own, on=beijing_date(noon))
    assert account
    assert account.number_tail == "8846"
    assert queries.of_organisation(own).introduction.startswith("在渝中")


def _sign_in(client: PageClient, name: str) -> None:
    client.get("/sign-in")
    answer = client.submit({"sign_in": name, "password": PASSWORD}, form="/sign-in")
    assert answer.status_code == 303, client.page and client.page.text


def _register(client: PageClient) -> None:
    client.get("/register/provider")
    typed = {
        "name": "渝中云枢算力有限公司",
        "uscc": valid_uscc(8),
        "person_name": "许云枢",
        "kind": "legal_representative",
        "phone": "13800000008",
        "sign_in": "yunshu",
        "password": PASSWORD,
        "again": PASSWORD,
    }
    assert client.submit(typed, form="/register/provider").status_code == 303


def _fill_in(client: PageClient) -> None:
    for key in ("provider-licence", "security-promise"):
        client.get(f"/provider/profile/papers/{key}")
        paper = {"file": (BytesIO(pdf_bytes()), f"{key}.pdf")}
        assert client.submit(paper, form=f"/provider/profile/papers/{key}").status_code == 303
    client.get("/provider/profile/conditions")
    names = ("provider_is_legal_person", "provider_can_meter", "provider_accepts_security")
    client.submit(dict.fromkeys(names, "yes"), form="/provider/profile/conditions")
