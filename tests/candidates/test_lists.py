"""免申即享: a register comes in, two people make a list of it, each enterprise answers for itself."""

from datetime import datetime, timedelta

import pytest
from flask import Flask
from sqlalchemy import select, update
from sqlalchemy.exc import IntegrityError

from tests.factories.accounts import MAKER
from tests.factories.applications import make_applicant
from tests.factories.candidates import automatic_ground, computed, officer, register, released, row, upload
from tests.factories.enterprises import enterprise, own_actor
from vouchers.accounts.models import CaseDuty
from vouchers.accounts.states import Duty
from vouchers.applications import queries as applications
from vouchers.applications import services as application_services
from vouchers.applications.models import Application
from vouchers.applications.services import NewDraft, SavedFacts
from vouchers.applications.states import ApplicationState
from vouchers.audit.models import AuditEvent
from vouchers.audit.services import Subject, record
from vouchers.candidates import queries, services
from vouchers.candidates.models import Candidate, CandidateList
from vouchers.candidates.states import CandidateState as C
from vouchers.candidates.states import ListState as L
from vouchers.candidates.verify import findings
from vouchers.db.base import db
from vouchers.db.transaction import transaction
from vouchers.jobs.worker import run_daily, run_due
from vouchers.kernel.actor import Actor
from vouchers.kernel.errors import Conflict, NotFound, RuleViolation
from vouchers.parties.services import declare_conflict, record_fact
from vouchers.parties.states import FactSource

pytestmark = pytest.mark.database


def the_list(public_id: str) -> CandidateList:
    db.session.rollback()
    return db.session.scalars(
        select(CandidateList).where(CandidateList.public_id == public_id).execution_options(populate_existing=True)
    ).one()


def candidates(public_id: str) -> list[Candidate]:
    statement = select(Candidate).where(Candidate.list_id == the_list(public_id).id).order_by(Candidate.row)
    return list(db.session.scalars(statement.execution_options(populate_existing=True)))


def offer(applicant: Actor) -> Candidate:
    [found] = queries.offers_to(applicant.organisation_id or 0)
    return found


def confirm(applicant: Actor, at: datetime) -> Application:
    one = offer(applicant)
    shown = services.shown_to(one, applicant.organisation_id or 0, at=at)
    with transaction():
        done = services.confirm(one.public_id, seen_hash=shown.hash, actor=applicant, at=at)
        return applications.get(done.application.public_id)


def acts() -> list[str]:
    statement = select(AuditEvent.act).where(AuditEvent.act.like("candidate%")).order_by(AuditEvent.seq)
    return list(db.session.scalars(statement))


def test_a_register_becomes_a_list_with_a_result_for_each_row(app: Flask, noon: datetime) -> None:
    ground = automatic_ground(noon)
    rows = [row(1), row(2, operating_status="revoked"), row(3, planned_net="")]

    public_id = computed(app, ground, register(rows), officer(noon, "甲"), at=noon)

    assert the_list(public_id).state is L.READY
    found = candidates(public_id)
    assert [(one.row, one.result, one.state) for one in found] == [
        (2, "eligible", C.FOUND),
        (3, "ineligible", C.FOUND),
        (4, "unknown", C.FOUND),
    ]
    assert found[0].amount
    assert found[1].reasons
    assert found[2].reasons == ["planned_net"]
    assert queries.decision_of(found[0]).amount.maximum == found[0].amount  # type: ignore[union-attr]


def test_whoever_brought_a_register_in_does_not_release_its_list(app: Flask, noon: datetime) -> None:
    ground, first = automatic_ground(noon), officer(noon, "甲")
    public_id = computed(app, ground, register([row(1)]), first, at=noon)

    with pytest.raises(RuleViolation) as refused, transaction():
        services.release(public_id, seen_version=None, actor=first, at=noon)
    assert refused.value.findings[0].code == "same-person"

    same = update(CandidateList).values(released_by_id=CandidateList.uploaded_by_id)
    with pytest.raises(IntegrityError), transaction():
        db.session.execute(same)


def test_an_enterprise_only_confirms_and_the_case_goes_the_way_of_the_pack(app: Flask, noon: datetime) -> None:
    ground, applicant = automatic_ground(noon), own_actor(enterprise(1, at=noon))
    public_id = released(app, ground, register([row(1)]), at=noon)
    listed = candidates(public_id)[0].amount

    case = confirm(applicant, noon)

    assert case.state is ApplicationState.SUBMITTED
    assert case.computed == case.requested == listed
    submission = applications.confirmed(case)
    assert submission.snapshot["facts"]["planned_net"] == "80000.00"
    assert applications.seen_facts(case, on=noon.date())["planned_net"].register.startswith("市统计局数据")
    assert candidates(public_id)[0].state is C.CONFIRMED
    assert acts() == ["candidates.upload", "candidates.compute", "candidates.release", "candidate.confirm"]


def test_what_the_register_says_is_not_changed_by_the_applicant(app: Flask, noon: datetime) -> None:
    ground, applicant = automatic_ground(noon), own_actor(enterprise(1, at=noon))
    released(app, ground, register([row(1)]), at=noon)
    kept = queries.register_of(offer(applicant))
    with transaction():
        draft = application_services.start(NewDraft(ground.window, kept), actor=applicant, at=noon)
        public_id, version = draft.public_id, draft.version

    saved = SavedFacts({"planned_net": "9000000.00"}, version)
    with pytest.raises(RuleViolation) as refused, transaction():
        application_services.save_facts(public_id, saved, actor=applicant, at=noon)

    assert [one.code for one in refused.value.findings] == ["fact-locked"]


def test_uploader_and_releaser_hold_duties_on_the_case(app: Flask, noon: datetime) -> None:
    ground, applicant = automatic_ground(noon), own_actor(enterprise(1, at=noon))
    public_id = released(app, ground, register([row(1)]), at=noon)

    case = confirm(applicant, noon)

    found = the_list(public_id)
    held = {one.person_id: one.duty for one in db.session.scalars(select(CaseDuty)) if one.case_id == case.public_id}
    assert held[found.uploaded_by_id] is Duty.ENTER
    assert held[found.released_by_id or 0] is Duty.EXAMINE


def test_an_enterprise_without_an_account_finds_its_offer_when_it_registers(app: Flask, noon: datetime) -> None:
    ground = automatic_ground(noon)
    released(app, ground, register([row(1), row(2)]), at=noon)

    newcomer = own_actor(enterprise(2, at=noon))

    assert offer(newcomer).name == "渝中测试科技2有限公司"


def test_an_offer_is_shown_to_its_enterprise_alone(app: Flask, noon: datetime) -> None:
    ground, applicant = automatic_ground(noon), own_actor(enterprise(1, at=noon))
    stranger = own_actor(enterprise(9, at=noon))
    released(app, ground, register([row(1)]), at=noon)
    public_id = offer(applicant).public_id

    with pytest.raises(NotFound):
        queries.own(public_id, stranger.organisation_id)


def test_a_list_that_was_not_released_is_shown_to_nobody(app: Flask, noon: datetime) -> None:
    ground, applicant = automatic_ground(noon), own_actor(enterprise(1, at=noon))
    public_id = computed(app, ground, register([row(1)]), officer(noon, "甲"), at=noon)

    assert queries.offers_to(applicant.organisation_id or 0) == []
    with pytest.raises(NotFound):
        queries.own(candidates(public_id)[0].public_id, applicant.organisation_id)


def test_who_objects_applies_with_papers_of_its_own(app: Flask, noon: datetime) -> None:
    ground, applicant = automatic_ground(noon), make_applicant(1, at=noon)
    public_id = released(app, ground, register([row(1)]), at=noon)
    one = offer(applicant)
    with transaction():
        services.object_to(one.public_id, "费用应为 9 万元", actor=applicant, at=noon)

    with transaction():
        draft = application_services.start(NewDraft(ground.window), actor=applicant, at=noon)
        saved = SavedFacts({"planned_net": "90000.00"}, draft.version)
        application_services.save_facts(draft.public_id, saved, actor=applicant, at=noon)

    found = candidates(public_id)[0]
    assert (found.state, found.answer) == (C.OBJECTED, "费用应为 9 万元")
    assert "candidate.object" in acts()


def test_an_answer_is_given_once(app: Flask, noon: datetime) -> None:
    ground, applicant = automatic_ground(noon), own_actor(enterprise(1, at=noon))
    released(app, ground, register([row(1)]), at=noon)
    one = offer(applicant).public_id
    with transaction():
        services.decline(one, "暂不需要", actor=applicant, at=noon)

    with pytest.raises(Conflict), transaction():
        services.object_to(one, "信息有误", actor=applicant, at=noon)


def test_a_list_ends_by_its_day_and_silence_is_on_record(app: Flask, noon: datetime) -> None:
    ground, applicant = automatic_ground(noon), own_actor(enterprise(1, at=noon))
    public_id = released(app, ground, register([row(1)]), at=noon)
    one = offer(applicant).public_id
    late = noon + timedelta(days=31)

    with pytest.raises(RuleViolation) as refused, transaction():
        services.decline(one, "暂不需要", actor=applicant, at=late)
    assert refused.value.findings[0].code == "offer-ended"
    run_daily(app, at=noon + timedelta(days=30))
    assert candidates(public_id)[0].state is C.OFFERED
    run_daily(app, at=late)

    assert the_list(public_id).state is L.ENDED
    assert candidates(public_id)[0].state is C.EXPIRED


def test_what_became_known_after_the_register_counts(app: Flask, noon: datetime) -> None:
    """An officer's record after the day of the register stands before the register."""
    ground, applicant = automatic_ground(noon), own_actor(enterprise(1, at=noon))
    released(app, ground, register([row(1)]), at=noon)
    one = offer(applicant)
    shown = services.shown_to(one, applicant.organisation_id or 0, at=noon)
    with transaction():
        source = FactSource.OFFICER
        record_fact(
            applicant.organisation_id or 0, "operating_status", "revoked", source=source, actor=applicant, at=noon
        )

    with pytest.raises(Conflict), transaction():
        services.confirm(one.public_id, seen_hash=shown.hash, actor=applicant, at=noon)
    shown = services.shown_to(one, applicant.organisation_id or 0, at=noon)
    with pytest.raises(RuleViolation) as refused, transaction():
        services.confirm(one.public_id, seen_hash=shown.hash, actor=applicant, at=noon)

    assert [found.code for found in refused.value.findings] == ["not-eligible"]
    assert offer(applicant).application_id is None


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (register([row(1), row(1)]), "第 3 行与第 2 行是同一个统一社会信用代码"),
        (register([row(1, uscc="91500103MA0000001X")]), "第 2 行的统一社会信用代码"),
        (register([row(1, uscc="")]), "第 2 行没有统一社会信用代码"),
        (register([row(1, planned_net="八万")]), "第 2 行“planned_net”写的是“八万”"),
        (register([row(1)], columns=("name", "planned_net")), "没有“统一社会信用代码”一列"),
        (register([]), "登记册里一户也没有"),
        ('uscc,name\n"甲,乙\n'.encode(), "行"),
    ],
    ids=["twice", "wrong-digit", "no-number", "unfit-cell", "no-column", "empty", "open-quotation"],
)
def test_a_register_with_anything_wrong_is_not_used_and_says_where(
    app: Flask, noon: datetime, content: bytes, told: str
) -> None:
    ground = automatic_ground(noon)

    public_id = computed(app, ground, content, officer(noon, "甲"), at=noon)

    assert the_list(public_id).state is L.FAULTY
    assert candidates(public_id) == []
    assert any(told in one["message"] for one in the_list(public_id).findings)


@pytest.mark.parametrize("line", [b"x,y,z\n", b"x,y\n", b'"x,y,z\n'], ids=["cells", "ragged", "quotations"])
def test_a_list_full_of_bad_rows_is_told_in_fifty_lines(app: Flask, noon: datetime, line: bytes) -> None:
    ground = automatic_ground(noon)
    content = b"uscc,name,planned_net\n" + line * 20_000

    public_id = computed(app, ground, content, officer(noon, "甲"), at=noon)

    assert the_list(public_id).state is L.FAULTY
    assert 0 < len(the_list(public_id).findings) <= 50


@pytest.mark.parametrize("rows", [20_001, 1_000_000])
def test_more_rows_than_a_list_takes_are_refused_unread(app: Flask, noon: datetime, rows: int) -> None:
    ground = automatic_ground(noon)
    content = b"uscc,name,planned_net\n" + b"x,y\n" * rows

    public_id = computed(app, ground, content, officer(noon, "甲"), at=noon)

    assert [one["message"] for one in the_list(public_id).findings] == [f"共 {rows:,} 户，一份名单最多 20,000 户"]


@pytest.mark.parametrize("content", [b"\x89PNG\r\n\x1a\n", "甲".encode("gbk"), b"", b"a,b\n<script>x</script>"])
def test_what_is_no_register_is_not_even_kept(app: Flask, noon: datetime, content: bytes) -> None:
    ground = automatic_ground(noon)

    with pytest.raises(RuleViolation):
        upload(ground, content, officer(noon, "甲"), at=noon)

    run_due(app, at=noon)
    assert db.session.scalars(select(CandidateList)).all() == []


def test_an_officer_who_is_tied_to_an_enterprise_does_not_release_its_list(app: Flask, noon: datetime) -> None:
    ground, applicant = automatic_ground(noon), own_actor(enterprise(1, at=noon))
    public_id = computed(app, ground, register([row(1)]), officer(noon, "甲"), at=noon)
    second = officer(noon, "乙")
    with transaction():
        declare_conflict(applicant.organisation_id or 0, reason="亲属任职", actor=second, at=noon)

    with pytest.raises(RuleViolation), transaction():
        services.release(public_id, seen_version=None, actor=second, at=noon)

    assert the_list(public_id).state is L.READY


def test_a_list_that_was_changed_by_hand_is_found_by_the_verification(app: Flask, noon: datetime) -> None:
    ground = automatic_ground(noon)
    public_id = computed(app, ground, register([row(1)]), officer(noon, "甲"), at=noon)
    assert list(findings()) == []

    raised = update(Candidate).values(amount=9_000_000)
    with transaction():
        record("test.tamper", Subject("candidate_list", public_id), actor=MAKER, at=noon)
        db.session.execute(raised)

    assert [(code, place) for code, place, _ in findings()] == [("INV-13", f"candidate_lists/{public_id}")]
