"""Officers work a case by hand from the queue to the meeting, with a correction on the way."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import date, datetime
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import select

from tests.factories.accounts import MAKER, make_user, sign_in
from tests.factories.applications import Ground, make_applicant, make_draft, make_ground, make_submitted, resubmit
from tests.factories.enterprises import PASSWORD
from tests.factories.review import make_accepted, pass_stage
from tests.pages import PageClient
from tests.policy.packs import edited
from vouchers.accounts.states import Role
from vouchers.applications import queries, services
from vouchers.applications.states import ApplicationState as S
from vouchers.audit.models import AuditEvent
from vouchers.audit.services import Subject, record
from vouchers.db.base import db
from vouchers.db.transaction import transaction
from vouchers.kernel.actor import Actor


@pytest.fixture
def ground(app: Flask, clock: Path, noon: datetime) -> Ground:
    return make_ground(at=noon)


@pytest.fixture
def applicant(ground: Ground, noon: datetime) -> Actor:
    return make_applicant(at=noon)


def state_of(public_id: str) -> tuple[S, str]:
    db.session.rollback()
    case = queries.get(public_id)
    return case.state, case.stage


def officer(app: Flask, ground: Ground, name: str) -> PageClient:
    client = PageClient(app)
    sign_in(client, ground.officers[name])
    return client


def press(client: PageClient, address: str, values: Mapping[str, object] | None = None) -> None:
    client.get(address)
    answer = client.submit(values, form=address)
    assert answer.status_code == 303, client.page and client.page.text


def test_the_case_screen_leads_on_to_the_next_case_of_the_queue(app: Flask, ground: Ground, noon: datetime) -> None:
    dues = (date(2026, 3, 25), date(2026, 3, 20), date(2026, 3, 20))
    late, first, second = (make_submitted(ground, make_applicant(n + 10, at=noon), at=noon).public_id for n in range(3))
    with transaction():
        for public_id, due_on in zip((late, first, second), dues, strict=True):
            queries.lock(public_id).due_on = due_on
            record("test.due", Subject("application", public_id), actor=ground.officer("first"), at=noon)
    client = officer(app, ground, "acceptor")

    walked = {public_id: beside(client, public_id) for public_id in (first, second, late)}

    assert walked == {first: ("", second), second: (first, late), late: (second, "")}
    with transaction():
        services.withdraw(second, seen_version=queries.get(second).version, reason="", actor=own(second), at=noon)
    assert beside(client, first) == ("", late)
    assert beside(client, second) == ("", "")


def beside(client: PageClient, public_id: str) -> tuple[str, str]:
    """The cases that the keys K and J lead to from a case."""
    client.get(f"/office/cases/{public_id}")
    assert client.page
    keys = {link.get("data-key"): str(link.get("href")) for link in client.page.tree.iter("a") if link.get("data-key")}
    return keys.get("K", "").rpartition("/")[2], keys.get("J", "").rpartition("/")[2]


def own(public_id: str) -> Actor:
    """The enterprise behind a case."""
    case = queries.get(public_id)
    organisation_id = case.enterprise.organisation_id
    return replace(MAKER, role="representative", user_id=case.handler_user_id, organisation_id=organisation_id)


def test_a_stage_that_the_pack_gives_to_a_decider_is_worked_on_the_same_pages(
    app: Flask, clock: Path, noon: datetime
) -> None:
    say = "say: 由另一人复核初审意见\n      role: "
    ground = make_ground(at=noon, loaded=edited(f"{say}reviewer", f"{say}decider"))
    public_id = make_accepted(ground, make_applicant(at=noon), at=noon).public_id
    pass_stage(ground, public_id, "first", at=noon)
    case = f"/office/cases/{public_id}"
    reviewer, decider = officer(app, ground, "second"), officer(app, ground, "decider")

    reviewer.get(f"{case}/pass")
    refused = reviewer.submit({"reason": "同意初审意见"}, form=f"{case}/pass")
    decider.get("/office/queue")
    assert decider.page
    assert case in decider.page.links()
    decider.get(case)
    assert f"{case}/pass" in decider.page.links()
    press(decider, f"{case}/pass", {"reason": "同意初审意见"})

    assert refused.status_code == 403
    assert reviewer.page
    assert "这一环节由审定人办理" in reviewer.page.text
    assert state_of(public_id) == (S.TO_DECIDE, "meeting-decision")


def test_a_case_goes_from_the_queue_to_the_meeting_by_hand(
    app: Flask, ground: Ground, applicant: Actor, noon: datetime
) -> None:
    public_id = make_submitted(ground, applicant, at=noon).public_id
    case = f"/office/cases/{public_id}"
    acceptor = officer(app, ground, "acceptor")
    acceptor.get("/office/queue")
    assert acceptor.page
    assert case in acceptor.page.links()

    asked = {"fields": ["licence", "planned_net"], "reason": "营业执照不清晰，请更换。"}
    press(acceptor, f"{case}/correct", asked)
    stopped = state_of(public_id)
    resubmit(public_id, applicant, at=noon)
    press(acceptor, f"{case}/accept")
    first, second, decider = (officer(app, ground, name) for name in ("first", "second", "decider"))
    press(first, f"{case}/pass", {"reason": "材料齐全，符合条件。"})
    press(second, f"{case}/pass", {"reason": "同意，核减一台。", "amount": "25000"})
    press(decider, f"{case}/decide", {"meeting": "会议纪要 3", "supports": "yes", "reason": "同意支持"})

    assert stopped == (S.CORRECTION, "")
    assert state_of(public_id)[0] is S.DECIDED
    assert queries.get(public_id).approved == 2_500_000
    decider.get(case)
    assert decider.page
    assert "核减一台" in decider.page.text


def test_a_refusal_by_hand_shows_clause_and_consequences(
    app: Flask, ground: Ground, applicant: Actor, noon: datetime
) -> None:
    public_id = make_submitted(ground, applicant, at=noon).public_id
    client = officer(app, ground, "acceptor")
    address = f"/office/cases/{public_id}/reject"

    client.get(address)
    refused = client.submit({"rule": "", "reason": ""}, form=address).status_code
    press(client, address, {"rule": "clean-record", "reason": "查有失信记录。"})
    theirs = PageClient(app)
    theirs.get("/sign-in")
    theirs.submit({"sign_in": "qiye1", "password": PASSWORD}, form="/sign-in")
    told = theirs.get(f"/enterprise/applications/{public_id}").get_data(as_text=True)

    assert refused == 422
    assert "依法申请行政复议" in told
    assert "查有失信记录" in told
    assert "预计可领" not in told
    assert state_of(public_id)[0] is S.REJECTED


def test_the_second_review_by_the_first_reviewer_is_refused_with_its_reason(
    app: Flask, ground: Ground, applicant: Actor, noon: datetime
) -> None:
    public_id = make_accepted(ground, applicant, at=noon).public_id
    client = officer(app, ground, "first")
    press(client, f"/office/cases/{public_id}/pass", {"reason": "材料齐全，符合条件。"})

    client.get(f"/office/cases/{public_id}/pass")
    answer = client.submit({"reason": "再通过一次。"}, form=f"/office/cases/{public_id}/pass")

    (left,) = db.session.scalars(select(AuditEvent).where(AuditEvent.act == "refuse_act"))
    assert answer.status_code == 403
    assert left.details == {"act": "review_office.pass_case", "because": ["duty-part-held"]}
    assert client.page
    assert "两个环节须由不同的人办理" in client.page.text


def test_whoever_did_the_stage_before_sees_the_buttons_blocked_with_the_reason(
    app: Flask, ground: Ground, applicant: Actor, noon: datetime
) -> None:
    public_id = make_accepted(ground, applicant, at=noon).public_id
    pass_stage(ground, public_id, "first", at=noon)
    case = f"/office/cases/{public_id}"
    before, next_one = officer(app, ground, "first"), officer(app, ground, "second")

    before.get(case)
    next_one.get(case)

    assert before.page
    assert "两个环节须由不同的人办理" in before.page.text
    assert f"{case}/pass" not in before.page.links()
    assert next_one.page
    assert f"{case}/pass" in next_one.page.links()


def test_whoever_stepped_back_sees_the_buttons_blocked_with_the_reason(
    app: Flask, ground: Ground, applicant: Actor, noon: datetime
) -> None:
    case = f"/office/cases/{make_accepted(ground, applicant, at=noon).public_id}"
    client = officer(app, ground, "first")
    press(client, f"{case}/recuse", {"reason": "与申报单位有业务往来。"})

    client.get(case)

    assert client.page
    assert "您已在本案回避" in client.page.text
    assert f"{case}/pass" not in client.page.links()


def test_a_stale_page_is_answered_with_a_conflict(app: Flask, ground: Ground, applicant: Actor, noon: datetime) -> None:
    public_id = make_submitted(ground, applicant, at=noon).public_id
    one, other = officer(app, ground, "acceptor"), officer(app, ground, "first")
    one.get(f"/office/cases/{public_id}/accept")
    press(other, f"/office/cases/{public_id}/accept")

    assert one.submit(form=f"/office/cases/{public_id}/accept").status_code == 409


def test_drafts_are_not_for_officers(app: Flask, ground: Ground, applicant: Actor, noon: datetime) -> None:
    public_id = make_draft(ground, applicant, at=noon).public_id
    client = officer(app, ground, "acceptor")

    answer = client.get(f"/office/cases/{public_id}")

    client.get("/office/applications")
    assert answer.status_code == 404
    assert client.page
    assert f"/office/cases/{public_id}" not in client.page.links()


def test_filters_stay_and_the_list_is_exported(app: Flask, ground: Ground, applicant: Actor, noon: datetime) -> None:
    number = make_submitted(ground, applicant, at=noon).number
    client = officer(app, ground, "acceptor")

    client.get("/office/queue?state=submitted&q=科技")
    assert client.page
    kept = client.page.forms[1].values
    export = client.get("/office/applications.csv?state=submitted", buffered=True).get_data(as_text=True)

    assert (kept["state"], kept["q"]) == (["submitted"], ["科技"])
    assert number in export


def test_only_who_may_examine_is_offered_to_take_a_case(
    app: Flask, ground: Ground, applicant: Actor, noon: datetime
) -> None:
    case = make_submitted(ground, applicant, at=noon).public_id
    reader = PageClient(app)
    sign_in(
        reader, make_user(Role.POLICY_OFFICER, at=noon, office_id=ground.officer("first").office_id or 0, name="读者")
    )

    offered = {
        name: f"/office/cases/{case}/take" in browser.get(f"/office/cases/{case}").get_data(as_text=True)
        for name, browser in (("reviewer", officer(app, ground, "acceptor")), ("reader", reader))
    }

    assert offered == {"reviewer": True, "reader": False}
