"""What always holds, by the numbers of the page on the domain; the laws behind 1 to 5 also live in `test_life`."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import delete, func, select, update
from sqlalchemy.exc import DBAPIError

from tests.factories.accounts import MAKER, appoint_too, make_user
from tests.factories.applications import make_applicant, make_ground
from tests.factories.redemption import (
    EARLY,
    FACE,
    HOLD,
    Stage,
    approved_claim,
    checked_claim,
    invoice_file,
    make_stage,
    new_claim,
    verified_claim,
)
from tests.factories.review import make_decided
from tests.factories.settlement import Bureau, answers, make_indicators, open_batch, scheme_of, sent_batch
from tests.invariants.verifying import broken, verifiers
from tests.races.conftest import NOON
from vouchers.accounts import idempotency
from vouchers.accounts.idempotency import Answer, Asked
from vouchers.accounts.models import StoredAnswer
from vouchers.accounts.states import Role
from vouchers.applications import queries as applications
from vouchers.audit.models import AuditEvent
from vouchers.audit.services import Subject, record
from vouchers.audit.watch import SilentWriteError
from vouchers.db.base import db
from vouchers.db.transaction import transaction
from vouchers.issuance import services as issuance
from vouchers.kernel.errors import Conflict, RuleViolation
from vouchers.ledger import queries as ledger
from vouchers.ledger import services as posting
from vouchers.ledger.models import LedgerAccount, Transfer
from vouchers.ledger.rules import Cap
from vouchers.ledger.states import AccountKind
from vouchers.notices import services as notices
from vouchers.policy.models import SchemeVersion
from vouchers.policy.rules.decision import decide
from vouchers.redemption import queries as claims
from vouchers.redemption import services as redemption
from vouchers.redemption.models import Claim
from vouchers.redemption.services import Approval, Verification
from vouchers.settlement import queries as settlement
from vouchers.settlement import services as paying

pytestmark = pytest.mark.database("sqlite")


@pytest.fixture
def stage(app: Flask) -> Stage:
    return make_stage()


def test_every_slice_that_can_verify_is_asked(app: Flask) -> None:
    assert set(app.extensions["verifiers"]) == set(verifiers())


def test_1_debits_equal_credits_and_no_account_goes_below_zero(stage: Stage) -> None:
    approved_claim(stage, at=NOON)

    assert db.session.scalar(select(func.sum(LedgerAccount.balance))) == 0
    sources = ("grant", "treasury", "allowance")
    lowest = select(func.min(LedgerAccount.balance)).where(LedgerAccount.kind.not_in(sources))
    assert db.session.scalar(lowest) == 0
    assert broken() == []


def test_2_both_books_add_up_and_paid_equals_spent_per_layer(stage: Stage) -> None:
    approved_claim(stage, at=NOON)
    bureau = Bureau()
    make_indicators(stage, bureau)
    sent_batch(stage, bureau, at=NOON)

    spent = {total.document.layer: total.spent for total in ledger.indicator_totals(stage.scheme_id)}

    totals = ledger.pot_totals(stage.scheme_id)
    assert all(total.adds_up for total in totals)
    assert {total.layer: total.paid for total in totals} == spent == {"city": HOLD // 2, "district": HOLD // 2}


def test_3_claims_never_exceed_the_face(stage: Stage) -> None:
    checked_claim(stage, at=NOON, amount=HOLD)

    with pytest.raises(RuleViolation):
        checked_claim(stage, at=NOON, amount=100, invoice=invoice_file(stage, net=200))

    assert db.session.scalar(select(func.sum(Claim.amount)).where(Claim.state == "checked")) == HOLD < FACE


def test_4_an_invoice_is_used_once_over_all_schemes(stage: Stage) -> None:
    paper = invoice_file(stage, net=100_000)
    checked_claim(stage, at=NOON, amount=10_000, invoice=paper)

    with pytest.raises(RuleViolation) as refusal:
        checked_claim(stage, at=NOON, amount=10_000, invoice=paper)

    assert any(finding.field == "invoice" or "发票" in finding.message for finding in refusal.value.findings)
    used = claims.invoice_by_key(paper.paper.key)
    assert used is not None
    assert used.allocated <= used.eligible


def test_5_a_cap_is_drawn_to_the_last_fen_and_no_further(stage: Stage) -> None:
    cap = Cap("cap-test", stage.scheme_id, "somebody", "2026", 1_000)

    def draw(fen: int, key: str) -> None:
        with transaction():
            posting.draw(cap, fen, key=key, actor=MAKER, at=NOON)
            record("test.draw", Subject("cap", key), actor=MAKER, at=NOON)

    draw(999, "a")
    with pytest.raises(RuleViolation):
        draw(2, "b")
    draw(1, "c")

    assert ledger.balance(cap.account(AccountKind.QUOTA)) == 0


def test_6_a_line_is_paid_once_however_often_its_answer_comes(stage: Stage) -> None:
    approved_claim(stage, at=NOON)
    bureau = Bureau()
    make_indicators(stage, bureau)
    batch = sent_batch(stage, bureau, at=NOON)
    told = answers(batch)

    for _ in range(3):
        with transaction():
            paying.import_result(batch.public_id, told, content=b"x", actor=bureau.making, at=NOON)

    rows = settlement.payment_rows(settlement.get(batch.public_id), "")
    assert sum(row.amount for row in rows) == batch.total == HOLD
    assert sum(total.paid for total in ledger.pot_totals(stage.scheme_id)) == HOLD
    with pytest.raises(Conflict), transaction():
        paying.release(batch.public_id, actor=bureau.checking, at=NOON)


def test_7_the_same_key_gives_the_first_answer_and_moves_nothing(app: Flask) -> None:
    done: list[str] = []

    def press(fingerprint: str) -> Answer:
        def work() -> Answer:
            done.append(fingerprint)
            return Answer(f"/{len(done)}")

        with transaction():
            return idempotency.once(Asked("user:1", "test", "a-key-of-sixteen!", fingerprint), work, at=NOON)

    assert press("body") == press("body") == Answer("/1")
    with pytest.raises(RuleViolation):
        press("another body")
    assert done == ["body"]


def test_7_a_press_whose_key_was_forgotten_has_no_second_effect(stage: Stage) -> None:
    """Keys are kept for the life of a voucher; what they leave behind is unique in the business as well (INV-22)."""
    bureau, reviewer = Bureau(), make_user(Role.REVIEWER, at=EARLY).actor(Role.REVIEWER)
    decider = make_user(Role.DECIDER, at=EARLY, name="周审定").actor(Role.DECIDER)
    make_indicators(stage, bureau)
    new, found = new_claim(stage), {"claim": "", "batch": ""}

    def submit() -> None:
        found["claim"] = redemption.submit_claim(new, actor=stage.provider, at=NOON).public_id

    def verify() -> None:
        seen = claims.get(found["claim"]).version
        redemption.verify_claim(found["claim"], Verification(seen, "已查验，一致"), actor=reviewer, at=NOON)

    def approve() -> None:
        approval = Approval(claims.get(found["claim"]).version, HOLD)
        redemption.approve_claim(found["claim"], approval, actor=decider, at=NOON)

    def make() -> None:
        found["batch"] = paying.make_batch(
            paying.NewBatch(scheme_of(stage), 2026), actor=bureau.making, at=NOON
        ).public_id

    for place, act in enumerate((submit, verify, approve, make)):

        def work(act: Callable[[], None] = act) -> Answer:
            act()
            return Answer("/done")

        asked = Asked("user:1", "test", f"a-key-of-sixteen-{place}", "f" * 64)
        with transaction():
            idempotency.once(asked, work, at=NOON)
        with transaction():
            db.session.execute(delete(StoredAnswer))
            record("test.forget", Subject("stored_answer", "all"), actor=MAKER, at=NOON)
        before = db.session.scalar(select(func.count()).select_from(Transfer))
        with pytest.raises((Conflict, RuleViolation)), transaction():
            idempotency.once(asked, work, at=NOON)
        db.session.rollback()
        assert db.session.scalar(select(func.count()).select_from(Transfer)) == before
    assert broken() == []


def test_8_a_transition_leaves_one_event_and_a_silent_change_is_undone(stage: Stage) -> None:
    claim = approved_claim(stage, at=NOON).public_id

    acts = db.session.scalars(select(AuditEvent.act).where(AuditEvent.subject_id == claim)).all()
    assert sorted(acts) == ["claim.approve", "claim.check", "claim.draft", "claim.submit", "claim.verify"]
    with pytest.raises(SilentWriteError), transaction():
        db.session.execute(update(Claim).values(outcome_reason="x"))
    assert claims.get(claim).outcome_reason == ""


def test_9_nobody_examines_and_decides_one_case(stage: Stage) -> None:
    one = make_user(Role.REVIEWER, at=EARLY)
    claim = verified_claim(stage, at=NOON, verifier=one)

    approval = Approval(claim.version, claim.amount)
    decider = appoint_too(one, Role.DECIDER, at=EARLY)
    with pytest.raises(RuleViolation), transaction():
        redemption.approve_claim(claim.public_id, approval, actor=decider, at=NOON)

    db.session.rollback()
    assert claims.get(claim.public_id).state == "verified"


def test_10_a_case_replays_to_the_same_answer_on_a_version_that_cannot_change(app: Flask) -> None:
    ground = make_ground(at=NOON)
    case = make_decided(ground, make_applicant(at=NOON), at=NOON)
    stored, compiled = applications.decision_of(case), applications.compiled_of(case)
    assert stored is not None

    facts = {name: compiled.vocabulary[name].read(value) for name, value in stored.facts.items()}
    again = decide(compiled, case.voucher_kind, facts, on=stored.on)

    assert again.as_dict() == stored.as_dict()
    db.session.rollback()
    with db.engine.connect() as connection, pytest.raises(DBAPIError, match=r"frozen|not changed"):
        connection.execute(update(SchemeVersion).values(source="x"))


def test_11_a_voucher_follows_its_notice(app: Flask) -> None:
    ground = make_ground(at=NOON)
    case = make_decided(ground, make_applicant(at=NOON), at=NOON)
    decider = ground.officer("decider")

    def issue(days: int = 0) -> str:
        with transaction():
            return issuance.issue(case.public_id, actor=decider, at=NOON + timedelta(days=days)).public_id

    def approve(days: int) -> None:
        with transaction():
            approval = notices.Approval("渝中数〔2026〕9号", applications.get(case.public_id).version)
            notices.approve(case.public_id, approval, actor=decider, at=NOON + timedelta(days=days))

    with pytest.raises(Conflict):
        issue()
    with pytest.raises((Conflict, RuleViolation)):
        approve(0)
    with transaction():
        new = notices.NewNotice("公示", (case.public_id,))
        notices.open_notice(new, actor=ground.officer("first"), at=NOON)
    with pytest.raises((Conflict, RuleViolation)):
        approve(1)
    with pytest.raises(Conflict):
        issue(1)
    with transaction():
        notices.end_due(actor=MAKER, at=NOON + timedelta(days=30))
    approve(31)

    assert issue(31)
    assert broken() == []


def test_12_rehearsal_data_never_enters_a_batch(stage: Stage) -> None:
    claim = approved_claim(stage, at=NOON)
    bureau = Bureau()
    make_indicators(stage, bureau)
    with transaction():
        db.session.execute(update(Claim).where(Claim.id == claim.id).values(is_rehearsal=True))
        record("test.rehearse", Subject("claim", claim.public_id), actor=MAKER, at=NOON)

    with pytest.raises(RuleViolation):
        open_batch(stage, bureau, at=NOON)
