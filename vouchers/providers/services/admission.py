"""入库: a provider registers, hands in its papers, applies; an officer takes up, admits, refuses, suspends, removes."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime

from vouchers.accounts.services import PersonDetails
from vouchers.accounts.states import Role
from vouchers.audit.services import Subject, record
from vouchers.db.base import db
from vouchers.files.services import Owner, Received, keep
from vouchers.files.states import ArchiveClass
from vouchers.kernel.actor import Actor
from vouchers.kernel.clock import beijing_date
from vouchers.kernel.errors import Conflict, RuleViolation
from vouchers.kernel.findings import Finding
from vouchers.messages import services as messages
from vouchers.parties.services import Founder, OrganisationPapers, check_impartial, end_fact, enrol, record_fact
from vouchers.parties.states import FactSource, MandateKind
from vouchers.policy import queries as policy
from vouchers.providers import queries, rules
from vouchers.providers.models import Admission, Provider, ProviderDocument
from vouchers.providers.states import PROVIDERS, OfferingKind, ProviderState


@dataclass(frozen=True, slots=True)
class Registration:
    """A new provider as typed: the organisation, the person and the account they wish for."""

    name: str
    uscc: str
    person_name: str
    phone: str
    sign_in: str
    password: str
    kind: MandateKind = MandateKind.LEGAL_REPRESENTATIVE
    identity_number: str = ""
    address: str = ""
    introduction: str = ""
    licence: Received | None = None
    letter: Received | None = None
    needs_classes: bool = True
    is_rehearsal: bool = False


@dataclass(frozen=True, slots=True)
class Registered:
    """What came of a registration."""

    provider: Provider
    user_id: int
    person_id: int


@dataclass(frozen=True, slots=True)
class NewDocument:
    """A paper that answers one requirement of a pack, with its last day when it has one."""

    requirement: str
    received: Received
    valid_until: date | None = None


@dataclass(frozen=True, slots=True)
class AdmissionDecision:
    """入库: batch, kinds of service, and the days it holds; with the version the officer saw."""

    batch: str
    kinds: tuple[OfferingKind, ...]
    valid_from: date
    reason: str
    seen_version: int | None
    valid_until: date | None = None


def register(registration: Registration, *, actor: Actor, at: datetime) -> Registered:
    """Register a provider: organisation, person, account, mandate; admission is asked for separately."""
    new = registration
    enrolled = enrol(
        OrganisationPapers(new.name, new.uscc, new.address, new.licence, new.letter),
        Founder(
            PersonDetails(new.person_name, new.identity_number, new.phone),
            new.sign_in,
            new.password,
            new.kind,
            Role.PROVIDER_OPERATOR,
            needs_classes=new.needs_classes,
            is_rehearsal=new.is_rehearsal,
        ),
        actor=actor,
        at=at,
    )
    provider = Provider(
        organisation_id=enrolled.organisation.id,
        state=ProviderState.DRAFT,
        introduction=new.introduction,
        is_rehearsal=new.is_rehearsal,
        created_at=at,
    )
    db.session.add(provider)
    db.session.flush()
    record("providers.register", _subject(provider), actor=actor, at=at, change=("", provider.state))
    return Registered(provider, enrolled.user_id, enrolled.person_id)


def describe(organisation_id: int, introduction: str, *, actor: Actor, at: datetime) -> Provider:
    """Say what the provider does, for the catalogue."""
    provider = queries.lock_own(organisation_id)
    provider.introduction = introduction
    provider.version += 1
    record("providers.describe", _subject(provider), actor=actor, at=at)
    return provider


def keep_document(organisation_id: int, new: NewDocument, *, actor: Actor, at: datetime) -> ProviderDocument:
    """Hand in a paper for one requirement; a newer one stands before an older, which is kept."""
    provider = queries.lock_own(organisation_id)
    owner = Owner(organisation_id=organisation_id)
    stored = keep(new.received, owner=owner, archive_class=ArchiveClass.CASE, actor=actor, at=at)
    document = ProviderDocument(
        provider_id=provider.id,
        requirement=new.requirement,
        file_id=stored.id,
        valid_until=new.valid_until,
        added_at=at,
    )
    db.session.add(document)
    db.session.flush()
    details = {"requirement": new.requirement, "file": stored.public_id}
    record("providers.keep_document", _subject(provider), actor=actor, at=at, details=details)
    return document


def declare(organisation_id: int, values: Mapping[str, object], *, actor: Actor, at: datetime) -> None:
    """Answer the conditions of admission; a fact that a paper at hand proves names that paper."""
    provider = queries.lock_own(organisation_id)
    listed = queries.checklist(provider, on=beijing_date(at))
    documents = queries.documents_of(provider.id)
    proofs = {
        fact: documents[line.paper.id].file_id
        for line in listed.papers
        if line.paper.id in documents
        for fact in line.paper.proves
    }
    for name, value in values.items():
        known = listed.facts.get(name)
        if value is None:
            end_fact(organisation_id, name, actor=actor, at=at)
        elif known is None or known.value != value:
            proof = proofs.get(name)
            source = FactSource.SELF_DECLARED if proof is None else FactSource.DOCUMENT
            record_fact(organisation_id, name, value, source=source, document_id=proof, actor=actor, at=at)


def apply(organisation_id: int, *, seen_version: int | None, actor: Actor, at: datetime) -> Provider:
    """Ask for admission; every gap is told at once."""
    provider = queries.lock_own(organisation_id)
    _still(provider, seen_version)
    day = beijing_date(at)
    listed = queries.checklist(provider, on=day)
    papers = [line.paper for line in listed.papers]
    findings = rules.apply_findings(listed.requirements, papers, listed.held, on=day)
    if findings:
        raise RuleViolation(findings)
    return _move(provider, "apply", actor=actor, at=at)


def take_up(public_id: str, *, seen_version: int | None, actor: Actor, at: datetime) -> Provider:
    """Begin to examine an application for admission."""
    provider = queries.lock(public_id)
    _still(provider, seen_version)
    return _move(provider, "take_up", actor=actor, at=at)


def admit(public_id: str, decision: AdmissionDecision, *, actor: Actor, at: datetime) -> Provider:
    """入库: let a provider serve these kinds from a day on, once all conditions are met."""
    provider = queries.lock(public_id)
    _still(provider, decision.seen_version)
    listed = queries.checklist(provider, on=beijing_date(at))
    findings = [
        *rules.admission_findings(decision.kinds, decision.valid_from, decision.valid_until),
        *rules.requirement_findings(listed.requirements),
    ]
    if provider.organisation.uscc_needs_review:
        message = "统一社会信用代码校验位不符，还没有与营业执照核对。"
        findings.append(Finding("uscc-unsettled", message, way="请先核对单位信息。"))
    if findings:
        raise RuleViolation(findings)
    _move(provider, "admit", actor=actor, at=at, reason=decision.reason)
    admission = Admission(
        provider_id=provider.id,
        batch=decision.batch,
        kinds=rules.kinds_text(decision.kinds),
        valid_from=decision.valid_from,
        valid_until=decision.valid_until,
        decided_by=actor.name,
        reason=decision.reason,
        decided_at=at,
    )
    db.session.add(admission)
    db.session.flush()
    _tell(provider, "provider_admitted", {"batch": decision.batch}, at=at)
    return provider


def refuse(public_id: str, *, seen_version: int | None, reason: str, actor: Actor, at: datetime) -> Provider:
    """不予入库: with the reason; the provider may mend it and apply again."""
    provider = queries.lock(public_id)
    _still(provider, seen_version)
    _move(provider, "refuse", actor=actor, at=at, reason=reason)
    _tell(provider, "provider_refused", {"reason": reason}, at=at)
    return provider


def suspend(public_id: str, *, seen_version: int | None, reason: str, actor: Actor, at: datetime) -> Provider:
    """暂停: no new orders; what customers hold stays theirs."""
    provider = queries.lock(public_id)
    _still(provider, seen_version)
    _move(provider, "suspend", actor=actor, at=at, reason=reason)
    _tell(provider, "provider_suspended", {"reason": reason}, at=at)
    return provider


def resume(public_id: str, *, seen_version: int | None, reason: str, actor: Actor, at: datetime) -> Provider:
    """恢复: a suspended provider serves again."""
    provider = queries.lock(public_id)
    _still(provider, seen_version)
    _move(provider, "resume", actor=actor, at=at, reason=reason)
    _tell(provider, "provider_resumed", {"reason": reason}, at=at)
    return provider


def remove(public_id: str, *, seen_version: int | None, reason: str, actor: Actor, at: datetime) -> Provider:
    """出库: the admission ends."""
    provider = queries.lock(public_id)
    _still(provider, seen_version)
    _move(provider, "remove", actor=actor, at=at, reason=reason)
    admission = queries.current_admission(provider.id)
    if admission is not None:
        admission.ended_at = at
    _tell(provider, "provider_removed", {"reason": reason}, at=at)
    return provider


def _still(provider: Provider, seen_version: int | None) -> None:
    if provider.version != seen_version:
        raise Conflict("the provider changed meanwhile")


def _move(provider: Provider, action: str, *, actor: Actor, at: datetime, reason: str = "") -> Provider:
    if action != "apply":
        days = policy.longest_recusal_days()
        check_impartial([provider.organisation_id], actor=actor, at=at, former_days=days)
    before = provider.state
    provider.state = PROVIDERS.after(before, action)
    provider.version += 1
    change = (before.value, provider.state.value)
    record(f"providers.{action}", _subject(provider), actor=actor, at=at, change=change, reason=reason)
    return provider


def _tell(provider: Provider, code: str, params: Mapping[str, str | int], *, at: datetime) -> None:
    recipient = messages.to_organisation(provider.organisation_id)
    messages.enqueue(
        code, {"name": provider.organisation.name, **params}, to=recipient, at=at, link="/provider/profile/"
    )


def _subject(provider: Provider) -> Subject:
    return Subject("provider", provider.public_id)
