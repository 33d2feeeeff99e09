"""Redemption through its pages: a provider finds, hands in, submits; the office verifies and approves."""

from datetime import datetime
from pathlib import Path

import pytest
from flask import Flask

from tests.factories.accounts import Somebody, make_user, sign_in
from tests.factories.redemption import EARLY, Stage, as_typed, checked_claim, make_stage, verified_claim
from tests.pages import PageClient
from vouchers.accounts.states import Role
from vouchers.db.transaction import transaction
from vouchers.issuance import queries as vouchers
from vouchers.redemption import queries, services
from vouchers.redemption.services import Approval
from vouchers.redemption.states import ClaimState


@pytest.fixture
def stage(app: Flask, clock: Path) -> Stage:
    return make_stage()


def seller(stage: Stage) -> Somebody:
    return make_user(Role.PROVIDER_FINANCE, at=EARLY, organisation_id=stage.provider_organisation_id)


def test_a_provider_redeems_from_code_to_submission(client: PageClient, stage: Stage) -> None:
    sign_in(client, seller(stage))
    code = vouchers.get(stage.voucher).code
    client.get("/provider/claims/find")

    client.submit({"code": f"{code[:4]}-{code[4:8]} {code[8:].lower()}"}, form="/provider/claims/find")

    assert client.page is not None
    (link,) = [link for link in client.page.links() if "/claims/new/" in link]
    client.get(link)
    answer = client.submit(as_typed(stage), form=link)
    assert answer.status_code == 303, client.page.text
    client.get(answer.location)
    assert "0 项不一致" in client.page.text
    answer = client.submit(form=f"{answer.location}/submit")
    assert answer.status_code == 303, client.page.text
    client.get(answer.location)
    assert "待核验" in client.page.text


def test_an_unknown_code_and_a_strangers_look_the_same(client: PageClient, stage: Stage) -> None:
    stranger = make_user(Role.PROVIDER_FINANCE, at=EARLY, organisation_id=9_999)
    sign_in(client, stranger)
    texts = []
    for code in (vouchers.get(stage.voucher).code, "23456789ABCK"):
        client.get("/provider/claims/find")
        answer = client.submit({"code": code}, form="/provider/claims/find")
        assert client.page is not None
        texts.append((answer.status_code, client.page.text.replace(code, "")))

    assert texts[0][0] == texts[1][0] == 422
    assert "没有找到您可以核销的订单" in texts[0][1]


def test_codes_can_be_tried_twenty_times_a_minute(client: PageClient, stage: Stage) -> None:
    sign_in(client, seller(stage))
    code = vouchers.get(stage.voucher).code
    client.get("/provider/claims/find")

    answers = [client.submit({"code": code}, form="/provider/claims/find").status_code for _ in range(20)]
    client.get("/provider/claims/find")

    assert set(answers) == {200}
    assert client.submit({"code": code}, form="/provider/claims/find").status_code == 429


def test_a_strangers_invoice_is_refused_beside_its_field(client: PageClient, stage: Stage) -> None:
    sign_in(client, seller(stage))
    link = f"/provider/claims/new/{stage.order}"
    client.get(link)

    answer = client.submit(as_typed(stage, seller=stage.buyer), form=link)

    assert answer.status_code == 422
    assert client.page is not None
    assert "不是合同服务商" in client.page.text


def test_a_strangers_claim_is_not_found(client: PageClient, stage: Stage, noon: datetime) -> None:
    claim = checked_claim(stage, at=noon).public_id
    sign_in(client, make_user(Role.PROVIDER_FINANCE, at=EARLY, organisation_id=9_999))

    assert client.get(f"/provider/claims/{claim}").status_code == 404
    assert client.get(f"/provider/claims/{claim}/revise").status_code == 404
    assert client.get(f"/provider/claims/new/{stage.order}").status_code == 404


def test_the_office_verifies_what_waits(client: PageClient, stage: Stage, noon: datetime) -> None:
    claim = checked_claim(stage, at=noon).public_id
    sign_in(client, make_user(Role.REVIEWER, at=EARLY))
    client.get("/office/claims/")
    assert client.page is not None
    assert f"/office/claims/{claim}" in client.page.links()
    assert client.get(f"/office/claims/{claim}").status_code == 200
    client.get(f"/office/claims/{claim}/verify")

    answer = client.submit({"finding": "已在查验平台查验，一致"}, form=f"/office/claims/{claim}/verify")

    assert answer.status_code == 303
    assert queries.get(claim).state is ClaimState.VERIFIED


def test_the_approver_approves_and_the_press_counts_once(client: PageClient, stage: Stage, noon: datetime) -> None:
    claim = verified_claim(stage, at=noon).public_id
    sign_in(client, make_user(Role.DECIDER, at=EARLY, name="周审定"))
    client.get("/office/claims/approvals")
    client.get(f"/office/claims/{claim}/approve")

    answers = [client.submit(form=f"/office/claims/{claim}/approve").status_code for _ in range(2)]

    assert answers == [303, 303]
    assert queries.get(claim).state is ClaimState.APPROVED


def test_a_stale_page_is_refused(client: PageClient, stage: Stage, noon: datetime) -> None:
    claim = checked_claim(stage, at=noon)
    public_id, seen = claim.public_id, claim.version
    sign_in(client, make_user(Role.REVIEWER, at=EARLY))
    client.get(f"/office/claims/{public_id}/send-back")

    answer = client.submit(
        {"reason": "请补充材料。", "seen_version": str(seen - 1)}, form=f"/office/claims/{public_id}/send-back"
    )

    assert answer.status_code == 409
    assert queries.get(public_id).state is ClaimState.CHECKED


@pytest.mark.parametrize("left_out", ["delivery_on", "proof_amount", "proof_on"])
def test_a_paper_without_its_day_or_amount_is_asked_for_them(client: PageClient, stage: Stage, left_out: str) -> None:
    sign_in(client, seller(stage))
    path = f"/provider/claims/new/{stage.order}"
    client.get(path)

    answer = client.submit({**as_typed(stage), left_out: ""}, form=path)

    assert answer.status_code == 422
    assert "请填写" in client.page.text  # type: ignore[union-attr]


PAID_TO_BUYER = (("payee: provider", "payee: enterprise"),)


def test_an_enterprise_that_is_paid_claims_itself(client: PageClient, app: Flask, clock: Path) -> None:
    stage = make_stage(changes=PAID_TO_BUYER)
    holder = vouchers.get(stage.voucher).enterprise.organisation_id
    sign_in(client, make_user(Role.REPRESENTATIVE, at=EARLY, organisation_id=holder))
    client.get(f"/enterprise/orders/{stage.order}")
    assert client.page is not None
    link = f"/enterprise/claims/new/{stage.order}"
    assert link in client.page.links()
    client.get(link)

    answer = client.submit(as_typed(stage), form=link)

    assert answer.status_code == 303, client.page.text
    page = answer.location
    assert client.get(page).status_code == 200
    assert client.submit(form=f"{page}/submit").status_code == 303
    claim = queries.get(page.rpartition("/")[2])
    assert (claim.state, claim.payee_id) == (ClaimState.CHECKED, holder)
    assert page in client.get("/enterprise/claims/").get_data(as_text=True)


def test_an_enterprise_follows_a_claim_of_its_provider_and_does_not_act_on_it(
    client: PageClient, stage: Stage, noon: datetime
) -> None:
    claim = checked_claim(stage, at=noon)
    holder, public_id = vouchers.get(stage.voucher).enterprise.organisation_id, claim.public_id
    theirs = claim.invoice.file.public_id
    sign_in(client, make_user(Role.REPRESENTATIVE, at=EARLY, organisation_id=holder))

    page = client.get(f"/enterprise/claims/{public_id}").get_data(as_text=True)

    assert "待核验" in page
    assert "/withdraw" not in page
    assert f"/files/{theirs}" not in page  # the provider's papers are the provider's
    assert "由服务商核销" in client.get(f"/enterprise/claims/new/{stage.order}").get_data(as_text=True)


def test_a_claim_says_what_it_waits_for_and_no_limit_that_is_past(
    client: PageClient, stage: Stage, noon: datetime
) -> None:
    found = verified_claim(stage, at=noon)
    claim, approval = found.public_id, Approval(found.version, found.amount)
    sign_in(client, seller(stage))
    before = client.get(f"/provider/claims/{claim}").get_data(as_text=True)
    approver = make_user(Role.DECIDER, at=EARLY, name="周审定")
    with transaction():
        services.approve_claim(claim, approval, actor=approver.actor(Role.DECIDER), at=noon)

    after = client.get(f"/provider/claims/{claim}").get_data(as_text=True)

    held = '<th scope="row">订单占用余额</th>'
    assert "等待另一人核定" in before
    assert held in before
    assert "由财政列入兑付批次后付到收款账户" in after
    assert held not in after  # what the order holds by now is less than was approved


def test_a_draft_waits_at_home_for_whoever_hands_it_in(app: Flask, client: PageClient, stage: Stage) -> None:
    sign_in(client, seller(stage))
    link = f"/provider/claims/new/{stage.order}"
    client.get(link)
    draft = client.submit(as_typed(stage), form=link).location.rpartition("/")[2]

    home = client.get("/provider/").get_data(as_text=True)

    assert "核销草稿未提交" in home
    assert f"/provider/claims/{draft}" in home
    holder = vouchers.get(stage.voucher).enterprise.organisation_id
    buyer = PageClient(app)
    sign_in(buyer, make_user(Role.REPRESENTATIVE, at=EARLY, organisation_id=holder, name="买方代表"))
    assert "核销草稿未提交" not in buyer.get("/enterprise/").get_data(as_text=True)
