"""Conditions asked again before payment: one line stops with its reason, the rest is paid, nothing is lost."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from tests.factories.accounts import sign_in
from tests.factories.redemption import HOLD, NET, Stage, approved_claim, invoice_file, make_stage, new_claim
from tests.factories.settlement import Bureau, approved_batch, make_indicators, open_batch
from tests.pages import PageClient
from vouchers.audit import queries as audit
from vouchers.db.base import db
from vouchers.db.transaction import transaction
from vouchers.issuance.models import Voucher
from vouchers.kernel.actor import command
from vouchers.kernel.errors import RuleViolation
from vouchers.messages.queries import inbox_of
from vouchers.parties.services import record_fact
from vouchers.parties.states import FactSource
from vouchers.redemption import queries as redemption
from vouchers.redemption import services as claims
from vouchers.redemption.models import Claim
from vouchers.redemption.states import ClaimState
from vouchers.settlement import queries, services
from vouchers.settlement.states import BatchState, LineState

AGAIN = (
    (
        """    at: [application, redemption]
    when: {operating_status: operating}""",
        """    at: [application, redemption, payment]
    when: {operating_status: operating}""",
    ),
)
COUPONS = "at: [payment]\n    when: {coupons: {at_most: 0 元}}"
LATER = timedelta(minutes=1)


@pytest.fixture
def stage(app: Flask) -> Stage:
    return make_stage(changes=AGAIN)


@pytest.fixture
def bureau(app: Flask) -> Bureau:
    return Bureau()


def recorded(stage: Stage, value: str, *, at: datetime) -> None:
    holder = db.session.scalars(select(Voucher).where(Voucher.public_id == stage.voucher)).one().enterprise
    with transaction():
        record_fact(
            holder.organisation_id,
            "operating_status",
            value,
            source=FactSource.REGISTER,
            actor=command("register"),
            at=at,
        )


@pytest.mark.database
def test_a_holder_struck_off_after_the_award_is_left_out_and_taken_up_again(
    stage: Stage, bureau: Bureau, noon: datetime
) -> None:
    claim = approved_claim(stage, at=noon)
    make_indicators(stage, bureau)
    recorded(stage, "cancelled", at=noon)

    with pytest.raises(RuleViolation, match=r"付款前再次核对.*登记状态：注销.*仍然应付"):
        open_batch(stage, bureau, at=noon)

    assert redemption.get(claim.public_id).state is ClaimState.APPROVED
    recorded(stage, "operating", at=noon + LATER)
    assert open_batch(stage, bureau, at=noon + LATER).total == HOLD


@pytest.mark.database
def test_a_fact_that_changes_after_signing_stops_the_release_until_the_line_is_out(
    stage: Stage, bureau: Bureau, noon: datetime
) -> None:
    approved_claim(stage, at=noon)
    make_indicators(stage, bureau)
    public_id = approved_batch(stage, bureau, at=noon).public_id
    recorded(stage, "revoked", at=noon)

    with pytest.raises(RuleViolation, match=r"登记状态：吊销.*移出有关明细"), transaction():
        services.release(public_id, actor=bureau.checking, at=noon)
    with transaction():
        services.reopen(public_id, "一家单位吊销", actor=bureau.checking, at=noon)
    for attempt in [one.public_id for one in queries.attempts_of(queries.get(public_id))]:
        with transaction():
            services.drop_line(public_id, attempt, actor=bureau.making, at=noon)
    with pytest.raises(RuleViolation, match="登记状态：吊销"):
        open_batch(stage, bureau, at=noon)

    recorded(stage, "operating", at=noon + LATER)
    again = open_batch(stage, bureau, at=noon + LATER)
    assert again.total == HOLD
    assert {one.line.state for one in queries.attempts_of(again)} == {LineState.DUE}


@pytest.mark.database
def test_neither_signature_is_given_to_what_does_not_hold(stage: Stage, bureau: Bureau, noon: datetime) -> None:
    approved_claim(stage, at=noon)
    make_indicators(stage, bureau)
    public_id = open_batch(stage, bureau, at=noon).public_id
    recorded(stage, "revoked", at=noon)
    with pytest.raises(RuleViolation, match="登记状态：吊销"), transaction():
        services.lock(public_id, actor=bureau.making, at=noon)
    recorded(stage, "operating", at=noon + LATER)
    with transaction():
        batch = services.lock(public_id, actor=bureau.making, at=noon + LATER)
    signature = services.Signature(batch.version, batch.total)
    recorded(stage, "revoked", at=noon + 2 * LATER)

    with pytest.raises(RuleViolation, match="登记状态：吊销"), transaction():
        services.approve(public_id, signature, actor=bureau.checking, at=noon + 2 * LATER)

    assert queries.get(public_id).state is BatchState.LOCKED


def half_a_claim(stage: Stage, noon: datetime, **declared: int) -> Claim:
    reductions = {"coupons": 0, "gifts": 0, "refunds": 0, **declared}
    invoice, amount = invoice_file(stage, net=NET // 2), HOLD // 2 - sum(declared.values())
    return approved_claim(stage, at=noon, amount=amount, invoice=invoice, reductions=reductions)


@pytest.mark.database
def test_claims_that_are_asked_again_have_lines_of_their_own(stage: Stage, bureau: Bureau, noon: datetime) -> None:
    for _ in range(2):
        half_a_claim(stage, noon)
    make_indicators(stage, bureau)

    batch = open_batch(stage, bureau, at=noon)

    assert sorted(one.line.layer for one in queries.attempts_of(batch)) == ["city", "city", "district", "district"]
    assert {len(one.line.items) for one in queries.attempts_of(batch)} == {1}


@pytest.mark.database
def test_one_claim_stops_and_the_rest_of_the_batch_goes_on(app: Flask, bureau: Bureau, noon: datetime) -> None:
    stage = make_stage(changes=(("at: [redemption]\n    when: {is_delivered: true}", COUPONS),))
    good, bad = half_a_claim(stage, noon), half_a_claim(stage, noon, coupons=10_000)
    make_indicators(stage, bureau)

    batch = open_batch(stage, bureau, at=noon)

    assert batch.total == HOLD // 2
    assert redemption.get(good.public_id).state is ClaimState.BATCHED
    assert redemption.get(bad.public_id).state is ClaimState.APPROVED
    [made] = audit.history_of("batch", batch.public_id)
    assert made.details["stopped"] == [f"{bad.public_id}:city", f"{bad.public_id}:district"]
    for reader in (stage.enterprise, stage.provider):
        assert [one.code for one in inbox_of(reader, {}).rows].count("payment_stopped") == 1


@pytest.mark.database
def test_a_claim_is_not_handed_in_by_a_holder_struck_off(stage: Stage, noon: datetime) -> None:
    recorded(stage, "cancelled", at=noon)

    with pytest.raises(RuleViolation, match="不符合“登记状态为存续（在营）”"), transaction():
        claims.submit_claim(new_claim(stage), actor=stage.provider, at=noon)


def test_finance_reads_the_reason_before_the_batch_is_made(
    client: PageClient, clock: Any, stage: Stage, bureau: Bureau, noon: datetime
) -> None:
    approved_claim(stage, at=noon)
    make_indicators(stage, bureau)
    recorded(stage, "cancelled", at=noon)
    sign_in(client, bureau.maker)

    client.get("/office/batches/new")

    assert client.page is not None
    assert "不能列入" in client.page.text
    assert "付款前再次核对，不符合“登记状态为存续（在营）”（登记状态：注销）" in client.page.text
