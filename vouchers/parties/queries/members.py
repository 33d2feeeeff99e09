"""Reading who acts for an organisation: by which mandate, in which role, and who may confirm for it."""

from dataclasses import dataclass
from datetime import date

from sqlalchemy import ColumnElement, or_, select

from vouchers.accounts.models import Appointment, Person, User
from vouchers.accounts.queries import is_held
from vouchers.accounts.states import Role, UserState
from vouchers.db.base import db
from vouchers.files.models import StoredFile
from vouchers.kernel.errors import NotFound
from vouchers.parties import rules
from vouchers.parties.models import Mandate
from vouchers.parties.states import MandateKind


@dataclass(frozen=True, slots=True)
class Member:
    """Somebody who acts for an organisation, as pages show it."""

    person_id: int
    name: str
    kind: MandateKind
    letter: str
    valid_from: date
    valid_until: date | None
    public_id: str


def person_of_user(user_id: int) -> int:
    """The natural person behind an account."""
    person_id = db.session.scalar(select(User.person_id).where(User.id == user_id))
    if person_id is None:
        raise NotFound(f"user {user_id}")
    return person_id


def posts_in(person_id: int, organisation_id: int, *, on: date) -> list[int]:
    """The keys of a person's appointments in an organisation that have not ended on a day."""
    statement = (
        select(Appointment.id)
        .join(User, User.id == Appointment.user_id)
        .where(
            User.person_id == person_id,
            Appointment.organisation_id == organisation_id,
            or_(Appointment.valid_until.is_(None), Appointment.valid_until >= on),
        )
    )
    return list(db.session.scalars(statement))


def roles_in(person_id: int, organisation_id: int, *, on: date) -> tuple[Role, ...]:
    """The roles that a person has in an organisation on a day, each once; the one they last had when they have none."""
    statement = (
        select(Appointment.role)
        .join(User, User.id == Appointment.user_id)
        .where(User.person_id == person_id, Appointment.organisation_id == organisation_id)
        .order_by(Appointment.id.desc())
    )
    found = list(db.session.scalars(statement.where(*is_held(on)))) or list(db.session.scalars(statement.limit(1)))
    if not found:
        raise NotFound(f"a role of person {person_id}")
    return tuple(dict.fromkeys(found))


def mandates_of(person_id: int, *, on: date) -> list[Mandate]:
    """The mandates by which a person acts for organisations on a day."""
    statement = select(Mandate).where(Mandate.person_id == person_id, *_mandate_holds(on)).order_by(Mandate.id)
    return list(db.session.scalars(statement))


def mandate_in_force(public_id: str, organisation_id: int, *, on: date) -> Mandate:
    """A mandate of this organisation that holds on a day, kept until the commit; a stranger's looks like none."""
    own = (Mandate.public_id == public_id, Mandate.organisation_id == organisation_id)
    found = db.session.scalar(select(Mandate).where(*own, *_mandate_holds(on)).with_for_update(of=Mandate))
    if found is None:
        raise NotFound(f"mandate {public_id}")
    return found


def mandates_in(person_id: int, organisation_id: int, *, on: date) -> list[Mandate]:
    """All mandates by which a person acts for one organisation on a day."""
    return [one for one in mandates_of(person_id, on=on) if one.organisation_id == organisation_id]


def members_of(organisation_id: int, *, on: date) -> list[Member]:
    """Who acts for an organisation on a day."""
    statement = (
        select(Mandate, Person.name, StoredFile.public_id)
        .join(Person, Person.id == Mandate.person_id)
        .outerjoin(StoredFile, StoredFile.id == Mandate.letter_id)
        .where(Mandate.organisation_id == organisation_id, *_mandate_holds(on))
        .order_by(Mandate.id)
    )
    return [
        Member(one.person_id, name, one.kind, letter or "", one.valid_from, one.valid_until, one.public_id)
        for one, name, letter in db.session.execute(statement)
    ]


def confirmers_of(organisation_id: int, *, on: date, without: int) -> list[str]:
    """The names of those, one person aside, who may confirm for an organisation and can sign in on a day."""
    statement = (
        select(Person.id, Person.name)
        .join(User, User.person_id == Person.id)
        .join(Appointment, Appointment.user_id == User.id)
        .where(
            Appointment.organisation_id == organisation_id,
            *is_held(on),
            User.state == UserState.ACTIVE,
            Person.id != without,
        )
        .distinct()
        .order_by(Person.id)
    )
    rows = db.session.execute(statement).all()
    return [name for person_id, name in rows if may_confirm(person_id, organisation_id, on=on)]


def may_confirm(person_id: int, organisation_id: int, *, on: date) -> bool:
    """Whether a person may confirm for an organisation: its legal representative, or authorised by letter."""
    return rules.may_confirm(
        (one.kind, one.letter_id is not None)
        for one in mandates_of(person_id, on=on)
        if one.organisation_id == organisation_id
    )


def _mandate_holds(on: date) -> tuple[ColumnElement[bool], ...]:
    return Mandate.valid_from <= on, or_(Mandate.valid_until.is_(None), Mandate.valid_until >= on)
