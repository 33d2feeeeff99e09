"""Conditions asked again at the issue: what does not hold now waits with its reason, the others are issued."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from flask import Flask

from tests.factories.accounts import sign_in
from tests.factories.applications import Ground, make_ground
from tests.factories.enterprises import PASSWORD, enterprise, enterprise_with_profile, own_actor
from tests.factories.issuance import envelope, issue, make_case
from tests.pages import PageClient
from tests.policy.packs import edited
from vouchers.applications import queries as applications
from vouchers.applications.states import ApplicationState
from vouchers.audit import queries as audit
from vouchers.audit.services import Subject, record
from vouchers.db.transaction import transaction
from vouchers.enterprises.services import Registered
from vouchers.issuance import queries, services
from vouchers.kernel.actor import command
from vouchers.kernel.clock import beijing_date
from vouchers.kernel.errors import RuleViolation
from vouchers.messages.queries import inbox_of
from vouchers.parties.services import record_fact
from vouchers.parties.states import FactSource

AGAIN = edited(
    """    at: [application, redemption]
    when: {operating_status: operating}""",
    """    at: [application, issue, redemption]
    when: {operating_status: operating}""",
)


@pytest.fixture
def ground(app: Flask, noon: datetime) -> Ground:
    return make_ground(at=noon, granted=10_000_000, loaded=AGAIN)


def recorded(holder: Registered, value: str, *, at: datetime, **dated: Any) -> None:
    with transaction():
        record_fact(
            holder.enterprise.organisation_id,
            "operating_status",
            value,
            source=FactSource.REGISTER,
            actor=command("register"),
            at=at,
            **dated,
        )


@pytest.mark.database
def test_a_holder_struck_off_meanwhile_gets_no_voucher_until_the_fact_is_mended(ground: Ground, noon: datetime) -> None:
    holder = enterprise_with_profile(1, at=noon)
    case = make_case(ground, holder, at=noon).public_id
    recorded(holder, "cancelled", at=noon)

    with pytest.raises(RuleViolation) as refused:
        issue(ground, applications.get(case), at=noon)

    [finding] = refused.value.findings
    assert finding.code == "again.in-operation"
    assert "登记状态：注销" in finding.text
    assert "更正后可以发券" in finding.text
    assert finding.clause
    assert applications.get(case).state is ApplicationState.APPROVED
    assert envelope(ground) == {"city": 10_000_000, "district": 10_000_000}
    recorded(holder, "operating", at=noon + timedelta(minutes=1))
    assert issue(ground, applications.get(case), at=noon + timedelta(minutes=2)).face == 3_000_001


@pytest.mark.database
def test_what_is_not_known_stops_as_well(ground: Ground, noon: datetime) -> None:
    holder = enterprise(1, at=noon)
    case = make_case(ground, holder, at=noon)

    with pytest.raises(RuleViolation, match=r"还不能确定.*登记状态：未登记"):
        issue(ground, case, at=noon)


@pytest.mark.database
def test_a_fact_counts_from_its_own_day(ground: Ground, noon: datetime) -> None:
    holder = enterprise_with_profile(1, at=noon)
    case = make_case(ground, holder, at=noon)
    recorded(holder, "cancelled", at=noon, valid_from=beijing_date(noon) + timedelta(days=1))

    assert issue(ground, case, at=noon).face == case.approved


@pytest.mark.database
def test_one_case_waits_and_the_others_are_issued(ground: Ground, noon: datetime) -> None:
    good, bad = (enterprise_with_profile(number, at=noon) for number in (1, 2))
    issued, waiting = (make_case(ground, holder, at=noon).public_id for holder in (good, bad))
    recorded(bad, "revoked", at=noon)

    with transaction():
        made = services.issue_all([issued, waiting], actor=ground.officer("decider"), at=noon)

    assert [voucher.application.public_id for voucher in made] == [issued]
    assert queries.of_application(applications.get(waiting).id) is None
    [event] = [one for one in audit.history_of("application", waiting) if one.act == "application.not_issued"]
    assert "登记状态：吊销" in event.reason
    told = [one.code for one in inbox_of(own_actor(bad), {}).rows]
    assert "application_not_issued" in told
    assert "application_not_issued" not in [one.code for one in inbox_of(own_actor(good), {}).rows]


@pytest.mark.usefixtures("clock")
def test_the_dry_run_leaves_it_out_with_the_reason_and_the_holder_reads_it(
    app: Flask, client: PageClient, ground: Ground, noon: datetime
) -> None:
    good, bad = (enterprise_with_profile(number, at=noon) for number in (1, 2))
    issued, waiting = (make_case(ground, holder, at=noon).public_id for holder in (good, bad))
    recorded(bad, "cancelled", at=noon)
    sign_in(client, ground.officers["decider"])
    client.get("/office/vouchers/issue", query_string={"case": [issued, waiting]})
    assert client.page is not None
    assert "暂不能发券" in client.page.text
    assert "登记状态：注销" in client.page.text
    assert "共 1 件，面额合计 ¥30,000.01" in client.page.text

    assert client.submit(form="/office/vouchers/issue").status_code == 303

    assert queries.of_application(applications.get(issued).id) is not None
    assert queries.of_application(applications.get(waiting).id) is None
    with transaction():
        applications.get(waiting).decision = None  # the rows of the factory keep no whole decision
        record("test.forget", Subject("application", waiting), actor=command("test"), at=noon)
    holder = PageClient(app)
    holder.get("/sign-in")
    holder.submit({"sign_in": "qiye2", "password": PASSWORD}, form="/sign-in")
    holder.get(f"/enterprise/applications/{waiting}")
    assert holder.page is not None
    assert "发券前再次核对，不符合“登记状态为存续（在营）”" in holder.page.text


@pytest.mark.usefixtures("clock")
def test_a_dry_run_of_nothing_but_waiting_cases_issues_nothing(
    client: PageClient, ground: Ground, noon: datetime
) -> None:
    bad = enterprise_with_profile(1, at=noon)
    waiting = make_case(ground, bad, at=noon).public_id
    recorded(bad, "cancelled", at=noon)
    sign_in(client, ground.officers["decider"])

    client.get("/office/vouchers/issue", query_string={"case": waiting})

    assert client.page is not None
    assert "登记状态：注销" in client.page.text
    assert "确认发券" not in client.page.text
