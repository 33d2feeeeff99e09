"""One voucher's whole life through the services, on both databases; the books are proved after every chapter."""

import json
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime

import pytest
from flask import Flask

from tests.factories import applications as cases
from tests.factories import review
from tests.factories.applications import Ground, make_applicant, make_draft, make_ground, make_submitted
from tests.factories.notices import approve, end_notices, make_notice
from tests.factories.parties import received_pdf
from tests.factories.providers import admitted_provider, offering
from tests.factories.providers import own_actor as provider_actor
from tests.factories.redemption import Stage, add_account, invoice_file, new_claim
from tests.factories.settlement import Bureau, answers, make_indicators, sent_batch
from vouchers.applications import queries as applications
from vouchers.applications import services as application_services
from vouchers.applications.states import ApplicationState
from vouchers.db.base import db
from vouchers.db.transaction import transaction
from vouchers.issuance import queries as vouchers
from vouchers.issuance import services as issuance
from vouchers.issuance.states import VoucherState
from vouchers.kernel.actor import Actor, job
from vouchers.kernel.errors import Conflict, RuleViolation
from vouchers.kernel.periods import DateRange
from vouchers.ledger import queries as ledger
from vouchers.ledger.rules import Pot
from vouchers.ledger.services import documents
from vouchers.ledger.services.documents import NewDocument
from vouchers.ledger.states import AccountKind, DocumentKind
from vouchers.orders import queries as orders
from vouchers.orders import services as order_services
from vouchers.orders.services import NewOrder, NewUsage
from vouchers.orders.states import OrderState, Side
from vouchers.policy import queries as policy
from vouchers.redemption import queries as claims
from vouchers.redemption import services as redemption
from vouchers.redemption.invoices.invoice import Party
from vouchers.redemption.services import Approval, Verification
from vouchers.redemption.states import ClaimState
from vouchers.review import services as review_services
from vouchers.review.services import Correction
from vouchers.settlement import queries as batches
from vouchers.settlement import services as settlement
from vouchers.settlement.rules.bank_file import AnswerRow, Encoding, Outcome
from vouchers.settlement.services import Signature
from vouchers.settlement.states import BatchState

ENVELOPE = 20_000_000  # fen per layer
HOLD, PART = 5_000_000, 2_500_000
HALVES = (DateRange(date(2026, 2, 1), date(2026, 2, 14)), DateRange(date(2026, 2, 15), date(2026, 2, 28)))
DAILY = job("daily")


@dataclass
class Life:
    """What the chapters hand on to one another."""

    app: Flask
    ground: Ground
    bureau: Bureau
    applicant: Actor
    idle: Actor
    offering: str = ""
    provider: Actor | None = None
    case: str = ""
    idle_case: str = ""
    voucher: str = ""
    idle_voucher: str = ""
    stage: Stage | None = None
    batch: str = ""

    @property
    def pot(self) -> Pot:
        """Where the money of compute vouchers stands."""
        return Pot(self.ground.scheme_id, "compute")

    def left(self) -> list[int]:
        """What each layer may still promise."""
        return [ledger.balance(self.pot.envelope(layer)) for layer in ("city", "district")]


@pytest.mark.database
def test_a_voucher_lives_from_the_published_scheme_to_the_last_payment(app: Flask) -> None:
    life = _scheme_and_money(app)
    _provider_lists_what_it_sells(life)
    _case_is_mended_reviewed_and_put_on_notice(life)
    _voucher_is_issued_once(life)
    _order_holds_a_part_and_usage_is_metered(life)
    _claims_are_paid_out_of_the_hold(life)
    _refused_line_is_paid_by_a_follow_up(life)
    _unused_money_returns_to_the_envelope(life)


def _scheme_and_money(app: Flask) -> Life:
    at = _at(1, 5)
    bureau = Bureau()
    ground = make_ground(at=at, granted=0)
    for layer in ("city", "district"):
        new = NewDocument(
            DocumentKind.ENVELOPE, ground.scheme_id, layer, f"渝〔2026〕{layer}", ENVELOPE, voucher_kind="compute"
        )
        with transaction():
            document = documents.record_document(new, actor=bureau.making, at=at).public_id
        with pytest.raises(RuleViolation, match="不能是同一人"), transaction():
            documents.check_document(document, actor=bureau.making, at=at, seen_version=1)
        with transaction():
            documents.check_document(document, actor=bureau.checking, at=at, seen_version=1)
    life = Life(app, ground, bureau, make_applicant(1, at=at), make_applicant(2, at=at))
    make_indicators(_stage_of_money(life), bureau)

    assert life.left() == [ENVELOPE, ENVELOPE]
    _prove(life)
    return life


def _provider_lists_what_it_sells(life: Life) -> None:
    at = _at(1, 5)
    provider = admitted_provider(51, at=at)
    life.provider = provider_actor(provider)
    life.offering = offering(provider, at=at).public_id
    with transaction():
        add_account(provider.provider.organisation_id, actor=life.provider)


def _case_is_mended_reviewed_and_put_on_notice(life: Life) -> None:
    ground, officer = life.ground, life.ground.officer("acceptor")
    life.case = make_submitted(ground, life.applicant, at=_at(1, 6), planned="150000.00").public_id
    life.idle_case = make_submitted(ground, life.idle, at=_at(1, 6), planned="80000.00").public_id
    with transaction():
        ask = Correction(("need-statement",), "请补充卡型和用途。", review.version_of(life.case))
        review_services.ask_correction(life.case, ask, actor=officer, at=_at(1, 7))
    with transaction():
        mended, seen = received_pdf("服务需求说明.pdf"), review.version_of(life.case)
        application_services.add_document(
            life.case, "need-statement", received=mended, seen_version=seen, actor=life.applicant, at=_at(1, 8)
        )
    cases.resubmit(life.case, life.applicant, at=_at(1, 8))
    for case in (life.case, life.idle_case):
        review.accept(ground, case, at=_at(1, 9))
        review.pass_stage(ground, case, "first", at=_at(1, 9))
        review.pass_stage(ground, case, "second", at=_at(1, 12))
        review.decide(ground, case, at=_at(1, 12))
    make_notice(ground, [life.case, life.idle_case], at=_at(1, 13))
    with pytest.raises(Conflict):
        approve(ground, life.case, at=_at(1, 14))
    end_notices(_at(1, 20))

    assert applications.get(life.case).state is ApplicationState.ON_NOTICE  # its last day is not over yet
    end_notices(_at(1, 21))
    approve(ground, life.case, at=_at(1, 21))
    approve(ground, life.idle_case, at=_at(1, 21))
    assert applications.get(life.case).approved == 6_750_000  # 150,000 by 40 % for small, 5 % for health
    _prove(life)


def _voucher_is_issued_once(life: Life) -> None:
    decider = life.ground.officer("decider")
    with transaction():
        life.voucher = issuance.issue(life.case, actor=decider, at=_at(1, 21)).public_id
    with transaction():
        life.idle_voucher = issuance.issue(life.idle_case, actor=decider, at=_at(1, 21)).public_id
    with pytest.raises(Conflict), transaction():
        issuance.issue(life.case, actor=decider, at=_at(1, 21))

    voucher = vouchers.get(life.voucher)
    assert (voucher.state, voucher.face, voucher.tier) == (VoucherState.ACTIVE, 6_750_000, "growth")
    assert (voucher.valid_from, voucher.valid_until) == (date(2026, 1, 21), date(2026, 7, 20))
    assert life.left() == [ENVELOPE - 3_375_000 - 1_500_000] * 2  # the idle one is capped at 30,000
    _prove(life)


def _order_holds_a_part_and_usage_is_metered(life: Life) -> None:
    assert life.provider is not None
    terms = NewOrder(
        voucher=life.voucher,
        offering=life.offering,
        contract_number="LT-2026-017",
        contract_signed_on=date(2026, 1, 22),
        contract_file_id=None,
        quantity=8_000_000,
        tax_rate_bp=600,
        net=10_000_000,
        tax=600_000,
        gross=10_600_000,
        hold=HOLD,
        service_from=HALVES[0].first,
        service_until=date(2026, 3, 31),
    )
    with transaction():
        order = order_services.propose(terms, side=Side.ENTERPRISE, actor=life.applicant, at=_at(1, 22)).public_id
    with transaction():
        order_services.confirm(order, side=Side.PROVIDER, actor=life.provider, at=_at(1, 23))
    for half, month, day in ((HALVES[0], 2, 16), (HALVES[1], 3, 2)):
        assert half.last is not None
        with transaction():
            usage = NewUsage(half.first, half.last, 4_000_000, 6200)
            statement = order_services.record_usage(order, usage, actor=life.provider, at=_at(month, day))
            order_services.confirm_usage(statement.public_id, actor=life.applicant, at=_at(month, day))
    seller = orders.get(order).provider.organisation
    buyer = orders.get(order).enterprise.organisation
    life.stage = Stage(
        life.ground.scheme_id,
        policy.get_version(applications.window(life.ground.window).scheme_version.public_id).scheme.office_id,
        life.voucher,
        order,
        Party(buyer.uscc or "", buyer.name),
        Party(seller.uscc or "", seller.name),
        life.provider,
        life.applicant,
        seller.id,
    )

    assert orders.get(order).state is OrderState.IN_SERVICE
    assert orders.get(order).usage[0].pflops_millihours == 1_248_000
    assert ledger.balance_of(AccountKind.VOUCHER, life.voucher) == 6_750_000 - HOLD
    _prove(life)


def _claims_are_paid_out_of_the_hold(life: Life) -> None:
    stage = life.stage
    assert stage is not None
    first = invoice_file(stage, net=5_000_000)
    papers = (first, invoice_file(stage, net=5_000_000))
    for half, paper in zip(HALVES, papers, strict=True):
        with transaction():
            new = new_claim(stage, amount=PART, service=half, invoice=paper)
            claim = redemption.submit_claim(new, actor=stage.provider, at=_at(3, 9))
            public_id, version = claim.public_id, claim.version
        with transaction():
            found = Verification(version, "已在电子税务局查验，结果一致")
            claim = redemption.verify_claim(public_id, found, actor=life.ground.officer("first"), at=_at(3, 10))
            version = claim.version
        with pytest.raises(RuleViolation, match="岗位分离"), transaction():
            redemption.approve_claim(
                public_id, Approval(version, PART), actor=life.ground.officer("first"), at=_at(3, 10)
            )
        with transaction():
            redemption.approve_claim(
                public_id, Approval(version, PART), actor=life.ground.officer("decider"), at=_at(3, 11)
            )
    again = new_claim(stage, amount=1_000_000, service=HALVES[0], invoice=first)
    with pytest.raises(RuleViolation, match="这张发票已用于其他核销"), transaction():
        redemption.submit_claim(again, actor=stage.provider, at=_at(3, 12))

    found_claims = claims.of_order(orders.get(stage.order).id)
    assert [claim.state for claim in found_claims] == [ClaimState.APPROVED, ClaimState.APPROVED]
    assert ledger.balance_of(AccountKind.HELD, stage.order) == 0
    _prove(life)


def _refused_line_is_paid_by_a_follow_up(life: Life) -> None:
    stage, maker = life.stage, life.bureau.making
    assert stage is not None
    batch = sent_batch(stage, life.bureau, at=_at(3, 16)).public_id
    first, *others = answers(batches.get(batch))
    _answer(
        batch, [replace(first, outcome=Outcome.REFUSED, reference="", reason="户名不符"), *others], maker, _at(3, 17)
    )
    with transaction():
        settlement.close(batch, actor=maker, at=_at(3, 17))
    assert _claim_states(stage) == {ClaimState.BATCHED}
    _prove(life)
    again = _followed_up(batch, life.bureau, at=_at(3, 18))
    _answer(again, answers(batches.get(again), reference="ZF"), maker, _at(3, 19))

    assert (batches.get(batch).total, batches.get(again).total) == (2 * PART, PART)
    assert batches.get(again).state is BatchState.RECONCILED
    assert _claim_states(stage) == {ClaimState.PAID}
    paid = [pot.paid for pot in ledger.pot_totals(life.ground.scheme_id) if pot.voucher_kind == "compute"]
    assert paid == [PART, PART]
    assert sum(one.spent for one in ledger.indicator_totals(life.ground.scheme_id)) == 2 * PART
    _prove(life)


def _followed_up(batch: str, bureau: Bureau, *, at: datetime) -> str:
    """The refused lines of a batch in a batch of their own, on their way to the bank."""
    with transaction():
        again = settlement.follow_up(batch, 2026, actor=bureau.making, at=at).public_id
    with transaction():
        settlement.lock(again, actor=bureau.making, at=at)
    mended = batches.get(again)
    signature = Signature(mended.version, mended.total)
    with transaction():
        settlement.approve(again, signature, actor=bureau.checking, at=at)
    with transaction():
        settlement.release(again, actor=bureau.checking, at=at)
    with transaction():
        settlement.export_file(again, Encoding.GBK, actor=bureau.making, at=at)
    return again


def _answer(batch: str, rows: list[AnswerRow], actor: Actor, at: datetime) -> None:
    with transaction():
        settlement.import_result(batch, rows, content=batch.encode(), actor=actor, at=at)


def _unused_money_returns_to_the_envelope(life: Life) -> None:
    stage = life.stage
    assert stage is not None
    with transaction():
        assert issuance.expire_due(actor=DAILY, at=_at(7, 20)) == 0
    with transaction():
        order_services.complete(stage.order, side=Side.PROVIDER, actor=stage.provider, at=_at(7, 20))
    with transaction():
        assert issuance.expire_due(actor=DAILY, at=_at(7, 21)) == 2

    assert vouchers.get(life.idle_voucher).state is VoucherState.EXPIRED
    assert ledger.balance_of(AccountKind.VOUCHER, life.idle_voucher) == 0
    assert life.left() == [ENVELOPE - PART, ENVELOPE - PART]
    _prove(life)
    with pytest.raises(RuleViolation, match="截止"):
        make_draft(life.ground, life.idle, at=_at(7, 21))


def _stage_of_money(life: Life) -> Stage:
    """As much of a stage as finance documents need."""
    nobody = Party("", "")
    return Stage(life.ground.scheme_id, 0, "", "", nobody, nobody, life.applicant, life.applicant, 0)


def _claim_states(stage: Stage) -> set[ClaimState]:
    db.session.rollback()
    return {claim.state for claim in claims.of_order(orders.get(stage.order).id)}


def _prove(life: Life) -> None:
    """What `flask ledger verify` and `flask audit verify` say."""
    db.session.rollback()
    for book in ("ledger", "audit"):
        answer = life.app.test_cli_runner().invoke(args=[book, "verify", "--json"])
        assert answer.exit_code == 0, answer.output
        assert json.loads(answer.output)["ok"]


def _at(month: int, day: int) -> datetime:
    """Ten o'clock in Beijing on a day of 2026."""
    return datetime(2026, month, day, 2, tzinfo=UTC)
