"""The first day of a version: it waits for it, the one before holds until then, and every page and rule agrees."""

import threading
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from tests.factories.accounts import sign_in
from tests.factories.policy import REVIEWED, assessment, draft, policy_officer, published
from tests.pages import PageClient
from tests.policy.packs import PACK
from tests.races import together
from vouchers.audit.models import AuditEvent
from vouchers.db.transaction import transaction
from vouchers.kernel.actor import Actor
from vouchers.kernel.clock import BEIJING, beijing_date
from vouchers.kernel.errors import Conflict, RuleViolation
from vouchers.policy import calculator, force, queries, services
from vouchers.policy.models import SchemeVersion
from vouchers.policy.services import NewWindow
from vouchers.policy.states import Standing, VersionState, WindowState

APRIL, MAY = date(2026, 4, 1), date(2026, 5, 1)
EVE, FIRST = datetime(2026, 3, 31, 15, 59, tzinfo=UTC), datetime(2026, 3, 31, 16, 0, tzinfo=UTC)
"""The last minute before the first of April in Beijing, and its first instant."""

database = pytest.mark.database


def text(number: int, first: date = date(2025, 1, 1)) -> str:
    """The shipped pack as another text, from another day."""
    found = PACK.read_text(encoding="utf-8").replace('version: "1"', f'version: "{number}"')
    return found.replace("effective: {from: 2025-01-01", f"effective: {{from: {first}")


def holding(public_id: str, *days: date) -> list[int]:
    """The number of the version in force on each day, 0 for none."""
    scheme_id = queries.get_version(public_id).scheme_id
    found = [force.version_in_force(scheme_id, on=day) for day in days]
    return [0 if one is None else one.number for one in found]


def opened(version: str, drafter: Actor, first: date, *, at: datetime) -> str:
    """A window of twenty days from a day; its public id."""
    opens_at = datetime(first.year, first.month, first.day, tzinfo=BEIJING)
    with transaction():
        new = NewWindow(version, "compute", "第一批", opens_at, opens_at + timedelta(days=20))
        return services.open_window(new, actor=drafter, at=at).public_id


def refused(version: str, drafter: Actor, first: date, *, at: datetime) -> list[tuple[str, str]]:
    with pytest.raises(RuleViolation) as refusal:
        opened(version, drafter, first, at=at)
    return [(one.code, one.text) for one in refusal.value.findings]


@database
def test_the_version_before_holds_to_the_eve_of_the_first_day(drafter: Actor, signer: Actor, noon: datetime) -> None:
    first = published(drafter, signer, at=noon)
    second = published(drafter, signer, at=noon, text=text(2, APRIL))

    for instant, number in ((noon, 1), (EVE, 1), (FIRST, 2)):
        on = beijing_date(instant)
        assert holding(second, on) == [number]
        assert [one.number for one in force.versions_in_force(on=on)] == [number]
        assert [one.number for one in calculator.open_schemes(on).holding] == [number]
        assert queries.schemes(on=on)[0].published_number == number
    eve, day = beijing_date(EVE), beijing_date(FIRST)
    shown = [force.standing_of(queries.get_version(one), on=on) for one in (first, second) for on in (eve, day)]
    assert shown == [VersionState.PUBLISHED, VersionState.SUPERSEDED, Standing.WAITING, VersionState.PUBLISHED]


@database
def test_the_state_follows_with_the_sweep_of_the_day(
    session: Session, drafter: Actor, signer: Actor, noon: datetime
) -> None:
    first = published(drafter, signer, at=noon)
    published(drafter, signer, at=noon, text=text(2, APRIL))

    with transaction():
        assert services.supersede_due(actor=drafter, at=EVE) == 0
    with transaction():
        assert services.supersede_due(actor=drafter, at=FIRST) == 1
    with transaction():
        assert services.supersede_due(actor=drafter, at=FIRST) == 0

    assert queries.get_version(first).state is VersionState.SUPERSEDED
    [event] = session.scalars(select(AuditEvent).where(AuditEvent.act == "policy.supersede"))
    assert (event.subject_id, event.details["by"]) == (first, 2)


@database
def test_two_versions_wait_each_for_its_own_day(drafter: Actor, signer: Actor, noon: datetime) -> None:
    published(drafter, signer, at=noon)
    published(drafter, signer, at=noon, text=text(2, APRIL))
    third = published(drafter, signer, at=noon, text=text(3, MAY))

    days = [noon.date(), APRIL - timedelta(1), APRIL, MAY - timedelta(1), MAY]
    assert holding(third, *days) == [1, 1, 2, 2, 3]
    scheme_id = queries.get_version(third).scheme_id
    assert [one.number for one in force.waiting_versions(scheme_id, on=noon.date())] == [2, 3]


@database
def test_a_newer_text_from_an_earlier_day_takes_the_place_of_the_one_that_waits(
    drafter: Actor, signer: Actor, noon: datetime
) -> None:
    published(drafter, signer, at=noon)
    second = published(drafter, signer, at=noon, text=text(2, MAY))
    third = published(drafter, signer, at=noon, text=text(3, APRIL))

    assert queries.get_version(second).state is VersionState.SUPERSEDED
    assert holding(third, noon.date(), APRIL, MAY) == [1, 3, 3]


@database
def test_a_scheme_that_only_waits_holds_nothing_yet(drafter: Actor, signer: Actor, noon: datetime) -> None:
    only = published(drafter, signer, at=noon, text=text(1, APRIL))

    assert holding(only, noon.date(), APRIL) == [0, 1]
    assert force.versions_in_force(on=noon.date()) == []
    assert [one.public_id for one in force.versions_shown(on=noon.date())] == [only]


@database
def test_windows_begin_in_the_days_of_their_own_text(drafter: Actor, signer: Actor, noon: datetime) -> None:
    first = published(drafter, signer, at=noon)
    second = published(drafter, signer, at=noon, text=text(2, APRIL))

    [(code, told)] = refused(second, drafter, APRIL - timedelta(1), at=noon)
    assert (code, told) == ("window-early", "第一天早于方案开始执行的日子（2026-04-01）。请改为那一天或以后。")
    [(code, told)] = refused(first, drafter, APRIL, at=noon)
    assert code == "window-overtaken"
    assert "第 2 版取代（自 2026-04-01 起执行）" in told
    opened(first, drafter, APRIL - timedelta(1), at=noon)
    later = opened(second, drafter, APRIL, at=noon)
    with pytest.raises(Conflict):
        opened(first, drafter, APRIL - timedelta(1), at=FIRST)
    assert later not in [one.public_id for one in queries.open_windows(EVE)]
    assert later in [one.public_id for one in queries.open_windows(FIRST)]


@database
def test_no_text_is_published_over_windows_that_would_begin_under_the_one_it_replaces(
    drafter: Actor, signer: Actor, noon: datetime
) -> None:
    ahead = opened(published(drafter, signer, at=noon), drafter, MAY, at=noon)

    with pytest.raises(RuleViolation, match=r"窗口“第一批”定于 2026-05-01 开始，那时第 1 版已由这一版取代"):
        published(drafter, signer, at=noon, text=text(2, APRIL))

    with transaction():
        services.close_window(ahead, actor=drafter, at=noon)
    published(drafter, signer, at=noon, text=text(3, APRIL))


@database
def test_the_text_before_does_not_come_back_when_its_successor_is_stopped(
    drafter: Actor, signer: Actor, noon: datetime
) -> None:
    first = published(drafter, signer, at=noon)
    second = published(drafter, signer, at=noon, text=text(2, APRIL))

    with transaction():  # no sweep has run since the first day came
        services.stop_version(second, "资金用完", actor=signer, at=FIRST)

    assert queries.get_version(first).state is VersionState.SUPERSEDED
    assert holding(first, APRIL, MAY) == [0, 0]


@database
def test_a_version_that_waits_is_stopped_alone(drafter: Actor, signer: Actor, noon: datetime) -> None:
    first = published(drafter, signer, at=noon)
    running = opened(first, drafter, noon.date(), at=noon)
    second = published(drafter, signer, at=noon, text=text(2, APRIL))
    ahead = opened(second, drafter, APRIL, at=noon)

    with transaction():
        services.stop_version(second, "不再执行", actor=signer, at=noon)

    assert holding(first, noon.date(), APRIL) == [1, 1]
    assert [queries.window(one).state for one in (running, ahead)] == [WindowState.OPEN, WindowState.STOPPED]


def signed(drafter: Actor, signer: Actor, content: str, *, at: datetime) -> str:
    """A version that only waits for its publication."""
    public_id = draft(drafter, at=at, text=content)
    with transaction():
        services.check_version(public_id, actor=drafter, at=at)
        services.review_fairness(public_id, assessment(public_id), actor=drafter, at=at)
        services.sign_version(public_id, REVIEWED, actor=signer, at=at)
    return public_id


@database
def test_of_a_text_and_a_window_that_it_would_overtake_one_is_refused_at_the_same_moment(
    app: Flask, drafter: Actor, signer: Actor, noon: datetime
) -> None:
    first = published(drafter, signer, at=noon)
    second = signed(drafter, signer, text(2, APRIL), at=noon)

    is_published, is_opened = threading.Event(), threading.Event()

    def publish() -> str:
        with transaction():
            done = services.publish_version(second, actor=signer, at=noon).public_id
            is_published.set()
            is_opened.wait(0.5)  # time enough to open a window beside it, were nothing held
            return done

    def open_beside() -> str:
        is_published.wait(30)
        done = opened(first, drafter, MAY, at=noon)
        is_opened.set()
        return done

    results = together(app, [publish, open_beside])

    assert sorted(isinstance(one, RuleViolation) for one in results) == [False, True], results


@database
def test_an_older_text_is_not_published_over_a_newer_one(drafter: Actor, signer: Actor, noon: datetime) -> None:
    older = signed(drafter, signer, text(1), at=noon)
    published(drafter, signer, at=noon, text=text(2))

    with pytest.raises(RuleViolation, match="较新的第 2 版已经发布"), transaction():
        services.publish_version(older, actor=signer, at=noon)


@database
def test_the_database_keeps_one_text_for_each_first_day(
    session: Session, drafter: Actor, signer: Actor, noon: datetime
) -> None:
    published(drafter, signer, at=noon)
    second = published(drafter, signer, at=noon, text=text(2, APRIL))

    same = update(SchemeVersion).where(SchemeVersion.public_id == second).values(effective_from=date(2025, 1, 1))
    with pytest.raises(IntegrityError), transaction():
        session.execute(same)


@pytest.mark.usefixtures("session")
def test_the_pages_tell_which_version_holds_and_which_waits(
    app: Flask, client: PageClient, clock: Path, noon: datetime
) -> None:
    (somebody, drafter), (_, signer) = policy_officer(at=noon, name="陈策"), policy_officer(at=noon, name="林审")
    first = published(drafter, signer, at=noon)
    scheme = queries.get_version(first).scheme.public_id
    second = signed(drafter, signer, text(2, APRIL), at=noon)
    visitor, address = PageClient(app), f"/office/schemes/versions/{second}"
    sign_in(client, somebody)

    told = page(client, f"{address}/publish")
    assert "自 2026-04-01 起执行" in told
    assert "在那以前第 1 版照常执行" in told
    assert client.submit(form=f"{address}/publish").status_code == 303
    assert "已发布，待执行" in page(client, address)
    assert "第 2 版 已发布，待执行" in page(client, "/office/schemes/")
    assert "第 2 版已经发布，自 2026-04-01 起执行" in page(visitor, f"/schemes/{scheme}")

    clock.write_text(FIRST.isoformat())
    assert "版本 第 2 版" in page(visitor, f"/schemes/{scheme}")
    sign_in(client, somebody)
    assert "已被取代" in page(client, f"/office/schemes/versions/{first}")
    assert "打开申报窗口" not in page(client, f"/office/schemes/versions/{first}")


def page(client: PageClient, address: str) -> str:
    client.get(address)
    assert client.page is not None
    return client.page.text
