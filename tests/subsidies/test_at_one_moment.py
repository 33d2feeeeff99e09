"""Awards and withdrawals at the same moment: whoever comes second waits, and nobody is told to come again."""

import threading
import time
from datetime import datetime
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import text

from tests.factories import archetypes
from tests.factories.applications import make_applicant, make_window
from tests.factories.archetypes import Story, begin, loaded
from tests.races import together
from tests.subsidies.test_reversing import SUBSIDY, awarded, propose
from tests.subsidies.test_services import applied
from vouchers.db.base import db
from vouchers.db.transaction import transaction
from vouchers.kernel import faults
from vouchers.kernel.actor import Actor
from vouchers.subsidies import services
from vouchers.subsidies.services import ReversalAnswer


@pytest.fixture
def story(app: Flask, noon: datetime, clock: Path) -> Story:
    return begin(app, loaded("fengtai"), at=noon)


@pytest.fixture
def applicant(story: Story, noon: datetime) -> Actor:
    return make_applicant(1, at=noon)


@pytest.mark.database("postgresql")  # on SQLite one writes after the other
def test_an_award_and_a_withdrawal_for_one_payee_at_the_same_moment_both_go_through(
    story: Story, applicant: Actor, noon: datetime
) -> None:
    """The award stands between the envelope and what is owed while the withdrawal comes the other way."""
    claim = awarded(story, applicant, at=noon)
    propose(story, claim, at=noon)
    window = make_window(story.ground, at=noon).public_id
    case = applied(story, applicant, at=noon, window=window)
    archetypes.approved(story, case, at=noon, until=noon)
    decider, other = story.ground.officer("decider"), story.ground.officer("decider")
    claim_id = claim.public_id
    db.session.rollback()
    has_envelope = threading.Event()

    def award() -> str:
        with transaction():
            return services.award(case, actor=decider, at=noon).number

    def withdraw() -> str:
        assert has_envelope.wait(30)
        with transaction():
            answer = ReversalAnswer(confirms=True, reason="材料已核对，同意所提理由")
            return services.decide_reversal(claim_id, answer, actor=other, at=noon).number

    def stand(point: str) -> None:
        if point == "ledger.posted" and not has_envelope.is_set():
            has_envelope.set()
            until_somebody_waits()

    with faults.armed(stand):
        results = together(story.app, [award, withdraw])

    assert [type(one) for one in results] == [str, str], results
    assert story.owed(applicant.organisation_id or 0) == SUBSIDY
    story.prove()


def until_somebody_waits() -> None:
    """Until a connection is seen that waits for what another holds."""
    seen = text("SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'")
    until = time.monotonic() + 20
    with db.engine.connect() as connection:
        while not connection.scalar(seen):
            assert time.monotonic() < until
            connection.rollback()  # else the same picture is looked at again
            time.sleep(0.01)
