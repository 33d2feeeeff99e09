"""Schemes in the database: two people, frozen texts, one version in force, windows."""

from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from sqlalchemy import func, select, update
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from tests.factories.policy import REVIEWED, assessment, draft, published, window
from tests.policy.packs import PACK
from vouchers.audit.models import AuditEvent
from vouchers.db.transaction import transaction
from vouchers.kernel.actor import Actor
from vouchers.kernel.errors import Conflict, NotFound, NotPermitted, RuleViolation
from vouchers.policy import fairness, queries, services
from vouchers.policy.fairness import Answer
from vouchers.policy.models import SchemeVersion
from vouchers.policy.services import NewWindow, Signing
from vouchers.policy.states import Conclusion, VersionState, WindowState

pytestmark = pytest.mark.database


def test_two_people_put_a_version_in_force(drafter: Actor, signer: Actor, noon: datetime) -> None:
    public_id = published(drafter, signer, at=noon)

    version = queries.get_version(public_id)
    assert version.state is VersionState.PUBLISHED
    assert (version.drafted_by_id, version.signed_by_id) == (drafter.person_id, signer.person_id)
    assert version.published_at == noon
    assert queries.compiled(version).digest == version.content_hash
    assert queries.compiled(version) is queries.compiled(version)


def test_every_step_leaves_one_event(session: Session, drafter: Actor, signer: Actor, noon: datetime) -> None:
    public_id = published(drafter, signer, at=noon)

    statement = select(AuditEvent.act, AuditEvent.after).where(AuditEvent.subject_id == public_id)
    acts = [(row.act, row.after) for row in session.execute(statement.order_by(AuditEvent.seq))]
    assert acts == [
        ("policy.draft", "draft"),
        ("policy.check", "checked"),
        ("policy.review_fairness", ""),
        ("policy.sign", "signed"),
        ("policy.publish", "published"),
    ]


def checked(drafter: Actor, noon: datetime) -> str:
    """A checked draft; its public id."""
    public_id = draft(drafter, at=noon)
    with transaction():
        services.check_version(public_id, actor=drafter, at=noon)
    return public_id


def reviewed(drafter: Actor, at: datetime, *, text: str) -> str:
    """A version that is checked and reviewed; its public id."""
    public_id = draft(drafter, at=at, text=text)
    with transaction():
        services.check_version(public_id, actor=drafter, at=at)
        services.review_fairness(public_id, assessment(public_id), actor=drafter, at=at)
    return public_id


def test_the_drafter_may_not_sign(drafter: Actor, noon: datetime) -> None:
    public_id = draft(drafter, at=noon)
    with transaction():
        services.check_version(public_id, actor=drafter, at=noon)

    with pytest.raises(RuleViolation, match="起草人不能签署"), transaction():
        services.sign_version(public_id, REVIEWED, actor=drafter, at=noon)

    assert queries.get_version(public_id).state is VersionState.CHECKED


def test_local_conditions_need_a_reasoned_answer(drafter: Actor, signer: Actor, noon: datetime) -> None:
    public_id = draft(drafter, at=noon)
    with transaction():
        services.check_version(public_id, actor=drafter, at=noon)

    with pytest.raises(RuleViolation, match="还没有审查结论"), transaction():
        services.sign_version(public_id, REVIEWED, actor=signer, at=noon)


def test_every_pointed_item_is_answered_with_an_article_and_a_reason(drafter: Actor, noon: datetime) -> None:
    public_id = checked(drafter, noon)
    whole = assessment(public_id)

    for missing, told in ((Answer(" ", "有理由"), "没有写依据的条款"), (Answer("第几条", " "), "没有写理由")):
        given = replace(whole, answers=(*whole.answers[1:], missing))
        with pytest.raises(RuleViolation, match=told), transaction():
            services.review_fairness(public_id, given, actor=drafter, at=noon)
    with pytest.raises(RuleViolation, match="没有写审查意见"), transaction():
        services.review_fairness(public_id, replace(whole, opinion=" "), actor=drafter, at=noon)


def test_the_review_is_signed_by_two_people_and_kept_with_every_answer(
    drafter: Actor, signer: Actor, noon: datetime
) -> None:
    public_id = checked(drafter, noon)
    with transaction():
        services.review_fairness(public_id, assessment(public_id), actor=signer, at=noon)
    with pytest.raises(RuleViolation, match="须由另一人复核"), transaction():
        services.sign_version(public_id, REVIEWED, actor=signer, at=noon)
    with transaction():
        services.review_fairness(public_id, assessment(public_id), actor=drafter, at=noon)  # written anew
        services.sign_version(public_id, REVIEWED, actor=signer, at=noon)

    review = fairness.review_of(queries.get_version(public_id))

    assert review is not None
    assert (review.reviewed_by_id, review.confirmed_by_id) == (drafter.person_id, signer.person_id)
    assert {one["article"] for one in review.answers} == {"《公平竞争审查条例》（示例条款）"}
    assert "符合审查标准" in queries.get_version(public_id).fair_competition
    with pytest.raises(Conflict), transaction():  # signed: the answers stand
        services.review_fairness(public_id, assessment(public_id), actor=drafter, at=noon)


def test_a_version_that_does_not_meet_the_standard_is_not_signed(drafter: Actor, signer: Actor, noon: datetime) -> None:
    public_id = checked(drafter, noon)
    with transaction():
        services.review_fairness(public_id, assessment(public_id, Conclusion.FAILS), actor=drafter, at=noon)

    with pytest.raises(RuleViolation, match="结论是不符合"), transaction():
        services.sign_version(public_id, REVIEWED, actor=signer, at=noon)


def test_an_unchecked_version_is_neither_signed_nor_published(drafter: Actor, signer: Actor, noon: datetime) -> None:
    public_id = draft(drafter, at=noon)

    with pytest.raises(Conflict), transaction():
        services.sign_version(public_id, REVIEWED, actor=signer, at=noon)
    with pytest.raises(Conflict), transaction():
        services.publish_version(public_id, actor=signer, at=noon)


def test_a_pack_with_a_failing_case_is_not_checked(drafter: Actor, noon: datetime) -> None:
    text = PACK.read_text(encoding="utf-8").replace(
        "tier: starter, amount: 25000 元", "tier: starter, amount: 26000 元"
    )
    public_id = draft(drafter, at=noon, text=text)

    with pytest.raises(RuleViolation, match=r"第 \d+ 行：示例“微型企业预计花费 5 万元"), transaction():
        services.check_version(public_id, actor=drafter, at=noon)


def test_a_text_that_is_no_pack_is_refused_with_its_line(drafter: Actor, noon: datetime) -> None:
    with pytest.raises(RuleViolation, match="第 2 行"):
        draft(drafter, at=noon, text="id: x\nkinds: [")


def test_a_published_text_cannot_be_changed_even_by_hand(
    session: Session, drafter: Actor, signer: Actor, noon: datetime
) -> None:
    public_id = published(drafter, signer, at=noon)

    change = update(SchemeVersion).where(SchemeVersion.public_id == public_id).values(source="id: other")
    with pytest.raises(DBAPIError, match="scheme_versions: what"), transaction():
        session.execute(change)


def test_a_new_version_supersedes_the_one_in_force(
    session: Session, drafter: Actor, signer: Actor, noon: datetime
) -> None:
    first = published(drafter, signer, at=noon)
    text = PACK.read_text(encoding="utf-8").replace('version: "1"', 'version: "2"')

    second = published(drafter, signer, at=noon, text=text)

    assert queries.get_version(first).state is VersionState.SUPERSEDED
    assert queries.get_version(second).number == 2
    in_force = select(func.count()).select_from(SchemeVersion).where(SchemeVersion.state == VersionState.PUBLISHED)
    assert session.scalar(in_force) == 1


def test_the_same_text_makes_no_second_version(drafter: Actor, signer: Actor, noon: datetime) -> None:
    first = published(drafter, signer, at=noon)

    assert draft(drafter, at=noon) == first


def test_an_open_draft_is_replaced(drafter: Actor, noon: datetime) -> None:
    first = draft(drafter, at=noon)
    text = PACK.read_text(encoding="utf-8").replace('version: "1"', 'version: "2"')

    assert draft(drafter, at=noon, text=text) == first
    assert queries.get_version(first).content["version"] == "2"


def test_a_stale_page_is_refused(drafter: Actor, noon: datetime) -> None:
    public_id = draft(drafter, at=noon)
    seen = queries.get_version(public_id).version
    with transaction():
        services.check_version(public_id, actor=drafter, at=noon, seen_version=seen)

    with pytest.raises(Conflict), transaction():
        services.check_version(public_id, actor=drafter, at=noon, seen_version=seen)


def test_another_office_may_not_touch_a_scheme(drafter: Actor, noon: datetime) -> None:
    public_id = draft(drafter, at=noon)
    stranger = Actor(drafter.kind, "外单位", person_id=77, office_id=10_000)

    with pytest.raises(NotPermitted), transaction():
        services.check_version(public_id, actor=stranger, at=noon)


def test_a_version_is_stopped_with_a_reason_only(drafter: Actor, signer: Actor, noon: datetime) -> None:
    public_id = published(drafter, signer, at=noon)

    with pytest.raises(RuleViolation, match="原因"), transaction():
        services.stop_version(public_id, " ", actor=signer, at=noon)
    with transaction():
        services.stop_version(public_id, "资金用完", actor=signer, at=noon)

    assert queries.get_version(public_id).state is VersionState.STOPPED


def test_an_open_window_takes_applications_until_it_closes(drafter: Actor, signer: Actor, noon: datetime) -> None:
    opened = window(published(drafter, signer, at=noon), drafter, at=noon)

    assert [one.public_id for one in queries.open_windows(noon)] == [opened.public_id]
    assert queries.open_windows(noon)[0].kind_name == "算力券"
    assert queries.open_windows(noon - timedelta(hours=2)) == []
    assert queries.open_windows(noon + timedelta(days=31)) == []


def test_windows_open_only_on_the_version_in_force_and_in_its_days(
    drafter: Actor, signer: Actor, noon: datetime
) -> None:
    public_id = draft(drafter, at=noon)
    with pytest.raises(Conflict):
        window(public_id, drafter, at=noon)
    public_id = published(drafter, signer, at=noon)

    new = NewWindow(public_id, "gold", " ", noon, datetime(2029, 1, 1, tzinfo=noon.tzinfo))
    with pytest.raises(RuleViolation) as refusal, transaction():
        services.open_window(new, actor=drafter, at=noon)

    assert [finding.code for finding in refusal.value.findings] == ["no-kind", "no-title", "window-beyond"]


def test_the_sweep_closes_windows_whose_time_is_over(drafter: Actor, signer: Actor, noon: datetime) -> None:
    opened = window(published(drafter, signer, at=noon), drafter, at=noon)

    with transaction():
        assert services.close_due(actor=drafter, at=noon) == 0
    with transaction():
        assert services.close_due(actor=drafter, at=noon + timedelta(days=31)) == 1

    assert queries.window(opened.public_id).state is WindowState.CLOSED


def test_closing_early_ends_the_window_now(drafter: Actor, signer: Actor, noon: datetime) -> None:
    opened = window(published(drafter, signer, at=noon), drafter, at=noon)

    with transaction():
        services.close_window(opened.public_id, actor=drafter, at=noon)

    assert queries.window(opened.public_id).closes_at == noon
    with pytest.raises(Conflict), transaction():
        services.close_window(opened.public_id, actor=drafter, at=noon)


def test_what_is_not_there_is_not_found(session: Session) -> None:
    for ask in (queries.scheme, queries.get_version, queries.window, queries.lock_version, queries.lock_window):
        with pytest.raises(NotFound):
            ask("nothing")
    with pytest.raises(NotFound):
        queries.version(0)


def test_content_that_does_not_match_its_hash_is_not_used(session: Session, drafter: Actor, noon: datetime) -> None:
    version = queries.get_version(draft(drafter, at=noon))
    assert version.content  # read before it is on its own
    session.expunge(version)
    version.content_hash = "0" * 64

    with pytest.raises(ValueError, match="hash"):
        queries.compiled(version)


def test_the_list_shows_the_newest_version_of_each_scheme(drafter: Actor, signer: Actor, noon: datetime) -> None:
    window(published(drafter, signer, at=noon), drafter, at=noon)
    draft(drafter, at=noon, text=PACK.read_text(encoding="utf-8").replace('version: "1"', 'version: "2"'))

    row = queries.schemes(on=noon.date())[0]

    assert (row.number, row.state, row.published_number, row.open_windows) == (2, VersionState.DRAFT, 1, 1)


def test_a_stop_ends_the_windows_of_this_text_and_of_those_before_and_keeps_their_days(
    drafter: Actor, signer: Actor, noon: datetime
) -> None:
    early = window(published(drafter, signer, at=noon), drafter, at=noon).public_id
    second = published(drafter, signer, at=noon, text=PACK.read_text("utf-8").replace('version: "1"', 'version: "2"'))
    own = window(second, drafter, at=noon).public_id
    closed = window(second, drafter, at=noon).public_id
    with transaction():
        services.close_window(closed, actor=drafter, at=noon)

    with transaction():
        services.stop_version(second, "资金用完", actor=signer, at=noon)

    found = {one: queries.window(one) for one in (early, own, closed)}
    states = [one.state for one in found.values()]
    assert states == [WindowState.STOPPED, WindowState.STOPPED, WindowState.CLOSED]
    assert found[own].closes_at == noon + timedelta(days=30)
    with pytest.raises(Conflict), transaction():
        services.close_window(own, actor=drafter, at=noon)


def test_what_the_check_points_out_beside_the_review_is_answered_by_the_signer_and_kept(
    drafter: Actor, signer: Actor, noon: datetime
) -> None:
    public_id = reviewed(drafter, noon, text=(PACK.parent / "wuhu.yaml").read_text(encoding="utf-8"))

    with pytest.raises(RuleViolation, match=r"检查还有 \d+ 处提示，没有说明"), transaction():
        services.sign_version(public_id, Signing(answer=" ", is_trial=True), actor=signer, at=noon)
    with transaction():
        services.sign_version(public_id, REVIEWED, actor=signer, at=noon)

    assert queries.get_version(public_id).answer == REVIEWED.answer


def test_where_it_binds_a_plan_without_its_document_is_not_signed(
    drafter: Actor, signer: Actor, noon: datetime
) -> None:
    text = PACK.read_text(encoding="utf-8")
    start, final = reviewed(drafter, noon, text=text), Signing("渝中数发〔2026〕1号", "已逐条核对")

    with pytest.raises(RuleViolation, match="不能正式执行"), transaction():
        services.sign_version(start, final, actor=signer, at=noon)
    operative = reviewed(drafter, noon, text=text.replace("status: starting-point", "status: operative"))
    with pytest.raises(RuleViolation, match="要有实施细则文号"), transaction():
        services.sign_version(operative, replace(final, document_number=" "), actor=signer, at=noon)
    with transaction():
        services.sign_version(operative, final, actor=signer, at=noon)

    assert queries.get_version(operative).state is VersionState.SIGNED
