"""Counts above the office's lists: the same as the rows, and never of a scheme out of reach."""

from datetime import datetime, timedelta

import pytest
from flask import Flask
from sqlalchemy import update

from tests.factories.accounts import MAKER, make_user
from tests.factories.applications import make_ground
from tests.factories.crowd import Crowd, make_crowd
from vouchers.accounts.models import Office
from vouchers.accounts.states import OfficeKind, Role
from vouchers.applications import queries
from vouchers.applications.states import ApplicationState as S
from vouchers.audit.services import Subject, record
from vouchers.db.base import db
from vouchers.db.transaction import transaction
from vouchers.kernel.actor import Actor
from vouchers.kernel.clock import beijing_date
from vouchers.policy.models import Scheme

STATES = (S.SUBMITTED, S.DRAFT, S.TO_DECIDE, S.ISSUED)
EACH = 60
ASKED: tuple[dict[str, str], ...] = (
    {"where": queries.WAITING},
    {"where": queries.EVERYWHERE},
    {"where": queries.WAITING, "state": S.SUBMITTED},
    {"where": queries.EVERYWHERE, "scheme": "yuzhong-2025"},
    {"where": queries.WAITING, "q": "群像科技"},
)


@pytest.fixture
def officer(app: Flask, noon: datetime) -> Actor:
    """An officer of the lead office with four crowds of cases, one of them drafts."""
    ground = make_ground(at=noon)
    handler = make_user(Role.HANDLER, at=noon)
    crowd = Crowd(ground.window, handler.user_id, STATES, stage="first-review", due=5)
    make_crowd(crowd, EACH * len(STATES), at=noon - timedelta(hours=1))
    return ground.officers["first"].actor(Role.REVIEWER)


def counts(officer: Actor, noon: datetime) -> list[int]:
    on = beijing_date(noon)
    found = [queries.list_cases(officer, asked, on=on) for asked in ASKED]
    assert all(page.next_cursor for page in found)  # else the rows themselves are counted
    exact = [len(list(queries.export_cases(officer, asked, on=on))) for asked in ASKED]
    assert [page.count for page in found] == exact
    return exact


@pytest.mark.database
def test_lists_count_what_they_hold_with_and_without_schemes_of_others(officer: Actor, noon: datetime) -> None:
    assert counts(officer, noon) == [2 * EACH, 3 * EACH, EACH, 3 * EACH, 2 * EACH]
    assert {one.state: one.count for one in queries.tallies(officer, on=beijing_date(noon))} == {
        S.SUBMITTED: EACH,
        S.TO_DECIDE: EACH,
    }

    with transaction():
        other = Office(name="另一主管部门", kind=OfficeKind.LEAD, region="渝中区")
        db.session.add(other)
        db.session.flush()
        db.session.add(Scheme(office_id=other.id, pack_id="other-2026", title="另一方案", created_at=noon))
        record("test.scheme", Subject("scheme", "other"), actor=MAKER, at=noon)
    assert counts(officer, noon) == [2 * EACH, 3 * EACH, EACH, 3 * EACH, 2 * EACH]

    with transaction():
        db.session.execute(update(Scheme).values(office_id=other.id))
        record("test.scheme", Subject("scheme", "all"), actor=MAKER, at=noon)
    assert queries.tallies(officer, on=beijing_date(noon)) == []
