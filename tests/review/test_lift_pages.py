"""放宽上限 and 核定金额 by hand: the pages on which they are asked for, proposed, decided and read."""

from datetime import datetime
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import select

from tests.factories.accounts import Somebody, sign_in
from tests.factories.applications import Ground, confirm, make_applicant, make_draft, make_ground
from tests.factories.enterprises import PASSWORD
from tests.factories.review import accept, version_of
from tests.pages import PageClient
from tests.policy.packs import edited, with_cap
from vouchers.applications import queries, services
from vouchers.audit.models import AuditEvent
from vouchers.db.base import db
from vouchers.db.transaction import transaction
from vouchers.kernel.actor import Actor
from vouchers.policy.loader import LoadedPack

WHY = "大模型训练任务连续，需要更多算力"
SAY = "原则上每年不超过 1.2 万元"


def soft() -> LoadedPack:
    return with_cap(id="soft", say=SAY, limit="12000 元", per="calendar-year", hard=False)


def page_of(app: Flask, somebody: Somebody) -> PageClient:
    client = PageClient(app)
    sign_in(client, somebody)
    return client


def press(client: PageClient, address: str, values: dict[str, object]) -> None:
    client.get(address)
    answer = client.submit(values, form=address)
    assert answer.status_code == 303, client.page and client.page.text


def press_twice(client: PageClient, address: str, values: dict[str, object]) -> None:
    """The same press, sent again when its answer did not come: answered alike, and done once."""
    client.get(address)
    answers = [client.submit(values, form=address) for _ in range(2)]
    assert {(one.status_code, one.location) for one in answers} == {(303, address.partition("/lift")[0])}


def read(client: PageClient, address: str) -> str:
    client.get(address)
    assert client.page is not None
    return client.page.text


def page_of_enterprise(app: Flask) -> PageClient:
    client = PageClient(app)
    client.get("/sign-in")
    client.submit({"sign_in": "qiye1", "password": PASSWORD}, form="/sign-in")
    return client


@pytest.mark.database("sqlite")
def test_a_lift_is_asked_for_proposed_granted_and_read_on_pages(app: Flask, clock: Path, noon: datetime) -> None:
    ground = make_ground(at=noon, loaded=soft())
    applicant = make_applicant(at=noon)
    case = make_draft(ground, applicant, at=noon).public_id
    own, enterprise = f"/enterprise/applications/{case}", page_of_enterprise(app)

    assert "由两名工作人员决定是否放宽" in read(enterprise, f"{own}/sections/need")
    press(enterprise, f"{own}/sections/need", {"requested": "25000", "lift_reason": WHY})
    handed_in(ground, case, applicant, noon)
    first, decider = (page_of(app, ground.officers[name]) for name in ("first", "decider"))
    office = f"/office/cases/{case}"
    assert "提出放宽上限" in read(first, office)
    press_twice(first, f"{office}/lift", {"cap": "soft", "amount": "25000", "reason": "任务真实，合同和排期已核对"})
    assert "待第二人决定" in read(first, office)
    press_twice(decider, f"{office}/lift/answer", {"grants": "yes", "reason": "同意所提理由"})
    press(first, f"{office}/pass", {"amount": "25000", "reason": "按放宽后的金额核定"})

    db.session.rollback()
    assert queries.get(case).approved == 2_500_000
    lifted = select(AuditEvent.act).where(AuditEvent.act.contains("lift")).order_by(AuditEvent.seq)
    assert [act.rpartition("_")[2] for act in db.session.scalars(lifted)] == ["propose", "grant"]
    said = f"“{SAY}”：2026-03-18 由官员1提出放宽，本件最高 ¥25,000.00，理由：任务真实"
    for client, address in ((first, office), (decider, office), (enterprise, own)):
        assert said in read(client, address)


@pytest.mark.database("sqlite")
def test_the_base_is_recorded_on_the_page_of_the_stage(app: Flask, clock: Path, noon: datetime) -> None:
    ground = make_ground(at=noon, loaded=edited("of: planned", "of: approved"))
    applicant = make_applicant(at=noon)
    case = make_draft(ground, applicant, at=noon).public_id
    handed_in(ground, case, applicant, noon)
    first, office = page_of(app, ground.officers["first"]), f"/office/cases/{case}"

    assert "由审核人员核定并写明依据" in read(first, office)
    press(first, f"{office}/pass", {"judge_approved_net": "50000", "amount": "", "reason": "按合同和报价单核定。"})

    db.session.rollback()
    assert queries.get(case).approved == 2_250_000


def handed_in(ground: Ground, case: str, applicant: Actor, at: datetime) -> None:
    """Confirm the draft and accept it into its first stage."""
    db.session.rollback()
    with transaction():
        services.hand_over(case, seen_version=version_of(case), actor=applicant, at=at)
    confirm(case, applicant, at=at)
    accept(ground, case, at=at)
