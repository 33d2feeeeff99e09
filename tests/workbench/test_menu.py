"""The menu: what an actor may do stands in it, and the entry one is under is marked."""

from datetime import datetime
from pathlib import Path

import pytest
from flask import Flask

from tests.factories.accounts import make_user, sign_in
from tests.factories.applications import Ground, make_applicant, make_ground, make_submitted
from tests.pages import PageClient
from vouchers.accounts.states import Role


@pytest.fixture
def ground(app: Flask, clock: Path, noon: datetime) -> Ground:
    return make_ground(at=noon)


def marked(client: PageClient) -> list[str]:
    assert client.page is not None
    nav = next(e for e in client.page.tree.iter("nav") if "v-nav" in e.get("class", ""))
    return ["".join(e.itertext()).strip() for e in nav.iter("a") if e.get("aria-current")]


def test_who_decides_on_cases_finds_approvals_in_the_menu(client: PageClient, ground: Ground) -> None:
    sign_in(client, ground.officers["decider"])

    client.get("/office/approvals")

    assert marked(client) == ["批复"]


def test_approvals_are_not_in_the_menu_of_others(client: PageClient, ground: Ground) -> None:
    sign_in(client, ground.officers["first"])

    client.get("/office/")

    assert client.page is not None
    assert "/office/approvals" not in client.page.links()
    assert marked(client) == ["我的待办"]


@pytest.mark.parametrize(("officer", "entry"), [("first", "审核"), ("decider", "案件")])
def test_a_case_lies_under_reviewing_or_else_under_cases(
    client: PageClient, ground: Ground, noon: datetime, officer: str, entry: str
) -> None:
    public_id = make_submitted(ground, make_applicant(at=noon), at=noon).public_id
    sign_in(client, ground.officers[officer])

    client.get(f"/office/cases/{public_id}")

    assert marked(client) == [entry]


def test_the_trail_is_marked_for_the_audit_administrator(client: PageClient, ground: Ground, noon: datetime) -> None:
    sign_in(client, make_user(Role.AUDIT_ADMIN, at=noon, name="周全"))

    client.get("/office/audit/")

    assert marked(client) == ["留痕"]
