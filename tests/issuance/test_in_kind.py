"""Issuing a voucher in kind: whole hours, a yearly limit in hours, and what comes back of it."""

from datetime import date

import pytest
from flask import Flask

from tests.factories.archetypes import at
from tests.factories.in_kind import KIND, MOST, PRICE, Hours, asked, make_hours
from tests.policy.packs import PACK
from vouchers.applications import queries as applications
from vouchers.applications import services as cases
from vouchers.db.base import db
from vouchers.db.transaction import transaction
from vouchers.issuance import queries, rules, services
from vouchers.issuance.queries import caps_drawn
from vouchers.kernel.errors import RuleViolation
from vouchers.ledger import queries as ledger
from vouchers.policy.loader import load_pack
from vouchers.review import services as review
from vouchers.review.services import StageDecision
from vouchers.review.states import Verdict


def used_of_the_year(hours: Hours) -> int:
    db.session.rollback()
    (cap,) = caps_drawn(queries.get(hours.voucher))
    assert cap.unit == "card-hours"
    return ledger.used(cap)


def test_a_voucher_of_broken_hours_is_not_issued() -> None:
    pack = load_pack(PACK.parent / "wuhan-opc.yaml").pack
    assert pack is not None
    rule, days = pack.voucher_rule(KIND), {"on": date(2026, 3, 1), "window": date(2026, 6, 30)}

    assert rules.object_findings(rule, 5 * PRICE, **days) == []
    (found,) = rules.object_findings(rule, 5 * PRICE + 1, **days)
    assert found.text == "核定金额 ¥50.01 不是每单位最高价 ¥10.00 的整数倍。请按整数核定数量。"


@pytest.mark.database("sqlite")
def test_a_year_counts_hours_and_they_come_back_with_the_whole_voucher_only(app: Flask) -> None:
    hours = make_hours(app, hours=1_500)
    assert used_of_the_year(hours) == 1_500

    again = cases.preview(applications.get(asked(hours.story, hours.applicant, 501)), at=at(1, 22))
    (over,) = again.findings
    assert "501 卡时（¥5,010.00） 高于可申领上限 500 卡时（¥5,000.00）" in over.text

    order = hours.ordered(100)
    hours.used(order, 1)
    with transaction():
        actor = hours.story.ground.officer("second_decider")
        services.void(hours.voucher, "停业注销", actor=actor, at=at(3, 3))
    assert used_of_the_year(hours) == 1_500  # an order may still be paid
    hours.completed(order)
    assert used_of_the_year(hours) == 0  # nothing was claimed: nobody was supported
    hours.story.prove()


@pytest.mark.database("sqlite")
def test_reviewers_approve_whole_hours(app: Flask) -> None:
    hours = make_hours(app, hours=1)
    case = asked(hours.story, hours.applicant, 10)
    with transaction():
        cases.hand_over(case, seen_version=applications.get(case).version, actor=hours.applicant, at=at(1, 22))
    shown = cases.preview(applications.get(case), at=at(1, 22))
    with transaction():
        version = applications.get(case).version
        cases.confirm(case, seen_version=version, seen_hash=shown.hash, actor=hours.applicant, at=at(1, 22))
    assert applications.get(case).requested == 10 * PRICE
    assert applications.get(case).computed == (MOST - 1) * PRICE
    with transaction():
        version, officer = applications.get(case).version, hours.story.ground.officer("acceptor")
        review.accept(case, seen_version=version, actor=officer, at=at(1, 23))

    def passing(fen: int) -> StageDecision:
        reason = "按实际需要核定，其余不予支持"
        return StageDecision("review", Verdict.PASS, reason, applications.get(case).version, fen)

    first = hours.story.ground.officer("first")
    with pytest.raises(RuleViolation, match="实物券按整卡时计，数量不能有小数"), transaction():
        review.decide(case, passing(9 * PRICE + 1), actor=first, at=at(1, 23))
    with transaction():
        review.decide(case, passing(9 * PRICE), actor=first, at=at(1, 23))
    assert applications.get(case).approved == 9 * PRICE
