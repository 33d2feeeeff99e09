"""People with accounts and appointments, and a way to sign them in."""

from dataclasses import dataclass, replace
from datetime import date, datetime
from itertools import count
from typing import Any

import pyotp

from tests.pages import PageClient
from tests.worlds import kept
from vouchers.accounts import services
from vouchers.accounts.rules import BODIES
from vouchers.accounts.services import NewAppointment, NewUser, PersonDetails
from vouchers.accounts.states import OfficeKind, Role
from vouchers.db.transaction import transaction
from vouchers.kernel.actor import Actor, command
from vouchers.kernel.clock import now

PASSWORD = "青山不改，绿水长流，后会有期 2026"
SECRET = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"
MAKER = command("test")
ORGANISED = frozenset({Role.HANDLER, Role.REPRESENTATIVE, Role.PROVIDER_OPERATOR, Role.PROVIDER_FINANCE})
_numbers = count(13_700_000_000)


@dataclass(frozen=True)
class Somebody:
    """An account made for a test."""

    user_id: int
    person_id: int
    sign_in: str
    office_id: int | None
    organisation_id: int | None

    def actor(self, role: Role, permissions: frozenset[str] = frozenset()) -> Actor:
        """The same one as services know them."""
        return Actor(
            MAKER.kind,
            self.sign_in,
            role=role.value,
            user_id=self.user_id,
            person_id=self.person_id,
            office_id=self.office_id,
            organisation_id=self.organisation_id,
            permissions=permissions,
        )


@kept
def make_office(name: str = "渝中区大数据局", kind: OfficeKind = OfficeKind.LEAD, *, at: datetime) -> int:
    """An office; opens its own transaction."""
    with transaction():
        return services.open_office(name, kind, region="重庆市渝中区", parent_id=None, actor=MAKER, at=at)


@kept
def make_user(role: Role | None = Role.REVIEWER, *, at: datetime, name: str = "王明", **given: Any) -> Somebody:
    """A person with an account and one appointment; opens its own transaction."""
    phone = given.get("phone", str(next(_numbers)))
    sign_in = given.get("sign_in", f"u{phone}")
    organisation_id = given.get("organisation_id", 1) if role in ORGANISED else None
    office_id = None if role in ORGANISED else _office_of(role, at=at)
    with transaction():
        details = PersonDetails(name, phone=phone)
        person_id = services.ensure_person(details, actor=MAKER, at=at)
        new = NewUser(sign_in, details, password=PASSWORD, totp_secret=SECRET)
        user_id, _ = services.create_user(new, actor=MAKER, at=at)
        if role is not None:
            first = date.fromordinal(at.toordinal() - 30)
            appointment = NewAppointment(user_id, role, first, office_id=office_id, organisation_id=organisation_id)
            services.appoint(appointment, actor=MAKER, at=at)
    return Somebody(user_id, person_id, sign_in, office_id, organisation_id)


@kept
def appoint_too(somebody: Somebody, role: Role, *, at: datetime, **given: Any) -> Actor:
    """The same person in a further post, as services know them; opens its own transaction."""
    office_id = given.pop("office_id", somebody.office_id)
    with transaction():
        first = date.fromordinal(at.toordinal() - 30)
        services.appoint(
            NewAppointment(somebody.user_id, role, first, office_id=office_id, **given), actor=MAKER, at=at
        )
    return replace(somebody.actor(role), office_id=office_id)


@kept
def make_stranger(role: Role, *, at: datetime, kind: OfficeKind = OfficeKind.LEAD, **given: Any) -> Actor:
    """An officer of another office, as services know them; opens its own transactions."""
    office_id = make_office(given.pop("office", "南岸区大数据局"), kind, at=at)
    return appoint_too(make_user(None, at=at, name="外区"), role, at=at, office_id=office_id, **given)


def _office_of(role: Role | None, *, at: datetime) -> int:
    if role in BODIES:
        return make_office("渝中区财政局", BODIES[role], at=at)
    return make_office(at=at)


def sign_in(client: PageClient, somebody: Somebody, *, with_factor: bool = True) -> None:
    """Sign in through the pages, second factor included where it is asked for."""
    client.get("/sign-in")
    answer = client.submit({"sign_in": somebody.sign_in, "password": PASSWORD}, form="/sign-in")
    assert answer.status_code == 303, client.page and client.page.text
    answer = client.get("/start")
    if with_factor and answer.location.startswith("/second-factor"):
        client.get("/second-factor")
        answer = client.submit({"code": code_now()}, form="/second-factor")
        assert answer.status_code == 303, client.page and client.page.text


def code_now(steps_back: int = 0) -> str:
    """The one-time code of the moment, of everybody made here."""
    return pyotp.TOTP(SECRET).at(now(), counter_offset=-steps_back)
