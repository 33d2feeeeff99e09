"""Drafting, confirming, mending, withdrawing: on both databases."""

from datetime import datetime, timedelta

import pytest
from flask import Flask
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from tests.factories.accounts import MAKER
from tests.factories.applications import (
    Ground,
    make_applicant,
    make_draft,
    make_ground,
    make_submitted,
    resubmit,
)
from tests.factories.parties import received_pdf
from tests.factories.review import make_accepted, version_of
from tests.races import together
from vouchers.accounts import queries as accounts
from vouchers.accounts.states import Duty
from vouchers.applications import queries, services
from vouchers.applications.services import CorrectionAsk, NewDraft, SavedFacts
from vouchers.applications.states import ApplicationState as S
from vouchers.audit import queries as audit
from vouchers.audit.services import Subject, record
from vouchers.db.base import db
from vouchers.db.transaction import transaction
from vouchers.enterprises import queries as enterprises
from vouchers.enterprises.states import EnterpriseState
from vouchers.kernel.actor import Actor, job
from vouchers.kernel.canonical import digest
from vouchers.kernel.errors import Conflict, NotFound, RuleViolation
from vouchers.kernel.workdays import WorkCalendar
from vouchers.review import services as review
from vouchers.review.services import Correction

pytestmark = pytest.mark.database


@pytest.fixture
def ground(app: Flask, noon: datetime) -> Ground:
    return make_ground(at=noon)


@pytest.fixture
def applicant(ground: Ground, noon: datetime) -> Actor:
    return make_applicant(at=noon)


def put_enterprise_into(state: EnterpriseState, applicant: Actor, noon: datetime) -> None:
    with transaction():
        found = enterprises.of_organisation(applicant.organisation_id or 0)
        found.state = state
        record("enterprises.move", Subject("enterprise", found.public_id), actor=job("x"), at=noon, change=("", state))


def codes(refused: pytest.ExceptionInfo[RuleViolation]) -> list[str]:
    return [finding.code for finding in refused.value.findings]


@pytest.mark.parametrize(
    ("state", "code"),
    [(EnterpriseState.IN_REVIEW, "enterprise-in-review"), (EnterpriseState.BARRED, "enterprise-barred")],
)
def test_an_enterprise_that_may_not_apply_hands_nothing_in(
    ground: Ground, applicant: Actor, noon: datetime, state: EnterpriseState, code: str
) -> None:
    drafted, handed_over = make_draft(ground, applicant, at=noon), make_applicant(2, at=noon)
    waiting = make_draft(ground, handed_over, at=noon)
    with transaction():
        services.hand_over(waiting.public_id, seen_version=version_of(waiting.public_id), actor=handed_over, at=noon)
    shown = services.preview(queries.get(waiting.public_id), at=noon).hash
    for actor in (applicant, handed_over):
        put_enterprise_into(state, actor, noon)

    with pytest.raises(RuleViolation) as at_draft, transaction():
        services.hand_over(drafted.public_id, seen_version=version_of(drafted.public_id), actor=applicant, at=noon)
    version = version_of(waiting.public_id)
    with pytest.raises(RuleViolation) as at_confirming, transaction():
        services.confirm(waiting.public_id, seen_version=version, seen_hash=shown, actor=handed_over, at=noon)

    assert (codes(at_draft), codes(at_confirming)) == ([code], [code])


def test_a_barred_enterprise_starts_nothing(ground: Ground, applicant: Actor, noon: datetime) -> None:
    put_enterprise_into(EnterpriseState.BARRED, applicant, noon)

    with pytest.raises(RuleViolation) as refused, transaction():
        services.start(NewDraft(ground.window), actor=applicant, at=noon)

    assert codes(refused) == ["enterprise-barred"]


def test_one_live_case_per_window_and_kind(ground: Ground, applicant: Actor, noon: datetime) -> None:
    make_draft(ground, applicant, at=noon)

    with pytest.raises(RuleViolation) as refused, transaction():
        services.start(NewDraft(ground.window), actor=applicant, at=noon)

    assert codes(refused) == ["already-live"]


def test_two_drafts_at_the_same_moment_make_one(app: Flask, ground: Ground, applicant: Actor, noon: datetime) -> None:
    def begin() -> str:
        with transaction():
            return services.start(NewDraft(ground.window), actor=applicant, at=noon).public_id

    results = together(app, [begin] * 6)

    assert sum(isinstance(one, str) for one in results) == 1
    assert all(isinstance(one, str | RuleViolation) for one in results)


def test_after_withdrawing_one_may_apply_again(ground: Ground, applicant: Actor, noon: datetime) -> None:
    draft = make_draft(ground, applicant, at=noon)
    with transaction():
        services.withdraw(draft.public_id, seen_version=draft.version, reason="", actor=applicant, at=noon)

    again = make_draft(ground, applicant, at=noon)

    assert queries.get(draft.public_id).state is S.WITHDRAWN
    assert again.number != queries.get(draft.public_id).number


def test_a_closed_window_takes_nothing(ground: Ground, applicant: Actor, noon: datetime) -> None:
    draft = make_draft(ground, applicant, at=noon)
    late = noon + timedelta(days=60)

    with pytest.raises(RuleViolation) as refused, transaction():
        services.hand_over(draft.public_id, seen_version=draft.version, actor=applicant, at=late)

    assert "window-closed" in codes(refused)


def test_an_unfinished_draft_is_told_every_gap(ground: Ground, applicant: Actor, noon: datetime) -> None:
    with transaction():
        draft = services.start(NewDraft(ground.window), actor=applicant, at=noon)
        public_id, version = draft.public_id, draft.version

    with pytest.raises(RuleViolation) as refused, transaction():
        services.hand_over(public_id, seen_version=version, actor=applicant, at=noon)

    missing = [finding.field for finding in refused.value.findings]
    assert missing == ["other_support_contract", "planned_net", "licence", "size-proof", "need-statement"]


def test_values_of_record_cannot_be_overwritten(ground: Ground, applicant: Actor, noon: datetime) -> None:
    draft = make_draft(ground, applicant, at=noon)
    saved = SavedFacts({"size_class": "micro"}, draft.version)

    with pytest.raises(RuleViolation) as refused, transaction():
        services.save_facts(draft.public_id, saved, actor=applicant, at=noon)

    assert codes(refused) == ["fact-locked"]


def test_unfit_and_unknown_values_are_refused(ground: Ground, applicant: Actor, noon: datetime) -> None:
    draft = make_draft(ground, applicant, at=noon)
    saved = SavedFacts({"planned_net": "many", "granted:cap-applicant-year": "0"}, draft.version)

    with pytest.raises(RuleViolation) as refused, transaction():
        services.save_facts(draft.public_id, saved, actor=applicant, at=noon)

    assert codes(refused) == ["fact-unfit", "fact-unknown"]


def test_papers_raise_the_version_and_the_earlier_one_stays(ground: Ground, applicant: Actor, noon: datetime) -> None:
    draft = make_draft(ground, applicant, at=noon)
    before = draft.version

    with transaction():
        services.add_document(
            draft.public_id, "licence", received=received_pdf("新.pdf"), seen_version=before, actor=applicant, at=noon
        )

    changed = queries.get(draft.public_id)
    assert changed.version == before + 1
    assert queries.documents_of(changed)["licence"].file.name == "新.pdf"
    assert len([one for one in changed.documents if one.requirement == "licence"]) == 2


def test_confirming_freezes_snapshot_and_decision(ground: Ground, applicant: Actor, noon: datetime) -> None:
    case = make_submitted(ground, applicant, at=noon)

    submission = queries.last_submission(case)
    assert submission
    assert submission.hash == digest(submission.snapshot)
    assert submission.snapshot["facts"]["planned_net"] == "80000.00"
    assert case.computed == case.requested == 3_000_000
    assert case.tier == "starter"
    assert queries.decision_of(case) == queries.replayed(case)
    assert [(one.duty, one.person_id) for one in accounts.duties_of(case.public_id)] == [
        (Duty.ENTER, applicant.person_id)
    ]


def test_a_confirmed_snapshot_cannot_be_changed(ground: Ground, applicant: Actor, noon: datetime) -> None:
    make_submitted(ground, applicant, at=noon)

    with pytest.raises(DBAPIError), transaction():
        db.session.execute(text("UPDATE submissions SET hash = 'x'"))


def test_the_scheme_version_of_a_case_stays(ground: Ground, applicant: Actor, noon: datetime) -> None:
    make_submitted(ground, applicant, at=noon)

    with pytest.raises(DBAPIError), transaction():
        db.session.execute(text("UPDATE applications SET scheme_version_id = scheme_version_id"))


def test_what_was_shown_is_what_is_confirmed(ground: Ground, applicant: Actor, noon: datetime) -> None:
    draft = make_draft(ground, applicant, at=noon)
    with transaction():
        services.hand_over(draft.public_id, seen_version=draft.version, actor=applicant, at=noon)
    seen = version_of(draft.public_id)

    with pytest.raises(Conflict), transaction():
        services.confirm(draft.public_id, seen_version=seen, seen_hash="0" * 64, actor=applicant, at=noon)


def test_a_stranger_finds_no_case(ground: Ground, applicant: Actor, noon: datetime) -> None:
    case = make_submitted(ground, applicant, at=noon)
    stranger = make_applicant(2, at=noon)

    with pytest.raises(NotFound), transaction():
        services.withdraw(case.public_id, seen_version=case.version, reason="", actor=stranger, at=noon)


def test_a_correction_opens_exactly_the_named_fields(ground: Ground, applicant: Actor, noon: datetime) -> None:
    case = make_submitted(ground, applicant, at=noon)
    ask = Correction(("planned_net", "licence"), "请核对预计服务费用并更换执照", case.version)
    with transaction():
        review.ask_correction(case.public_id, ask, actor=ground.officer("acceptor"), at=noon)
    values = {"planned_net": "60000.00", "other_support_contract": "1.00"}
    saved = SavedFacts(values, version_of(case.public_id))

    with pytest.raises(RuleViolation) as refused, transaction():
        services.save_facts(case.public_id, saved, actor=applicant, at=noon)

    assert [(one.code, one.field) for one in refused.value.findings] == [("not-opened", "other_support_contract")]


def test_a_mended_case_goes_back_to_its_stage_and_the_clock_goes_on(
    ground: Ground, applicant: Actor, noon: datetime
) -> None:
    case = make_accepted(ground, applicant, at=noon)
    stopped, mended = noon + timedelta(days=2), noon + timedelta(days=6)
    with transaction():
        held = queries.lock(case.public_id)
        ask = CorrectionAsk(("planned_net",), "请核对金额")
        services.request_correction(held, ask, actor=ground.officer("first"), at=stopped)
    waiting = queries.get(case.public_id)
    assert (waiting.state, waiting.days_used, waiting.clock_stopped_at) == (S.CORRECTION, 2, stopped)

    with transaction():
        saved = SavedFacts({"planned_net": "60000.00"}, version_of(case.public_id))
        services.save_facts(case.public_id, saved, actor=applicant, at=mended)
    resubmit(case.public_id, applicant, at=mended)

    back = queries.get(case.public_id)
    assert (back.state, back.stage, back.clock_stopped_at) == (S.IN_STAGE, "first-review", None)
    assert back.due_on
    assert back.due_on.isoformat() == "2026-03-27"  # three working days are left of five
    assert back.computed == back.requested == 2_700_000
    assert [one.revision for one in back.submissions] == [1, 2]


def test_a_missed_correction_lapses_the_day_after(ground: Ground, applicant: Actor, noon: datetime) -> None:
    case = make_submitted(ground, applicant, at=noon)
    ask = Correction(("licence",), "请更换执照", case.version)
    with transaction():
        review.ask_correction(case.public_id, ask, actor=ground.officer("acceptor"), at=noon)

    with transaction():
        on_the_day = services.lapse_due(actor=job("daily"), at=noon + timedelta(days=7))
    with transaction():
        after_it = services.lapse_due(actor=job("daily"), at=noon + timedelta(days=8))

    assert (on_the_day, after_it) == (0, 1)
    assert queries.get(case.public_id).state is S.LAPSED


def test_a_day_that_is_a_guess_makes_nothing_lapse_until_its_year_is_published(
    ground: Ground, applicant: Actor, noon: datetime
) -> None:
    case = make_submitted(ground, applicant, at=noon)
    ask = Correction(("licence",), "请更换执照", case.version)
    with transaction():
        review.ask_correction(case.public_id, ask, actor=ground.officer("acceptor"), at=noon)
    with transaction():
        guessed = queries.lock(case.public_id)
        guessed.due_is_provisional = True
        record("test.guess", Subject("application", guessed.public_id), actor=MAKER, at=noon)
    late, unpublished, published = noon + timedelta(days=30), WorkCalendar(frozenset()), WorkCalendar(frozenset({2026}))

    with transaction():
        before = services.lapse_due(actor=job("daily"), at=late)
        unsettled = services.settle_correction_days(actor=job("daily"), at=late, calendar=unpublished)
    with transaction():
        settled = services.settle_correction_days(actor=job("daily"), at=late, calendar=published)
        after = services.lapse_due(actor=job("daily"), at=late)

    assert (before, unsettled, settled, after) == (0, 0, 1, 1)


def test_corrections_are_as_many_as_the_pack_says(ground: Ground, applicant: Actor, noon: datetime) -> None:
    case = make_submitted(ground, applicant, at=noon)
    for _ in range(2):
        ask = Correction(("licence",), "请更换执照", version_of(case.public_id))
        with transaction():
            review.ask_correction(case.public_id, ask, actor=ground.officer("acceptor"), at=noon)
        resubmit(case.public_id, applicant, at=noon)

    ask = Correction(("licence",), "请更换执照", version_of(case.public_id))

    with pytest.raises(RuleViolation) as refused, transaction():
        review.ask_correction(case.public_id, ask, actor=ground.officer("acceptor"), at=noon)

    assert codes(refused) == ["corrections-used-up"]


def test_each_move_leaves_exactly_one_event(ground: Ground, applicant: Actor, noon: datetime) -> None:
    case = make_submitted(ground, applicant, at=noon)

    moves = [
        (one.before, one.after) for one in audit.history_of("application", case.public_id) if one.before != one.after
    ]
    assert moves == [("", "draft"), ("draft", "to_confirm"), ("to_confirm", "submitted")]


def test_confirming_twice_at_the_same_moment_confirms_once(
    app: Flask, ground: Ground, applicant: Actor, noon: datetime
) -> None:
    draft = make_draft(ground, applicant, at=noon)
    public_id = draft.public_id
    with transaction():
        services.hand_over(public_id, seen_version=draft.version, actor=applicant, at=noon)
    seen = version_of(public_id)
    shown = services.preview(queries.get(public_id), at=noon).hash

    def work() -> bool:
        with transaction():
            services.confirm(public_id, seen_version=seen, seen_hash=shown, actor=applicant, at=noon)
        return True

    results = together(app, [work] * 4)

    assert results.count(True) == 1
    db.session.rollback()
    assert len(queries.get(public_id).submissions) == 1


def test_withdrawing_and_accepting_at_the_same_moment_one_wins(
    app: Flask, ground: Ground, applicant: Actor, noon: datetime
) -> None:
    case = make_submitted(ground, applicant, at=noon)
    public_id, seen = case.public_id, case.version

    def withdraw() -> str:
        with transaction():
            services.withdraw(public_id, seen_version=seen, reason="", actor=applicant, at=noon)
        return "withdrawn"

    def take_in() -> str:
        with transaction():
            review.accept(public_id, seen_version=seen, actor=ground.officer("acceptor"), at=noon)
        return "accepted"

    results = together(app, [withdraw, take_in])

    assert len([one for one in results if isinstance(one, str)]) == 1
    assert len([one for one in results if isinstance(one, Conflict)]) == 1
