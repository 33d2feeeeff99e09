"""Windows open as often as the pack says and in its days; a refusal names the rule, the form proposes the next."""

import json
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from hypothesis import given
from hypothesis import strategies as st

from tests.factories.accounts import MAKER, sign_in
from tests.factories.applications import make_applicant, make_ground
from tests.factories.candidates import Change, intake, rewritten
from tests.factories.policy import policy_officer, published
from tests.pages import PageClient
from vouchers.applications import queries as applications
from vouchers.applications import services as application_services
from vouchers.applications.services import NewDraft
from vouchers.db.base import db
from vouchers.db.transaction import transaction
from vouchers.kernel.clock import BEIJING
from vouchers.kernel.errors import RuleViolation
from vouchers.kernel.periods import DateRange
from vouchers.policy import queries, services
from vouchers.policy.rules.opening import Often, Plan, Round, opening_findings, proposed
from vouchers.policy.services import NewWindow

SPRING = DateRange(date(2026, 1, 5), date(2026, 2, 5))
YEARS = DateRange(date(2026, 1, 1), date(2027, 12, 31))
OFTEN: tuple[Often, ...] = ("once", "quarterly", "half-yearly", "yearly", "rolling")


def plan(opens: Often | None, **changes: Any) -> Plan:
    return Plan(opens, **{"days": YEARS, "say": "每季度受理", "clause": "第五条", **changes})


def standing(days: DateRange = SPRING, **changes: Any) -> Round:
    return Round("第一批", days, **{"is_own": True, "is_open": False, "is_used": True, **changes})


def from_(first: date) -> DateRange:
    return DateRange(first, first + timedelta(days=30))


@pytest.mark.parametrize(
    ("opens", "last_taken", "first_free"),
    [
        ("quarterly", date(2026, 3, 31), date(2026, 4, 1)),
        ("half-yearly", date(2026, 6, 30), date(2026, 7, 1)),
        ("yearly", date(2026, 12, 31), date(2027, 1, 1)),
    ],
)
def test_one_window_opens_in_each_period(opens: Often, last_taken: date, first_free: date) -> None:
    [finding] = opening_findings(plan(opens), from_(last_taken), [standing()])

    assert (finding.code, finding.field, finding.clause) == ("window-too-many", "first", "第五条")
    assert "方案写明“每季度受理”（第五条）" in finding.text
    assert "已有“第一批”（2026-01-05 至 2026-02-05）" in finding.text
    assert f"请把第一天改到 {first_free} 或以后" in finding.text
    assert opening_findings(plan(opens), from_(first_free), [standing()]) == []


def test_one_window_opens_in_the_life_of_a_version() -> None:
    later = from_(date(2027, 5, 1))

    assert [one.code for one in opening_findings(plan("once"), later, [standing()])] == ["window-too-many"]
    assert opening_findings(plan("once"), later, [standing(is_own=False)]) == []


def test_a_window_that_takes_all_the_year_lasts_to_the_end_and_stands_alone() -> None:
    whole = DateRange(date(2026, 1, 5), date(2027, 12, 31))

    [short] = opening_findings(plan("rolling"), SPRING, [])
    assert (short.code, short.field) == ("rolling-short", "last")
    assert "窗口应一直开到 2027-12-31" in short.text
    assert opening_findings(plan("rolling"), whole, []) == []
    assert [one.code for one in opening_findings(plan("rolling"), whole, [standing(whole, is_open=True)])] == [
        "window-too-many"
    ]
    assert opening_findings(plan("rolling"), whole, [standing()]) == []


@pytest.mark.parametrize("opens", ["once", "quarterly", "half-yearly", "yearly"])
def test_a_window_that_nobody_used_or_that_was_cut_short_leaves_its_turn(opens: Often) -> None:
    for spare in (standing(is_used=False), standing(was_stopped=True)):
        assert opening_findings(plan(opens), SPRING, [spare]) == []
    assert opening_findings(plan(opens), SPRING, [standing(is_open=True, is_used=False)])


def test_a_window_lies_in_the_days_that_the_rule_sets() -> None:
    kept = plan("timed-release", first=date(2026, 3, 1), last=date(2026, 3, 31))

    codes = [one.code for one in opening_findings(kept, DateRange(date(2026, 2, 28), date(2026, 4, 1)), [])]
    assert codes == ["intake-before", "intake-after"]
    assert opening_findings(kept, DateRange(date(2026, 3, 1), date(2026, 3, 31)), []) == []


def test_where_the_pack_is_silent_windows_open_as_wanted() -> None:
    assert opening_findings(plan(None), SPRING, [standing(), standing(is_open=True)]) == []
    assert proposed(plan(None), date(2026, 1, 5), []) is None


days = st.dates(date(2026, 1, 1), date(2027, 12, 31))


@given(st.sampled_from(OFTEN), days, st.lists(st.tuples(days, st.booleans(), st.booleans()), max_size=12))
def test_the_window_that_is_proposed_may_open(opens: Often, on: date, found: list[tuple[date, bool, bool]]) -> None:
    rounds = [standing(from_(first), is_open=is_open, is_own=is_own) for first, is_open, is_own in found]

    next_one = proposed(plan(opens), on, rounds)

    if next_one is None:  # no turn is left from this day on
        assert all(opening_findings(plan(opens), DateRange(day, YEARS.last), rounds) for day in (on, YEARS.last or on))
    else:
        assert next_one.first >= on
        assert opening_findings(plan(opens), next_one, rounds) == []


def opening(version: str, first: date, last: date, *, at: datetime) -> str:
    """A window opened by the real act; its public id."""
    opens_at = datetime(first.year, first.month, first.day, tzinfo=BEIJING)
    closes_at = datetime(last.year, last.month, last.day, 23, 59, 59, tzinfo=BEIJING)
    with transaction():
        new = NewWindow(version, "compute", f"{first}", opens_at, closes_at)
        return services.open_window(new, actor=MAKER, at=at).public_id


def refusal(version: str, first: date, last: date, *, at: datetime) -> list[str]:
    with pytest.raises(RuleViolation) as refused:
        opening(version, first, last, at=at)
    return [one.code for one in refused.value.findings]


@pytest.mark.database
def test_a_quarter_whose_window_nobody_used_is_opened_again_and_one_with_a_draft_is_not(
    app: Flask, noon: datetime
) -> None:
    ground = make_ground(at=noon, loaded=rewritten(intake(opens="quarterly")))
    version = applications.window(ground.window).scheme_version.public_id
    may = (date(2026, 3, 20), date(2026, 3, 31))
    assert refusal(version, *may, at=noon) == ["window-too-many"]
    with transaction():
        services.close_window(ground.window, actor=MAKER, at=noon)
    second = opening(version, *may, at=noon)
    applicant, later = make_applicant(at=noon), noon + timedelta(days=3)
    with transaction():
        application_services.start(NewDraft(second), actor=applicant, at=later)
    with transaction():
        services.close_window(second, actor=MAKER, at=later)

    assert refusal(version, date(2026, 3, 30), date(2026, 4, 30), at=later) == ["window-too-many"]
    opening(version, date(2026, 4, 1), date(2026, 4, 30), at=later)


@pytest.mark.database
@pytest.mark.parametrize(
    ("change", "first", "last", "codes"),
    [
        (intake(opens="yearly", **{"from": "2026-06-01"}), date(2026, 5, 31), date(2026, 7, 1), ["intake-before"]),
        (intake(opens="yearly", to="2026-06-30"), date(2026, 5, 31), date(2026, 7, 1), ["intake-after"]),
        (intake(opens="rolling"), date(2026, 5, 31), date(2027, 12, 30), ["rolling-short"]),
        (lambda data: data["process"].update(track="rolling"), date(2026, 5, 31), date(2026, 7, 1), ["rolling-short"]),
    ],
)
def test_the_days_of_the_pack_hold_by_the_real_act(
    app: Flask, noon: datetime, change: Change, first: date, last: date, codes: list[str]
) -> None:
    text = json.dumps(rewritten(change).data, ensure_ascii=False, default=str)
    drafter, signer = policy_officer(at=noon, name="陈策")[1], policy_officer(at=noon, name="林审")[1]
    version = published(drafter, signer, at=noon, text=text)

    assert refusal(version, first, last, at=noon) == codes
    opening(version, date(2026, 6, 1), date(2027, 12, 31) if codes == ["rolling-short"] else date(2026, 6, 30), at=noon)


@pytest.mark.usefixtures("session")
def test_the_form_proposes_the_next_window_and_says_by_which_rule(
    app: Flask, client: PageClient, clock: Path, noon: datetime
) -> None:
    ground = make_ground(at=noon, loaded=rewritten(intake(opens="quarterly", say="每季度受理一次")))
    version = applications.window(ground.window).scheme_version.public_id
    sign_in(client, policy_officer(at=noon)[0])
    address = f"/office/schemes/versions/{version}/windows/new"

    client.get(address)
    assert client.page is not None
    assert "每季度受理一次" in client.page.text
    assert "下一个窗口：2026-04-01 至 2026-06-30" in client.page.text
    again = {"first": "2026-03-25", "last": "2026-04-20"}
    assert client.submit(again, form=address).status_code == 422
    assert "每季度只开一个窗口，2026年第1季度已有“2026 年第一批”" in client.page.text

    client.get(address)
    assert client.submit(form=address).status_code in {302, 303}
    db.session.rollback()
    [newest, _] = queries.windows_of(ground.scheme_id)
    assert (newest.title, newest.opens_at) == ("2026年第2季度算力券", datetime(2026, 4, 1, tzinfo=BEIJING))
