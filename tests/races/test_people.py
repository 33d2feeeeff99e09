"""People under fire: a one-time code lets one in, and a right that was taken away is gone at the next press."""

import pyotp
import pytest
from sqlalchemy import func, select

from tests.factories.accounts import PASSWORD, SECRET, Somebody, make_user
from tests.factories.redemption import EARLY, Stage, make_stage, verified_claim
from tests.races.claims import invoice
from tests.races.conftest import NOON, Siege
from tests.races.harness import Visitor
from vouchers.accounts import services
from vouchers.accounts.models import Appointment, SignInSession, User
from vouchers.accounts.states import Role
from vouchers.audit import queries as audit
from vouchers.db.base import db
from vouchers.db.transaction import transaction
from vouchers.kernel.actor import command
from vouchers.kernel.clock import now
from vouchers.redemption import queries
from vouchers.redemption.states import ClaimState


@pytest.fixture
def stage(siege: Siege) -> Stage:
    return make_stage()


def test_a_one_time_code_lets_one_of_fifty_in(siege: Siege, at_once: int, rounds: int) -> None:
    for _ in range(rounds):
        somebody = make_user(Role.DECIDER, at=EARLY, name="周审定")
        browsers = [before_the_code(siege, somebody) for _ in range(3)]
        code = pyotp.TOTP(SECRET).at(now())

        siege.fire([browsers[n % 3].shot("/second-factor", {"code": code}) for n in range(at_once)])

        assert proven_sessions(somebody) == 1


def test_a_right_that_was_taken_away_is_gone_at_the_press(siege: Siege, stage: Stage, rounds: int) -> None:
    for _ in range(rounds):
        officer = make_user(Role.DECIDER, at=EARLY, name="周审定")
        browser, claim, version = siege.visitor(officer), *waiting(stage)
        path = f"/office/claims/{claim}/approve"
        browser.get(path)
        end_appointment(officer)

        reply = browser.post(path, {"seen_version": version, "amount": "100.00"})

        assert reply.status == 403
        assert queries.get(claim).state is ClaimState.VERIFIED


def test_a_right_taken_away_beside_the_press_is_either_used_before_or_not_at_all(
    siege: Siege, stage: Stage, rounds: int
) -> None:
    """Ended first, nothing is approved; approved first, the trail shows it before the end."""
    administrator = siege.visitor(make_user(Role.SYSTEM_ADMIN, at=EARLY, name="管系统"))
    make_user(Role.SYSTEM_ADMIN, at=EARLY, name="另一管理员")
    for _ in range(rounds):
        officer = make_user(Role.DECIDER, at=EARLY, name="周审定")
        browser, claim, version = siege.visitor(officer), *waiting(stage)
        path, end = f"/office/claims/{claim}/approve", end_path(officer)
        browser.get(path)
        form = administrator.form(end)
        sent = {name: values[0] for name, values in form.values.items()} | {"reason": "调离本岗位"}

        pressed, ended = siege.fire(
            [browser.shot(path, {"seen_version": version, "amount": "100.00"}), administrator.shot(end, sent)]
        )

        assert ended.status == 303
        assert pressed.status in {303, 403}
        is_approved = queries.get(claim).state is ClaimState.APPROVED
        assert is_approved == (pressed.status == 303)
        assert [one.act for one in audit.history_of("claim", claim)].count("claim.approve") == is_approved


def before_the_code(siege: Siege, somebody: Somebody) -> Visitor:
    """A browser with the password accepted and the code still to come."""
    browser = Visitor(siege.address)
    browser.get("/sign-in")
    assert browser.post("/sign-in", {"sign_in": somebody.sign_in, "password": PASSWORD}).status == 303
    browser.get("/second-factor")
    return browser


def proven_sessions(somebody: Somebody) -> int:
    db.session.rollback()
    proven = SignInSession.user_id == somebody.user_id, SignInSession.factor_at.is_not(None)
    return db.session.scalar(select(func.count()).where(*proven)) or 0


def waiting(stage: Stage) -> tuple[str, int]:
    reviewer = make_user(Role.REVIEWER, at=EARLY, name="王核验")
    claim = verified_claim(stage, at=NOON, verifier=reviewer, amount=10_000, invoice=invoice(stage, net=100_000))
    return claim.public_id, claim.version


def end_appointment(somebody: Somebody) -> None:
    with transaction():
        services.end_appointment(appointment_of(somebody), reason="调离", actor=command("test"), at=NOON)


def appointment_of(somebody: Somebody) -> int:
    return db.session.scalars(select(Appointment.id).where(Appointment.user_id == somebody.user_id)).one()


def end_path(somebody: Somebody) -> str:
    user = db.session.get_one(User, somebody.user_id).public_id
    return f"/office/people/{user}/appointments/{appointment_of(somebody)}/end"
