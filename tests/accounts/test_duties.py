"""No natural person holds two duties on a case; the key of the table decides."""

import threading
import time
from datetime import datetime
from functools import partial

import pytest
from flask import Flask
from sqlalchemy import event, text

from tests.factories.accounts import Somebody, make_user
from tests.races import together
from vouchers.accounts import queries, services
from vouchers.accounts.rules import PART_HELD
from vouchers.accounts.states import Duty, Role
from vouchers.audit.services import Subject, record
from vouchers.audit.verify import findings
from vouchers.db.base import db
from vouchers.db.transaction import transaction
from vouchers.kernel.actor import command
from vouchers.kernel.errors import RuleViolation

pytestmark = pytest.mark.database
CASE = "case-1"


def take(somebody: Somebody, duty: Duty, at: datetime, part: str = "") -> Duty:
    with transaction():
        services.hold_duty(CASE, somebody.person_id, duty=duty, part=part, at=at)
        record("act", Subject("case", CASE), actor=command("test"), at=at)
    return duty


@pytest.fixture
def somebody(app: Flask, noon: datetime) -> Somebody:
    return make_user(Role.REVIEWER, at=noon)


def test_second_duty_is_refused_with_both_named(somebody: Somebody, noon: datetime) -> None:
    take(somebody, Duty.EXAMINE, noon)

    with pytest.raises(RuleViolation, match="您在本案已承担“审核”，不能再承担“审定”"):
        take(somebody, Duty.DECIDE, noon)

    assert [one.duty for one in queries.duties_of(CASE)] == [Duty.EXAMINE]


def test_the_same_duty_may_be_repeated(somebody: Somebody, noon: datetime) -> None:
    take(somebody, Duty.EXAMINE, noon)

    take(somebody, Duty.EXAMINE, noon)

    assert len(queries.duties_of(CASE)) == 1


def test_another_account_of_the_same_person_is_the_same_person(somebody: Somebody, noon: datetime) -> None:
    first = make_user(Role.REVIEWER, at=noon, phone="13600000001", sign_in="one")
    second = make_user(Role.DECIDER, at=noon, phone="13600000001", sign_in="two")
    take(first, Duty.EXAMINE, noon)

    with pytest.raises(RuleViolation):
        take(second, Duty.DECIDE, noon)

    assert first.person_id == second.person_id != somebody.person_id


def test_split_stages_want_two_people(somebody: Somebody, noon: datetime) -> None:
    take(somebody, Duty.EXAMINE, noon, "first")
    take(somebody, Duty.EXAMINE, noon, "first")

    with pytest.raises(RuleViolation, match="另一个环节"):
        take(somebody, Duty.EXAMINE, noon, "second")


def test_a_duty_without_a_part_is_narrowed_to_the_first_part_taken(somebody: Somebody, noon: datetime) -> None:
    colleague = make_user(Role.REVIEWER, at=noon, phone="13600000003", sign_in="colleague")
    take(colleague, Duty.EXAMINE, noon)
    take(somebody, Duty.EXAMINE, noon)

    take(somebody, Duty.EXAMINE, noon, "first")

    assert _parts() == {colleague.person_id: "", somebody.person_id: "first"}
    assert list(findings()) == []
    take(somebody, Duty.EXAMINE, noon)
    with pytest.raises(RuleViolation, match="另一个环节"):
        take(somebody, Duty.EXAMINE, noon, "second")
    assert _parts()[somebody.person_id] == "first"


@pytest.mark.database("postgresql")
def test_who_takes_two_parts_at_the_same_moment_gets_one(app: Flask, somebody: Somebody, noon: datetime) -> None:
    take(somebody, Duty.EXAMINE, noon)
    is_narrowed = threading.Event()

    def slow() -> None:
        with transaction() as session:
            services.hold_duty(CASE, somebody.person_id, duty=Duty.EXAMINE, part="first", at=noon)
            record("act", Subject("case", CASE), actor=command("test"), at=noon)
            is_narrowed.set()
            while not session.scalar(text("SELECT count(*) FROM pg_locks WHERE NOT granted")):
                time.sleep(0.01)  # until the other waits for this row

    def quick() -> None:
        is_narrowed.wait(timeout=30)
        take(somebody, Duty.EXAMINE, noon, "second")

    slowly, quickly = together(app, [slow, quick])

    assert slowly is None
    assert isinstance(quickly, RuleViolation)
    assert list(quickly.findings) == [PART_HELD]
    assert _parts() == {somebody.person_id: "first"}


@pytest.mark.database("postgresql")
def test_who_took_another_part_after_it_was_looked_at_keeps_it(app: Flask, somebody: Somebody, noon: datetime) -> None:
    take(somebody, Duty.EXAMINE, noon)
    has_looked, is_taken = threading.Event(), threading.Event()

    def wait(_c: object, _r: object, statement: str, *_: object) -> None:
        if statement.startswith("UPDATE case_duties") and threading.current_thread().name == "slow":
            has_looked.set()
            is_taken.wait(timeout=30)

    def slow() -> None:
        threading.current_thread().name = "slow"
        take(somebody, Duty.EXAMINE, noon, "second")

    def quick() -> None:
        has_looked.wait(timeout=30)
        take(somebody, Duty.EXAMINE, noon, "first")
        is_taken.set()

    event.listen(db.engine, "before_cursor_execute", wait)
    try:
        slowly, quickly = together(app, [slow, quick])
    finally:
        event.remove(db.engine, "before_cursor_execute", wait)

    assert quickly is None
    assert isinstance(slowly, RuleViolation)
    assert list(slowly.findings) == [PART_HELD]
    assert _parts() == {somebody.person_id: "first"}


def test_each_duty_says_whose_it_is_and_since_when(somebody: Somebody, noon: datetime) -> None:
    take(somebody, Duty.EXAMINE, noon, "first")

    (held,) = queries.duties_of(CASE)

    assert (held.case_id, held.person_id, held.duty, held.part) == (CASE, somebody.person_id, Duty.EXAMINE, "first")
    assert held.since == noon
    assert list(findings()) == []


def test_other_cases_do_not_matter(somebody: Somebody, noon: datetime) -> None:
    take(somebody, Duty.EXAMINE, noon)

    with transaction():
        services.hold_duty("case-2", somebody.person_id, duty=Duty.DECIDE, at=noon)
        record("act", Subject("case", "case-2"), actor=command("test"), at=noon)

    assert [(one.duty, one.part) for one in queries.duties_of("case-2")] == [(Duty.DECIDE, "")]


def test_of_all_duties_at_the_same_moment_one_is_had(app: Flask, somebody: Somebody, noon: datetime) -> None:
    results = together(app, [partial(take, somebody, duty, noon) for duty in Duty for _ in range(3)])

    had = {result for result in results if isinstance(result, Duty)}
    refused = [result for result in results if isinstance(result, BaseException)]
    assert len(had) == 1
    assert len(results) - len(refused) == 3
    assert all(isinstance(result, RuleViolation) for result in refused), refused
    assert {one.duty for one in queries.duties_of(CASE)} == had


def _parts() -> dict[int, str]:
    return {one.person_id: one.part for one in queries.duties_of(CASE)}
