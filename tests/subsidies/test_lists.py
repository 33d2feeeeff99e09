"""The lists of direct subsidies: nothing is left out, whatever their number."""

from datetime import datetime
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import insert, select

from tests.factories import archetypes
from tests.factories.accounts import make_user, sign_in
from tests.factories.applications import make_applicant
from tests.factories.archetypes import Story, begin, loaded
from tests.pages import PageClient
from tests.subsidies.test_services import applied
from vouchers.accounts.states import Role
from vouchers.db.base import db
from vouchers.db.transaction import transaction
from vouchers.kernel.actor import Actor
from vouchers.redemption.models import Claim
from vouchers.subsidies import services

MANY = 201


@pytest.fixture
def story(app: Flask, noon: datetime, clock: Path) -> Story:
    return begin(app, loaded("fengtai"), at=noon)


@pytest.fixture
def applicant(story: Story, noon: datetime) -> Actor:
    return make_applicant(1, at=noon)


@pytest.fixture
def case(story: Story, applicant: Actor, noon: datetime) -> str:
    case = applied(story, applicant, at=noon)
    archetypes.approved(story, case, at=noon, until=noon)
    return case


@pytest.fixture
def decider(client: PageClient, story: Story, noon: datetime) -> PageClient:
    sign_in(client, make_user(Role.DECIDER, at=noon, name="周审定"))
    return client


def award(story: Story, case: str, *, at: datetime) -> None:
    with transaction():
        services.award(case, actor=story.ground.officer("decider"), at=at)


def copies(number: int) -> None:
    """As many further rows like the one award: a list looks at rows and not at what led to them."""
    with db.engine.begin() as connection:
        row = connection.execute(select(Claim.__table__)).mappings().one()
        same = {name: value for name, value in row.items() if name != "id"}
        rows = [{**same, "public_id": f"copy-{n}", "number": f"HX-COPY-{n:04}"} for n in range(number)]
        connection.execute(insert(Claim), rows)


def test_no_subsidy_is_left_out_however_many_there_are(
    decider: PageClient, story: Story, case: str, noon: datetime
) -> None:
    award(story, case, at=noon)
    copies(MANY)

    page = decider.get("/office/subsidies/awarded").get_data(as_text=True)
    last = decider.get("/office/subsidies/awarded?sort=-number").get_data(as_text=True)
    lines = decider.get("/office/subsidies/export.csv", buffered=True).get_data(as_text=True).splitlines()

    assert f"共 {MANY + 1} 笔" in page
    assert "下一页" in page
    assert f"HX-COPY-{MANY - 1:04}" in last
    assert len(lines) == 1 + MANY + 1


def test_awarded_subsidies_are_filtered_and_exported(
    decider: PageClient, story: Story, case: str, noon: datetime
) -> None:
    award(story, case, at=noon)

    none = decider.get("/office/subsidies/awarded?state=paid").get_data(as_text=True)
    one = decider.get("/office/subsidies/awarded?state=approved&sort=-amount&least=150000").get_data(as_text=True)
    csv = decider.get("/office/subsidies/export.csv?state=paid", buffered=True).get_data(as_text=True)

    assert "没有符合条件的补助" in none
    assert "150,000.00" in one
    assert "直接补助，已批准，待支付" in one
    assert len(csv.splitlines()) == 1
    assert decider.get("/office/subsidies/export.xlsx").status_code == 200
    assert decider.get("/office/subsidies/export.doc").status_code == 404


def test_cases_that_wait_are_filtered_and_counted(decider: PageClient, case: str) -> None:
    found = decider.get("/office/subsidies/?least=150000").get_data(as_text=True)
    none = decider.get("/office/subsidies/?most=1").get_data(as_text=True)

    assert f'value="{case}" checked' in found
    assert "共 1 件" in found
    assert "没有符合条件的案件" in none
