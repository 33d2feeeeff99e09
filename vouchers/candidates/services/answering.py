"""What an enterprise answers: confirmed, given up, or what the register says of it is wrong."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from vouchers.accounts.services import hold_duty
from vouchers.accounts.states import Duty, Role
from vouchers.applications import queries as application_queries
from vouchers.applications import services as applications
from vouchers.applications.parts import parts_of
from vouchers.applications.queries import CaseKey
from vouchers.applications.services import NewDraft
from vouchers.candidates import queries
from vouchers.candidates.models import Candidate
from vouchers.candidates.queries import Case
from vouchers.candidates.services.moving import answer
from vouchers.candidates.states import CandidateState
from vouchers.enterprises import queries as enterprises
from vouchers.kernel.actor import Actor
from vouchers.kernel.canonical import digest
from vouchers.kernel.clock import beijing_date
from vouchers.kernel.errors import Conflict, RuleViolation
from vouchers.kernel.findings import Finding
from vouchers.messages.services import enqueue, to_office
from vouchers.parties import queries as parties
from vouchers.policy import queries as policy
from vouchers.policy.rules.decision import decide
from vouchers.policy.rules.results import Decision

_TO_COMPLETE = frozenset({"fact-missing", "document-missing"})
"""What is still to be added does not stand in the way, nor what slices above ask for: the case is begun as a draft."""


@dataclass(frozen=True, slots=True)
class Shown:
    """An offer as its enterprise sees it today: the whole decision, and the digest of what would be confirmed."""

    decision: Decision
    hash: str


@dataclass(frozen=True, slots=True)
class Confirmed:
    """The case that a confirmation made, and what is still missing before it is handed in."""

    application: Case
    missing: Sequence[Finding]


def shown_to(candidate: Candidate, organisation_id: int, *, at: datetime) -> Shown:
    """What the rules answer today from the register's facts and what is known besides. Reads only."""
    window, on = candidate.list.window, beijing_date(at)
    version, compiled = window.scheme_version, policy.compiled(window.scheme_version)
    taken = application_queries.register_facts(queries.register_of(candidate))
    case = CaseKey(window.voucher_kind, window.id, register=taken)
    enterprise = enterprises.of_organisation(organisation_id)
    seen = application_queries.known_facts(enterprise, version, case, answers={}, on=on)
    decision = decide(compiled, window.voucher_kind, application_queries.typed(seen, compiled), on=on)
    return Shown(decision, _digest(candidate, decision))


def confirm(public_id: str, *, seen_hash: str, actor: Actor, at: datetime) -> Confirmed:
    """Make the case: handed in and confirmed in one act by whoever may; what is missing is said and stays a draft."""
    candidate = _open_offer(public_id, actor, at)
    if not _has_account(candidate, actor, at):
        message, way = "还没有登记收款账户，资金没有可以拨付的地方。", "请先在“收款账户”里登记。"
        raise RuleViolation([Finding("account-missing", message, way=way)])
    new = NewDraft(candidate.list.window.public_id, queries.register_of(candidate))
    application = applications.start(new, actor=actor, at=at)
    _part_duties(candidate, application, at=at)
    candidate.application_id = application.id
    answer(candidate, "confirm", words="", actor=actor, at=at)
    shown = applications.preview(application, at=at)
    if _digest(candidate, shown.decision) != seen_hash:
        raise Conflict("what was shown is not what would be confirmed")
    to_add = _TO_COMPLETE | {one.code for part in parts_of(application, on=beijing_date(at)) for one in part.findings}
    barring = [one for one in shown.findings if one.code not in to_add]
    if barring:
        raise RuleViolation(barring)
    if not shown.findings:
        _hand_in(application, actor=actor, at=at)
    return Confirmed(application, shown.findings)


def decline(public_id: str, reason: str, *, actor: Actor, at: datetime) -> None:
    """The enterprise does without; it may still apply by itself while the window is open."""
    answer(_open_offer(public_id, actor, at), "decline", words=reason, actor=actor, at=at)


def object_to(public_id: str, reason: str, *, actor: Actor, at: datetime) -> None:
    """The enterprise says what is wrong in the register: the offer ends, and it applies with papers of its own."""
    candidate = _open_offer(public_id, actor, at)
    if not reason.strip():
        message, way = "没有写明哪一项信息有误。", "请写明是哪一项、应该是多少。"
        raise RuleViolation([Finding("reason-missing", message, way=way, field="reason")])
    answer(candidate, "object", words=reason, actor=actor, at=at)
    office = to_office(candidate.list.window.scheme.office_id, Role.POLICY_OFFICER)
    params = {"name": candidate.name, "title": candidate.list.title, "reason": reason}
    enqueue("candidate_objected", params, to=office, at=at, link=f"/office/candidates/of/{candidate.public_id}")


def _open_offer(public_id: str, actor: Actor, at: datetime) -> Candidate:
    candidate = queries.lock_own(public_id, actor.organisation_id)
    if candidate.state is not CandidateState.OFFERED:
        raise Conflict("the offer was answered already, or has ended")
    if candidate.list.expires_on < beijing_date(at):
        params = {"last": candidate.list.expires_on.isoformat()}
        way = "窗口还在受理的，可以自行申领。"
        raise RuleViolation([Finding("offer-ended", "确认期限（{last}）已过。", params, way)])
    return candidate


def _hand_in(application: Case, *, actor: Actor, at: datetime) -> None:
    seen = application.version
    applications.hand_over(application.public_id, seen_version=seen, actor=actor, at=at)
    if applications.confirmer_findings(application, actor, at):
        return
    shown = applications.preview(application, at=at)
    seen = application.version
    applications.confirm(application.public_id, seen_version=seen, seen_hash=shown.hash, actor=actor, at=at)


def _part_duties(candidate: Candidate, application: Case, *, at: datetime) -> None:
    """Who brought the facts in has entered, who released the list has examined: neither decides on the case later."""
    found = candidate.list
    hold_duty(application.public_id, found.uploaded_by_id, duty=Duty.ENTER, at=at)
    if found.released_by_id is not None:
        hold_duty(application.public_id, found.released_by_id, duty=Duty.EXAMINE, at=at)


def _has_account(candidate: Candidate, actor: Actor, at: datetime) -> bool:
    """Whether there is an account to pay to, where the pack pays the enterprise."""
    window = candidate.list.window
    pays_us = policy.pack(window.scheme_version).payee_of(window.voucher_kind) == "enterprise"
    organisation_id = actor.organisation_id or 0
    return not pays_us or parties.bank_account_of(organisation_id, on=beijing_date(at)) is not None


def _digest(candidate: Candidate, decision: Decision) -> str:
    return digest({"candidate": candidate.public_id, "decision": decision.as_dict()})
