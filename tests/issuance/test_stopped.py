"""停止执行: a stopped scheme takes and gives nothing more, though nobody closed its windows; cases in it go on."""

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from flask import Flask
from sqlalchemy import select

from tests.factories import archetypes
from tests.factories.accounts import MAKER, sign_in
from tests.factories.applications import (
    NEED,
    Ground,
    make_applicant,
    make_draft,
    make_ground,
    make_submitted,
)
from tests.factories.candidates import (
    automatic_ground,
    computed,
    instant,
    intake,
    officer,
    register,
    released,
    rewritten,
    row,
)
from tests.factories.enterprises import PASSWORD
from tests.factories.issuance import issue
from tests.factories.policy import policy_officer
from tests.pages import PageClient
from vouchers.applications import offers, queries, services
from vouchers.applications.services import NewDraft, SavedFacts
from vouchers.applications.states import ApplicationState as S
from vouchers.audit.models import AuditEvent
from vouchers.candidates import queries as candidate_queries
from vouchers.candidates import services as candidates
from vouchers.db.base import db
from vouchers.db.transaction import transaction
from vouchers.issuance import services as issuance
from vouchers.issuance.models import Voucher
from vouchers.kernel.actor import Actor
from vouchers.kernel.errors import RuleViolation
from vouchers.policy import queries as policy
from vouchers.policy import releases
from vouchers.policy import services as policies


def stop(window: str, at: datetime) -> None:
    version = queries.window(window).scheme_version.public_id
    with transaction():
        policies.stop_version(version, "收到审计意见，先停再查", actor=MAKER, at=at)
    db.session.rollback()


def refused(act: Callable[[], object]) -> list[str]:
    """The codes of a refusal by the stop."""
    with pytest.raises(RuleViolation) as refusal, transaction():
        act()
    db.session.rollback()
    return [finding.code for finding in refusal.value.findings]


def confirming(case: str, applicant: Actor, at: datetime) -> Callable[[], object]:
    def act() -> object:
        shown, seen = services.preview(queries.get(case), at=at), queries.get(case).version
        return services.confirm(case, seen_version=seen, seen_hash=shown.hash, actor=applicant, at=at)

    return act


def finished(ground: Ground, applicant: Actor, at: datetime) -> str:
    """A draft with everything in it that the packs of these tests ask for."""
    with transaction():
        draft = services.start(NewDraft(ground.window), actor=applicant, at=at)
        services.save_facts(draft.public_id, SavedFacts(NEED, draft.version), actor=applicant, at=at)
        return draft.public_id


@pytest.mark.database
def test_neither_a_draft_nor_a_submission_enters_a_stopped_scheme(app: Flask, noon: datetime) -> None:
    ground, applicant, second = make_ground(at=noon), make_applicant(at=noon), make_applicant(2, at=noon)
    third = make_applicant(3, at=noon)
    draft, waiting = make_draft(ground, applicant, at=noon), make_draft(ground, second, at=noon)
    with transaction():
        services.hand_over(waiting.public_id, seen_version=waiting.version, actor=second, at=noon)
    seen = queries.get(draft.public_id).version

    stop(ground.window, noon)

    assert refused(lambda: services.start(NewDraft(ground.window), actor=third, at=noon)) == ["scheme-stopped"]
    assert refused(lambda: services.hand_over(draft.public_id, seen_version=seen, actor=applicant, at=noon)) == [
        "scheme-stopped"
    ]
    assert refused(confirming(waiting.public_id, second, noon)) == ["scheme-stopped"]
    assert policy.open_windows(noon) == []
    said = select(AuditEvent.reason).where(AuditEvent.act == "policy.stop_window")
    assert db.session.scalars(said).all() == ["收到审计意见，先停再查"]


@pytest.mark.database
def test_nothing_is_had_at_once_after_the_stop(app: Flask, noon: datetime) -> None:
    ground, applicant = make_ground(at=noon, loaded=instant()), make_applicant(at=noon)
    case = finished(ground, applicant, noon)
    shown, seen = services.preview(queries.get(case), at=noon), queries.get(case).version

    stop(ground.window, noon)

    assert refused(
        lambda: issuance.claim_at_once(case, seen_version=seen, seen_hash=shown.hash, actor=applicant, at=noon)
    ) == ["scheme-stopped"]
    assert db.session.scalars(select(Voucher)).all() == []


@pytest.mark.database
def test_no_voucher_is_freed_at_an_hour_after_the_stop(app: Flask, noon: datetime) -> None:
    pack = rewritten(intake(opens="timed-release"))
    ground = make_ground(at=noon + timedelta(days=2), loaded=pack, quantity=5)  # opens tomorrow
    applicant, hour = make_applicant(at=noon), noon + timedelta(days=1)
    case = finished(ground, applicant, noon)
    with transaction():
        seen = queries.get(case).version
        services.hand_over(case, seen_version=seen, actor=applicant, at=noon)
    assert [one.public_id for one in releases.coming(noon)] == [ground.window]

    stop(ground.window, noon)

    assert releases.coming(noon) == []
    assert offers.offers_to(applicant.organisation_id or 0, at=hour) == []
    assert refused(confirming(case, applicant, hour)) == ["scheme-stopped"]


@pytest.mark.database
def test_no_list_is_released_and_no_offer_confirmed_after_the_stop(app: Flask, noon: datetime) -> None:
    ground, applicant = automatic_ground(noon), make_applicant(at=noon)
    released(app, ground, register([row(1)]), at=noon)
    waiting = computed(app, ground, register([row(2)]), officer(noon, "丙"), at=noon)
    [offer] = candidate_queries.offers_to(applicant.organisation_id or 0)
    shown, second = candidates.shown_to(offer, applicant.organisation_id or 0, at=noon), officer(noon, "丁")

    stop(ground.window, noon)

    assert candidate_queries.offers_to(applicant.organisation_id or 0) == []
    assert candidate_queries.windows(second, on=noon.date()) == []
    assert refused(lambda: candidates.confirm(offer.public_id, seen_hash=shown.hash, actor=applicant, at=noon)) == [
        "scheme-stopped"
    ]
    assert refused(lambda: candidates.release(waiting, seen_version=None, actor=second, at=noon)) == ["scheme-stopped"]


@pytest.mark.database
def test_a_case_handed_in_before_the_stop_is_decided_and_has_its_voucher(app: Flask, noon: datetime) -> None:
    story = archetypes.begin(app, archetypes.loaded("yuzhong-2025"), at=noon)
    case = make_submitted(story.ground, make_applicant(at=noon), at=noon).public_id

    stop(story.ground.window, noon)

    archetypes.approved(story, case, at=noon, until=noon + timedelta(days=12))
    voucher = issue(story.ground, queries.get(case), at=noon + timedelta(days=12))
    assert voucher.face == queries.get(case).approved
    assert queries.get(case).state is S.ISSUED
    story.prove()


@pytest.mark.usefixtures("clock")
def test_the_pages_say_what_the_stop_does_and_that_it_was_done(app: Flask, client: PageClient, noon: datetime) -> None:
    ground, applicant = make_ground(at=noon), make_applicant(at=noon)
    draft = make_draft(ground, applicant, at=noon).public_id
    version = queries.window(ground.window).scheme_version.public_id
    somebody, _ = policy_officer(at=noon)
    sign_in(client, somebody)
    address = f"/office/schemes/versions/{version}/stop"

    assert "1 个还没有截止的申报窗口立即停止受理，不能再打开：2026 年第一批" in told(client, address)
    assert client.submit({"reason": "收到审计意见，先停再查"}, form=address).status_code == 303

    visitor, enterprise = PageClient(app), PageClient(app)
    assert "2026 年第一批" not in told(visitor, "/")
    assert "没有正在执行的方案" in told(visitor, "/calculator")
    enterprise.get("/sign-in")
    enterprise.submit({"sign_in": "qiye1", "password": PASSWORD}, form="/sign-in")
    assert "现在没有开放的申报窗口" in told(enterprise, "/enterprise/eligibility")
    assert "主管部门已停止执行本方案" in told(enterprise, f"/enterprise/applications/{draft}")
    assert "主管部门已停止执行本方案" in told(enterprise, f"/enterprise/windows/{ground.window}")
    assert "开始申领" not in told(enterprise, f"/enterprise/windows/{ground.window}")


def told(client: PageClient, address: str) -> str:
    client.get(address)
    assert client.page is not None
    return client.page.text
