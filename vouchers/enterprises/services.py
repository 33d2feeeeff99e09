"""Acts of and on applicants: registering, declaring facts, reviewing a registration, noting a breach."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime

from vouchers.accounts.queries import is_rehearsing
from vouchers.accounts.services import NewAppointment, PersonDetails, appoint
from vouchers.accounts.states import Role
from vouchers.audit.services import Subject, record
from vouchers.db.base import db
from vouchers.enterprises import queries, rules
from vouchers.enterprises.models import CreditRecord, Enterprise
from vouchers.enterprises.rules import CreditKind
from vouchers.enterprises.states import ENTERPRISES, EnterpriseState
from vouchers.files.services import Owner, Received, keep
from vouchers.files.states import ArchiveClass
from vouchers.kernel.actor import Actor
from vouchers.kernel.clock import beijing_date
from vouchers.kernel.errors import Conflict, RuleViolation
from vouchers.kernel.findings import Finding
from vouchers.parties import queries as parties
from vouchers.parties.rules import CONFIRMED
from vouchers.parties.services import (
    Founder,
    NewMember,
    OrganisationPapers,
    add_member,
    check_impartial,
    end_fact,
    enrol,
    record_fact,
    settle_uscc,
)
from vouchers.parties.states import FactSource, MandateKind
from vouchers.policy import queries as policy
from vouchers.policy.rules.size_class import SizeResult

_NOT_CONFIRMING = Finding(
    "not-confirming",
    "只有法定代表人或授权委托人能为本单位登记申报。",
    way="请由他们登录办理；授权委托人须有授权委托书。",
)
_JOINED = Finding("enterprise-joined", "本单位已经登记为申报单位。", way="请在“选择任职”里换到企业授权人。")


@dataclass(frozen=True, slots=True)
class Registration:
    """A new applicant as typed: the organisation, the person and the account they wish for."""

    name: str
    uscc: str
    person_name: str
    phone: str
    sign_in: str
    password: str
    kind: MandateKind = MandateKind.LEGAL_REPRESENTATIVE
    identity_number: str = ""
    address: str = ""
    licence: Received | None = None
    letter: Received | None = None
    needs_classes: bool = True
    is_rehearsal: bool = False


@dataclass(frozen=True, slots=True)
class Registered:
    """What came of a registration."""

    enterprise: Enterprise
    user_id: int
    person_id: int


@dataclass(frozen=True, slots=True)
class Declaration:
    """Facts as JSON values; None takes back what was declared. A document makes them more than a word."""

    values: Mapping[str, object]
    document_id: int | None = None
    valid_until: Mapping[str, date] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Colleague:
    """Another person who is to act for the applicant."""

    name: str
    phone: str
    sign_in: str
    kind: MandateKind
    valid_from: date
    valid_until: date | None = None
    letter: Received | None = None


@dataclass(frozen=True, slots=True)
class Breach:
    """A breach (失信) as an officer enters it."""

    kind: CreditKind
    on: date
    source: str
    until: date | None = None


def register(registration: Registration, *, actor: Actor, at: datetime) -> Registered:
    """Register an applicant: organisation, person, account, mandate, enterprise; a doubtful number waits for review."""
    enrolled = enrol(
        OrganisationPapers(
            registration.name, registration.uscc, registration.address, registration.licence, registration.letter
        ),
        Founder(
            PersonDetails(registration.person_name, registration.identity_number, registration.phone),
            registration.sign_in,
            registration.password,
            registration.kind,
            rules.role_of(registration.kind),
            needs_classes=registration.needs_classes,
            is_rehearsal=registration.is_rehearsal,
        ),
        actor=actor,
        at=at,
    )
    needs_review = enrolled.organisation.uscc_needs_review
    enterprise = Enterprise(
        organisation_id=enrolled.organisation.id,
        state=EnterpriseState.IN_REVIEW if needs_review else EnterpriseState.REGISTERED,
        is_rehearsal=registration.is_rehearsal,
        created_at=at,
    )
    db.session.add(enterprise)
    db.session.flush()
    record("enterprises.register", _subject(enterprise), actor=actor, at=at, change=("", enterprise.state))
    return Registered(enterprise, enrolled.user_id, enrolled.person_id)


def join(organisation_id: int, *, actor: Actor, at: datetime) -> Enterprise:
    """Register an organisation that is on record as a provider as an applicant too, and let the actor apply for it.

    Its name, number, papers and bank accounts stand as they are; only who may confirm for it brings it in.
    """
    organisation, day = parties.lock(organisation_id), beijing_date(at)
    may = actor.person_id is not None and parties.may_confirm(actor.person_id, organisation_id, on=day)
    findings = [] if may else [_NOT_CONFIRMING]
    findings += [_JOINED] if queries.find_of_organisation(organisation_id) is not None else []
    if findings or actor.user_id is None:
        raise RuleViolation(findings or [_NOT_CONFIRMING])
    state = EnterpriseState.IN_REVIEW if organisation.uscc_needs_review else EnterpriseState.REGISTERED
    rehearses = is_rehearsing(actor.user_id)
    enterprise = Enterprise(organisation_id=organisation_id, state=state, is_rehearsal=rehearses, created_at=at)
    db.session.add(enterprise)
    db.session.flush()
    appoint(
        NewAppointment(actor.user_id, Role.REPRESENTATIVE, day, organisation_id=organisation_id), actor=actor, at=at
    )
    record("enterprises.join", _subject(enterprise), actor=actor, at=at, change=("", enterprise.state))
    return enterprise


def add_colleague(organisation_id: int, colleague: Colleague, *, actor: Actor, at: datetime) -> str:
    """Let another person act for the applicant; returns the first password of their account."""
    member = NewMember(
        PersonDetails(colleague.name, phone=colleague.phone),
        colleague.sign_in,
        colleague.kind,
        rules.role_of(colleague.kind),
        colleague.valid_from,
        colleague.valid_until,
        colleague.letter,
    )
    return add_member(organisation_id, member, actor=actor, at=at)


def declare(organisation_id: int, declaration: Declaration, *, actor: Actor, at: datetime) -> SizeResult:
    """Record what changed of the facts an applicant declares; the size class follows by itself."""
    held = parties.facts_of(organisation_id, on=beijing_date(at))
    source = FactSource.SELF_DECLARED if declaration.document_id is None else FactSource.DOCUMENT
    findings: list[Finding] = []
    for name, value in declaration.values.items():
        known = held.get(name)
        try:
            if value is None and known is not None:
                end_fact(organisation_id, name, actor=actor, at=at)
            elif value is not None and (known is None or known.value != value or declaration.document_id is not None):
                record_fact(
                    organisation_id,
                    name,
                    value,
                    source=source,
                    document_id=declaration.document_id,
                    valid_until=declaration.valid_until.get(name),
                    actor=actor,
                    at=at,
                )
        except RuleViolation as violation:
            findings += violation.findings
    if findings:
        raise RuleViolation(findings)
    return _follow_size(organisation_id, actor=actor, at=at)


def keep_document(organisation_id: int, received: Received, *, actor: Actor, at: datetime) -> int:
    """Put a paper into the archive of an applicant, for use in facts and applications; returns its key."""
    owner = Owner(organisation_id=organisation_id)
    return keep(received, owner=owner, archive_class=ArchiveClass.CASE, actor=actor, at=at).id


def clear(public_id: str, *, seen_version: int | None, reason: str, actor: Actor, at: datetime) -> Enterprise:
    """Accept a registration whose number was compared with the licence."""
    enterprise = _move(public_id, "clear", seen_version=seen_version, reason=reason, actor=actor, at=at)
    settle_uscc(enterprise.organisation_id, reason=reason, actor=actor, at=at)
    return enterprise


def bar(public_id: str, *, seen_version: int | None, reason: str, actor: Actor, at: datetime) -> Enterprise:
    """Let an enterprise apply no more."""
    return _move(public_id, "bar", seen_version=seen_version, reason=reason, actor=actor, at=at)


def readmit(public_id: str, *, seen_version: int | None, reason: str, actor: Actor, at: datetime) -> Enterprise:
    """Let a barred enterprise apply again."""
    return _move(public_id, "readmit", seen_version=seen_version, reason=reason, actor=actor, at=at)


def note_breach(public_id: str, breach: Breach, *, actor: Actor, at: datetime) -> CreditRecord:
    """Put a breach on record; rules read it as a fact, nothing is refused silently."""
    enterprise = queries.lock(public_id)
    check_impartial([enterprise.organisation_id], actor=actor, at=at, former_days=policy.longest_recusal_days())
    entry = CreditRecord(
        enterprise_id=enterprise.id,
        kind=breach.kind.value,
        on=breach.on,
        until=breach.until,
        source=breach.source,
        recorded_at=at,
    )
    db.session.add(entry)
    db.session.flush()
    days = sorted({one.on.isoformat() for one in queries.credit_records(enterprise.id) if one.kind == breach.kind})
    officer = FactSource.OFFICER
    record_fact(enterprise.organisation_id, breach.kind.value, days, source=officer, actor=actor, at=at)
    details = {"kind": breach.kind.value, "on": breach.on.isoformat()}
    record("enterprises.note_breach", _subject(enterprise), actor=actor, at=at, reason=breach.source, details=details)
    return entry


def _follow_size(organisation_id: int, *, actor: Actor, at: datetime) -> SizeResult:
    day = beijing_date(at)
    held = parties.facts_of(organisation_id, on=day)
    result = queries.size_of_organisation(organisation_id, on=day)
    known = held.get("size_class")
    if known is not None and known.source in CONFIRMED:
        return result
    if result.size_class and (known is None or known.value != result.size_class):
        declared = FactSource.SELF_DECLARED
        record_fact(organisation_id, "size_class", result.size_class, source=declared, actor=actor, at=at)
    elif not result.size_class and known is not None:
        end_fact(organisation_id, "size_class", actor=actor, at=at)
    return result


def _move(
    public_id: str, action: str, *, seen_version: int | None, reason: str, actor: Actor, at: datetime
) -> Enterprise:
    enterprise = queries.lock(public_id)
    check_impartial([enterprise.organisation_id], actor=actor, at=at, former_days=policy.longest_recusal_days())
    if enterprise.version != seen_version:
        raise Conflict("the enterprise changed meanwhile")
    before = enterprise.state
    enterprise.state = ENTERPRISES.after(before, action)
    enterprise.version += 1
    change = (before.value, enterprise.state.value)
    record(f"enterprises.{action}", _subject(enterprise), actor=actor, at=at, change=change, reason=reason)
    return enterprise


def _subject(enterprise: Enterprise) -> Subject:
    return Subject("enterprise", enterprise.public_id)
