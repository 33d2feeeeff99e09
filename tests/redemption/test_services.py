"""Claims through their services, on both databases."""

from datetime import datetime

import pytest
from flask import Flask

from tests.factories.redemption import HOLD, Stage, approved_claim, checked_claim, make_stage
from vouchers.ledger import queries as ledger
from vouchers.ledger.states import AccountKind
from vouchers.redemption.states import ClaimState

pytestmark = pytest.mark.database("sqlite")


@pytest.fixture
def stage(app: Flask) -> Stage:
    return make_stage()


def test_a_complete_claim_is_checked_and_takes_its_hold(stage: Stage, noon: datetime) -> None:
    claim = checked_claim(stage, at=noon)

    assert claim.state is ClaimState.CHECKED
    assert ledger.balance_of(AccountKind.HELD, claim.public_id) == HOLD
    assert ledger.balance_of(AccountKind.HELD, stage.order) == 0
    assert sum(row.amount for row in claim.allocations) == claim.base == claim.invoice.allocated


def test_an_approved_claim_becomes_payable(stage: Stage, noon: datetime) -> None:
    claim = approved_claim(stage, at=noon)

    assert claim.state is ClaimState.APPROVED
    assert ledger.balance_of(AccountKind.HELD, claim.public_id) == 0
    payable = [stage.pot.payable(layer, payee=claim.payee.public_id) for layer in ("city", "district")]
    assert [ledger.balance(key) for key in payable] == [HOLD // 2, HOLD // 2]
