"""Batches pressed twice at the same moment, on both databases: one takes effect."""

from collections.abc import Callable
from datetime import datetime

import pytest
from flask import Flask

from tests.factories.redemption import HOLD, Stage, approved_claim, make_stage
from tests.factories.settlement import Bureau, answers, approved_batch, make_indicators, scheme_of, sent_batch
from tests.races import together
from vouchers.db.base import db
from vouchers.db.transaction import transaction
from vouchers.ledger import queries as ledger
from vouchers.settlement import services, verify
from vouchers.settlement.services import NewBatch

pytestmark = pytest.mark.database
MANY = 6


@pytest.fixture
def stage(app: Flask, noon: datetime) -> Stage:
    stage = make_stage()
    approved_claim(stage, at=noon)
    return stage


@pytest.fixture
def bureau(stage: Stage) -> Bureau:
    bureau = Bureau()
    make_indicators(stage, bureau)
    return bureau


def at_once(app: Flask, act: Callable[[], object]) -> int:
    """How many of the same act at the same moment took effect."""

    def work() -> bool:
        with transaction():
            act()
        return True

    db.session.rollback()
    results = together(app, [work] * MANY)
    db.session.rollback()  # what we read before is over
    return sum(one is True for one in results)


def test_the_same_batch_is_made_once(app: Flask, stage: Stage, bureau: Bureau, noon: datetime) -> None:
    new = NewBatch(scheme_of(stage), 2026)

    done = at_once(app, lambda: services.make_batch(new, actor=bureau.making, at=noon))

    assert done == 1
    assert list(verify.findings()) == []


def test_a_batch_is_released_once(app: Flask, stage: Stage, bureau: Bureau, noon: datetime) -> None:
    batch = approved_batch(stage, bureau, at=noon).public_id

    done = at_once(app, lambda: services.release(batch, actor=bureau.checking, at=noon))

    assert done == 1
    assert [total.spent for total in ledger.indicator_totals()] == [HOLD // 2] * 2


def test_a_result_file_pays_once(app: Flask, stage: Stage, bureau: Bureau, noon: datetime) -> None:
    batch = sent_batch(stage, bureau, at=noon)
    public_id, rows = batch.public_id, answers(batch)
    changed: list[int] = []

    def take_in() -> None:
        taken = services.import_result(public_id, rows, content=b"x", actor=bureau.making, at=noon)
        changed.append(sum(one.changed for one in taken))

    at_once(app, take_in)

    assert sum(changed) == len(rows)
    assert list(verify.findings()) == []
