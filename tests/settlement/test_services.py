"""Batches through their services, on both databases."""

from datetime import datetime, timedelta

import pytest
from flask import Flask

from tests.factories.accounts import appoint_too, make_user
from tests.factories.redemption import EARLY, HOLD, MAKER, Stage, add_account, approved_claim, make_stage
from tests.factories.settlement import (
    LAYERS,
    Bureau,
    answer_file,
    answers,
    approved_batch,
    locked_batch,
    make_indicators,
    open_batch,
    scheme_of,
    sent_batch,
)
from vouchers.accounts.states import Role
from vouchers.db.transaction import transaction
from vouchers.kernel.errors import Conflict, RuleViolation
from vouchers.ledger import queries as ledger
from vouchers.ledger.rules import AccountKey
from vouchers.redemption import queries as redemption
from vouchers.redemption.states import ClaimState
from vouchers.settlement import queries, services, verify
from vouchers.settlement.rules.bank_file import AnswerRow, Encoding, Outcome, read_answers
from vouchers.settlement.services import NewBatch, Signature
from vouchers.settlement.states import AttemptState, BatchState, LineState

pytestmark = pytest.mark.database


@pytest.fixture
def stage(app: Flask) -> Stage:
    return make_stage()


@pytest.fixture
def bureau(app: Flask) -> Bureau:
    return Bureau()


def take_in(batch: str, rows: list[AnswerRow], bureau: Bureau, at: datetime) -> list[services.Answered]:
    with transaction():
        return services.import_result(batch, rows, content=b"x", actor=bureau.making, at=at)


def in_account(key: AccountKey) -> int:
    return ledger.balance(key)


def test_a_batch_has_one_line_per_payee_and_paying_body(stage: Stage, bureau: Bureau, noon: datetime) -> None:
    claim = approved_claim(stage, at=noon)
    make_indicators(stage, bureau)

    batch = open_batch(stage, bureau, at=noon)

    attempts = queries.attempts_of(batch)
    assert [(one.line.layer, one.line.amount) for one in attempts] == [(layer, HOLD // 2) for layer in LAYERS]
    assert batch.total == HOLD
    assert attempts[0].line.account_tail == "3445"
    assert redemption.get(claim.public_id).state is ClaimState.BATCHED


def test_what_no_indicator_covers_is_left_out_with_the_reason(stage: Stage, bureau: Bureau, noon: datetime) -> None:
    approved_claim(stage, at=noon)
    make_indicators(stage, bureau, layers=("city",))

    plan = queries.plan_for(stage.scheme_id, 2026, on=noon.date())

    assert [line.layer for line in plan.lines] == ["city"]
    assert [left.why.code for left in plan.left_out] == ["settlement.no_indicator"]


def test_a_payee_without_an_account_is_left_out(app: Flask, bureau: Bureau, noon: datetime) -> None:
    stage = make_stage(accounts=False)
    approved_claim(stage, at=noon)
    make_indicators(stage, bureau)

    with pytest.raises(RuleViolation) as refused:
        open_batch(stage, bureau, at=noon)

    assert {finding.code for finding in refused.value.findings} == {"settlement.nothing", "settlement.no_account"}


def test_a_claim_is_in_one_batch_only(stage: Stage, bureau: Bureau, noon: datetime) -> None:
    approved_claim(stage, at=noon)
    make_indicators(stage, bureau)
    open_batch(stage, bureau, at=noon)

    with pytest.raises(RuleViolation):
        open_batch(stage, bureau, at=noon)


def test_two_schemes_each_their_own_batch(stage: Stage, bureau: Bureau, noon: datetime) -> None:
    other = make_stage()
    approved_claim(stage, at=noon)
    approved_claim(other, at=noon)
    make_indicators(stage, bureau)

    batch = open_batch(stage, bureau, at=noon)

    assert batch.total == HOLD
    with pytest.raises(RuleViolation):
        open_batch(other, bureau, at=noon)


def test_the_maker_does_not_check(stage: Stage, bureau: Bureau, noon: datetime) -> None:
    approved_claim(stage, at=noon)
    make_indicators(stage, bureau)
    batch = locked_batch(stage, bureau, at=noon)
    public_id, signature = batch.public_id, Signature(batch.version, batch.total)

    with pytest.raises(RuleViolation) as refused, transaction():
        services.approve(public_id, signature, actor=bureau.making, at=noon)

    assert refused.value.findings[0].code == "settlement.same_person"


def test_a_wrong_total_is_refused_and_not_told(stage: Stage, bureau: Bureau, noon: datetime) -> None:
    approved_claim(stage, at=noon)
    make_indicators(stage, bureau)
    batch = locked_batch(stage, bureau, at=noon)
    public_id, signature = batch.public_id, Signature(batch.version, batch.total + 1)

    with pytest.raises(RuleViolation) as refused, transaction():
        services.approve(public_id, signature, actor=bureau.checking, at=noon)

    (finding,) = refused.value.findings
    assert finding.code == "settlement.total"
    assert "50,000.00" not in finding.text


def test_who_examined_a_claim_does_not_pay_it(stage: Stage, bureau: Bureau, noon: datetime) -> None:
    verifier = make_user(Role.REVIEWER, at=EARLY)
    approved_claim(stage, at=noon, verifier=verifier)
    make_indicators(stage, bureau)
    scheme, office_id = scheme_of(stage), bureau.maker.office_id
    maker = appoint_too(verifier, Role.FINANCE_MAKER, at=EARLY, office_id=office_id)

    with pytest.raises(RuleViolation) as refused, transaction():
        services.make_batch(NewBatch(scheme, 2026), actor=maker, at=noon)

    assert refused.value.findings[0].code == "duty-held"


def test_release_pays_and_spends_once(stage: Stage, bureau: Bureau, noon: datetime) -> None:
    claim = approved_claim(stage, at=noon)
    make_indicators(stage, bureau)
    batch = approved_batch(stage, bureau, at=noon)

    with transaction():
        services.release(batch.public_id, actor=bureau.checking, at=noon)

    payee = claim.payee.public_id
    assert [in_account(stage.pot.paid(layer, payee=payee)) for layer in LAYERS] == [HOLD // 2] * 2
    assert [in_account(stage.pot.payable(layer, payee=payee)) for layer in LAYERS] == [0, 0]
    assert [total.spent for total in ledger.indicator_totals()] == [HOLD // 2] * 2
    with pytest.raises(Conflict), transaction():
        services.release(batch.public_id, actor=bureau.checking, at=noon)


def test_the_payment_file_equals_the_batch(stage: Stage, bureau: Bureau, noon: datetime) -> None:
    approved_claim(stage, at=noon)
    make_indicators(stage, bureau)
    batch = sent_batch(stage, bureau, at=noon)

    with transaction():
        again = services.export_file(batch.public_id, Encoding.UTF8, actor=bureau.making, at=noon)

    lines = again.content.decode("utf-8-sig").splitlines()
    assert len(lines) == 1 + batch.line_count
    assert '"25000.00"' in lines[1]
    assert again.sha256 == batch.file_hash
    assert batch.state is BatchState.SENT


def test_answers_pay_lines_and_claims(stage: Stage, bureau: Bureau, noon: datetime) -> None:
    claim = approved_claim(stage, at=noon)
    make_indicators(stage, bureau)
    batch = sent_batch(stage, bureau, at=noon)
    rows = read_answers(answer_file(answers(batch)))

    answered = take_in(batch.public_id, rows, bureau, noon)

    assert all(one.changed for one in answered)
    assert redemption.get(claim.public_id).state is ClaimState.PAID
    assert queries.get(batch.public_id).state is BatchState.RECONCILED


def test_the_same_answers_again_change_nothing(stage: Stage, bureau: Bureau, noon: datetime) -> None:
    claim = approved_claim(stage, at=noon)
    make_indicators(stage, bureau)
    batch = sent_batch(stage, bureau, at=noon)
    rows = answers(batch)
    take_in(batch.public_id, rows, bureau, noon)

    late = [AnswerRow(row.place, row.number, Outcome.REFUSED, "X1", "迟到的退票") for row in rows]
    unknown = AnswerRow(9, "DF01-2026-99999-0001", Outcome.PAID, "X2", "")
    answered = take_in(batch.public_id, [*rows, *late, unknown], bureau, noon)

    assert not any(one.changed for one in answered)
    assert [one.text[:4] for one in answered] == ["重复：与"] * 2 + ["已登记为"] * 2 + ["本批没有"]
    payee = claim.payee.public_id
    assert [in_account(stage.pot.paid(layer, payee=payee)) for layer in LAYERS] == [HOLD // 2] * 2


def test_a_bank_reference_pays_one_line(stage: Stage, bureau: Bureau, noon: datetime) -> None:
    approved_claim(stage, at=noon)
    make_indicators(stage, bureau)
    batch = sent_batch(stage, bureau, at=noon)
    first, second = answers(batch)

    answered = take_in(
        batch.public_id, [first, AnswerRow(3, second.number, Outcome.PAID, first.reference, "")], bureau, noon
    )

    assert [one.changed for one in answered] == [True, False]


def test_a_refused_line_is_owed_again_and_paid_by_a_follow_up(stage: Stage, bureau: Bureau, noon: datetime) -> None:
    claim = approved_claim(stage, at=noon)
    make_indicators(stage, bureau)
    batch = sent_batch(stage, bureau, at=noon)
    good, bad = answers(batch)
    take_in(batch.public_id, [good, AnswerRow(3, bad.number, Outcome.REFUSED, "", "账号有误")], bureau, noon)
    payee = claim.payee.public_id
    assert in_account(stage.pot.payable("district", payee=payee)) == HOLD // 2
    assert sorted(total.spent for total in ledger.indicator_totals()) == [0, HOLD // 2]
    later = noon + timedelta(days=1)
    with transaction():
        add_account(stage.provider_organisation_id, actor=MAKER, number="6222029999998888", at=later)

    with transaction():
        second = services.follow_up(batch.public_id, 2026, actor=bureau.making, at=later)
        second_id = second.public_id

    (attempt,) = queries.attempts_of(queries.get(second_id))
    assert (attempt.number, attempt.line.account_tail, attempt.line.state) == (2, "8888", LineState.DUE)
    finish(second_id, bureau, later)
    assert redemption.get(claim.public_id).state is ClaimState.PAID
    assert in_account(stage.pot.paid("district", payee=payee)) == HOLD // 2
    assert list(verify.findings()) == []


def test_a_refusal_in_a_later_year_goes_back_to_the_treasury(stage: Stage, bureau: Bureau, noon: datetime) -> None:
    approved_claim(stage, at=noon)
    make_indicators(stage, bureau)
    batch = sent_batch(stage, bureau, at=noon)
    next_year = noon + timedelta(days=300)

    take_in(batch.public_id, answers(batch, Outcome.REFUSED), bureau, next_year)

    assert [(total.unspent, total.spent) for total in ledger.indicator_totals()] == [(97_500_000, 0)] * 2
    assert {one.state for one in queries.attempts_of(queries.get(batch.public_id))} == {AttemptState.REFUSED}


def test_a_line_taken_out_of_an_open_batch_stays_due(stage: Stage, bureau: Bureau, noon: datetime) -> None:
    approved_claim(stage, at=noon)
    make_indicators(stage, bureau)
    batch = open_batch(stage, bureau, at=noon)
    attempt = queries.attempts_of(batch)[0].public_id

    with transaction():
        services.drop_line(batch.public_id, attempt, actor=bureau.making, at=noon)

    assert queries.get(batch.public_id).total == HOLD // 2
    again = open_batch(stage, bureau, at=noon)
    assert again.total == HOLD // 2


def finish(batch: str, bureau: Bureau, at: datetime) -> None:
    with transaction():
        locked = services.lock(batch, actor=bureau.making, at=at)
        signature = Signature(locked.version, locked.total)
    with transaction():
        services.approve(batch, signature, actor=bureau.checking, at=at)
    with transaction():
        services.release(batch, actor=bureau.checking, at=at)
    with transaction():
        services.export_file(batch, Encoding.GBK, actor=bureau.making, at=at)
    take_in(batch, answers(queries.get(batch), reference="ZF"), bureau, at)
