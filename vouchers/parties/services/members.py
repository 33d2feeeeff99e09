"""授权: who acts for an organisation, by which mandate, and through which account."""

from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta

from sqlalchemy import select

from vouchers.accounts.rules import password_findings
from vouchers.accounts.services import (
    NewAppointment,
    NewUser,
    PersonDetails,
    appoint,
    create_user,
    end_appointment,
)
from vouchers.accounts.states import Role
from vouchers.audit.services import record
from vouchers.db.base import db
from vouchers.files.services import Owner, Received, keep
from vouchers.files.states import ArchiveClass
from vouchers.kernel.actor import Actor
from vouchers.kernel.clock import beijing_date
from vouchers.kernel.errors import NotFound, RuleViolation
from vouchers.kernel.findings import Finding
from vouchers.parties import queries, rules
from vouchers.parties.models import Mandate, Organisation
from vouchers.parties.queries import subject_of
from vouchers.parties.services.organisations import register_organisation
from vouchers.parties.states import MandateKind


@dataclass(frozen=True, slots=True)
class Founder:
    """Who registers an organisation: the person, the account wished for, and in what quality they act."""

    person: PersonDetails
    sign_in: str
    password: str
    kind: MandateKind
    role: Role
    needs_classes: bool = True
    is_rehearsal: bool = False


@dataclass(frozen=True, slots=True)
class NewMember:
    """Somebody else who is to act for an organisation."""

    person: PersonDetails
    sign_in: str
    kind: MandateKind
    role: Role
    valid_from: date
    valid_until: date | None = None
    letter: Received | None = None
    others: tuple[Role, ...] = ()  # of an organisation that sells and applies


@dataclass(frozen=True, slots=True)
class OrganisationPapers:
    """An organisation as it is typed at registration, with the papers handed in."""

    name: str
    uscc: str
    address: str = ""
    licence: Received | None = None
    letter: Received | None = None


@dataclass(frozen=True, slots=True)
class Enrolled:
    """What came of a registration."""

    organisation: Organisation
    user_id: int
    person_id: int


def enrol(papers: OrganisationPapers, founder: Founder, *, actor: Actor, at: datetime) -> Enrolled:
    """Enter an organisation with the person who registers it: account, mandate and role in one act."""
    words = (founder.sign_in, founder.person.name, papers.name)
    findings = [
        *(replace(f, field="password") for f in _password_findings(founder, words)),
        *rules.uscc_findings(papers.uscc, has_licence=papers.licence is not None),
        *rules.mandate_findings(founder.kind, has_letter=papers.letter is not None, is_own=False),
    ]
    if findings:
        raise RuleViolation(findings)
    organisation = register_organisation(
        papers.name, papers.uscc, licence=papers.licence, address=papers.address, actor=actor, at=at
    )
    account = NewUser(
        founder.sign_in,
        founder.person,
        founder.password,
        is_rehearsal=founder.is_rehearsal,
        phone_is_proof=False,
    )
    user_id, _ = create_user(account, actor=actor, at=at)
    person_id = queries.person_of_user(user_id)
    day = beijing_date(at)
    letter_id = _kept_letter(papers.letter, organisation.id, actor=actor, at=at)
    grant_mandate(
        person_id,
        organisation.id,
        founder.kind,
        letter_id=letter_id,
        valid_from=day,
        valid_until=None,
        actor=actor,
        at=at,
    )
    appoint(NewAppointment(user_id, founder.role, day, organisation_id=organisation.id), actor=actor, at=at)
    return Enrolled(organisation, user_id, person_id)


def add_member(organisation_id: int, new: NewMember, *, actor: Actor, at: datetime) -> str:
    """Let another person act for an organisation, with an account of their own; returns its first password.

    Whoever may not confirm for the organisation brings a letter: a handler does not widen the circle alone.
    """
    may = actor.person_id is not None and queries.may_confirm(actor.person_id, organisation_id, on=beijing_date(at))
    if not may and new.letter is None:
        message = "经办人添加人员须有授权委托书。"
        raise RuleViolation([Finding("letter-missing", message, way="请上传盖章的授权委托书。", field="letter")])
    return enter_member(organisation_id, new, actor=actor, at=at)[1]


def enter_member(organisation_id: int, new: NewMember, *, actor: Actor, at: datetime) -> tuple[int, str]:
    """Account, mandate and role of somebody new; returns the person and the first password."""
    user_id, first = create_user(NewUser(new.sign_in, new.person), actor=actor, at=at)
    person_id = queries.person_of_user(user_id)
    letter_id = _kept_letter(new.letter, organisation_id, actor=actor, at=at)
    grant_mandate(
        person_id,
        organisation_id,
        new.kind,
        letter_id=letter_id,
        valid_from=new.valid_from,
        valid_until=new.valid_until,
        actor=actor,
        at=at,
    )
    for role in (new.role, *new.others):
        post = NewAppointment(user_id, role, new.valid_from, new.valid_until, organisation_id=organisation_id)
        appoint(post, actor=actor, at=at)
    return person_id, first


def grant_mandate(  # noqa: PLR0913  who, for whom, in what quality, by which letter, from when until when
    person_id: int,
    organisation_id: int,
    kind: MandateKind,
    *,
    letter_id: int | None,
    valid_from: date,
    valid_until: date | None,
    actor: Actor,
    at: datetime,
) -> Mandate:
    """Let a person act for an organisation, in a quality and from a day on."""
    organisation = queries.organisation(organisation_id)
    is_own = person_id == actor.person_id and kind in rules.CONFIRMING
    findings = rules.mandate_findings(kind, has_letter=letter_id is not None, is_own=is_own)
    if findings:
        raise RuleViolation(findings)
    mandate = Mandate(
        person_id=person_id,
        organisation_id=organisation_id,
        kind=kind,
        letter_id=letter_id,
        valid_from=valid_from,
        valid_until=valid_until,
        granted_at=at,
    )
    db.session.add(mandate)
    db.session.flush()
    details = {"kind": kind.value, "person": person_id, "from": valid_from.isoformat()}
    record("parties.grant_mandate", subject_of(organisation), actor=actor, at=at, details=details)
    return mandate


def end_mandate(public_id: str, organisation_id: int, *, actor: Actor, at: datetime) -> Mandate:
    """Let a mandate of this organisation end with yesterday, and the roles with it; one of today is taken back.

    Only somebody who may confirm for the organisation ends another's: a handler does not put out the representative.
    """
    own = (Mandate.public_id == public_id, Mandate.organisation_id == organisation_id)
    mandate = db.session.scalar(select(Mandate).where(*own).with_for_update())
    if mandate is None:
        raise NotFound(f"mandate {public_id}")
    if mandate.person_id == actor.person_id:
        message = "不能结束自己的授权。"
        raise RuleViolation([Finding("mandate-own-end", message, way="请由本单位的另一位授权人办理。")])
    may = actor.person_id is not None and queries.may_confirm(actor.person_id, organisation_id, on=beijing_date(at))
    if not may:
        raise RuleViolation([rules.NOT_CONFIRMING])
    return close_mandate(mandate, reason="授权结束", actor=actor, at=at)


def close_mandate(mandate: Mandate, *, reason: str, actor: Actor, at: datetime) -> Mandate:
    """Let a mandate end with yesterday, and the roles that rest on it."""
    day, organisation_id = beijing_date(at), mandate.organisation_id
    mandate.valid_from = min(mandate.valid_from, day - timedelta(days=1))
    mandate.valid_until = day - timedelta(days=1)
    details = {"kind": mandate.kind.value, "person": mandate.person_id}
    organisation = queries.organisation(organisation_id)
    record("parties.end_mandate", subject_of(organisation), actor=actor, at=at, details=details)
    for post_id in queries.posts_in(mandate.person_id, organisation_id, on=day):
        end_appointment(post_id, reason=reason, actor=actor, at=at)
    return mandate


def _password_findings(founder: Founder, words: tuple[str, ...]) -> list[Finding]:
    return password_findings(founder.password, needs_classes=founder.needs_classes, words=words)


def _kept_letter(letter: Received | None, organisation_id: int, *, actor: Actor, at: datetime) -> int | None:
    if letter is None:
        return None
    owner = Owner(organisation_id=organisation_id)
    return keep(letter, owner=owner, archive_class=ArchiveClass.CASE, actor=actor, at=at).id
