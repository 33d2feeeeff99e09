"""Many redemptions at the same moment, on both databases: what is allowed happens, and nothing beyond."""

from collections.abc import Callable
from datetime import datetime

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.exc import OperationalError

from tests.factories.redemption import Stage, invoice_file, make_stage, make_stage_beside, new_claim
from tests.races import together as all_at_once
from vouchers.accounts import idempotency
from vouchers.accounts.idempotency import Answer, Asked
from vouchers.db.base import db
from vouchers.db.transaction import transaction
from vouchers.db.writing import Busy
from vouchers.kernel.errors import RuleViolation
from vouchers.ledger import queries as ledger
from vouchers.ledger.states import AccountKind
from vouchers.redemption import services, verify
from vouchers.redemption.models import Invoice
from vouchers.redemption.services import InvoiceFile, NewClaim

ONE_SUPPORT = (
    "      at: [application]\n      scope: contract\n      sources: all-levels",
    "      at: [application, redemption]\n      scope: contract\n      sources: all-levels",
)
pytestmark = pytest.mark.database
REFUSED = (RuleViolation, Busy, OperationalError)  # one that waited too long for its turn is told to come again


def together(app: Flask, works: list[Callable[[], str]]) -> list[str | BaseException]:
    """Let them go at once; our own session neither waits in a transaction nor reads an old snapshot afterwards."""
    db.session.rollback()
    results = all_at_once(app, works)
    db.session.rollback()
    return results


def submitting(stage: Stage, claim: NewClaim, at: datetime) -> Callable[[], str]:
    def submit() -> str:
        with transaction():
            return services.submit_claim(claim, actor=stage.provider, at=at).public_id

    return submit


def draft_of(stage: Stage, invoice: InvoiceFile, at: datetime) -> str:
    with transaction():
        claim = new_claim(stage, amount=1_000_000, invoice=invoice)
        return services.draft_claim(claim, actor=stage.provider, at=at).public_id


def handing_in(stage: Stage, draft: str, at: datetime) -> Callable[[], str]:
    def submit() -> str:
        with transaction():
            return services.submit_draft(draft, actor=stage.provider, at=at).public_id

    return submit


def test_a_hold_is_redeemed_three_times_by_a_third(app: Flask, noon: datetime) -> None:
    stage = make_stage(hold=3_000_000)
    db.session.rollback()  # making papers takes time: no transaction stays open meanwhile
    claims = [new_claim(stage, amount=1_000_000, invoice=invoice_file(stage, net=2_000_000)) for _ in range(50)]

    results = together(app, [submitting(stage, claim, noon) for claim in claims])

    assert sum(isinstance(one, str) for one in results) == 3, results
    assert all(isinstance(one, (str, *REFUSED)) for one in results), results
    assert ledger.balance_of(AccountKind.HELD, stage.order) == 0
    assert list(verify.findings()) == []


def test_one_invoice_backs_one_of_many_claims(app: Flask, noon: datetime) -> None:
    stage = make_stage()
    invoice = invoice_file(stage)
    claims = [new_claim(stage, amount=1_000_000, invoice=invoice) for _ in range(8)]

    results = together(app, [submitting(stage, claim, noon) for claim in claims])

    assert sum(isinstance(one, str) for one in results) == 1, results
    assert list(verify.findings()) == []


def test_one_invoice_backs_one_of_two_schemes_and_no_other_provider(app: Flask, noon: datetime) -> None:
    """Two schemes of two offices are asked to pay on one invoice; a provider who did not issue it asks for nothing."""
    stage, stranger = make_stage(), make_stage()
    invoice = invoice_file(stage)
    drafts = [(one, draft_of(one, invoice, noon)) for one in (stage, make_stage_beside(stage))]
    with pytest.raises(RuleViolation) as refusal:
        draft_of(stranger, invoice, noon)

    results = together(app, [handing_in(one, draft, noon) for one, draft in drafts])

    assert sum(isinstance(one, str) for one in results) == 1, results
    assert all(isinstance(one, (str, *REFUSED)) for one in results), results
    assert "seller" in {finding.code.rpartition(".")[2] for finding in refusal.value.findings}
    used = db.session.scalars(select(Invoice)).one()
    assert used.allocated == used.eligible
    assert list(verify.findings()) == []


def test_one_contract_is_supported_by_one_of_two_schemes(app: Flask, noon: datetime) -> None:
    """Each pack refuses a contract that another one supports, and both are asked at the same moment (INV-12)."""
    stage = make_stage(changes=(ONE_SUPPORT,))
    both = (stage, make_stage_beside(stage, changes=(ONE_SUPPORT,)))
    drafts = [(one, draft_of(one, invoice_file(one, net=2_000_000), noon)) for one in both]

    results = together(app, [handing_in(one, draft, noon) for one, draft in drafts])

    assert sum(isinstance(one, str) for one in results) == 1, results
    (refused,) = (one for one in results if isinstance(one, BaseException))
    assert isinstance(refused, RuleViolation)
    assert [finding.code for finding in refused.findings] == ["rule.no-double-support"]
    assert list(verify.findings()) == []


def test_the_same_key_fifty_times_has_one_effect_and_one_answer(app: Flask, noon: datetime) -> None:
    stage = make_stage()
    claim = new_claim(stage, amount=1_000_000)
    asked = Asked("user:1", "claim.submit", key="k" * 22, fingerprint="f" * 64)

    def press() -> str:
        def work() -> Answer:
            return Answer(services.submit_claim(claim, actor=stage.provider, at=noon).public_id)

        with transaction():
            return idempotency.once(asked, work, at=noon).location

    results = together(app, [press] * 50)

    answers = {one for one in results if isinstance(one, str)}
    assert len(answers) == 1, results
    assert all(isinstance(one, (str, *REFUSED)) for one in results)
    assert ledger.balance_of(AccountKind.HELD, answers.pop()) == 1_000_000
