"""Targets of a plan beside what is so far: counted from orders and claims, and never guessed."""

from datetime import datetime

import pytest
from flask import Flask

from tests.factories.accounts import make_user, sign_in
from tests.factories.redemption import HOLD, NET, Stage, approved_claim, make_stage, verified_claim
from tests.pages import PageClient
from tests.policy.packs import edited
from vouchers.accounts.permissions import ROLES
from vouchers.accounts.states import Role
from vouchers.db.base import db
from vouchers.kernel.actor import Actor
from vouchers.oversight import targets


def overseer(noon: datetime) -> Actor:
    somebody = make_user(Role.OVERSEER, at=noon, name="郑监督")
    return somebody.actor(Role.OVERSEER, frozenset(map(str, ROLES[Role.OVERSEER])))


def told(actor: Actor, noon: datetime) -> dict[str, tuple[str | None, bool | None]]:
    db.session.rollback()
    (scheme,) = targets.progress(actor, on=noon.date())
    return {row.target.id: (row.actual, row.is_met) for row in scheme.rows}


@pytest.mark.database
def test_what_orders_and_claims_know_is_counted_and_the_rest_is_not(app: Flask, noon: datetime) -> None:
    """One enterprise served by 62 % green power; a claim counts once it is awarded."""
    stage: Stage = make_stage()
    actor = overseer(noon)
    verified_claim(stage, at=noon, amount=HOLD // 2, reductions={"coupons": 0, "gifts": 0, "refunds": 0})

    before = told(actor, noon)

    assert before["new-users"] == ("1", False)
    assert before["green-share"] == ("62.0", True)
    assert before["cost-reduction"] == (None, None)
    assert {key for key, (actual, _) in before.items() if actual is not None} == {"new-users", "green-share"}


def test_the_share_that_was_paid_is_of_the_invoices_used(app: Flask, noon: datetime) -> None:
    stage = make_stage()
    approved_claim(stage, at=noon)

    assert told(overseer(noon), noon)["cost-reduction"] == (f"{HOLD * 100 / NET:.1f}", True)


def test_a_page_tells_what_is_counted_and_what_the_product_does_not_know(
    app: Flask, client: PageClient, clock: object, noon: datetime
) -> None:
    make_stage(metered=False)
    sign_in(client, make_user(Role.OVERSEER, at=noon, name="郑监督"))

    client.get("/office/oversight/targets")

    assert client.page is not None
    assert "用券所用算力的绿色电力占比，按已确认的卡时加权" in client.page.text
    assert "还没有可以计数的记录" in client.page.text
    assert client.page.text.count("由人工统计，系统不掌握") == 8
    assert client.page.text.count("系统不掌握这个数") == 1
    assert "没有达到目标" in client.page.text


def test_a_share_is_measured_in_percent() -> None:
    wrong = edited("    actual: users\n", "    actual: paid-share\n")

    assert any("单位写 %" in finding.message for finding in wrong.errors)
