"""People, their accounts and appointments."""

import secrets
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import select, update

from vouchers.accounts import passwords, queries, rules
from vouchers.accounts.models import Appointment, Office, Person, SignInSession, User
from vouchers.accounts.rules import NEVER_CHOSEN
from vouchers.accounts.states import LABELS, USERS, OfficeKind, Role, UserState
from vouchers.audit.services import Subject, record
from vouchers.db.base import db
from vouchers.db.columns import blind_index
from vouchers.kernel.actor import Actor
from vouchers.kernel.clock import beijing_date
from vouchers.kernel.errors import NotFound, RuleViolation
from vouchers.kernel.findings import Finding
from vouchers.kernel.identifiers import normalise

OWN_ACCOUNT = Finding("own-account", "不能对自己的账号做这件事。", way="请由另一位管理员办理。")


PHONE_OF_ANOTHER = Finding(
    "phone-known",
    "这个手机号已登记在系统里的一个人名下。",
    way="如果就是您本人，请用原有账号登录，或填写登记时的身份证件号码；不是的，请改用您自己的手机号。",
    field="phone",
)


@dataclass(frozen=True, slots=True)
class PersonDetails:
    """Who a natural person is: a name, and an identity number or a phone to find them by."""

    name: str
    identity_number: str = ""
    phone: str = ""


@dataclass(frozen=True, slots=True)
class NewUser:
    """An account to open. Without a password a random first one is made, which its owner must replace.

    `phone_is_proof` is false where somebody unknown typed the phone themselves.
    """

    sign_in: str
    person: PersonDetails
    password: str = ""
    totp_secret: str | None = None
    is_rehearsal: bool = False
    phone_is_proof: bool = True


@dataclass(frozen=True, slots=True)
class NewAppointment:
    """A role to give, in an office or in an organisation; no schemes or stages mean all."""

    user_id: int
    role: Role
    valid_from: date
    valid_until: date | None = None
    office_id: int | None = None
    organisation_id: int | None = None
    schemes: tuple[str, ...] = ()
    stages: tuple[str, ...] = ()


def open_office(name: str, kind: OfficeKind, *, region: str, parent_id: int | None, actor: Actor, at: datetime) -> int:
    """Add an office to the tree; returns its id, also when it is there already."""
    known = db.session.scalar(select(Office.id).where(Office.name == name))
    if known is not None:
        return known
    office = Office(name=name, kind=kind, region=region, parent_id=parent_id)
    db.session.add(office)
    db.session.flush()
    record("open_office", Subject("office", office.public_id), actor=actor, at=at, details={"kind": kind.value})
    return office.id


def ensure_person(details: PersonDetails, *, phone_is_proof: bool = True, actor: Actor, at: datetime) -> int:
    """The one row of this natural person: found by identity number, else by phone, else made.

    Where nobody vouches for the phone it finds nobody: a known one is refused, unless the identity number names its
    owner.
    """
    identity = normalise(details.identity_number)
    phone = normalise(details.phone)
    if not identity and not phone:
        raise RuleViolation(
            [Finding("person-unfindable", "缺少身份证件号码和手机号。", way="请至少填写一项。", field="phone")]
        )
    known = _person_by(Person.identity_index, identity)
    person = known or _person_by(Person.phone_index, phone)
    if person is not None:
        if known is None and not phone_is_proof:
            raise RuleViolation([PHONE_OF_ANOTHER])
        return person.id
    person = Person(
        name=details.name,
        identity_number=identity or None,
        identity_index=blind_index(identity) if identity else None,
        phone=phone or None,
        phone_index=blind_index(phone) if phone else None,
        created_at=at,
    )
    db.session.add(person)
    db.session.flush()
    record("enter_person", Subject("person", person.public_id), actor=actor, at=at)
    return person.id


def create_user(new: NewUser, *, actor: Actor, at: datetime) -> tuple[int, str]:
    """Open an account; returns its id and the first password, which is shown once and kept nowhere."""
    sign_in = new.sign_in.strip().lower()
    if db.session.scalar(select(User.id).where(User.sign_in == sign_in)) is not None:
        raise RuleViolation(
            [Finding("sign-in-taken", "这个登录名已有人使用。", way="请换一个登录名。", field="sign_in")]
        )
    person_id = ensure_person(new.person, phone_is_proof=new.phone_is_proof, actor=actor, at=at)
    first = new.password or passwords.new_password()
    user = User(
        person_id=person_id,
        sign_in=sign_in,
        state=UserState.ACTIVE,
        password_hash=passwords.hash_password(first),
        password_set_at=at if new.password else NEVER_CHOSEN,
        totp_secret=new.totp_secret,
        is_rehearsal=new.is_rehearsal,
        created_at=at,
    )
    db.session.add(user)
    db.session.flush()
    record("create_user", _subject(user), actor=actor, at=at, change=("", UserState.ACTIVE))
    return user.id, first


def check_appointment(new: NewAppointment, *, actor: Actor) -> User:
    """Refuse a role that its holder may not have, with every reason; the person is held until the commit."""
    user = _lock(new.user_id)
    db.session.scalar(select(Person.id).where(Person.id == user.person_id).with_for_update())  # all their accounts
    findings = rules.own_findings(user.person_id, actor.person_id) if new.office_id is not None else []
    held = queries.roles_of_person(user.person_id, new.valid_from, new.valid_until)
    findings += rules.appointment_findings(held, new.role)
    office = db.session.get(Office, new.office_id) if new.office_id is not None else None
    findings += rules.body_findings(new.role, office.kind) if office else []
    if new.valid_until is not None and new.valid_until < new.valid_from:
        findings.append(Finding("days-reversed", "截止日早于起始日。", way="请改正日期。", field="valid_until"))
    if findings:
        raise RuleViolation(findings)
    return user


def appoint(new: NewAppointment, *, proposed_by: str = "", actor: Actor, at: datetime) -> int:
    """Give a role from a day on; never to oneself, and the three administrators stay apart."""
    user = check_appointment(new, actor=actor)
    appointment = Appointment(
        user_id=new.user_id,
        role=new.role,
        office_id=new.office_id,
        organisation_id=new.organisation_id,
        schemes=list(new.schemes),
        stages=list(new.stages),
        valid_from=new.valid_from,
        valid_until=new.valid_until,
        granted_by=actor.name,
        granted_at=at,
    )
    db.session.add(appointment)
    db.session.flush()
    details = {"role": new.role.value, "from": new.valid_from.isoformat(), "appointment": appointment.id}
    if new.office_id is not None:
        details["proposed_by"] = proposed_by or "nobody: the first people, on the console"
    record("appoint", _subject(user), actor=actor, at=at, details=details)
    return appointment.id


def end_appointment(appointment_id: int, *, reason: str, actor: Actor, at: datetime) -> None:
    """Let an appointment end with yesterday; one that began today is taken back."""
    appointment = db.session.get(Appointment, appointment_id)
    if appointment is None:
        raise NotFound(f"appointment {appointment_id}")
    _keep_one_administrator(appointment.user_id, [appointment.role], on=beijing_date(at))
    db.session.refresh(appointment, with_for_update={"of": Appointment})
    yesterday = date.fromordinal(beijing_date(at).toordinal() - 1)
    appointment.valid_from = min(appointment.valid_from, yesterday)
    appointment.valid_until = yesterday
    details = {"role": appointment.role.value, "appointment": appointment.id}
    record("end_appointment", _subject(_lock(appointment.user_id)), actor=actor, at=at, reason=reason, details=details)


def deactivate(user_id: int, *, reason: str, actor: Actor, at: datetime) -> None:
    """Stop an account at once: nobody signs in with it, and its sessions end."""
    on = beijing_date(at)
    _keep_one_administrator(user_id, [post.role for post in queries.posts_of(user_id, on=on)], on=on)
    user = _lock(user_id)
    before = user.state
    after = USERS.after(before, "deactivate")
    user.state = after
    _end_sessions(user.id, at=at)
    record("deactivate", _subject(user), actor=actor, at=at, change=(before, after), reason=reason)


def reactivate(user_id: int, *, reason: str, actor: Actor, at: datetime) -> None:
    """Let a stopped account sign in again."""
    user = _lock(user_id)
    before = user.state
    user.state = USERS.after(before, "reactivate")
    record("reactivate", _subject(user), actor=actor, at=at, change=(before, user.state), reason=reason)


def reset_password(user_id: int, *, reason: str, actor: Actor, at: datetime) -> str:
    """A new first password, on the console; all sessions end. The second factor stays bound."""
    first = passwords.new_password()
    _replace_password(user_id, first, reason=reason, actor=actor, at=at)
    return first


def drop_password(user_id: int, *, reason: str, actor: Actor, at: datetime) -> None:
    """Let no password open an account until its owner chooses one by a link; all sessions end, the factor stays."""
    _replace_password(user_id, secrets.token_urlsafe(32), reason=reason, actor=actor, at=at)


def _replace_password(user_id: int, first: str, *, reason: str, actor: Actor, at: datetime) -> None:
    user = _lock(user_id)
    user.password_hash = passwords.hash_password(first)
    user.password_set_at = NEVER_CHOSEN
    _end_sessions(user.id, at=at)
    record("reset_password", _subject(user), actor=actor, at=at, reason=reason)


def _lock(user_id: int) -> User:
    user = db.session.get(User, user_id, with_for_update={"of": User}, populate_existing=True)
    if user is None:
        raise NotFound(f"user {user_id}")
    return user


def _subject(user: User) -> Subject:
    return Subject("user", user.public_id)


def _person_by(column: object, value: str) -> Person | None:
    return db.session.scalar(select(Person).where(column == blind_index(value))) if value else None  # type: ignore[arg-type]


def _end_sessions(user_id: int, *, at: datetime) -> None:
    open_ones = (SignInSession.user_id == user_id, SignInSession.ended_at.is_(None))
    db.session.execute(update(SignInSession).where(*open_ones).values(ended_at=at))


def _keep_one_administrator(user_id: int, roles: list[Role], *, on: date) -> None:
    """The last of each kind of administrator cannot be removed.

    Asked before a row of one's own is locked: two who each held theirs and then wanted all would wait for one another.
    """
    for role in sorted(set(roles) & rules.ADMINISTRATORS):
        if not queries.others_with_role(role, user_id, on=on):
            message = "这是最后一位{role}，不能停用。"
            raise RuleViolation([Finding("last-admin", message, {"role": LABELS[role]}, "请先任命另一位。")])
