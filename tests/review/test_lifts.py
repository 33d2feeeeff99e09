"""A soft cap is lifted for one case by two different persons, and the ledger holds the rest to it."""

from datetime import datetime
from functools import lru_cache

import pytest
from flask import Flask
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError

from tests.factories.accounts import MAKER, make_user
from tests.factories.applications import Ground, confirm, make_applicant, make_draft, make_ground, make_window
from tests.factories.redemption import Stage, checked_claim, invoice_file, make_stage
from tests.factories.review import accept, pass_stage, version_of
from tests.policy.packs import cap_text, with_cap
from vouchers.accounts.states import Role
from vouchers.applications import queries, services
from vouchers.applications.lifts import lift_lines
from vouchers.applications.models import Application, CapLift
from vouchers.applications.services import Lift, SavedFacts
from vouchers.applications.states import LiftState
from vouchers.audit import queries as audit
from vouchers.audit.services import Subject, record
from vouchers.db.base import db
from vouchers.db.transaction import transaction
from vouchers.issuance import queries as vouchers
from vouchers.issuance import services as issuance
from vouchers.issuance import verify as vouchers_verify
from vouchers.issuance.models import Voucher
from vouchers.kernel.actor import Actor
from vouchers.kernel.errors import Conflict, RuleViolation
from vouchers.ledger import queries as ledger
from vouchers.ledger import verify
from vouchers.ledger.rules import Cap
from vouchers.ledger.states import AccountKind
from vouchers.policy.loader import LoadedPack
from vouchers.redemption import queries as claims
from vouchers.redemption import services as redemption
from vouchers.redemption.models import Claim
from vouchers.review.services import LiftAnswer, decide_lift, propose_lift

pytestmark = pytest.mark.database

SOFT, ASKED = 1_200_000, 2_500_000
WHY = "大模型训练任务连续，需要更多算力"


@lru_cache(maxsize=2)
def soft(liftable: bool = True) -> LoadedPack:  # noqa: FBT001, FBT002
    """The shipped pack with a soft cap a year; one that nobody can have lifted where it is not `liftable`."""
    size = "small" if liftable else "medium"
    when = {"liftable_when": {"size_class": size}}
    say = "原则上每年不超过 1.2 万元"
    return with_cap(id="soft", say=say, limit="12000 元", per="calendar-year", hard=False, **when)


@pytest.fixture
def ground(app: Flask, noon: datetime) -> Ground:
    return make_ground(at=noon, loaded=soft())


@pytest.fixture
def applicant(ground: Ground, noon: datetime) -> Actor:
    return make_applicant(at=noon)


def asked(ground: Ground, applicant: Actor, at: datetime, amount: int = ASKED, reason: str = WHY) -> str:
    """A case that asks for more than the soft cap and is examined in its first stage; its public id."""
    draft = make_draft(ground, applicant, at=at)
    with transaction():
        saved = SavedFacts({}, draft.version, amount, reason)
        services.save_facts(draft.public_id, saved, actor=applicant, at=at)
        services.hand_over(draft.public_id, seen_version=version_of(draft.public_id), actor=applicant, at=at)
    confirm(draft.public_id, applicant, at=at)
    accept(ground, draft.public_id, at=at)
    return draft.public_id


def propose(ground: Ground, case: str, at: datetime, amount: int = ASKED, cap: str = "soft") -> None:
    with transaction():
        lift = Lift(cap, amount, "任务真实，合同和排期已核对")
        propose_lift(case, lift, seen_version=version_of(case), actor=ground.officer("first"), at=at)


def answer(ground: Ground, case: str, at: datetime, *, grants: bool = True, officer: str = "decider") -> None:
    with transaction():
        given = LiftAnswer(grants, "同意所提理由", version_of(case))
        decide_lift(case, given, actor=ground.officer(officer), at=at)


def codes(refused: pytest.ExceptionInfo[RuleViolation]) -> list[str]:
    return [finding.code for finding in refused.value.findings]


def issued(ground: Ground, case: str, at: datetime) -> Voucher:
    """The voucher of a case, its approval written as a row."""
    with transaction():
        db.session.execute(text("UPDATE applications SET state = 'approved' WHERE public_id = :case"), {"case": case})
        record("test.approve", Subject("application", case), actor=ground.officer("decider"), at=at)
    db.session.expire_all()
    with transaction():
        return issuance.issue(case, actor=ground.officer("decider"), at=at)


def used(voucher: Voucher) -> tuple[int, int]:
    """What is drawn of the soft cap itself, and over it for this case."""
    (cap,) = [cap for cap in vouchers.caps_drawn(voucher) if cap.key == "soft"]
    within = 0 if cap.period == "lift" else _drawn(cap)  # nothing was left of the quota itself
    return within, _drawn(cap.lift) if cap.lifted_for else 0


def _drawn(cap: Cap) -> int:
    return ledger.balance(cap.account(AccountKind.DRAWN))


def test_asked_above_the_cap_nothing_more_is_given_until_it_is_lifted(
    ground: Ground, applicant: Actor, noon: datetime
) -> None:
    case = asked(ground, applicant, noon)
    found = queries.get(case)

    assert (found.requested, found.computed) == (ASKED, SOFT)
    submission = queries.last_submission(found)
    assert submission is not None
    assert submission.snapshot["lift_reason"] == WHY
    with pytest.raises(RuleViolation) as refused:
        pass_stage(ground, case, "first", at=noon, amount=ASKED)
    assert codes(refused) == ["amount-outside"]


def test_one_proposes_another_decides_and_everybody_reads_the_same_words(
    ground: Ground, applicant: Actor, noon: datetime
) -> None:
    case = asked(ground, applicant, noon)
    propose(ground, case, noon)
    with pytest.raises(RuleViolation) as early:
        pass_stage(ground, case, "first", at=noon)
    assert codes(early) == ["lift-open"]

    answer(ground, case, noon)
    pass_stage(ground, case, "first", at=noon, amount=ASKED)

    found = queries.get(case)
    assert (found.computed > SOFT, found.approved) == (True, ASKED)
    acts = [event.act for event in audit.history_of("application", case)]
    assert [act for act in acts if "lift" in act] == ["application.lift_propose", "application.lift_grant"]
    words = lift_lines(found)
    assert words[0].endswith(WHY)
    assert "“原则上每年不超过 1.2 万元”" in words[1]
    proposer, decider = ground.officer("first").name, ground.officer("decider").name
    assert f"由{proposer}提出放宽，本件最高 ¥25,000.00，理由：任务真实，合同和排期已核对" in words[1]
    assert f"由{decider}同意放宽，意见：同意所提理由" in words[1]


def test_who_examined_does_not_decide_and_the_database_says_so_too(
    ground: Ground, applicant: Actor, noon: datetime
) -> None:
    case = asked(ground, applicant, noon)
    propose(ground, case, noon)
    first = ground.officer("first").person_id

    with pytest.raises(RuleViolation) as role:
        answer(ground, case, noon, officer="first")
    with pytest.raises(IntegrityError), transaction():
        db.session.execute(
            text("UPDATE cap_lifts SET state = 'granted', decided_by_id = :me, decided_at = proposed_at"), {"me": first}
        )
    db.session.rollback()

    assert codes(role) == ["wrong-role"]
    assert queries.get(case).computed == SOFT


def test_a_lift_refused_leaves_the_cap_and_one_more_is_not_proposed_beside_an_open_one(
    ground: Ground, applicant: Actor, noon: datetime
) -> None:
    case = asked(ground, applicant, noon)
    propose(ground, case, noon)
    with pytest.raises(RuleViolation) as second:
        propose(ground, case, noon)
    answer(ground, case, noon, grants=False)

    with pytest.raises(RuleViolation) as refused:
        pass_stage(ground, case, "first", at=noon, amount=ASKED)

    assert (codes(second), codes(refused)) == (["lift-open"], ["amount-outside"])
    assert "不同意放宽" in lift_lines(queries.get(case))[-1]


def test_the_cap_is_named_where_the_reason_to_lift_it_is_missing(
    ground: Ground, applicant: Actor, noon: datetime
) -> None:
    with pytest.raises(RuleViolation) as refused:
        asked(ground, applicant, noon, reason="")

    (told,) = [one.text for one in refused.value.findings if one.code == "lift-reason-missing"]
    assert "申请金额 ¥25,000.00 超过“原则上每年不超过 1.2 万元”，没有写明申请放宽的理由" in told


def test_nobody_judges_a_cap_away(ground: Ground, applicant: Actor, noon: datetime) -> None:
    case = queries.get(asked(ground, applicant, noon))

    with pytest.raises(Conflict), transaction():
        services.judge(case, {"lifted:soft": True}, actor=ground.officer("first"), at=noon)


def test_a_lift_is_bound_to_its_amount_and_to_what_the_pack_allows(
    ground: Ground, applicant: Actor, noon: datetime
) -> None:
    case = asked(ground, applicant, noon)
    for amount in (SOFT, ASKED + 1):
        with pytest.raises(RuleViolation) as refused:
            propose(ground, case, noon, amount)
        assert codes(refused) == ["lift-amount"]

    propose(ground, case, noon, 2_000_000)
    answer(ground, case, noon)

    with pytest.raises(RuleViolation) as above:
        pass_stage(ground, case, "first", at=noon, amount=2_000_001)
    assert codes(above) == ["amount-outside"]


def test_a_hard_cap_is_not_lifted(ground: Ground, applicant: Actor, noon: datetime) -> None:
    case = asked(ground, applicant, noon)

    with pytest.raises(RuleViolation) as refused:
        propose(ground, case, noon, cap="cap-applicant-year")

    assert codes(refused) == ["lift-not-allowed"]


def test_where_the_pack_says_whose_cap_is_lifted_others_cannot_even_ask(app: Flask, noon: datetime) -> None:
    ground = make_ground(at=noon, loaded=soft(liftable=False))
    applicant = make_applicant(at=noon)

    with pytest.raises(RuleViolation) as refused:
        asked(ground, applicant, noon)

    assert "requested-too-high" in codes(refused)


def test_the_ledger_draws_the_cap_to_its_limit_and_the_rest_from_what_two_persons_opened(
    ground: Ground, applicant: Actor, noon: datetime
) -> None:
    case = asked(ground, applicant, noon)
    propose(ground, case, noon)
    answer(ground, case, noon)
    for officer in ("first", "second"):
        pass_stage(ground, case, officer, at=noon, amount=ASKED)

    voucher = issued(ground, case, noon)

    assert used(voucher) == (SOFT, ASKED - SOFT)
    assert list(verify.findings()) == []
    assert list(vouchers_verify.findings()) == []
    assert [one.act for one in audit.history_of("quota", applicant_id(case))] == ["quota.lift"]

    with transaction():
        db.session.execute(text("UPDATE cap_lifts SET amount = amount - 1"))
        record("test.lower", Subject("application", case), actor=ground.officer("decider"), at=noon)
    assert [one[0] for one in vouchers_verify.findings()] == ["INV-05"]

    with transaction():
        seen = voucher.version
        issuance.void(voucher.public_id, "企业放弃", actor=ground.officer("second_decider"), at=noon, seen_version=seen)
    assert used(voucher) == (0, 0)
    assert list(verify.findings()) == []


def test_a_cap_that_is_used_up_can_still_be_asked_to_be_lifted_and_nothing_else_is_drawn_of_it(
    ground: Ground, applicant: Actor, noon: datetime
) -> None:
    first = asked(ground, applicant, noon, SOFT, "")
    for officer in ("first", "second"):
        pass_stage(ground, first, officer, at=noon)
    before = issued(ground, first, noon)
    assert used(before) == (SOFT, 0)

    again = asked(Ground(make_window(ground, at=noon).public_id, ground.scheme_id, ground.officers), applicant, noon)
    assert queries.get(again).computed == 0
    propose(ground, again, noon)
    answer(ground, again, noon)
    for officer in ("first", "second"):
        pass_stage(ground, again, officer, at=noon, amount=ASKED)

    assert used(issued(ground, again, noon)) == (0, ASKED)
    assert used(before) == (SOFT, 0)
    assert list(verify.findings()) == []


ONCE = {"id": "soft", "say": "原则上每年一次", "count": 1, "counting": "claims", "per": "calendar-year", "hard": False}


def test_a_cap_on_how_often_is_lifted_for_one_more_time_and_comes_back_with_the_voucher(
    app: Flask, noon: datetime
) -> None:
    ground, applicant = make_ground(at=noon, loaded=with_cap(**ONCE)), make_applicant(at=noon)
    first = approved(ground, asked(ground, applicant, noon, ASKED, ""), noon)
    assert used(first) == (1, 0)

    case = asked(another_window(ground, noon), applicant, noon)
    assert queries.get(case).computed == 0
    propose(ground, case, noon)
    answer(ground, case, noon)
    again = approved(ground, case, noon)

    assert (again.face, used(first), used(again)) == (ASKED, (1, 0), (0, 1))
    third = asked(another_window(ground, noon), applicant, noon)
    assert queries.get(third).computed == 0
    assert [*verify.findings(), *vouchers_verify.findings()] == []
    with transaction():
        db.session.execute(text("UPDATE cap_lifts SET cap = 'other'"))
        record("test.rename", Subject("application", case), actor=ground.officer("decider"), at=noon)
    assert [one[0] for one in vouchers_verify.findings()] == ["INV-05"]
    with transaction():
        db.session.execute(text("UPDATE cap_lifts SET cap = 'soft'"))
        record("test.rename", Subject("application", case), actor=ground.officer("decider"), at=noon)
    with transaction():
        seen = again.version
        issuance.void(again.public_id, "企业放弃", actor=ground.officer("second_decider"), at=noon, seen_version=seen)
    assert (used(first), used(again)) == ((1, 0), (0, 0))
    assert [*verify.findings(), *vouchers_verify.findings()] == []


def test_a_cap_on_how_often_that_nobody_lifted_wants_a_reason_first(app: Flask, noon: datetime) -> None:
    ground, applicant = make_ground(at=noon, loaded=with_cap(**ONCE)), make_applicant(at=noon)
    approved(ground, asked(ground, applicant, noon, ASKED, ""), noon)

    with pytest.raises(RuleViolation) as refused:
        asked(another_window(ground, noon), applicant, noon, reason="")

    assert "lift-reason-missing" in codes(refused)


def another_window(ground: Ground, at: datetime) -> Ground:
    return Ground(make_window(ground, at=at).public_id, ground.scheme_id, ground.officers)


def approved(ground: Ground, case: str, at: datetime) -> Voucher:
    """The voucher of a case that passed both stages with all it asked for."""
    for officer in ("first", "second"):
        pass_stage(ground, case, officer, at=at, amount=ASKED)
    return issued(ground, case, at)


def applicant_id(case: str) -> str:
    found: Application = queries.get(case)
    return found.enterprise.organisation.public_id


def test_a_cap_that_is_asked_twice_is_lifted_for_the_claims_of_the_case_as_well(app: Flask, noon: datetime) -> None:
    soft_twice = cap_text(
        id="soft", say="原则上", limit="12000 元", per="calendar-year", hard=False, at=["application", "redemption"]
    )
    stage = make_stage(hold=4_000_000, changes=(soft_twice,))
    with pytest.raises(RuleViolation, match="原则上"):
        claim_of(stage, noon, 1_200_001)

    lift_by_hand(stage, noon, 3_000_000)
    first, second = claim_of(stage, noon, 1_000_000), claim_of(stage, noon, 1_500_000)

    (cap,) = [cap for cap in claims.caps_drawn(second) if cap.key == "redemption:soft"]
    assert (_drawn(cap), _drawn(cap.lift)) == (1_200_000, 1_300_000)
    with transaction():
        redemption.withdraw_claim(second.public_id, actor=stage.provider, at=noon)
        redemption.withdraw_claim(first.public_id, actor=stage.provider, at=noon)
    assert (_drawn(cap), _drawn(cap.lift)) == (0, 0)
    assert [*verify.findings(), *vouchers_verify.findings()] == []


def claim_of(stage: Stage, at: datetime, amount: int) -> Claim:
    return checked_claim(stage, at=at, amount=amount, invoice=invoice_file(stage, net=4_000_000))


def lift_by_hand(stage: Stage, at: datetime, amount: int) -> None:
    """What two persons granted, written as a row: the case of this stage was never examined."""
    proposer, decider = (make_user(role, at=at).person_id for role in (Role.REVIEWER, Role.DECIDER))
    with transaction():
        case = vouchers.get(stage.voucher).application
        db.session.add(
            CapLift(
                application_id=case.id,
                cap="soft",
                amount=amount,
                state=LiftState.GRANTED,
                reason=WHY,
                proposed_by_id=proposer,
                proposed_by="甲",
                proposed_at=at,
                answer="同意",
                decided_by_id=decider,
                decided_by="乙",
                decided_at=at,
                created_at=at,
            )
        )
        record("test.lift", Subject("application", case.public_id), actor=MAKER, at=at)
