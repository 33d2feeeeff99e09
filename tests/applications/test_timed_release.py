"""定时放券: all may make ready; at the hour who confirms first has one, and there are never more than were freed."""

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from flask import Flask
from sqlalchemy import update
from sqlalchemy.exc import IntegrityError

from tests.factories.applications import NEED, make_applicant, make_ground
from tests.factories.candidates import intake, rewritten
from tests.races import together
from vouchers.applications import queries, services
from vouchers.applications.services import NewDraft, SavedFacts
from vouchers.applications.states import ApplicationState as S
from vouchers.db.base import db
from vouchers.db.transaction import transaction
from vouchers.kernel.actor import Actor, command
from vouchers.kernel.errors import RuleViolation
from vouchers.policy import queries as policy
from vouchers.policy import releases
from vouchers.policy import services as policies
from vouchers.policy.models import WindowRelease
from vouchers.policy.services import NewWindow

pytestmark = pytest.mark.database
MAKER = command("test")


def hour_window(at: datetime, *, quantity: int | None, timed: bool = True) -> str:
    """A window that frees so many vouchers at `at`."""
    pack = rewritten(intake(opens="timed-release" if timed else "yearly"))
    ground = make_ground(at=at - timedelta(days=2), loaded=pack, quantity=1 if timed else None)
    version = queries.window(ground.window).scheme_version.public_id
    with transaction():
        policies.close_window(ground.window, actor=MAKER, at=at - timedelta(days=2))
        new = NewWindow(version, "compute", "十点放券", at, at + timedelta(days=3), quantity)
        return policies.open_window(new, actor=MAKER, at=at - timedelta(days=2)).public_id


def ready(window: str, applicant: Actor, at: datetime) -> str:
    """A case that waits for its confirmation."""
    with transaction():
        draft = services.start(NewDraft(window), actor=applicant, at=at)
        services.save_facts(draft.public_id, SavedFacts(NEED, draft.version), actor=applicant, at=at)
        seen = queries.get(draft.public_id).version
        services.hand_over(draft.public_id, seen_version=seen, actor=applicant, at=at)
        return draft.public_id


def confirming(case: str, applicant: Actor, at: datetime) -> Callable[[], str]:
    def work() -> str:
        with transaction():
            shown, seen = services.preview(queries.get(case), at=at), queries.get(case).version
            return services.confirm(case, seen_version=seen, seen_hash=shown.hash, actor=applicant, at=at).state.value

    return work


def left(window: str) -> int:
    db.session.rollback()
    release = policy.window(window).release
    assert release is not None
    return release.left


def test_all_is_made_ready_before_the_hour_and_confirmed_at_it(app: Flask, noon: datetime) -> None:
    window, applicant = hour_window(noon, quantity=1), make_applicant(at=noon)
    case = ready(window, applicant, noon - timedelta(hours=3))

    with pytest.raises(RuleViolation) as refused:
        confirming(case, applicant, noon - timedelta(microseconds=1))()
    assert [one.code for one in refused.value.findings] == ["window-not-yet"]

    assert confirming(case, applicant, noon)() == S.SUBMITTED.value
    assert left(window) == 0


def test_never_more_than_were_freed(app: Flask, noon: datetime) -> None:
    """Five at the same moment for two vouchers."""
    window = hour_window(noon, quantity=2)
    applicants = [make_applicant(number, at=noon) for number in range(1, 6)]
    works = [confirming(ready(window, one, noon - timedelta(hours=1)), one, noon) for one in applicants]
    db.session.rollback()

    results = together(app, works)

    assert results.count(S.SUBMITTED.value) == 2
    refused = [one for one in results if isinstance(one, RuleViolation)]
    assert [one.findings[0].code for one in refused] == ["all-taken"] * 3
    assert left(window) == 0


def test_who_leaves_makes_room_for_the_next(app: Flask, noon: datetime) -> None:
    window, first, second = hour_window(noon, quantity=1), make_applicant(1, at=noon), make_applicant(2, at=noon)
    early, late = (ready(window, one, noon - timedelta(hours=1)) for one in (first, second))
    confirming(early, first, noon)()
    with pytest.raises(RuleViolation):
        confirming(late, second, noon)()

    with transaction():
        seen = queries.get(early).version
        services.withdraw(early, seen_version=seen, reason="不需要了", actor=first, at=noon)

    assert left(window) == 1
    assert confirming(late, second, noon)() == S.SUBMITTED.value


def test_a_draft_that_is_given_up_frees_nothing(app: Flask, noon: datetime) -> None:
    window, first, second = hour_window(noon, quantity=1), make_applicant(1, at=noon), make_applicant(2, at=noon)
    early, late = (ready(window, one, noon - timedelta(hours=1)) for one in (first, second))
    confirming(early, first, noon)()

    with transaction():
        seen = queries.get(late).version
        services.withdraw(late, seen_version=seen, reason="不需要了", actor=second, at=noon)

    assert left(window) == 0


def test_the_database_itself_keeps_the_number(app: Flask, noon: datetime) -> None:
    hour_window(noon, quantity=1)

    too_many = update(WindowRelease).values(taken=2)
    with pytest.raises(IntegrityError), transaction():
        db.session.execute(too_many)


@pytest.mark.parametrize(
    ("timed", "quantity", "code"), [(True, None, "no-quantity"), (False, 5, "not-timed")], ids=["none", "not-asked-for"]
)
def test_a_window_frees_a_number_exactly_where_the_pack_says_so(
    app: Flask, noon: datetime, *, timed: bool, quantity: int | None, code: str
) -> None:
    with pytest.raises(RuleViolation) as refused:
        hour_window(noon, quantity=quantity, timed=timed)

    assert [one.code for one in refused.value.findings] == [code]


def test_what_comes_is_told_until_its_hour(app: Flask, noon: datetime) -> None:
    window = hour_window(noon, quantity=3)

    assert [one.public_id for one in releases.coming(noon - timedelta(minutes=1))] == [window]
    assert releases.coming(noon) == []
    assert [one.left for one in policy.open_windows(noon)] == [3]
