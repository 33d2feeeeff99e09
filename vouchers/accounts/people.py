"""Reading accounts for those who look after people: who there is, and who may do what."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import select

from vouchers.accounts.models import Appointment, AppointmentProposal, Office, Person, User
from vouchers.accounts.queries import is_held
from vouchers.accounts.states import ProposalKind, ProposalState, Role, UserState
from vouchers.db.base import db
from vouchers.db.filters import contains, one_of
from vouchers.db.lists import ListSpec, Page, page_of
from vouchers.kernel.errors import NotFound

_TONES = {UserState.ACTIVE: "ok", UserState.DISABLED: "bad"}
_PROPOSAL_TONES = {ProposalState.WAITING: "wait", ProposalState.CONFIRMED: "ok", ProposalState.REFUSED: "bad"}


@dataclass(frozen=True, slots=True)
class Listed:
    """One account in the list."""

    id: int
    public_id: str
    name: str
    sign_in: str
    state: UserState
    roles: tuple[tuple[Role, str], ...]

    @property
    def tone(self) -> str:
        """The tag's level for the state."""
        return _TONES[self.state]


@dataclass(frozen=True, slots=True)
class Held:
    """One appointment of somebody, past ones included."""

    id: int
    role: Role
    home: str
    schemes: str
    stages: str
    valid_from: date
    valid_until: date | None
    granted_by: str
    is_current: bool


@dataclass(frozen=True, slots=True)
class Somebody:
    """One account with its appointments."""

    id: int
    public_id: str
    name: str
    sign_in: str
    state: UserState
    has_totp: bool
    appointments: tuple[Held, ...]

    @property
    def tone(self) -> str:
        """The tag's level for the state."""
        return _TONES[self.state]


def list_people(arguments: Mapping[str, str], *, on: date) -> Page[Listed]:
    """Accounts by name, with the roles that hold on this day."""
    spec = ListSpec(
        key=User.id,
        sorts={"sign_in": User.sign_in},
        default="sign_in",
        filters={"q": contains(Person.name, User.sign_in), "state": one_of(User.state, UserState)},
    )
    statement = select(User.id, User.public_id, Person.name, User.sign_in, User.state).join(
        Person, Person.id == User.person_id
    )

    page = page_of(db.session(), statement, spec=spec, arguments=arguments, shape=lambda *row: row)
    roles = _roles_of([row[0] for row in page.rows], on=on)
    rows = [Listed(row[0], row[1], row[2], row[3], row[4], roles.get(row[0], ())) for row in page.rows]
    return Page(
        rows, page.next_cursor, page.previous_cursor, page.count, page.is_capped, sort=page.sort, args=page.args
    )


def get_somebody(public_id: str, *, on: date) -> Somebody:
    """One account by its public id."""
    user = db.session.scalar(select(User).where(User.public_id == public_id))
    if user is None:
        raise NotFound(f"user {public_id}")
    rows = db.session.scalars(select(Appointment).where(Appointment.user_id == user.id).order_by(Appointment.id.desc()))
    held = tuple(
        Held(
            id=one.id,
            role=one.role,
            home=one.office.name if one.office else "",
            schemes="、".join(one.schemes),
            stages="、".join(one.stages),
            valid_from=one.valid_from,
            valid_until=one.valid_until,
            granted_by=one.granted_by,
            is_current=one.valid_from <= on and (one.valid_until is None or one.valid_until >= on),
        )
        for one in rows
    )
    totp = user.totp_secret is not None
    return Somebody(
        user.id, user.public_id, user.person.name, user.sign_in, user.state, has_totp=totp, appointments=held
    )


@dataclass(frozen=True, slots=True)
class Proposed:
    """A proposal about an appointment, as pages show it."""

    public_id: str
    version: int
    kind: ProposalKind
    state: ProposalState
    name: str
    somebody: str
    role: Role
    home: str
    schemes: str
    stages: str
    valid_from: date
    valid_until: date | None
    reason: str
    proposed_by: str
    proposed_at: datetime
    decided_by: str
    decided_at: datetime | None
    decision: str

    @property
    def tone(self) -> str:
        """The tag's level for the state."""
        return _PROPOSAL_TONES[self.state]


_PROPOSALS = ListSpec(key=AppointmentProposal.id, sorts={"made": AppointmentProposal.created_at}, default="-made")


def waiting_proposals(*, user_id: int | None = None) -> list[Proposed]:
    """Every proposal that waits, the newest first, or those about one account."""
    statement = select(AppointmentProposal).where(AppointmentProposal.state == ProposalState.WAITING)
    if user_id is not None:
        statement = statement.where(AppointmentProposal.user_id == user_id)
    return [_proposed(one) for one in db.session.scalars(statement.order_by(AppointmentProposal.id.desc()))]


def decided_proposals(arguments: Mapping[str, str]) -> Page[Proposed]:
    """A page of the proposals that were decided or taken back, the newest first."""
    decided = select(AppointmentProposal).where(AppointmentProposal.state != ProposalState.WAITING)
    return page_of(db.session(), decided, spec=_PROPOSALS, arguments=arguments, shape=_proposed)


def get_proposal(public_id: str) -> Proposed:
    """One proposal that waits; a decided one is not looked at again."""
    waits = AppointmentProposal.state == ProposalState.WAITING
    one = db.session.scalar(select(AppointmentProposal).where(AppointmentProposal.public_id == public_id, waits))
    if one is None:
        raise NotFound(f"proposal {public_id}")
    return _proposed(one)


def offices() -> list[tuple[int, str]]:
    """All offices by name."""
    return [(row.id, row.name) for row in db.session.execute(select(Office.id, Office.name).order_by(Office.name))]


def _proposed(one: AppointmentProposal) -> Proposed:
    return Proposed(
        public_id=one.public_id,
        version=one.version,
        kind=one.kind,
        state=one.state,
        name=one.user.person.name,
        somebody=one.user.public_id,
        role=one.role,
        home=one.office.name if one.office else "",
        schemes="、".join(one.schemes),
        stages="、".join(one.stages),
        valid_from=one.valid_from,
        valid_until=one.valid_until,
        reason=one.reason,
        proposed_by=one.proposed_by,
        proposed_at=one.created_at,
        decided_by=one.decided_by,
        decided_at=one.decided_at,
        decision=one.decision,
    )


def _roles_of(user_ids: list[int], *, on: date) -> dict[int, tuple[tuple[Role, str], ...]]:
    statement = select(Appointment).where(Appointment.user_id.in_(user_ids), *is_held(on)).order_by(Appointment.id)
    found: dict[int, tuple[tuple[Role, str], ...]] = {}
    for one in db.session.scalars(statement):
        found[one.user_id] = (*found.get(one.user_id, ()), (one.role, one.office.name if one.office else ""))
    return found
