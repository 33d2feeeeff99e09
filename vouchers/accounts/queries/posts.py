"""Appointments: which somebody holds, what they cover, and who holds a role."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import ColumnElement, Date, bindparam, or_, select

from vouchers.accounts.models import Appointment, AppointmentProposal, Office, User
from vouchers.accounts.rules import (
    Reach,
    Scope,
    joined,
)
from vouchers.accounts.states import OfficeKind, ProposalState, Role, UserState
from vouchers.db.base import db
from vouchers.db.writing import in_transaction, send
from vouchers.kernel.actor import Actor
from vouchers.kernel.errors import NotPermitted

_KEPT = "appointments_read"  # while one transaction reads


@dataclass(frozen=True, slots=True)
class Post:
    """An appointment as pages show it."""

    id: int
    role: Role
    home: str
    office_id: int | None
    organisation_id: int | None


@dataclass(frozen=True, slots=True)
class _Held:
    """An appointment with what it covers."""

    id: int
    role: Role
    office_id: int | None
    organisation_id: int | None
    schemes: Sequence[str]
    stages: Sequence[str]
    home: str | None
    office_kind: OfficeKind | None


def is_held(on: date | ColumnElement[date]) -> tuple[ColumnElement[bool], ...]:
    """The conditions that an appointment holds on a day."""
    return Appointment.valid_from <= on, or_(Appointment.valid_until.is_(None), Appointment.valid_until >= on)


_APPOINTMENTS = (  # asked for by every request: built once
    select(
        Appointment.id,
        Appointment.role,
        Appointment.office_id,
        Appointment.organisation_id,
        Appointment.schemes,
        Appointment.stages,
        Office.name.label("home"),
        Office.kind.label("office_kind"),
    )
    .outerjoin(Office, Office.id == Appointment.office_id)
    .where(Appointment.user_id == bindparam("holder"), *is_held(bindparam("day", type_=Date)))
    .order_by(Appointment.id)
)


def posts_of(user_id: int, *, on: date) -> tuple[Post, ...]:
    """The appointments that hold on this day, oldest first."""
    return tuple(
        Post(
            id=one.id, role=one.role, home=one.home or "", office_id=one.office_id, organisation_id=one.organisation_id
        )
        for one in _appointments(user_id, on=on)
    )


def actor_schemes(actor: Actor, *, on: date) -> Reach:
    """The schemes that the actor's appointment covers on this day; NotPermitted when it no longer holds."""
    held = _in_use(actor, on=on)
    own = held[0].office_id if held[0].office_kind is OfficeKind.LEAD else None
    return Reach(joined(one.schemes for one in held).keys, own)


def actor_stages(actor: Actor, *, on: date) -> Scope:
    """The stages that the actor's appointment covers on this day; NotPermitted when it no longer holds."""
    return joined(one.stages for one in _in_use(actor, on=on))


def roles_of_person(person_id: int, first: date, last: date | None) -> list[Role]:
    """The roles that a person holds, by whatever account, on some day from the first to the last."""
    statement = (
        select(Appointment.role)
        .join(User, User.id == Appointment.user_id)
        .where(
            User.person_id == person_id,
            or_(Appointment.valid_until.is_(None), Appointment.valid_until >= first),
        )
    )
    if last is not None:
        statement = statement.where(Appointment.valid_from <= last)
    return list(db.session.scalars(statement))


def is_proposed(proposal: AppointmentProposal) -> bool:
    """Whether the same is proposed already and waits."""
    statement = select(AppointmentProposal.id).where(
        AppointmentProposal.state == ProposalState.WAITING,
        AppointmentProposal.kind == proposal.kind,
        AppointmentProposal.user_id == proposal.user_id,
        AppointmentProposal.role == proposal.role,
        AppointmentProposal.office_id == proposal.office_id,
        AppointmentProposal.appointment_id.is_not_distinct_from(proposal.appointment_id),
    )
    return db.session.scalar(statement.limit(1)) is not None


def is_governed(*, on: date) -> bool:
    """Whether there are people to propose appointments and to confirm them: then the console proposes as well."""
    return all(others_with_role(role, 0, on=on) for role in (Role.SYSTEM_ADMIN, Role.SECURITY_ADMIN))


def others_with_role(role: Role, user_id: int, *, on: date) -> bool:
    """Whether an active account other than this one holds the role on this day; all holders are held until the commit.

    Two who remove the last two at the same moment would otherwise each see the other.
    """
    statement = (
        select(Appointment.user_id)
        .join(User, User.id == Appointment.user_id)
        .where(
            Appointment.role == role,
            *is_held(on),
            User.state == UserState.ACTIVE,
        )
        .order_by(Appointment.id)
        .with_for_update()
    )
    return any(one != user_id for one in db.session.scalars(statement).all())


def users_with_role(role: Role, *, on: date) -> Sequence[int]:
    """Active users who hold a role on a day."""
    statement = (
        select(User.id)
        .join(Appointment, Appointment.user_id == User.id)
        .where(User.state == UserState.ACTIVE, Appointment.role == role, *is_held(on))
        .order_by(User.id)
    )
    return db.session.scalars(statement.distinct()).all()


def _in_use(actor: Actor, *, on: date) -> Sequence[_Held]:
    if actor.user_id is None:
        raise NotPermitted("no appointment")
    held = [
        one
        for one in _appointments(actor.user_id, on=on)
        if (one.role, one.office_id, one.organisation_id) == (actor.role, actor.office_id, actor.organisation_id)
    ]
    if not held:
        raise NotPermitted("the appointment no longer holds")
    return held


def _appointments(user_id: int, *, on: date) -> Sequence[_Held]:
    """What somebody holds: in an act read anew each time; a page that only reads asks once for all its parts."""
    session, key = db.session(), (user_id, on)
    if in_transaction(session):
        return _read(user_id, on)
    reading = session.get_transaction()
    begun, kept = session.info.get(_KEPT, (None, {}))
    if reading is None or begun is not reading:
        found = _read(user_id, on)
        session.info[_KEPT] = (session.get_transaction(), {key: found})
        return found
    if key not in kept:
        kept[key] = _read(user_id, on)
    held: Sequence[_Held] = kept[key]
    return held


def _read(user_id: int, on: date) -> Sequence[_Held]:
    found = send(_APPOINTMENTS, {"holder": user_id, "day": on})
    return [_Held(**row) for row in found.mappings()]
