"""What the applicant hands in: invoices read and checked at once, contracts, payments, deliveries; and taking out."""

from dataclasses import dataclass
from datetime import date, datetime

from vouchers.accounts import services as accounts
from vouchers.accounts.states import Duty
from vouchers.applications import queries as applications
from vouchers.audit import services as audit
from vouchers.audit.services import Subject
from vouchers.db.base import db
from vouchers.files import services as files
from vouchers.files.services import Owner, Received
from vouchers.files.states import ArchiveClass
from vouchers.kernel.actor import Actor
from vouchers.kernel.clock import beijing_date
from vouchers.kernel.errors import Conflict, NotPermitted, RuleViolation
from vouchers.kernel.findings import Finding
from vouchers.kernel.money import format_yuan
from vouchers.kernel.periods import DateRange
from vouchers.parties import queries as parties
from vouchers.policy import queries as policy
from vouchers.redemption import queries as redemption
from vouchers.redemption.invoices import checks as invoice_checks
from vouchers.redemption.invoices.checks import Expected
from vouchers.redemption.invoices.invoice import Invoice as PaperInvoice
from vouchers.redemption.invoices.invoice import Party
from vouchers.redemption.rules.outcomes import of_invoice, reds
from vouchers.redemption.services import Counting, InvoiceFile, record_invoice
from vouchers.subsidies import queries
from vouchers.subsidies.models import SpendingInvoice, SpendingPaper
from vouchers.subsidies.queries import Case
from vouchers.subsidies.services.examining import is_open
from vouchers.subsidies.states import PaperKind

_HERE = Finding("use.here", "这张发票已经在本申请里。", way="请换一张。", field="invoice")
_TO_ITSELF = Finding(
    "use.itself", "发票的购买方和销售方是同一单位。", way="请换一张开给购买方的发票。", field="invoice"
)
_LATER = Finding("spending.later", "日期晚于今天。", way="请核对日期。", field="on")


@dataclass(frozen=True, slots=True)
class NewInvoice:
    """An invoice of the case; without `base`, in fen, all of it that is free is used."""

    file: InvoiceFile
    contract_number: str
    service: DateRange
    base: int | None = None


@dataclass(frozen=True, slots=True)
class NewPaper:
    """A contract, payment (with its amount in fen) or delivery, and its day."""

    kind: PaperKind
    received: Received
    on: date
    amount: int | None = None
    reference: str = ""


def add_invoice(public_id: str, new: NewInvoice, *, actor: Actor, at: datetime) -> SpendingInvoice:
    """Put an invoice under a case: it must be the applicant's, who bought or who sold, blue, and free."""
    application = _opened(public_id, actor, at)
    holder = application.enterprise.organisation
    expected = _expected(application, on=beijing_date(at))
    checks = tuple(of_invoice(check) for check in invoice_checks.check(new.file.paper, expected))
    _raise([*reds(checks), *_own_findings(application, new.file.paper)])
    pack = policy.pack(application.scheme_version)
    counting = Counting.of(pack, application.voucher_kind, owner_id=holder.id)
    invoice = record_invoice(new.file, counting, actor=actor, at=at)
    redemption.lock_invoice(invoice.id)
    _raise([_HERE] if any(one.invoice_id == invoice.id for one in queries.invoices_of(application.id)) else [])
    free = max(0, invoice.eligible - queries.used_elsewhere(invoice, application))
    base = free if new.base is None else new.base
    _raise(_free_findings(base, free))
    row = SpendingInvoice(
        application_id=application.id,
        invoice_id=invoice.id,
        contract_number=new.contract_number,
        service_from=new.service.first,
        service_until=new.service.last or new.service.first,
        base=base,
        checks=[check.plain for check in checks],
        added_at=at,
    )
    db.session.add(row)
    db.session.flush()
    details = {"invoice": invoice.key, "base": base}
    audit.record("spending.add_invoice", _subject(application), actor=actor, at=at, details=details)
    return row


def add_paper(public_id: str, new: NewPaper, *, actor: Actor, at: datetime) -> SpendingPaper:
    """Put a contract, payment or delivery under a case."""
    application = _opened(public_id, actor, at)
    _raise([_LATER] if new.on > beijing_date(at) else [])
    owner = Owner(organisation_id=application.enterprise.organisation_id)
    stored = files.keep(new.received, owner=owner, archive_class=ArchiveClass.ACCOUNTING, actor=actor, at=at)
    row = SpendingPaper(
        application_id=application.id,
        kind=new.kind,
        file_id=stored.id,
        on=new.on,
        amount=new.amount if new.kind is PaperKind.PAYMENT else None,
        reference=new.reference,
        added_at=at,
    )
    db.session.add(row)
    db.session.flush()
    details = {"kind": new.kind.value, "sha256": stored.sha256, "amount": row.amount}
    audit.record("spending.add_paper", _subject(application), actor=actor, at=at, details=details)
    return row


def remove(public_id: str, row: str, *, actor: Actor, at: datetime) -> None:
    """Take an invoice or paper out of a case again; the file stays on record."""
    application = _opened(public_id, actor, at)
    found = queries.row_of(application.id, row)
    named = found.invoice.key if isinstance(found, SpendingInvoice) else found.file.sha256
    db.session.delete(found)
    db.session.flush()
    audit.record("spending.remove", _subject(application), actor=actor, at=at, details={"of": named})


def _opened(public_id: str, actor: Actor, at: datetime) -> Case:
    """The actor's own ex-post case, held, open to changes."""
    application = applications.lock_own(public_id, actor.organisation_id)
    if not is_open(application):
        raise Conflict("the spending of a case that was handed in is not changed")
    if actor.person_id is None:
        raise NotPermitted("a person applies")
    accounts.hold_duty(application.public_id, actor.person_id, duty=Duty.ENTER, at=at)
    return application


def _expected(application: Case, *, on: date) -> Expected:
    """Whose the invoice must be: written to who bought and applies, or by who sold and applies, and not to itself."""
    holder = application.enterprise.organisation
    party, names = Party(holder.uscc or "", holder.name), frozenset(parties.names_of(holder))
    if queries.is_for_sellers(application):
        return Expected(seller=party, on=on, former_names=names)
    return Expected(buyer=party, on=on, former_names=names)


def _own_findings(application: Case, paper: PaperInvoice) -> list[Finding]:
    """Why a seller's invoice is none of a sale: it is written to itself."""
    is_own = paper.buyer.uscc == paper.seller.uscc
    return [_TO_ITSELF] if is_own and queries.is_for_sellers(application) else []


def _free_findings(base: int, free: int) -> list[Finding]:
    params = {"base": format_yuan(base), "free": format_yuan(free)}
    if not free:
        way = "请换一张发票。"
        return [Finding("use.taken", "这张发票已没有可以计入的金额。", params, way, field="invoice")]
    if not 0 < base <= free:
        message = "计入金额 {base} 应大于零，不超过可用金额 {free}。"
        return [Finding("use.free", message, params, "请改正金额。", field="base")]
    return []


def _raise(findings: list[Finding]) -> None:
    if findings:
        raise RuleViolation(findings)


def _subject(application: Case) -> Subject:
    return Subject("application", application.public_id)
