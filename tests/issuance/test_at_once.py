"""即领即用: the rules say yes and the voucher is there; a person looks wherever anything is left open."""

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from flask import Flask
from sqlalchemy import select

from tests.factories.accounts import make_user
from tests.factories.applications import NEED, Ground, make_applicant, make_ground, make_window
from tests.factories.candidates import LOCAL, instant, intake, rewritten
from tests.races import together
from vouchers.accounts.models import CaseDuty
from vouchers.accounts.states import Duty, Role
from vouchers.applications import queries, services
from vouchers.applications.models import Application
from vouchers.applications.services import NewDraft, SavedFacts
from vouchers.applications.states import ApplicationState as S
from vouchers.audit.models import AuditEvent
from vouchers.db.base import db
from vouchers.db.transaction import transaction
from vouchers.issuance import services as issuance
from vouchers.issuance.models import Voucher
from vouchers.issuance.services import Claimed
from vouchers.kernel.actor import Actor
from vouchers.kernel.errors import Conflict, RuleViolation
from vouchers.ledger import queries as ledger
from vouchers.ledger.rules import Pot
from vouchers.policy.loader import LoadedPack

pytestmark = pytest.mark.database
FULL = 3_000_000  # what a micro enterprise gets for 80,000 yuan


def finished(ground: Ground, applicant: Actor, at: datetime, *, window: str = "") -> str:
    """A draft with everything in it; its public id."""
    with transaction():
        draft = services.start(NewDraft(window or ground.window), actor=applicant, at=at)
        services.save_facts(draft.public_id, SavedFacts(NEED, draft.version), actor=applicant, at=at)
        return draft.public_id


def claim(public_id: str, applicant: Actor, at: datetime) -> Claimed:
    with transaction():
        shown = services.preview(queries.get(public_id), at=at)
        version = queries.get(public_id).version
        return issuance.claim_at_once(public_id, seen_version=version, seen_hash=shown.hash, actor=applicant, at=at)


def claiming(public_id: str, applicant: Actor, at: datetime) -> Callable[[], bool]:
    return lambda: claim(public_id, applicant, at).voucher is not None


def left(ground: Ground) -> dict[str, int]:
    db.session.rollback()
    pot = Pot(ground.scheme_id, "compute")
    return {layer: ledger.balance(pot.envelope(layer)) for layer in ("city", "district")}


def faces() -> list[int]:
    db.session.rollback()
    return list(db.session.scalars(select(Voucher.face)))


def test_a_clean_case_has_its_voucher_in_the_same_act(app: Flask, noon: datetime) -> None:
    ground, applicant = make_ground(at=noon, loaded=instant()), make_applicant(at=noon)
    case = finished(ground, applicant, noon)

    done = claim(case, applicant, noon)

    assert done.voucher is not None
    assert queries.get(case).state is S.ISSUED
    assert queries.get(case).approved == done.voucher.face == FULL
    assert left(ground) == {"city": 100_000_000 - FULL // 2, "district": 100_000_000 - FULL // 2}
    events = db.session.scalars(select(AuditEvent.act).where(AuditEvent.subject_id == case).order_by(AuditEvent.seq))
    assert list(events)[-2:] == ["application.confirm_at_once", "application.issue"]


def test_nobody_examines_and_nobody_decides(app: Flask, noon: datetime) -> None:
    ground, applicant = make_ground(at=noon, loaded=instant()), make_applicant(at=noon)
    case = finished(ground, applicant, noon)

    claim(case, applicant, noon)

    held = db.session.scalars(select(CaseDuty).where(CaseDuty.case_id == case)).all()
    assert [(one.person_id, one.duty) for one in held] == [(applicant.person_id, Duty.ENTER)]
    said = select(AuditEvent.reason).where(AuditEvent.act == "application.confirm_at_once")
    assert db.session.scalar(said) == "示例规则（本地设定）"


def test_a_condition_for_a_person_goes_the_reviewed_way_and_says_why(app: Flask, noon: datetime) -> None:
    judged = {"name": "is_worth_it", "type": "flag", "label": "是否有示范作用", "supplied_by": "reviewer"}
    rule = {"id": "worth", "say": "有示范作用", "provenance": "local", "at": ["application"]}
    pack = rewritten(
        intake(track="instant"),
        lambda data: data["process"].pop("notice"),
        lambda data: data.setdefault("facts", []).append(judged),
        lambda data: data["applicants"].append({**rule, "when": {"is_worth_it": True}}),
    )
    ground, applicant = make_ground(at=noon, loaded=pack), make_applicant(at=noon)
    case = finished(ground, applicant, noon)

    done = claim(case, applicant, noon)

    assert done.voucher is None
    assert "rules-open" in [one.code for one in done.why]
    assert queries.get(case).state is S.SUBMITTED
    said = select(AuditEvent.reason).where(AuditEvent.act == "application.not_at_once")
    assert "还有条件不能由系统直接判定" in (db.session.scalar(said) or "")


@pytest.mark.parametrize(
    ("pack", "why"),
    [
        (
            rewritten(
                intake(track="instant"),
                lambda data: data["process"].pop("notice"),
                lambda data: data["documents"][0].update(required=True),
            ),
            "document-missing",
        ),
    ],
    ids=["paper"],
)
def test_a_missing_paper_is_asked_for_as_ever(app: Flask, noon: datetime, pack: LoadedPack, why: str) -> None:
    ground, applicant = make_ground(at=noon, loaded=pack), make_applicant(at=noon)
    case = finished(ground, applicant, noon)

    with pytest.raises(RuleViolation) as refused:
        claim(case, applicant, noon)

    assert [one.code for one in refused.value.findings] == [why]
    assert queries.get(case).state is S.DRAFT


def test_a_machine_refuses_nobody(app: Flask, noon: datetime) -> None:
    """Who does not qualify is told why and stays with their draft; no case is refused without a person."""
    ground, applicant = make_ground(at=noon, loaded=instant()), make_applicant(at=noon, operating_status="revoked")
    case = finished(ground, applicant, noon)

    with pytest.raises(RuleViolation) as refused:
        claim(case, applicant, noon)

    assert "not-eligible" in [one.code for one in refused.value.findings]
    assert queries.get(case).state is S.DRAFT


def test_who_asks_above_a_soft_cap_is_decided_on_by_a_person(app: Flask, noon: datetime) -> None:
    pack = rewritten(
        intake(track="instant"),
        lambda data: data["process"].pop("notice"),
        lambda data: data["amount"]["caps"][0].update(hard=False),
    )
    ground, applicant = make_ground(at=noon, loaded=pack), make_applicant(at=noon)
    case = finished(ground, applicant, noon)
    with transaction():
        asked = SavedFacts({}, queries.get(case).version, FULL + 100_000, "训练任务重")
        services.save_facts(case, asked, actor=applicant, at=noon)

    done = claim(case, applicant, noon)

    assert "asks-above" in [one.code for one in done.why]
    assert queries.get(case).state is S.SUBMITTED


def test_no_money_goes_the_reviewed_way(app: Flask, noon: datetime) -> None:
    ground, applicant = make_ground(at=noon, loaded=instant(), granted=FULL // 2 - 1), make_applicant(at=noon)
    case = finished(ground, applicant, noon)

    done = claim(case, applicant, noon)

    assert [one.code for one in done.why] == ["out-of-funds"]
    assert queries.get(case).state is S.SUBMITTED
    assert faces() == []


def test_a_kind_that_is_reviewed_has_no_voucher_at_once(app: Flask, noon: datetime) -> None:
    ground = make_ground(at=noon, loaded=rewritten(lambda data: data["process"].pop("notice")))
    applicant = make_applicant(at=noon)
    case = finished(ground, applicant, noon)

    done = claim(case, applicant, noon)

    assert [one.code for one in done.why] == ["not-instant"]
    assert queries.get(case).state is S.SUBMITTED


def test_no_caller_can_have_a_reviewed_case_confirmed_at_once(app: Flask, noon: datetime) -> None:
    ground = make_ground(at=noon, loaded=rewritten(lambda data: data["process"].pop("notice")))
    applicant = make_applicant(at=noon)
    case = finished(ground, applicant, noon)
    with transaction():
        version = services.hand_over(case, seen_version=queries.get(case).version, actor=applicant, at=noon).version
    shown = services.preview(queries.get(case), at=noon).hash

    with pytest.raises(Conflict), transaction():
        services.confirm(case, seen_version=version, seen_hash=shown, actor=applicant, at=noon, at_once=True)


def test_a_handler_hands_over_and_the_representative_has_the_voucher(app: Flask, noon: datetime) -> None:
    ground, applicant = make_ground(at=noon, loaded=instant()), make_applicant(at=noon)
    handler = make_user(Role.HANDLER, at=noon, organisation_id=applicant.organisation_id).actor(Role.HANDLER)
    case = finished(ground, handler, noon)

    assert claim(case, handler, noon) == Claimed(None)
    assert queries.get(case).state is S.TO_CONFIRM
    assert claim(case, applicant, noon).voucher is not None


def test_the_last_money_is_had_once(app: Flask, noon: datetime) -> None:
    """Four enterprises at the same moment, money for one."""
    ground = make_ground(at=noon, loaded=instant(), granted=FULL // 2)
    applicants = [make_applicant(number, at=noon) for number in range(1, 5)]
    works = [claiming(finished(ground, one, noon), one, noon) for one in applicants]
    db.session.rollback()

    results = together(app, works)

    assert sorted(map(str, results)) == ["False", "False", "False", "True"]
    assert faces() == [FULL]
    assert left(ground) == {"city": 0, "district": 0}
    states = sorted(state.value for state in db.session.scalars(select(Application.state)))
    assert states == ["issued", "submitted", "submitted", "submitted"]


def test_a_cap_of_an_enterprise_holds_over_two_windows_at_once(app: Flask, noon: datetime) -> None:
    """The yearly cap is drawn twice at the same moment: what is had never exceeds it."""
    cap = {**LOCAL, "id": "a-year", "limit": "3 万元", "over": "applicant", "per": "calendar-year"}
    pack = rewritten(
        intake(track="instant", opens="quarterly"),
        lambda data: data["process"].pop("notice"),
        lambda data: data["amount"]["caps"].append({**cap, "at": ["application"]}),
    )
    later = noon + timedelta(days=30)  # in the next quarter, while the first window is open still
    ground, applicant = make_ground(at=noon, loaded=pack), make_applicant(at=noon)
    second = make_window(ground, at=later).public_id
    works = [
        claiming(finished(ground, applicant, later, window=window), applicant, later)
        for window in (ground.window, second)
    ]
    db.session.rollback()

    results = together(app, works)

    assert faces() == [FULL], results


def test_one_press_twice_is_one_voucher(app: Flask, noon: datetime) -> None:
    ground, applicant = make_ground(at=noon, loaded=instant()), make_applicant(at=noon)
    case = finished(ground, applicant, noon)
    shown, version = services.preview(queries.get(case), at=noon).hash, queries.get(case).version
    db.session.rollback()

    def press() -> bool:
        with transaction():
            done = issuance.claim_at_once(case, seen_version=version, seen_hash=shown, actor=applicant, at=noon)
            return done.voucher is not None

    results = together(app, [press] * 3)

    assert results.count(True) == 1
    assert sum(isinstance(one, Conflict) for one in results) == 2
    assert faces() == [FULL]
