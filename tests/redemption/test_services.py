"""Claims through their services, on both databases."""

from collections.abc import Callable
from dataclasses import replace
from datetime import date, datetime, timedelta

import pytest
from flask import Flask
from sqlalchemy import func, select

from tests.factories.accounts import appoint_too, make_user
from tests.factories.parties import received_pdf
from tests.factories.redemption import (
    EARLY,
    FEBRUARY,
    HOLD,
    NET,
    Stage,
    add_account,
    approved_claim,
    checked_claim,
    invoice_file,
    make_stage,
    new_claim,
    verified_claim,
)
from vouchers.accounts.states import Role
from vouchers.audit import services as audit
from vouchers.audit.models import AuditEvent
from vouchers.audit.services import Subject
from vouchers.audit.verify import findings as sealed_findings
from vouchers.db.base import db
from vouchers.db.transaction import transaction
from vouchers.issuance import queries as issuance
from vouchers.issuance import services as vouchers
from vouchers.issuance.states import VoucherState
from vouchers.kernel.errors import Conflict, NotFound, RuleViolation
from vouchers.kernel.periods import DateRange
from vouchers.ledger import queries as ledger
from vouchers.ledger.states import AccountKind
from vouchers.orders import services as orders
from vouchers.orders.states import Side
from vouchers.policy import queries as policy
from vouchers.policy.rules.decision import replay
from vouchers.policy.rules.results import Decision
from vouchers.redemption import queries, services, verify
from vouchers.redemption.invoices.specimen import SpecimenLine
from vouchers.redemption.services import Approval, NewClaim, Proof, Verification
from vouchers.redemption.states import ClaimState

pytestmark = pytest.mark.database
LAYERS = ("city", "district")
SHARED = (("invoice_use: one-claim-only", "invoice_use: shared"),)


@pytest.fixture
def stage(app: Flask) -> Stage:
    return make_stage()


def held(subject: str) -> int:
    return ledger.balance_of(AccountKind.HELD, subject)


def refusal(stage: Stage, claim: NewClaim, at: datetime) -> set[str]:
    with pytest.raises(RuleViolation) as refused, transaction():
        services.submit_claim(claim, actor=stage.provider, at=at)
    return {finding.code for finding in refused.value.findings}


def drawn() -> int:
    return ledger.balance_of(AccountKind.DRAWN, "redemption:cap-applicant-year")


def test_a_complete_claim_is_checked_and_takes_its_hold(stage: Stage, noon: datetime) -> None:
    claim = checked_claim(stage, at=noon)

    assert claim.state is ClaimState.CHECKED
    assert (held(claim.public_id), held(stage.order)) == (HOLD, 0)
    assert sum(row.amount for row in claim.allocations) == claim.base == NET
    db.session.refresh(claim.invoice)
    assert claim.invoice.allocated == NET
    assert drawn() == HOLD
    assert list(verify.findings()) == []


def test_each_transition_of_a_claim_has_one_event(stage: Stage, noon: datetime) -> None:
    claim = approved_claim(stage, at=noon)

    acts = [event.act for event in queries.history(claim)]

    assert acts == ["claim.draft", "claim.submit", "claim.check", "claim.verify", "claim.approve"]


def test_the_decision_is_stored_and_replays_to_the_same(stage: Stage, noon: datetime) -> None:
    claim = checked_claim(stage, at=noon)

    assert claim.decision is not None
    stored = Decision.from_dict(claim.decision)
    assert stored.amount is not None
    assert stored.amount.maximum == HOLD
    assert replay(policy.compiled(claim.voucher.scheme_version), stored) == stored


def test_an_approved_claim_becomes_payable(stage: Stage, noon: datetime) -> None:
    claim = approved_claim(stage, at=noon)

    assert claim.state is ClaimState.APPROVED
    assert held(claim.public_id) == 0
    payable = [stage.pot.payable(layer, payee=claim.payee.public_id) for layer in LAYERS]
    assert [ledger.balance(key) for key in payable] == [HOLD // 2, HOLD // 2]
    assert list(verify.findings()) == []
    assert list(sealed_findings()) == []  # the chain vouches for the row as the act left it


REFUSALS: list[tuple[str, Callable[[Stage], NewClaim]]] = [
    ("claim.held", lambda stage: new_claim(stage, amount=HOLD + 1)),
    ("claim.delivery", lambda stage: new_claim(stage, delivery=None)),
    ("rule.delivered", lambda stage: new_claim(stage, delivery=None)),
    ("claim.own_share", lambda stage: new_claim(stage, proofs=())),
    ("claim.service_order", lambda stage: new_claim(stage, service=DateRange(date(2026, 1, 31), date(2026, 2, 28)))),
    ("claim.service_validity", lambda stage: new_claim(stage, service=DateRange(date(2026, 1, 4), date(2026, 2, 28)))),
    ("claim.usage", lambda stage: new_claim(stage, service=DateRange(date(2026, 2, 2), date(2026, 2, 28)))),
    ("use.free", lambda stage: new_claim(stage, base=NET + 1)),
    ("rule.amount", lambda stage: new_claim(stage, invoice=invoice_file(stage, net=NET - 100_00))),
    ("rule.amount", lambda stage: new_claim(stage, reductions={"coupons": 200, "gifts": 0, "refunds": 0})),
    ("rule.amount", lambda stage: new_claim(stage, reductions={})),
    ("invoice.seller", lambda stage: new_claim(stage, invoice=invoice_file(stage, seller=stage.buyer))),
    ("invoice.buyer", lambda stage: new_claim(stage, invoice=invoice_file(stage, buyer=stage.seller))),
    ("invoice.date", lambda stage: new_claim(stage, invoice=invoice_file(stage, issued_on=date(2026, 3, 19)))),
    (
        "invoice.red_letter",
        lambda stage: new_claim(stage, invoice=invoice_file(stage, original_number="26502000000000000001")),
    ),
    ("claim.no_invoice", lambda stage: replace(new_claim(stage), invoice=None)),
]


def test_a_voucher_of_a_tier_that_the_scheme_does_not_know_is_refused_in_words(stage: Stage, noon: datetime) -> None:
    with transaction():
        issuance.lock(stage.voucher).tier = "gone"
        audit.record("test.tier", Subject("voucher", stage.voucher), actor=stage.provider, at=noon)

    with pytest.raises(RuleViolation) as refused, transaction():
        services.submit_claim(new_claim(stage), actor=stage.provider, at=noon)

    (told,) = [one.text for one in refused.value.findings if one.code == "rule.cap-by-tier"]
    assert "没有写明券的层级为“gone”时的额度，金额算不出来，请由主管部门核对" in told


@pytest.mark.database("sqlite")
@pytest.mark.parametrize(("code", "claim"), REFUSALS)
def test_each_flaw_refuses_and_leaves_nothing(
    stage: Stage, noon: datetime, code: str, claim: Callable[[Stage], NewClaim]
) -> None:
    codes = refusal(stage, claim(stage), noon)

    assert code in codes
    assert held(stage.order) == HOLD
    assert queries.of_order(1) == []


def test_a_related_provider_does_not_redeem(stage: Stage, noon: datetime) -> None:
    buyer = issuance.get(stage.voucher).enterprise.organisation_id
    with transaction():  # an account shared by both sides ties them
        add_account(buyer, actor=stage.enterprise)

    codes = refusal(stage, new_claim(stage), noon)

    assert codes == {"rule.unrelated-provider"}


def test_lines_that_do_not_count_are_left_out(stage: Stage, noon: datetime) -> None:
    lines = (
        SpecimenLine("*信息技术服务*智能算力租赁服务", 9_000_000, 540_000),
        SpecimenLine("*信息技术服务*对象存储服务费", 1_000_000, 60_000),
    )

    claim = checked_claim(
        stage, at=noon, amount=4_500_000, invoice=invoice_file(stage, lines=lines), proofs=(proof(6_100_000),)
    )

    assert (claim.base, claim.invoice.eligible) == (9_000_000, 9_000_000)


def test_a_frozen_voucher_is_not_redeemed(stage: Stage, noon: datetime) -> None:
    officer = make_user(Role.DECIDER, at=EARLY).actor(Role.DECIDER)
    with transaction():
        vouchers.freeze(stage.voucher, "核查", actor=officer, at=noon)

    assert "claim.voucher" in refusal(stage, new_claim(stage), noon)


def test_after_the_deadline_nothing_is_claimed(stage: Stage, noon: datetime) -> None:
    assert "claim.deadline" in refusal(stage, new_claim(stage), noon + timedelta(days=80))


def test_an_invoice_backs_one_claim_where_the_scheme_says_so(app: Flask, noon: datetime) -> None:
    stage = make_stage()
    invoice = invoice_file(stage)
    checked_claim(stage, at=noon, amount=1_000_000, base=4_000_000, invoice=invoice)

    assert refusal(stage, new_claim(stage, amount=1_000_000, base=4_000_000, invoice=invoice), noon) == {"use.taken"}


def test_a_shared_invoice_is_used_up_to_its_amount(app: Flask, noon: datetime) -> None:
    stage = make_stage(changes=SHARED)
    invoice = invoice_file(stage)
    checked_claim(stage, at=noon, amount=2_000_000, base=6_000_000, invoice=invoice)
    checked_claim(stage, at=noon, amount=2_000_000, base=4_000_000, invoice=invoice)

    assert "use.nothing" in refusal(stage, new_claim(stage, amount=100, invoice=invoice), noon)
    assert list(verify.findings()) == []


def test_an_invoice_that_disagrees_with_the_record_is_refused(stage: Stage, noon: datetime) -> None:
    first = invoice_file(stage)
    checked_claim(stage, at=noon, amount=1_000_000, invoice=first)
    forged = replace(first, paper=replace(first.paper, amount=NET + 100, total=first.paper.total + 100, lines=()))

    codes = refusal(stage, new_claim(stage, amount=1_000_000, invoice=forged), noon)

    assert codes & {"use.record", "invoice.words", "invoice.total"}


def test_a_voucher_is_redeemed_in_parts_until_it_is_used_up(app: Flask, noon: datetime) -> None:
    stage = make_stage(hold=6_000_000)
    for net, amount in ((4_000_000, 2_000_000), (6_000_000, 3_000_000)):
        approved_claim(stage, at=noon, amount=amount, invoice=invoice_file(stage, net=net))
    assert held(stage.order) == 1_000_000
    assert issuance.get(stage.voucher).state is VoucherState.ACTIVE

    with transaction():
        orders.complete(stage.order, side=Side.PROVIDER, actor=stage.provider, at=noon)

    assert ledger.balance_of(AccountKind.VOUCHER, stage.voucher) == 1_000_000
    assert list(verify.findings()) == []


def test_the_last_fen_uses_a_voucher_up(app: Flask, noon: datetime) -> None:
    stage = make_stage(
        hold=6_000_000,
        changes=(
            (
                "by: size_class\n        rows: {micro: 50%, small: 40%",
                "by: size_class\n        rows: {micro: 50%, small: 50%",
            ),
            ("most: 55%", "most: 60%"),
        ),
    )

    approved_claim(stage, at=noon, amount=6_000_000)

    assert issuance.get(stage.voucher).state is VoucherState.USED_UP


def test_an_order_may_be_completed_while_a_claim_is_under_way(stage: Stage, noon: datetime) -> None:
    claim = verified_claim(stage, at=noon, amount=2_000_000, invoice=invoice_file(stage, net=4_000_000))
    with transaction():
        orders.complete(stage.order, side=Side.PROVIDER, actor=stage.provider, at=noon)
    assert (held(stage.order), held(claim.public_id)) == (0, 2_000_000)

    approver = make_user(Role.DECIDER, at=EARLY, name="周审定")
    approval = Approval(claim.version, 1_500_000, "一部分服务没有交付")
    with transaction():
        services.approve_claim(claim.public_id, approval, actor=approver.actor(Role.DECIDER), at=noon)

    assert ledger.balance_of(AccountKind.VOUCHER, stage.voucher) == 6_000_000 - 1_500_000
    assert drawn() == 1_500_000


def test_less_than_asked_needs_a_reason_and_the_rest_goes_back(stage: Stage, noon: datetime) -> None:
    claim = verified_claim(stage, at=noon)
    approver = make_user(Role.DECIDER, at=EARLY, name="周审定").actor(Role.DECIDER)
    public_id, version = claim.public_id, claim.version
    with pytest.raises(RuleViolation) as refused, transaction():
        services.approve_claim(public_id, Approval(version, HOLD - 1), actor=approver, at=noon)
    assert refused.value.findings[0].code == "claim.reason"

    with transaction():
        services.approve_claim(public_id, Approval(version, 3_000_001, "核减"), actor=approver, at=noon)

    assert held(stage.order) == HOLD - 3_000_001
    assert ledger.balance_of(AccountKind.PAYABLE, "") == 3_000_001
    assert drawn() == 3_000_001


def test_who_verified_does_not_approve(stage: Stage, noon: datetime) -> None:
    verifier = make_user(Role.REVIEWER, at=EARLY)
    claim = verified_claim(stage, at=noon, verifier=verifier)
    public_id, approval = claim.public_id, Approval(claim.version, claim.amount)
    decider = appoint_too(verifier, Role.DECIDER, at=EARLY)

    with pytest.raises(RuleViolation) as refused, transaction():
        services.approve_claim(public_id, approval, actor=decider, at=noon)

    assert refused.value.findings[0].code == "duty-held"


def test_who_handed_in_does_not_verify(stage: Stage, noon: datetime) -> None:
    claim = checked_claim(stage, at=noon)
    public_id, found = claim.public_id, Verification(claim.version, "查验一致")

    with pytest.raises(RuleViolation), transaction():
        services.verify_claim(public_id, found, actor=stage.provider, at=noon)


@pytest.mark.parametrize("end", ["withdraw", "reject", "send_back", "refuse"])
def test_a_claim_that_ends_gives_everything_back(stage: Stage, noon: datetime, end: str) -> None:
    claim = (verified_claim if end == "refuse" else checked_claim)(stage, at=noon)
    officer = make_user(Role.REVIEWER, at=EARLY).actor(Role.REVIEWER)
    public_id = claim.public_id

    with transaction():
        if end == "withdraw":
            services.withdraw_claim(public_id, actor=stage.provider, at=noon)
        else:
            act = {"reject": services.reject_claim, "refuse": services.refuse_claim, "send_back": services.send_back}
            act[end](public_id, "材料不全", actor=officer, at=noon)

    assert (held(public_id), held(stage.order), drawn()) == (0, HOLD, 0)
    assert queries.use_of_invoice(claim.invoice_id, side="", but_for=None) == 0
    assert list(verify.findings()) == []


def test_a_claim_sent_back_is_mended_and_handed_in_again(stage: Stage, noon: datetime) -> None:
    claim = checked_claim(stage, at=noon)
    officer = make_user(Role.REVIEWER, at=EARLY).actor(Role.REVIEWER)
    public_id = claim.public_id
    with transaction():
        services.send_back(public_id, "金额有误", actor=officer, at=noon)

    mended = NewClaim(stage.order, 4_000_000, FEBRUARY, proofs=(proof(1_000_000),))
    with transaction():
        services.revise_claim(public_id, mended, actor=stage.provider, at=noon)
    with transaction():
        services.submit_draft(public_id, actor=stage.provider, at=noon)

    again = queries.get(public_id)
    assert (again.state, again.amount, held(public_id), held(stage.order)) == (
        ClaimState.CHECKED,
        4_000_000,
        4_000_000,
        HOLD - 4_000_000,
    )
    assert list(verify.findings()) == []


def test_what_was_handed_in_is_not_revised(stage: Stage, noon: datetime) -> None:
    claim = checked_claim(stage, at=noon)

    with pytest.raises(Conflict), transaction():
        services.revise_claim(claim.public_id, NewClaim(stage.order, 1, FEBRUARY), actor=stage.provider, at=noon)


def test_another_provider_sees_no_such_claim(stage: Stage, noon: datetime) -> None:
    claim = checked_claim(stage, at=noon)
    stranger = replace(stage.provider, organisation_id=9_999)

    with pytest.raises(NotFound), transaction():
        services.withdraw_claim(claim.public_id, actor=stranger, at=noon)


def test_a_refused_act_leaves_no_event(stage: Stage, noon: datetime) -> None:
    before = db.session.scalar(select(func.count()).select_from(AuditEvent))

    refusal(stage, new_claim(stage, amount=HOLD + 1), noon)

    assert db.session.scalar(select(func.count()).select_from(AuditEvent)) == before


def proof(amount: int) -> Proof:
    return Proof(received_pdf("补充回单.pdf"), date(2026, 3, 7), amount)
