"""交接: somebody who acted for an organisation has left; another takes over, by letter, and everything stays."""

from dataclasses import dataclass
from datetime import date, datetime

from vouchers.accounts.services import PersonDetails
from vouchers.audit.services import record
from vouchers.files.services import Owner, Received, keep
from vouchers.files.states import ArchiveClass
from vouchers.kernel.actor import Actor
from vouchers.kernel.clock import beijing_date
from vouchers.kernel.errors import RuleViolation
from vouchers.kernel.findings import Finding
from vouchers.parties import queries, rules
from vouchers.parties.models import Mandate, Organisation
from vouchers.parties.queries import subject_of
from vouchers.parties.services.impartial import check_impartial
from vouchers.parties.services.members import NewMember, close_mandate, enter_member
from vouchers.policy import queries as policy


@dataclass(frozen=True, slots=True)
class HandOver:
    """Who takes over, why, by which letter; and the stamped letter (公函) on which an office acts."""

    person: PersonDetails
    sign_in: str
    reason: str
    letter: Received | None
    evidence: Received | None = None
    valid_until: date | None = None


def hand_over(organisation_id: int, leaving: str, new: HandOver, *, actor: Actor, at: datetime) -> str:
    """Replace somebody: their mandates and roles end now, the successor's begin; returns the first password.

    The organisation does it itself by somebody who may confirm for it; an office only when nobody such is left. What
    the organisation has (drafts, orders, claims) belongs to it and is not touched.
    """
    organisation, day = queries.lock(organisation_id), beijing_date(at)
    mandate = queries.mandate_in_force(leaving, organisation_id, on=day)
    is_office = actor.organisation_id != organisation_id
    findings = _office_findings(mandate, new, on=day) if is_office else _own_findings(mandate, actor, on=day)
    if new.letter is None:
        findings.append(rules.LETTER_MISSING)
    if findings:
        raise RuleViolation(findings)
    if is_office:
        check_impartial([organisation_id], actor=actor, at=at, former_days=policy.longest_recusal_days())
    role, *others = queries.roles_in(mandate.person_id, organisation_id, on=day)
    for held in queries.mandates_in(mandate.person_id, organisation_id, on=day):
        close_mandate(held, reason=new.reason, actor=actor, at=at)
    member = NewMember(new.person, new.sign_in, mandate.kind, role, day, new.valid_until, new.letter, tuple(others))
    successor_id, first = enter_member(organisation_id, member, actor=actor, at=at)
    if successor_id == mandate.person_id:
        raise RuleViolation([rules.SAME_PERSON])
    _remember(organisation, mandate, successor_id, new, actor=actor, at=at)
    return first


def _own_findings(mandate: Mandate, actor: Actor, *, on: date) -> list[Finding]:
    may = actor.person_id is not None and queries.may_confirm(actor.person_id, mandate.organisation_id, on=on)
    return rules.own_hand_over_findings(may_confirm=may, is_own=mandate.person_id == actor.person_id)


def _office_findings(mandate: Mandate, new: HandOver, *, on: date) -> list[Finding]:
    left = queries.confirmers_of(mandate.organisation_id, on=on, without=mandate.person_id)
    return rules.office_hand_over_findings(left, has_evidence=new.evidence is not None)


def _remember(
    organisation: Organisation, mandate: Mandate, successor_id: int, new: HandOver, *, actor: Actor, at: datetime
) -> None:
    details = {"from": mandate.person_id, "to": successor_id, "kind": mandate.kind.value}
    if new.evidence is not None:
        owner = Owner(organisation_id=organisation.id)
        kept = keep(new.evidence, owner=owner, archive_class=ArchiveClass.CASE, actor=actor, at=at)
        details |= {"evidence": kept.public_id, "sha256": kept.sha256}
    record("parties.hand_over", subject_of(organisation), actor=actor, at=at, reason=new.reason, details=details)
