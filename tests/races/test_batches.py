"""Batches under fire: made once, released once, and an answer of the bank pays once."""

import json

import pytest

from tests.factories.redemption import HOLD, Stage, approved_claim, make_stage
from tests.factories.settlement import (
    Bureau,
    answer_file,
    answers,
    approved_batch,
    make_indicators,
    scheme_of,
    sent_batch,
)
from tests.races.conftest import NOON, Siege
from tests.races.harness import Visitor, counts
from vouchers.audit import queries as audit
from vouchers.db.base import db
from vouchers.ledger import queries as ledger
from vouchers.parties.models import Organisation
from vouchers.settlement import queries

MANY = 5


@pytest.fixture
def bureau(siege: Siege) -> Bureau:
    return Bureau()


@pytest.fixture
def maker(siege: Siege, bureau: Bureau) -> Visitor:
    return siege.visitor(bureau.maker)


def due(bureau: Bureau) -> Stage:
    """A scheme with money and one claim that waits to be paid."""
    stage = make_stage()
    make_indicators(stage, bureau)
    approved_claim(stage, at=NOON)
    return stage


def acts_on(batch: str) -> list[str]:
    return [event.act for event in audit.history_of("batch", batch)]


def test_what_is_due_goes_into_one_batch(siege: Siege, bureau: Bureau, maker: Visitor, rounds: int) -> None:
    for _ in range(rounds):
        press = {"seen_version": 0, "scheme": scheme_of(due(bureau)), "fiscal_year": 2026}
        maker.get("/office/batches/new")

        replies = siege.fire([maker.shot("/office/batches/new", press) for _ in range(MANY)])

        assert counts(replies) == {303: 1, 422: MANY - 1}


def test_a_batch_is_released_once_by_fifty_presses(siege: Siege, bureau: Bureau, at_once: int, rounds: int) -> None:
    checker = siege.visitor(bureau.checker)
    for _ in range(rounds):
        stage = due(bureau)
        batch = approved_batch(stage, bureau, at=NOON)
        public_id, press = batch.public_id, {"seen_version": batch.version}
        checker.get(f"/office/batches/{public_id}/release")

        replies = siege.fire([checker.shot(f"/office/batches/{public_id}/release", press) for _ in range(at_once)])

        assert counts(replies) == {303: 1, 409: at_once - 1}
        assert acts_on(public_id).count("batch.release") == 1
        assert paid_to(stage) == HOLD


def test_an_answer_file_pays_each_line_once(siege: Siege, bureau: Bureau, maker: Visitor, rounds: int) -> None:
    for _ in range(rounds):
        batch = sent_batch(due(bureau), bureau, at=NOON)
        public_id, rows = batch.public_id, answers(batch, reference=f"YH{batch.id}-")
        press = {"seen_version": batch.version}
        path = f"/office/batches/{public_id}/result"
        maker.get(path)

        replies = siege.fire([maker.file_shot(path, press, file=answer_file(rows)) for _ in range(MANY)])

        taken = [row for reply in replies if reply.status == 200 for row in json.loads(reply.text)["rows"]]
        assert counts(replies).get(200, 0) >= 1
        assert set(counts(replies)) <= {200, 409}
        assert sum(row["changed"] for row in taken) == len(rows)
        assert [one.state.value for one in queries.attempts_of(queries.get(public_id))] == ["paid"] * len(rows)


def paid_to(stage: Stage) -> int:
    """What was paid out under this scheme, in fen."""
    payee = db.session.get_one(Organisation, stage.provider_organisation_id).public_id
    return sum(ledger.balance(stage.pot.paid(layer, payee=payee)) for layer in ("city", "district"))
