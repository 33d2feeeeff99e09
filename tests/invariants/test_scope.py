"""No officer acts outside the schemes of the appointment, whatever way the call comes: the services refuse.

A case and a claim go their whole way; at every place an officer of another office tries what is due there.
"""

from collections.abc import Callable
from datetime import UTC, datetime

import pytest
from flask import Flask

from tests.factories import ledger as money
from tests.factories import notices as on_notice
from tests.factories import redemption as claims
from tests.factories.accounts import make_stranger, make_user
from tests.factories.applications import make_applicant, make_ground, make_submitted
from tests.factories.enterprises import VISITOR
from tests.factories.issuance import make_held
from tests.factories.redemption import EARLY, checked_claim, make_stage
from tests.factories.review import accept, make_accepted, make_decided, pass_stage, version_of
from tests.factories.settlement import Bureau, make_indicators, open_batch, scheme_of
from vouchers.accounts.states import OfficeKind, Role
from vouchers.applications import queries as applications
from vouchers.audit import queries as audit
from vouchers.db.base import db
from vouchers.db.transaction import transaction
from vouchers.issuance import queries as vouchers
from vouchers.issuance import services as issuance
from vouchers.kernel.actor import Actor
from vouchers.kernel.errors import NotPermitted, RuleViolation
from vouchers.ledger.services import documents
from vouchers.ledger.services.documents import NewDocument
from vouchers.ledger.states import DocumentKind
from vouchers.notices import queries as notices
from vouchers.notices import services as notice_services
from vouchers.notices.services import Approval, NewNotice, NewObjection, Resolution
from vouchers.redemption import services as redemption
from vouchers.review import services as review
from vouchers.review.services import MeetingDecision, Rejection, StageDecision
from vouchers.review.states import Verdict
from vouchers.settlement import services as settlement
from vouchers.settlement.rules.bank_file import Encoding
from vouchers.settlement.services import NewBatch, Signature

NOON = datetime(2026, 3, 18, 4, tzinfo=UTC)
LATER = NOON + on_notice.AFTER_NOTICE
Act = Callable[[], object]


def test_at_no_place_of_a_case_an_officer_of_another_office_acts(app: Flask) -> None:
    ground = make_ground(at=NOON)
    case = make_submitted(ground, make_applicant(at=NOON), at=NOON).public_id
    reviewer, decider = make_stranger(Role.REVIEWER, at=EARLY), make_stranger(Role.DECIDER, at=EARLY)
    seen = version_of(case)
    refusal = Rejection("no-double-support", "同一合同已获其他补贴", seen)

    assert refused(lambda: review.accept(case, seen_version=seen, actor=reviewer, at=NOON))
    assert refused(lambda: review.reject(case, refusal, actor=reviewer, at=NOON))
    assert refused(lambda: review.take(case, actor=reviewer, at=NOON))
    assert refused(lambda: review.recuse(case, reason="亲属", actor=reviewer, at=NOON))

    accept(ground, case, at=NOON)
    passing = StageDecision(applications.get(case).stage, Verdict.PASS, "齐全", version_of(case))
    assert refused(lambda: review.decide(case, passing, actor=reviewer, at=NOON))

    pass_stage(ground, case, "first", at=NOON)
    pass_stage(ground, case, "second", at=NOON)
    meeting = MeetingDecision("会议纪要 2026-3", supports=True, reason="同意", seen_version=version_of(case))
    assert refused(lambda: review.decide_meeting(case, meeting, actor=decider, at=NOON))


def test_at_no_place_of_a_decided_case_an_officer_of_another_office_acts(app: Flask) -> None:
    ground = make_ground(at=NOON)
    case = make_decided(ground, make_applicant(at=NOON), at=NOON).public_id
    reviewer, decider = make_stranger(Role.REVIEWER, at=EARLY), make_stranger(Role.DECIDER, at=EARLY)

    assert refused(lambda: notice_services.open_notice(NewNotice("名单", (case,)), actor=reviewer, at=NOON))

    notice = on_notice.make_notice(ground, [case], at=NOON).id
    entry = notices.entries_of(notice)[0].public_id
    with transaction():
        objection = notice_services.lodge_objection(NewObjection(entry, "不实"), actor=VISITOR, at=NOON).public_id
    wrong = Resolution(upholds=True, text="属实", seen_version=1)
    assert refused(lambda: notice_services.resolve(objection, wrong, actor=reviewer, at=NOON))

    with transaction():
        right = Resolution(upholds=False, text="不属实", seen_version=1)
        notice_services.resolve(objection, right, actor=ground.officer("first"), at=NOON)
    on_notice.end_notices(LATER)
    approval = Approval("渝中数〔2026〕12号", version_of(case))
    assert refused(lambda: notice_services.approve(case, approval, actor=decider, at=LATER))

    on_notice.approve(ground, case, at=LATER)
    assert refused(lambda: issuance.issue(case, actor=decider, at=LATER))

    with transaction():
        voucher = issuance.issue(case, actor=ground.officer("decider"), at=LATER).public_id
    assert refused(lambda: issuance.freeze(voucher, "核查", actor=decider, at=LATER))
    assert refused(lambda: issuance.void(voucher, "核查", actor=decider, at=LATER))


def test_at_no_place_of_a_claim_and_its_payment_an_officer_of_another_office_acts(app: Flask) -> None:
    stage, bureau = make_stage(), Bureau()
    reviewer, decider = make_stranger(Role.REVIEWER, at=EARLY), make_stranger(Role.DECIDER, at=EARLY)
    maker, checker = (make_finance(one, "another-plan") for one in (Role.FINANCE_MAKER, Role.FINANCE_CHECKER))
    held = checked_claim(stage, at=NOON)
    claim, found = held.public_id, redemption.Verification(held.version, "一致")

    assert refused(lambda: redemption.verify_claim(claim, found, actor=reviewer, at=NOON))
    assert refused(lambda: redemption.send_back(claim, "补充", actor=reviewer, at=NOON))
    assert refused(lambda: redemption.reject_claim(claim, "不符", actor=reviewer, at=NOON))

    own = make_user(Role.REVIEWER, at=EARLY).actor(Role.REVIEWER)
    with transaction():
        seen = redemption.verify_claim(claim, found, actor=own, at=NOON).version
    approval = redemption.Approval(seen, claims.HOLD)
    assert refused(lambda: redemption.approve_claim(claim, approval, actor=decider, at=NOON))
    assert refused(lambda: redemption.refuse_claim(claim, "不符", actor=decider, at=NOON))

    own = make_user(Role.DECIDER, at=EARLY, name="周审定").actor(Role.DECIDER)
    with transaction():
        redemption.approve_claim(claim, approval, actor=own, at=NOON)
    make_indicators(stage, bureau)
    scheme = scheme_of(stage)
    assert refused(lambda: settlement.make_batch(NewBatch(scheme, 2026), actor=maker, at=NOON))

    batch = open_batch(stage, bureau, at=NOON).public_id
    assert refused(lambda: settlement.lock(batch, actor=maker, at=NOON))
    assert refused(lambda: settlement.drop_line(batch, "any", actor=maker, at=NOON))
    assert refused(lambda: settlement.approve(batch, Signature(1, claims.HOLD), actor=checker, at=NOON))
    assert refused(lambda: settlement.reopen(batch, "重核", actor=checker, at=NOON))
    assert refused(lambda: settlement.release(batch, actor=checker, at=NOON))
    assert refused(lambda: settlement.export_file(batch, Encoding.UTF8, actor=maker, at=NOON))
    assert refused(lambda: settlement.import_result(batch, [], content=b"", actor=maker, at=NOON))
    assert refused(lambda: settlement.follow_up(batch, 2026, actor=maker, at=NOON))
    assert refused(lambda: settlement.close(batch, actor=maker, at=NOON))


def test_a_finance_document_is_recorded_and_checked_within_the_appointment(app: Flask) -> None:
    pot = money.make_pot(at=NOON)
    new = NewDocument(DocumentKind.ENVELOPE, pot.scheme_id, "city", "渝数发〔2026〕1号", 100, voucher_kind="compute")
    own = make_user(Role.FINANCE_MAKER, at=EARLY).actor(Role.FINANCE_MAKER)
    elsewhere = make_finance(Role.FINANCE_MAKER, "another-plan")
    checker = make_finance(Role.FINANCE_CHECKER, "another-plan")

    assert refused(lambda: documents.record_document(new, actor=elsewhere, at=NOON))
    with transaction():
        document = documents.record_document(new, actor=own, at=NOON).public_id
    assert refused(lambda: documents.check_document(document, actor=checker, at=NOON, seen_version=1))
    assert refused(lambda: documents.refuse_document(document, "误", actor=checker, at=NOON, seen_version=1))


def test_a_finance_office_that_names_no_scheme_serves_all(app: Flask) -> None:
    pot = money.make_pot(at=NOON)
    new = NewDocument(DocumentKind.ENVELOPE, pot.scheme_id, "city", "渝数发〔2026〕1号", 100, voucher_kind="compute")
    finance = make_finance(Role.FINANCE_MAKER)

    with transaction():
        assert documents.record_document(new, actor=finance, at=NOON).amount == new.amount


def test_a_stage_outside_the_appointment_is_closed(app: Flask) -> None:
    case = make_accepted(make_ground(at=NOON), make_applicant(at=NOON), at=NOON)
    public_id, passing = case.public_id, StageDecision(case.stage, Verdict.PASS, "齐全", case.version)
    reviewer = make_stranger(Role.REVIEWER, at=EARLY, schemes=("yuzhong-2025",), stages=("second-review",))

    assert refused(lambda: review.decide(public_id, passing, actor=reviewer, at=NOON))
    assert refused(lambda: review.take(public_id, actor=reviewer, at=NOON))


def test_a_lead_office_acts_for_another_where_its_appointment_names_the_scheme(app: Flask) -> None:
    held = make_held(at=NOON)
    key = vouchers.get(held.voucher).scheme_version.scheme.pack_id
    helper = make_stranger(Role.DECIDER, at=EARLY, schemes=(key,))

    with transaction():
        issuance.freeze(held.voucher, "核查需要", actor=helper, at=NOON)

    assert vouchers.get(held.voucher).state == "frozen"


def make_finance(role: Role, *schemes: str) -> Actor:
    """Somebody of the finance bureau."""
    return make_stranger(role, at=EARLY, kind=OfficeKind.FINANCE, office="市财政局", schemes=schemes)


def refused(act: Act) -> bool:
    """Whether the service itself refuses, for the scope, and leaves no trace."""
    db.session.rollback()
    before = audit.count()
    with pytest.raises((NotPermitted, RuleViolation)) as error, transaction():
        act()
    db.session.rollback()
    raised = error.value
    reasons = [one.code for one in raised.findings] if isinstance(raised, RuleViolation) else [str(raised)]
    return audit.count() == before and any("outside the appointment" in one or one == "out-of-scope" for one in reasons)
