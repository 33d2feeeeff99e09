"""The two policy officers without whom no version comes into force."""

from datetime import datetime

import pytest
from sqlalchemy.orm import Session

from tests.factories.policy import policy_officer
from vouchers.kernel.actor import Actor


@pytest.fixture
def drafter(session: Session, noon: datetime) -> Actor:
    return policy_officer(at=noon, name="陈策")[1]


@pytest.fixture
def signer(session: Session, noon: datetime) -> Actor:
    return policy_officer(at=noon, name="林审")[1]
