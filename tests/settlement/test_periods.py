"""Settling by period, and three signatures, where the pack says so."""

from datetime import date, datetime, timedelta

import pytest
from flask import Flask
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError

from tests.factories.accounts import make_user
from tests.factories.redemption import EARLY, approved_claim, make_stage
from tests.factories.settlement import Bureau, approved_batch, make_indicators, open_batch
from vouchers.accounts.states import Role
from vouchers.db.base import db
from vouchers.db.transaction import transaction
from vouchers.kernel.actor import job
from vouchers.kernel.errors import RuleViolation
from vouchers.messages.models import Message
from vouchers.settlement import services
from vouchers.settlement.rules.periods import MONTHS, payable_from, period_start

QUARTERLY = (("frequency: as-needed", "frequency: quarterly"),)
THREE = (("signatures: 2", "signatures: 3"),)
DAYS = st.dates(min_value=date(2020, 1, 1), max_value=date(2099, 12, 31))


@given(frequency=st.sampled_from(sorted(MONTHS)), approved=DAYS)
def test_a_day_is_payable_on_the_first_day_of_the_next_period(frequency: str, approved: date) -> None:
    first = payable_from(frequency, approved)

    assert period_start(frequency, first) == first > approved
    assert period_start(frequency, first - timedelta(days=1)) == period_start(frequency, approved)


@pytest.mark.database
def test_what_was_approved_in_a_quarter_waits_for_its_end_and_finance_is_told_once(app: Flask, noon: datetime) -> None:
    stage, bureau = make_stage(changes=QUARTERLY), Bureau()
    make_indicators(stage, bureau)
    approved_claim(stage, at=noon)
    april = datetime.combine(date(2026, 4, 1), noon.timetz())

    with pytest.raises(RuleViolation) as refused:
        open_batch(stage, bureau, at=noon)
    told = [one.text for one in refused.value.findings if one.code == "settlement.period"]
    assert told
    assert "按季度结算：2026-03-18 核定的款项，自 2026-04-01 起列入兑付" in told[0]

    def remind(at: datetime) -> int:
        with transaction():
            return services.remind_due(actor=job("daily"), at=at)

    assert [remind(noon), remind(april), remind(april), remind(april + timedelta(days=9))] == [0, 1, 0, 0]
    sent = [one for one in db.session.query(Message) if one.code == "settlement_due"]
    assert {one.role for one in sent} == {Role.FINANCE_MAKER.value}
    assert open_batch(stage, bureau, at=april).line_count == 2


@pytest.mark.database
def test_where_three_sign_the_checker_does_not_release(app: Flask, noon: datetime) -> None:
    stage, bureau = make_stage(changes=THREE), Bureau()
    make_indicators(stage, bureau)
    approved_claim(stage, at=noon)
    batch = approved_batch(stage, bureau, at=noon)
    assert batch.signatures == 3

    with pytest.raises(RuleViolation, match="制单、复核和签发须是三个人"), transaction():
        services.release(batch.public_id, actor=bureau.checking, at=noon)
    with pytest.raises(IntegrityError), transaction():
        db.session.execute(text("UPDATE batches SET released_by_id = approved_by_id"))
    db.session.rollback()

    third = make_user(Role.FINANCE_CHECKER, at=EARLY, name="李签发").actor(Role.FINANCE_CHECKER)
    with transaction():
        released = services.release(batch.public_id, actor=third, at=noon)
    assert released.released_by_id == third.person_id


@pytest.mark.database
def test_where_two_sign_the_checker_releases(app: Flask, noon: datetime) -> None:
    stage, bureau = make_stage(), Bureau()
    make_indicators(stage, bureau)
    approved_claim(stage, at=noon)
    batch = approved_batch(stage, bureau, at=noon)

    with transaction():
        assert services.release(batch.public_id, actor=bureau.checking, at=noon).signatures == 2
