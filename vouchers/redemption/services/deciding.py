"""The office's acts on claims: verify, approve, send back, reject."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime

from vouchers.accounts.states import Duty, Role
from vouchers.issuance import services as issuance
from vouchers.kernel.actor import Actor
from vouchers.kernel.errors import Conflict, RuleViolation
from vouchers.kernel.findings import Finding
from vouchers.kernel.money import format_yuan
from vouchers.ledger import queries as ledger_queries
from vouchers.ledger import services as ledger
from vouchers.ledger.rules import Move, split_by_layer
from vouchers.ledger.states import AccountKind, TransferKind
from vouchers.messages import services as messages
from vouchers.policy import queries as policy
from vouchers.redemption import queries
from vouchers.redemption.models import Claim
from vouchers.redemption.queries import Place
from vouchers.redemption.rules.parting import ENTERPRISE, parted
from vouchers.redemption.services.moving import (
    advance,
    let_go,
    placed,
    return_quota,
    take_duty,
    undo,
)
from vouchers.redemption.services.red_letters import stop_if_overdrawn
from vouchers.redemption.states import ClaimState


@dataclass(frozen=True, slots=True)
class Verification:
    """What the verifier saw and found: how the tax bureau's check came out, in words."""

    seen_version: int
    finding: str


@dataclass(frozen=True, slots=True)
class Approval:
    """What is approved, in fen; less than asked needs a reason."""

    seen_version: int
    amount: int
    reason: str = ""


def verify_claim(public_id: str, found: Verification, *, actor: Actor, at: datetime) -> Claim:
    """Confirm that evidence and facts were examined by a person."""
    claim, place = placed(public_id, found.seen_version)
    stop_if_overdrawn(claim)
    person_id = take_duty(place, Duty.EXAMINE, actor=actor, at=at)
    details, noted = {"evidence": claim.evidence_hash}, {"verified_by_id": person_id, "verification": found.finding}
    advance(claim, "verify", actor=actor, at=at, reason=found.finding, details=details, **noted)
    office_id = claim.voucher.scheme_version.scheme.office_id
    link, params = f"/office/claims/{claim.public_id}", {"number": claim.number}
    messages.enqueue("claim_verified", params, to=messages.to_office(office_id, Role.DECIDER), at=at, link=link)
    return claim


def approve_claim(public_id: str, approval: Approval, *, actor: Actor, at: datetime) -> Claim:
    """Approve a claim by a second person: what it holds becomes payable, per layer; the rest goes back."""
    claim, place = placed(public_id, approval.seen_version)
    person_id = take_duty(place, Duty.DECIDE, actor=actor, at=at)
    stop_if_overdrawn(claim)
    findings = _approval_findings(claim, place, approval)
    if findings:
        raise RuleViolation(findings)
    noted = {"approved": approval.amount, "approved_by_id": person_id, "outcome_reason": approval.reason}
    details = {"asked": claim.amount, "approved": approval.amount, "evidence": claim.evidence_hash}
    advance(claim, "approve", actor=actor, at=at, reason=approval.reason, details=details, **noted)
    _make_payable(claim, place, approval.amount, actor=actor, at=at)
    if approval.amount < claim.amount:
        let_go(claim, actor=actor, at=at)
        return_quota(claim, claim.amount - approval.amount, actor=actor, at=at)
    _close_voucher(claim, actor=actor, at=at)
    _tell_payee(claim, place, "claim_approved", at=at)
    return claim


def send_back(public_id: str, reason: str, *, actor: Actor, at: datetime, seen_version: int | None = None) -> Claim:
    """Return a claim to be completed; what it took is given back until it is handed in again."""
    claim, place = placed(public_id, seen_version)
    take_duty(place, Duty.EXAMINE, actor=actor, at=at)
    advance(claim, "send_back", actor=actor, at=at, reason=reason, outcome_reason=reason)
    undo(claim, actor=actor, at=at)
    _tell_payee(claim, place, "claim_returned", at=at)
    return claim


def reject_claim(public_id: str, reason: str, *, actor: Actor, at: datetime, seen_version: int | None = None) -> Claim:
    """Refuse a claim as its verifier, for good; what it took is given back."""
    claim, place = placed(public_id, seen_version)
    if claim.state is ClaimState.VERIFIED:
        raise Conflict("a claim that was verified is decided by the approver")
    return _reject(claim, place, reason, duty=Duty.EXAMINE, actor=actor, at=at)


def refuse_claim(public_id: str, reason: str, *, actor: Actor, at: datetime, seen_version: int | None = None) -> Claim:
    """Refuse a verified claim as its approver, for good; what it took is given back."""
    claim, place = placed(public_id, seen_version)
    if claim.state is not ClaimState.VERIFIED:
        raise Conflict("only a verified claim is decided by the approver")
    return _reject(claim, place, reason, duty=Duty.DECIDE, actor=actor, at=at)


def _reject(claim: Claim, place: Place, reason: str, *, duty: Duty, actor: Actor, at: datetime) -> Claim:
    take_duty(place, duty, actor=actor, at=at)
    advance(claim, "reject", actor=actor, at=at, reason=reason, outcome_reason=reason)
    undo(claim, actor=actor, at=at)
    _tell_payee(claim, place, "claim_rejected", at=at)
    return claim


def _approval_findings(claim: Claim, place: Place, approval: Approval) -> list[Finding]:
    params = {"asked": format_yuan(claim.amount)}
    if not 0 < approval.amount <= claim.amount:
        message = "核定金额应大于零，不超过申请的 {asked}。"
        return [Finding("claim.approved", message, params, "请改正金额。", field="amount")]
    sheet = policy.pack(place.version).voucher_rule(place.pot.voucher_kind).face
    if sheet and approval.amount % sheet:
        message = "定额券按整张核定，金额应为每张 {sheet} 的整数倍。"
        whole = {"sheet": format_yuan(sheet)}
        return [Finding("claim.sheets", message, whole, "请按整张改正。", field="amount")]
    if approval.amount < claim.amount and not approval.reason:
        message = "核定金额少于申请的 {asked}，没有写明原因。"
        return [Finding("claim.reason", message, params, "请写明核减原因和依据。", field="reason")]
    return []


def _make_payable(claim: Claim, place: Place, amount: int, *, actor: Actor, at: datetime) -> None:
    held = ledger_queries.balances_by_layer(AccountKind.HELD, claim.public_id)
    moves = [
        Move(
            TransferKind.REDEEM,
            place.pot.held(layer, subject=claim.public_id, party=place.holder),
            place.pot.payable(layer, payee=payee),
            part,
            f"redeem:{claim.public_id}:{key}",
        )
        for layer, payee, key, part in _parts(place, split_by_layer(amount, held))
    ]
    ledger.post(moves, actor=actor, at=at, reason=claim.number)


def _parts(place: Place, layers: Mapping[str, int]) -> Iterator[tuple[str, str, str, int]]:
    """Layer, payee, end of the key and amount: one part a layer, two where the pack pays both sides."""
    if place.split is None:
        yield from ((layer, place.payee, layer, part) for layer, part in layers.items())
        return
    for (layer, side), part in parted(layers, place.split).items():
        is_first = side == ENTERPRISE
        yield layer, place.payee if is_first else place.provider, layer if is_first else f"{layer}:{side}", part


def _close_voucher(claim: Claim, *, actor: Actor, at: datetime) -> None:
    voucher_id = claim.voucher_id
    issuance.close_if_used_up(voucher_id, actor=actor, at=at, held=lambda: queries.held_on(voucher_id))


def _tell_payee(claim: Claim, place: Place, code: str, *, at: datetime) -> None:
    params: dict[str, str | int] = {"number": claim.number, "reason": claim.outcome_reason}
    if claim.approved is not None:
        params["amount"] = format_yuan(claim.approved)
    told = {place.provider_organisation_id: f"/provider/claims/{claim.public_id}"}
    page = f"/enterprise/claims/{claim.public_id}" if place.payee == place.holder else "/provider/statements/"
    told |= {claim.payee_id: page} if claim.payee_id not in told else {}
    for organisation_id, link in told.items():
        messages.enqueue(code, params, to=messages.to_organisation(organisation_id), at=at, link=link)
