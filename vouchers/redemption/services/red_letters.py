"""红字发票: put on record against the original, whose eligible amount falls; claims that use too much are stopped."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy.exc import IntegrityError

from vouchers.accounts.states import Role
from vouchers.audit import services as audit
from vouchers.audit.services import Subject
from vouchers.db.base import db
from vouchers.files import services as files
from vouchers.files.services import Owner
from vouchers.files.states import ArchiveClass
from vouchers.kernel.actor import Actor
from vouchers.kernel.clock import beijing_date
from vouchers.kernel.errors import NotPermitted, RuleViolation
from vouchers.kernel.findings import Finding
from vouchers.kernel.money import format_yuan
from vouchers.messages import services as messages
from vouchers.parties import queries as parties
from vouchers.redemption import queries
from vouchers.redemption.invoices import checks as invoice_checks
from vouchers.redemption.invoices.checks import Expected, Level
from vouchers.redemption.invoices.invoice import Invoice as PaperInvoice
from vouchers.redemption.models import Claim, Invoice, RedLetter
from vouchers.redemption.rules import red_letters as rules
from vouchers.redemption.services.filed import InvoiceFile

_KNOWN = Finding("red.known", "这张红字发票已经登记过。", way="不用再办理。", field="invoice")
_OF_BLUE = frozenset({"red_letter"})  # a check that every red letter fails


def record_red_letter(file: InvoiceFile, *, actor: Actor, at: datetime) -> RedLetter:
    """Put a red letter on record; what it takes back can no longer be claimed."""
    paper = file.paper
    _examine(paper, actor, at)
    invoice = queries.invoice_by_key(paper.original_number)
    if invoice is not None:
        invoice = queries.lock_invoice(invoice.id)
        _raise(rules.original_findings(paper, _original(invoice)))
    letter = _new(file, actor=actor, at=at)
    details = {"key": letter.key, "original": letter.original_key, "gross": letter.gross}
    if invoice is not None:
        _take_off(letter, invoice)
        details |= {"reduction": letter.reduction, "applied": letter.applied}
    audit.record("red_letter.record", Subject("red_letter", letter.public_id), actor=actor, at=at, details=details)
    if invoice is not None and letter.applied < letter.reduction:
        _warn(invoice, at=at)
    return letter


def take_off_earlier(invoice: Invoice) -> None:
    """Take off an invoice that is new on record what was taken back of it before."""
    for letter in queries.red_letters_of(invoice.id, invoice.key):
        if letter.invoice_id is None:
            _take_off(letter, invoice)


def settle_red_letters(invoice_id: int) -> None:
    """Take off what a claim that was let go has freed, as far as red letters wait for it."""
    if not queries.red_pending(invoice_id):
        return
    invoice = queries.lock_invoice(invoice_id)
    for letter in queries.red_letters_of(invoice.id, invoice.key):
        _apply(letter, invoice)
    db.session.flush()


def stop_if_overdrawn(claim: Claim) -> None:
    """Refuse to go on with a claim while its invoice, red letters taken off, does not bear all claims on it."""
    queries.hold_invoice(claim.invoice_id)
    pending = queries.red_pending(claim.invoice_id)
    if pending:
        raise RuleViolation([rules.overdrawn(queries.lock_invoice(claim.invoice_id).key, pending)])


def _examine(paper: PaperInvoice, actor: Actor, at: datetime) -> None:
    if actor.person_id is None:
        raise NotPermitted("red letters are handed in by persons")
    own = None if actor.organisation_id is None else parties.organisation(actor.organisation_id).uscc or ""
    findings = rules.paper_findings(paper, own_uscc=own)
    if not findings:
        checks = invoice_checks.check(paper, Expected(on=beijing_date(at)))
        findings = [one.finding for one in checks if one.level is Level.RED and one.code not in _OF_BLUE]
    if not findings and queries.red_letter_by_key(paper.key) is not None:
        findings = [_KNOWN]
    _raise(findings)


def _original(invoice: Invoice) -> rules.Original:
    before = queries.red_letters_of(invoice.id, invoice.key)
    return rules.Original(
        key=invoice.key,
        seller_uscc=invoice.seller_uscc,
        buyer_uscc=invoice.buyer_uscc,
        issued_on=invoice.issued_on,
        gross=invoice.gross,
        eligible=invoice.eligible + sum(one.applied for one in before),
        taken_back=sum(one.gross for one in before if one.invoice_id is not None),
        reduced=sum(one.reduction for one in before),
    )


def _new(file: InvoiceFile, *, actor: Actor, at: datetime) -> RedLetter:
    paper = file.paper
    owner = Owner(organisation_id=actor.organisation_id, office_id=actor.office_id)
    stored = files.keep(file.received, owner=owner, archive_class=ArchiveClass.ACCOUNTING, actor=actor, at=at)
    letter = RedLetter(
        key=paper.key,
        original_key=paper.original_number,
        seller_uscc=paper.seller.uscc,
        seller_name=paper.seller.name,
        issued_on=paper.issued_on,
        net=-paper.amount,
        tax=-paper.tax,
        gross=-(paper.amount + paper.tax),
        reduction=0,
        applied=0,
        file_id=stored.id,
        recorded_by=actor.name,
        recorded_at=at,
    )
    try:
        with db.session.begin_nested():
            db.session.add(letter)
    except IntegrityError:  # handed in twice at this very moment
        raise RuleViolation([_KNOWN]) from None
    return letter


def _take_off(letter: RedLetter, invoice: Invoice) -> None:
    letter.reduction = rules.reduction(letter.gross, _original(invoice))
    letter.invoice_id = invoice.id
    _apply(letter, invoice)
    db.session.flush()


def _apply(letter: RedLetter, invoice: Invoice) -> None:
    """Lower what may be claimed, never below what is claimed: the rest waits."""
    part = min(letter.reduction - letter.applied, invoice.eligible - max(invoice.allocated, invoice.sold))
    invoice.eligible -= part
    letter.applied += part


def _warn(invoice: Invoice, *, at: datetime) -> None:
    """Tell the offices whose claims use more than is left."""
    for claim in queries.claims_on_invoice(invoice.id):
        params = {"number": claim.number, "invoice": invoice.key, "over": format_yuan(queries.red_pending(invoice.id))}
        to = messages.to_office(claim.voucher.scheme_version.scheme.office_id, Role.REVIEWER)
        messages.enqueue("claim_red_letter", params, to=to, at=at, link=f"/office/claims/{claim.public_id}")


def _raise(findings: Sequence[Finding]) -> None:
    if findings:
        raise RuleViolation(list(findings))
