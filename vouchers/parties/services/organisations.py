"""Organisations entered, renamed, and who holds them."""

from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy.exc import IntegrityError

from vouchers.audit.services import record
from vouchers.db.base import db
from vouchers.files.services import Owner, Received, keep
from vouchers.files.states import ArchiveClass
from vouchers.kernel.actor import Actor
from vouchers.kernel.clock import beijing_date
from vouchers.kernel.errors import RuleViolation
from vouchers.kernel.findings import Finding
from vouchers.kernel.identifiers import normalise
from vouchers.parties import queries, rules
from vouchers.parties.models import ControlLink, FormerName, Organisation
from vouchers.parties.queries import subject_of
from vouchers.parties.services.impartial import check_impartial
from vouchers.parties.states import FactSource, OrganisationState
from vouchers.policy import queries as policy


@dataclass(frozen=True, slots=True)
class NewControlLink:
    """Who holds how much of an organisation: a person or another organisation, share in basis points."""

    share_bp: int
    is_controller: bool
    source: FactSource
    valid_from: date
    holder_person_id: int | None = None
    holder_organisation_id: int | None = None
    valid_until: date | None = None


def register_organisation(
    name: str, uscc: str, *, licence: Received | None = None, address: str = "", actor: Actor, at: datetime
) -> Organisation:
    """Enter an organisation once. A wrong check character passes with a licence, and then waits for review."""
    findings = rules.uscc_findings(uscc, has_licence=licence is not None)
    if findings:
        raise RuleViolation(findings)
    if queries.by_uscc(uscc) is not None:
        raise RuleViolation([_taken(uscc)])
    organisation = Organisation(
        name=name,
        uscc=normalise(uscc),
        uscc_needs_review=rules.uscc_needs_review(uscc),
        state=OrganisationState.ACTIVE,
        address=address,
        created_at=at,
    )
    try:
        with db.session.begin_nested():
            db.session.add(organisation)
    except IntegrityError:  # somebody else registered it at this moment
        raise RuleViolation([_taken(uscc)]) from None
    details = {"needs_review": organisation.uscc_needs_review}
    record("parties.register", subject_of(organisation), actor=actor, at=at, change=("", "active"), details=details)
    if licence is not None:
        keep(licence, owner=Owner(organisation_id=organisation.id), archive_class=ArchiveClass.CASE, actor=actor, at=at)
    return organisation


def settle_uscc(organisation_id: int, *, reason: str, actor: Actor, at: datetime) -> Organisation:
    """An officer compared the number with the licence: it stands as typed."""
    organisation = queries.lock(organisation_id)
    check_impartial([organisation_id], actor=actor, at=at, former_days=policy.longest_recusal_days())
    organisation.uscc_needs_review = False
    organisation.version += 1
    record("parties.settle_uscc", subject_of(organisation), actor=actor, at=at, reason=reason)
    return organisation


def rename(organisation_id: int, name: str, *, actor: Actor, at: datetime) -> Organisation:
    """Give an organisation its new name and keep the former; the identity stays."""
    organisation = queries.lock(organisation_id)
    former = organisation.name
    db.session.add(FormerName(organisation_id=organisation.id, name=former, until=beijing_date(at)))
    organisation.name = name
    organisation.version += 1
    record("parties.rename", subject_of(organisation), actor=actor, at=at, change=(former, name))
    return organisation


def link_control(organisation_id: int, link: NewControlLink, *, actor: Actor, at: datetime) -> ControlLink:
    """Record who holds how much of an organisation."""
    organisation = queries.organisation(organisation_id)
    entry = ControlLink(
        organisation_id=organisation_id,
        holder_person_id=link.holder_person_id,
        holder_organisation_id=link.holder_organisation_id,
        share_bp=link.share_bp,
        is_controller=link.is_controller,
        source=link.source,
        valid_from=link.valid_from,
        valid_until=link.valid_until,
    )
    db.session.add(entry)
    db.session.flush()
    details = {"share_bp": link.share_bp, "is_controller": link.is_controller}
    record("parties.link_control", subject_of(organisation), actor=actor, at=at, details=details)
    return entry


def _taken(uscc: str) -> Finding:
    message = "统一社会信用代码 {uscc} 已经登记过。"
    way = "请由本单位已登记的人员在“人员与授权”中添加您。"
    return Finding("uscc-taken", message, {"uscc": normalise(uscc)}, way, field="uscc")
