"""The same press twice: one effect and the first answer, also when both arrive at once."""

import threading
from dataclasses import replace
from datetime import datetime

import pytest
from flask import Flask
from sqlalchemy import func, select, text
from sqlalchemy.exc import OperationalError

from tests.races import together
from vouchers.accounts.idempotency import Answer, Asked, once
from vouchers.accounts.models import StoredAnswer
from vouchers.audit.models import AuditEvent
from vouchers.audit.services import Subject, record
from vouchers.db.base import db
from vouchers.db.transaction import transaction
from vouchers.kernel.actor import command
from vouchers.kernel.errors import InProgress, KeyReused, RuleViolation
from vouchers.kernel.findings import Finding

pytestmark = [pytest.mark.database, pytest.mark.usefixtures("app")]
ASKED = Asked("user:1", "claim.approve", key="k" * 22, fingerprint="f" * 64)


def press(asked: Asked, at: datetime, name: str = "one") -> Answer:
    def work() -> Answer:
        record("pay", Subject("claim", name), actor=command("test"), at=at)
        return Answer(f"/claims/{name}", body={"name": name})

    with transaction():
        return once(asked, work, at=at)


def test_second_press_gets_the_first_answer_and_moves_nothing(noon: datetime) -> None:
    first = press(ASKED, noon, "one")

    second = press(ASKED, noon, "two")

    assert second == first == Answer("/claims/one", 303, {"name": "one"})
    assert _effects() == 1


def test_twenty_presses_at_once_have_one_effect(app: Flask, noon: datetime) -> None:
    results = together(app, [lambda name=f"n{n}": press(ASKED, noon, name) for n in range(20)])  # type: ignore[misc]

    assert all(isinstance(result, Answer) for result in results), results
    assert len({result.location for result in results if isinstance(result, Answer)}) == 1
    assert _effects() == 1


def test_same_key_with_other_content_is_refused(noon: datetime) -> None:
    press(ASKED, noon)

    with pytest.raises(RuleViolation, match="这次的内容与上次不同"):
        press(Asked("user:1", "claim.approve", key=ASKED.key, fingerprint="e" * 64), noon)

    assert _effects() == 1


@pytest.mark.parametrize(("principal", "operation"), [("user:2", "claim.approve"), ("user:1", "claim.reject")])
def test_another_hand_or_another_act_is_independent(noon: datetime, principal: str, operation: str) -> None:
    press(ASKED, noon)

    press(Asked(principal, operation, key=ASKED.key, fingerprint=ASKED.fingerprint), noon, "two")

    assert _effects() == 2


@pytest.mark.database("postgresql")
def test_a_press_that_is_still_worked_on_is_a_conflict(app: Flask, noon: datetime) -> None:
    is_begun, may_end = threading.Event(), threading.Event()

    def slow() -> Answer:
        def work() -> Answer:
            is_begun.set()
            may_end.wait(timeout=30)
            record("pay", Subject("claim", "slow"), actor=command("test"), at=noon)
            return Answer("/claims/slow")

        with transaction():
            return once(ASKED, work, at=noon)

    def rival() -> Answer:
        is_begun.wait(timeout=30)
        try:
            with transaction() as session:
                session.execute(text("SET LOCAL lock_timeout = '50ms'"))
                return once(ASKED, lambda: Answer("/claims/rival"), at=noon)
        finally:
            may_end.set()

    first, second = together(app, [slow, rival])

    assert first == Answer("/claims/slow")
    assert isinstance(second, InProgress)
    assert str(second) == "the same press is still being worked on"
    assert _effects() == 1


def test_refused_work_leaves_no_trace_and_may_be_tried_again(noon: datetime) -> None:
    def refuse() -> Answer:
        raise RuleViolation([Finding("empty", "余额不足。")])

    with pytest.raises(RuleViolation, match="余额不足"), transaction():
        once(ASKED, refuse, at=noon)

    assert db.session.scalar(select(func.count()).select_from(StoredAnswer)) == 0
    assert press(ASKED, noon).location == "/claims/one"


def test_what_was_answered_stands_under_who_asked_for_what(noon: datetime) -> None:
    press(ASKED, noon)

    kept = db.session.scalars(select(StoredAnswer)).one()
    assert (kept.principal, kept.operation, kept.key) == (ASKED.principal, ASKED.operation, ASKED.key)
    assert (kept.fingerprint, kept.created_at) == (ASKED.fingerprint, noon)
    assert (kept.status, kept.location, kept.body) == (303, "/claims/one", [{"name": "one"}])


def test_an_answer_of_another_status_without_a_body_is_given_again_as_it_was(noon: datetime) -> None:
    given = Answer("/claims/one", status=201)

    with transaction():
        record("pay", Subject("claim", "one"), actor=command("test"), at=noon)
        first = once(ASKED, lambda: given, at=noon)
    with transaction():
        again = once(ASKED, lambda: Answer("/claims/two"), at=noon)

    assert first == again == given


def test_each_press_gets_its_own_answer_again(noon: datetime) -> None:
    own = [
        ASKED,
        replace(ASKED, principal="user:2"),
        replace(ASKED, operation="claim.reject"),
        replace(ASKED, key="l" * 22),
    ]
    first = [press(asked, noon, f"n{place}") for place, asked in enumerate(own)]

    again = [press(asked, noon, "other") for asked in own]

    assert again == first
    assert [answer.location for answer in again] == ["/claims/n0", "/claims/n1", "/claims/n2", "/claims/n3"]


def test_until_it_is_done_a_press_has_no_answer(noon: datetime) -> None:
    seen = []

    def work() -> Answer:
        kept = db.session.scalars(select(StoredAnswer)).one()
        seen.append((kept.status, kept.location, kept.body))
        record("pay", Subject("claim", "one"), actor=command("test"), at=noon)
        return Answer("/claims/one")

    with transaction():
        once(ASKED, work, at=noon)

    assert seen == [(0, "", [])]


def test_other_content_is_refused_with_a_way_on(noon: datetime) -> None:
    press(ASKED, noon)

    with pytest.raises(KeyReused) as refused, transaction():
        once(replace(ASKED, fingerprint="e" * 64), lambda: Answer("/never"), at=noon)

    (finding,) = refused.value.findings
    message, way = "同一张表单已经提交过，这次的内容与上次不同，没有办理。", "请重新打开页面，核对上次的结果后再提交。"
    assert finding == Finding("key-reused", message, way=way)


@pytest.mark.database("sqlite")
def test_a_fault_of_the_database_is_not_taken_for_a_rival(noon: datetime) -> None:
    db.session.execute(text("DROP TABLE stored_answers"))
    db.session.commit()

    with pytest.raises(OperationalError, match="no such table"):
        press(ASKED, noon)


def _effects() -> int:
    db.session.rollback()
    return db.session.scalar(select(func.count()).select_from(AuditEvent)) or 0
