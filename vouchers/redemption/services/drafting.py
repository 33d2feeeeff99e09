"""Drafts of claims: evidence is kept and read, everything is checked, nothing is moved yet."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime

from vouchers.accounts.states import Duty
from vouchers.audit import services as audit
from vouchers.audit.services import Subject
from vouchers.db.base import db
from vouchers.db.numbers import next_number
from vouchers.files import services as files
from vouchers.files.services import Owner, Received
from vouchers.files.states import ArchiveClass
from vouchers.kernel.actor import Actor
from vouchers.kernel.clock import beijing_date
from vouchers.kernel.errors import Conflict, NotFound, RuleViolation
from vouchers.kernel.findings import Finding
from vouchers.kernel.periods import DateRange
from vouchers.policy import queries as policy
from vouchers.policy.pack.model import PolicyPack
from vouchers.redemption import queries
from vouchers.redemption.invoices import checks as invoice_checks
from vouchers.redemption.invoices.checks import Expected
from vouchers.redemption.invoices.invoice import Invoice as PaperInvoice
from vouchers.redemption.invoices.invoice import Party
from vouchers.redemption.models import Claim, ClaimPaper, DeliveryConfirmation, PaymentProof
from vouchers.redemption.rules.outcomes import ClaimCheck, of_invoice, reds
from vouchers.redemption.rules.papers import further_papers
from vouchers.redemption.services.examining import examine
from vouchers.redemption.services.filed import InvoiceFile
from vouchers.redemption.services.moving import confirm_version, take_duty
from vouchers.redemption.services.recording import Counting, record_invoice
from vouchers.redemption.states import ClaimState

_OPEN = frozenset({ClaimState.DRAFT, ClaimState.RETURNED})
_NO_INVOICE = Finding("claim.no_invoice", "还没有发票。", way="请上传数电票 XML 原件。", field="invoice")
_NO_PLATFORM = Finding(
    "claim.platform",
    "本方案把款付给平台，平台还没有在本系统登记。",
    way="请联系主管部门，由方案写明的平台以服务商身份注册并登记收款账户。",
)
_PROVIDERS = Finding("claim.providers", "本方案把款付给服务商，由服务商核销。", way="请联系服务商提交。")
_UNASKED = Finding("claim.paper_unasked", "本次核销不需要这份材料。", way="请刷新页面后重试。")
_RED = "invoice.red_letter"


@dataclass(frozen=True, slots=True)
class Delivery:
    """The paper that says the service was delivered."""

    received: Received
    confirmed_on: date


@dataclass(frozen=True, slots=True)
class Proof:
    """A payment of the buyer's own share, in fen."""

    received: Received
    paid_on: date
    amount: int
    bank_reference: str = ""


@dataclass(frozen=True, slots=True)
class NewClaim:
    """What a provider asks: amounts in fen; without `base` all of the invoice that is free is used.

    In a revision, what is not handed in again stays as it was.
    """

    order: str
    amount: int
    service: DateRange
    invoice: InvoiceFile | None = None
    base: int | None = None
    delivery: Delivery | None = None
    proofs: tuple[Proof, ...] = ()
    reductions: Mapping[str, int] = field(default_factory=dict)
    papers: Mapping[str, Received] = field(default_factory=dict)  # those that the pack asks for beside, by its key


def draft_claim(new: NewClaim, *, actor: Actor, at: datetime) -> Claim:
    """Begin a claim: keep its evidence, read and check all of it; nothing is taken yet."""
    claim = begin_claim(new, actor=actor, at=at)
    _look(claim, at=at)
    return claim


def begin_claim(new: NewClaim, *, actor: Actor, at: datetime) -> Claim:
    """The same without the checks of the whole, for one that is handed in, and so examined, in the same act."""
    order = queries.payable_order(new.order, _organisation(actor))
    if not queries.pays_enterprise(order) and actor.organisation_id != order.provider.organisation_id:
        raise RuleViolation([_PROVIDERS])
    if new.invoice is None:
        raise RuleViolation([_NO_INVOICE])
    payee_id = queries.payee_of(order)
    if payee_id is None:
        raise RuleViolation([_NO_PLATFORM])
    claim = Claim(
        number=next_number("HX", year=beijing_date(at).year, office_id=order.voucher.scheme_version.scheme.office_id),
        order=order,
        voucher=order.voucher,
        provider=order.provider,
        payee_id=payee_id,
        state=ClaimState.DRAFT,
        is_rehearsal=order.voucher.is_rehearsal,
        created_at=at,
    )
    with db.session.no_autoflush:
        _fill(claim, new, actor=actor, at=at)
    db.session.add(claim)
    db.session.flush()
    take_duty(queries.place_of(claim), Duty.ENTER, actor=actor, at=at)
    _keep_evidence(claim, new, actor=actor, at=at)
    change = ("", ClaimState.DRAFT.value)
    details = {"number": claim.number, "order": order.number, "amount": claim.amount, "invoice": claim.invoice.key}
    audit.record("claim.draft", _subject(claim), actor=actor, at=at, change=change, details=details)
    return claim


def revise_claim(
    public_id: str, new: NewClaim, *, actor: Actor, at: datetime, seen_version: int | None = None
) -> Claim:
    """Change a draft or a claim that was sent back; what is not handed in again stays."""
    claim = queries.lock_own(public_id, _organisation(actor))
    confirm_version(claim, seen_version)
    if claim.state not in _OPEN:
        raise Conflict("a claim that was handed in is not changed")
    take_duty(queries.place_of(claim), Duty.ENTER, actor=actor, at=at)
    with db.session.no_autoflush:
        _fill(claim, new, actor=actor, at=at)
    _keep_evidence(claim, new, actor=actor, at=at)
    _look(claim, at=at)
    details = {"amount": claim.amount, "base": claim.base, "invoice": claim.invoice.key}
    audit.record("claim.revise", _subject(claim), actor=actor, at=at, details=details)
    return claim


def _fill(claim: Claim, new: NewClaim, *, actor: Actor, at: datetime) -> None:
    if new.service.last is None:
        raise ValueError("a service period has an end")
    if new.invoice is not None:
        checks = _alone(claim, new.invoice.paper, on=beijing_date(at))
        claim.invoice = record_invoice(new.invoice, _counting(claim, actor), actor=actor, at=at)
        claim.checks = [check.plain for check in checks]
    used = queries.use_of_invoice(claim.invoice.id, side=queries.side_of_claim(claim), but_for=claim.id)
    claim.amount = new.amount
    claim.base = max(0, claim.invoice.eligible - used) if new.base is None else new.base
    claim.service_from, claim.service_until = new.service.first, new.service.last
    claim.declared = {**(claim.declared or {}), **{name: int(fen) for name, fen in new.reductions.items()}}


def _alone(claim: Claim, paper: PaperInvoice, *, on: date) -> tuple[ClaimCheck, ...]:
    """Checks of the invoice by itself; red ones refuse the file before it is put on record."""
    holder, seller = claim.voucher.enterprise.organisation, claim.provider.organisation
    expected = Expected(
        buyer=Party(holder.uscc or "", holder.name), seller=Party(seller.uscc or "", seller.name), on=on
    )
    checks = tuple(of_invoice(check) for check in invoice_checks.check(paper, expected))
    findings = reds(checks)
    if findings:
        way = "，请在核销页的“红字发票”登记。"
        raise RuleViolation([replace(one, way=way) if one.code == _RED else one for one in findings])
    return checks


def _pack(claim: Claim) -> PolicyPack:
    return policy.pack(claim.voucher.scheme_version)


def _counting(claim: Claim, actor: Actor) -> Counting:
    return Counting.of(_pack(claim), claim.voucher.voucher_kind, owner_id=_organisation(actor))


def _keep_evidence(claim: Claim, new: NewClaim, *, actor: Actor, at: datetime) -> None:
    """Keep the papers: proofs and deliveries of a revision join what was there, a further paper takes its place."""
    for proof in new.proofs:
        claim.proofs.append(
            PaymentProof(
                file_id=_keep(proof.received, actor=actor, at=at),
                paid_on=proof.paid_on,
                amount=proof.amount,
                bank_reference=proof.bank_reference,
            )
        )
    if new.delivery is not None:
        file_id = _keep(new.delivery.received, actor=actor, at=at)
        claim.deliveries.append(DeliveryConfirmation(file_id=file_id, confirmed_on=new.delivery.confirmed_on))
    asked = {rule.id for rule in further_papers(_pack(claim), claim.voucher.voucher_kind)}
    for requirement, received in new.papers.items():
        if requirement not in asked:
            raise RuleViolation([_UNASKED])
        claim.papers.append(ClaimPaper(requirement=requirement, file_id=_keep(received, actor=actor, at=at)))
    db.session.flush()


def _look(claim: Claim, *, at: datetime) -> None:
    claim.checks = [check.plain for check in examine(claim, on=beijing_date(at)).checks]
    db.session.flush()


def _keep(received: Received, *, actor: Actor, at: datetime) -> int:
    owner = Owner(organisation_id=actor.organisation_id)
    return files.keep(received, owner=owner, archive_class=ArchiveClass.ACCOUNTING, actor=actor, at=at).id


def _organisation(actor: Actor) -> int:
    if actor.organisation_id is None:
        raise NotFound("no such order")
    return actor.organisation_id


def _subject(claim: Claim) -> Subject:
    return Subject("claim", claim.public_id)
