"""Reading people, sessions and appointments."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import ColumnElement, or_, select

from vouchers.accounts.models import Appointment, AppointmentProposal, CaseDuty, Office, SignInSession, User
from vouchers.accounts.rules import (
    KNOWN_ADDRESS,
    Reach,
    Scope,
    duty_findings,
    is_alive,
    joined,
    needs_second_factor,
)
from vouchers.accounts.states import Duty, OfficeKind, ProposalState, Role, SignInMethod, UserState
from vouchers.db.base import db
from vouchers.kernel.actor import Actor
from vouchers.kernel.clock import beijing_date
from vouchers.kernel.errors import NotFound, NotPermitted
from vouchers.kernel.findings import Finding


@dataclass(frozen=True, slots=True)
class Post:
    """An appointment as pages show it."""

    id: int
    role: Role
    home: str
    office_id: int | None
    organisation_id: int | None


@dataclass(frozen=True, slots=True)
class Presence:
    """Who is behind a request: the session, the account, and the appointment in use."""

    session_id: int
    token_hash: str
    user_id: int
    person_id: int
    sign_in: str
    name: str
    has_totp: bool
    posts: tuple[Post, ...]
    post: Post | None
    last_seen_at: datetime
    proven_at: datetime | None
    factor_at: datetime | None
    password_set_at: datetime
    method: SignInMethod

    @property
    def needs_factor(self) -> bool:
        """Whether the second factor is still to be shown."""
        return self.factor_at is None and needs_second_factor(post.role for post in self.posts)


def token_hash(token: str) -> str:
    """What is kept of a session's token."""
    return hashlib.sha256(token.encode()).hexdigest()


def presence_of(token: str, *, at: datetime) -> Presence | None:
    """Who holds this token now; None when the session ended, lapsed, or the account was stopped."""
    statement = (
        select(SignInSession, User)
        .join(User, User.id == SignInSession.user_id)
        .where(
            SignInSession.token_hash == token_hash(token),
            SignInSession.ended_at.is_(None),
            User.state == UserState.ACTIVE,
        )
    )
    row = db.session.execute(statement).one_or_none()
    if row is None:
        return None
    held, user = row
    posts = posts_of(user.id, on=beijing_date(at))
    is_staff = any(post.office_id is not None for post in posts)
    if not is_alive(held.created_at, held.last_seen_at, at=at, is_staff=is_staff):
        return None
    chosen = posts[0] if len(posts) == 1 else next((p for p in posts if p.id == held.appointment_id), None)
    return Presence(
        session_id=held.id,
        token_hash=held.token_hash,
        user_id=user.id,
        person_id=user.person_id,
        sign_in=user.sign_in,
        name=user.person.name,
        has_totp=user.totp_secret is not None,
        posts=posts,
        post=chosen,
        last_seen_at=held.last_seen_at,
        proven_at=held.proven_at,
        factor_at=held.factor_at,
        password_set_at=user.password_set_at,
        method=held.method,
    )


def was_never_ended(token: str) -> bool:
    """Whether a session of this token was not ended; it may have lapsed."""
    found = select(SignInSession.id).where(SignInSession.token_hash == token_hash(token))
    return db.session.scalar(found.where(SignInSession.ended_at.is_(None))) is not None


@dataclass(frozen=True, slots=True)
class OwnSession:
    """A session as its owner sees it."""

    id: int
    created_at: datetime
    last_seen_at: datetime
    address: str
    device: str
    method: SignInMethod
    has_factor: bool
    is_open: bool


def sessions_of(user_id: int, *, at: datetime, most: int = 100) -> list[OwnSession]:
    """The sessions of an account, also those that ended, the newest first."""
    statement = (
        select(SignInSession)
        .where(SignInSession.user_id == user_id)
        .order_by(SignInSession.created_at.desc(), SignInSession.id.desc())
        .limit(most)
    )
    is_staff = any(post.office_id is not None for post in posts_of(user_id, on=beijing_date(at)))
    return [
        OwnSession(
            id=one.id,
            created_at=one.created_at,
            last_seen_at=one.last_seen_at,
            address=one.address,
            device=one.device,
            method=one.method,
            has_factor=one.factor_at is not None,
            is_open=one.ended_at is None and is_alive(one.created_at, one.last_seen_at, at=at, is_staff=is_staff),
        )
        for one in db.session.scalars(statement)
    ]


def is_open(session_id: int) -> bool:
    """Whether a session was not ended."""
    statement = select(SignInSession.id).where(SignInSession.id == session_id, SignInSession.ended_at.is_(None))
    return db.session.scalar(statement) is not None


def knows_address(sign_in: str, address: str, *, at: datetime) -> bool:
    """Whether the owner of this name came from this address not long ago: a stranger's tries do not hold them up."""
    statement = (
        select(SignInSession.id)
        .join(User, User.id == SignInSession.user_id)
        .where(
            User.sign_in == sign_in.strip().lower(),
            SignInSession.address == address,
            SignInSession.created_at > at - KNOWN_ADDRESS,
        )
        .limit(1)
    )
    return db.session.scalar(statement) is not None


def posts_of(user_id: int, *, on: date) -> tuple[Post, ...]:
    """The appointments that hold on this day, oldest first."""
    return tuple(
        Post(
            id=one.id,
            role=one.role,
            home=one.office.name if one.office else "",
            office_id=one.office_id,
            organisation_id=one.organisation_id,
        )
        for one in _appointments(user_id, on=on)
    )


def still_stands(presence: Presence, *, on: date) -> bool:
    """Whether session, account and the appointment in use hold at this moment, read anew."""
    statement = (
        select(SignInSession.id)
        .join(User, User.id == SignInSession.user_id)
        .join(Appointment, Appointment.user_id == User.id)
        .where(
            SignInSession.id == presence.session_id,
            SignInSession.ended_at.is_(None),
            User.state == UserState.ACTIVE,
            Appointment.id == (presence.post.id if presence.post else None),
            *is_held(on),
        )
    )
    return db.session.scalar(statement) is not None


def actor_schemes(actor: Actor, *, on: date) -> Reach:
    """The schemes that the actor's appointment covers on this day; NotPermitted when it no longer holds."""
    held = _in_use(actor, on=on)
    office = held[0].office
    own = office.id if office is not None and office.kind is OfficeKind.LEAD else None
    return Reach(joined(one.schemes for one in held).keys, own)


def actor_stages(actor: Actor, *, on: date) -> Scope:
    """The stages that the actor's appointment covers on this day; NotPermitted when it no longer holds."""
    return joined(one.stages for one in _in_use(actor, on=on))


def duties_of(case_id: str) -> Sequence[CaseDuty]:
    """Which duty each person holds on a case."""
    return db.session.scalars(select(CaseDuty).where(CaseDuty.case_id == case_id).order_by(CaseDuty.since)).all()


def bars_to_duty(case_id: str, person_id: int, *, wanted: tuple[Duty, str]) -> list[Finding]:
    """Why a person could not take this duty, with its part, on a case now: they hold another one."""
    statement = select(CaseDuty.duty, CaseDuty.part).where(CaseDuty.case_id == case_id, CaseDuty.person_id == person_id)
    held = db.session.execute(statement).one_or_none()
    return [] if held is None else duty_findings((held.duty, held.part), wanted)


def office_named(name: str) -> Office:
    """The office of this name."""
    office = db.session.scalar(select(Office).where(Office.name == name))
    if office is None:
        raise NotFound(f"office {name}")
    return office


def user_named(sign_in: str) -> int:
    """The id of the account with this sign-in name."""
    user_id = db.session.scalar(select(User.id).where(User.sign_in == sign_in.strip().lower()))
    if user_id is None:
        raise NotFound(f"no user {sign_in}")
    return user_id


def account_named(sign_in: str) -> User | None:
    """The account of this name while it may sign in."""
    name = sign_in.strip().lower()
    return db.session.scalar(select(User).where(User.sign_in == name, User.state == UserState.ACTIVE))


def account(user_id: int) -> User:
    """An account by its key."""
    user = db.session.get(User, user_id, populate_existing=True)
    if user is None:
        raise NotFound(f"user {user_id}")
    return user


def has_accounts() -> bool:
    """Whether anybody has an account yet."""
    return db.session.scalar(select(User.id).limit(1)) is not None


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


def _in_use(actor: Actor, *, on: date) -> Sequence[Appointment]:
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


def _appointments(user_id: int, *, on: date) -> Sequence[Appointment]:
    statement = (
        select(Appointment)
        .where(
            Appointment.user_id == user_id,
            *is_held(on),
        )
        .order_by(Appointment.id)
    )
    return db.session.scalars(statement).all()


def is_held(on: date) -> tuple[ColumnElement[bool], ...]:
    """The conditions that an appointment holds on a day."""
    return Appointment.valid_from <= on, or_(Appointment.valid_until.is_(None), Appointment.valid_until >= on)
