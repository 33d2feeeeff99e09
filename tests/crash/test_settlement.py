"""A batch of many lines killed at any of them: nothing of it, or all; done again, each line is paid once."""

import os
import random
import time
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from datetime import datetime

import pytest
from flask import Flask
from sqlalchemy import func, select

from tests.crash.child import alone
from tests.crash.results import keep, spent
from tests.crash.state import assert_sound, picture
from tests.factories.accounts import make_user
from tests.factories.redemption import EARLY, Stage, make_stage
from tests.factories.settlement import Bureau, answers, make_indicators, scheme_of
from tests.races.claims import drafts
from tests.settlement.test_asked_again import AGAIN
from vouchers.accounts.states import Role
from vouchers.db.base import db
from vouchers.db.transaction import transaction
from vouchers.kernel import faults
from vouchers.ledger.models import LedgerAccount
from vouchers.ledger.states import AccountKind
from vouchers.redemption import services as claims
from vouchers.redemption.services import Approval, Verification
from vouchers.settlement import queries, services
from vouchers.settlement.models import Batch, PaymentAttempt
from vouchers.settlement.rules.bank_file import AnswerRow, Encoding
from vouchers.settlement.services import NewBatch, Signature
from vouchers.settlement.states import AttemptState

IS_FULL = os.environ.get("SIEGE") == "full"
CLAIMS, KILLS = (500, 8) if IS_FULL else (3, 1)
"""Each claim is two lines, of the city and of the district, for its pack asks again: such a claim is paid apart."""
AMOUNT = 9_000
LINE = "event.left"  # every claim that joins a batch, every line sent, paid or refused leaves an event of its own


@pytest.mark.database(*(("sqlite", "postgresql") if IS_FULL else ("sqlite",)))
def test_a_batch_killed_at_any_line_is_done_or_not_and_each_line_is_paid_once(app: Flask, noon: datetime) -> None:
    begun, kills = time.monotonic(), Counter[str]()
    stage, bureau = make_stage(changes=AGAIN), Bureau()
    make_indicators(stage, bureau)
    due, scheme = approved(stage, at=noon), scheme_of(stage)

    def make() -> object:
        return services.make_batch(NewBatch(scheme, 2026), actor=bureau.making, at=noon)

    kills["make"] = killed_at_lines(app, make)
    public_id = signed(bureau, at=noon)
    kills["release"] = killed_at_lines(app, lambda: services.release(public_id, actor=bureau.checking, at=noon))
    told = exported(public_id, bureau, at=noon)

    def answer() -> object:
        return services.import_result(public_id, told, content=b"x", actor=bureau.making, at=noon)

    kills["answer"] = killed_at_lines(app, answer)
    after = picture()
    with transaction():
        answer()  # the whole file again

    assert {**picture(), "rows": {}} == {**after, "rows": {}}  # but for the event that says so
    assert_each_paid_once(due)
    shown = {"lines": 2 * CLAIMS, **{f"kills: {name}": kills[name] for name in kills}, "lines doubled or lost": 0}
    keep("kills-in-a-settlement", db.engine.dialect.name, {**shown, **spent(begun)})


def assert_each_paid_once(due: int) -> None:
    """Every line there is has been paid, by one attempt, and what was owed is paid to the fen."""
    paid = db.session.execute(select(PaymentAttempt.line_id, PaymentAttempt.state)).all()
    assert Counter(state for _, state in paid) == {AttemptState.PAID: 2 * CLAIMS}
    assert len({line for line, _ in paid}) == 2 * CLAIMS
    assert (fen_in(AccountKind.PAYABLE), fen_in(AccountKind.PAID)) == (0, due)
    assert_sound()


def signed(bureau: Bureau, *, at: datetime) -> str:
    """The batch that was made, with both signatures."""
    public_id = db.session.scalars(select(Batch.public_id)).one()
    with transaction():
        batch = services.lock(public_id, actor=bureau.making, at=at)
        signature = Signature(batch.version, batch.total)
    with transaction():
        services.approve(public_id, signature, actor=bureau.checking, at=at)
    return public_id


def exported(public_id: str, bureau: Bureau, *, at: datetime) -> list[AnswerRow]:
    """Send the file to the bank; its answer."""
    with transaction():
        services.export_file(public_id, Encoding.UTF8, actor=bureau.making, at=at)
    told = answers(queries.get(public_id))
    db.session.rollback()
    return told


def approved(stage: Stage, *, at: datetime) -> int:
    """So many claims that wait to be paid; what they come to."""
    reviewer = make_user(Role.REVIEWER, at=EARLY).actor(Role.REVIEWER)
    decider = make_user(Role.DECIDER, at=EARLY, name="周审定").actor(Role.DECIDER)
    for draft in drafts(stage, CLAIMS, amount=AMOUNT, net=2 * AMOUNT, at=at):
        with transaction():
            claim = claims.submit_draft(draft.public_id, actor=stage.provider, at=at)
            db.session.flush()
            claim = claims.verify_claim(claim.public_id, Verification(claim.version, "已查验"), actor=reviewer, at=at)
            db.session.flush()
            claims.approve_claim(claim.public_id, Approval(claim.version, claim.amount), actor=decider, at=at)
    return CLAIMS * AMOUNT


def killed_at_lines(app: Flask, act: Callable[[], object]) -> int:
    """Kill an act at lines drawn by lot, at full counts at the first and last too; how many kills it took."""

    def done() -> None:
        with transaction():
            act()

    def counted() -> int:
        lines: list[str] = []
        with faults.armed(lines.append):
            with_transaction_undone(act)
        return lines.count(LINE)

    before, most = picture(), alone(app, counted).said
    assert most > CLAIMS
    drawn = random.sample(range(1, most + 1), KILLS)
    chosen = sorted({1, most, *drawn} if IS_FULL else drawn)
    for nth in chosen:
        assert alone(app, done, f"{LINE}:kill:{nth}").is_killed, nth
        assert picture() == before, nth
    assert not alone(app, done).is_killed
    return len(chosen)


def with_transaction_undone(act: Callable[[], object]) -> None:
    """Do it, and take it back."""
    with suppress(Undone), transaction():
        act()
        raise Undone


class Undone(Exception):
    """It was only tried."""


def fen_in(kind: AccountKind) -> int:
    """What rests in accounts of this kind."""
    found = db.session.scalar(select(func.sum(LedgerAccount.balance)).where(LedgerAccount.kind == kind))
    return int(found or 0)
