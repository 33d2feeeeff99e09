"""Finance documents (发放规模, 指标文): one person records, another checks, and only then the money is in the books."""

from dataclasses import asdict, dataclass
from datetime import date, datetime

from vouchers.audit import services as audit
from vouchers.audit.services import Subject
from vouchers.db.base import db
from vouchers.kernel.actor import Actor
from vouchers.kernel.clock import beijing_date
from vouchers.kernel.errors import Conflict, NotPermitted, RuleViolation
from vouchers.kernel.findings import Finding
from vouchers.ledger import queries, rules
from vouchers.ledger.models import FinanceDocument
from vouchers.ledger.rules import AccountKey, Move, Pot
from vouchers.ledger.services.posting import post
from vouchers.ledger.states import DOCUMENTS, DocumentKind, DocumentState, TransferKind
from vouchers.policy import force
from vouchers.policy import queries as policy


@dataclass(frozen=True, slots=True)
class NewDocument:
    """One line of a finance document. `amount` in fen; a negative amount takes back, of an indicator what it amends.

    With the purpose `administration` it takes out of the fund what administering the scheme costs (工作经费).
    """

    kind: DocumentKind
    scheme_id: int
    layer: str
    number: str
    amount: int
    voucher_kind: str = ""
    paying_office_id: int | None = None
    fiscal_year: int | None = None
    project_code: str = ""
    subject_code: str = ""
    amends_id: int | None = None
    purpose: str = ""


def record_document(new: NewDocument, *, actor: Actor, at: datetime) -> FinanceDocument:
    """Record a document; it counts once another person has checked it."""
    _confirm_covered(new.scheme_id, actor, at)
    findings = rules.document_findings(new.kind, new.amount, has_original=new.amends_id is not None)
    if new.purpose == rules.ADMINISTRATION:
        findings += _set_aside(new.scheme_id, new.amount, on=beijing_date(at))
    if findings:
        raise RuleViolation(findings)
    document = FinanceDocument(
        **asdict(new), state=DocumentState.RECORDED, recorded_by_id=_person(actor), created_at=at
    )
    db.session.add(document)
    db.session.flush()
    details = {"number": new.number, "amount": new.amount, "kind": new.kind.value, "layer": new.layer}
    details |= {"purpose": new.purpose} if new.purpose else {}
    change = ("", DocumentState.RECORDED.value)
    audit.record("document.record", _subject(document), actor=actor, at=at, change=change, details=details)
    return document


def check_document(public_id: str, *, actor: Actor, at: datetime, seen_version: int) -> FinanceDocument:
    """Check a document that another person recorded, and post its money."""
    document = _decide(public_id, "check", actor=actor, at=at, seen_version=seen_version)
    if document.purpose == rules.ADMINISTRATION:
        findings = _set_aside(document.scheme_id, document.amount, on=beijing_date(at), but_for=document.id)
        if findings:
            raise RuleViolation(findings)
    post([_move(document)], actor=actor, at=at, reason=document.number)
    return document


def refuse_document(public_id: str, reason: str, *, actor: Actor, at: datetime, seen_version: int) -> FinanceDocument:
    """Send a document back; nothing is posted."""
    return _decide(public_id, "refuse", actor=actor, at=at, seen_version=seen_version, reason=reason)


def _set_aside(scheme_id: int, amount: int, *, on: date, but_for: int | None = None) -> list[Finding]:
    version = force.version_shown(scheme_id, on=on)
    rule = policy.pack(version).amount.administration if version is not None else None
    aside, checked = queries.set_aside(scheme_id, but_for=but_for)
    fund = sum(total.granted for total in queries.pot_totals(scheme_id)) + checked
    return rules.set_aside_findings(rule, amount, fund=fund, aside=aside)


def _decide(
    public_id: str, action: str, *, actor: Actor, at: datetime, seen_version: int, reason: str = ""
) -> FinanceDocument:
    document = queries.lock_document(public_id)
    _confirm_covered(document.scheme_id, actor, at)
    if document.version != seen_version:
        raise Conflict("the document changed since the page was shown")
    before = document.state
    document.state = DOCUMENTS.after(before, action)
    checker = _person(actor)
    if checker == document.recorded_by_id:
        raise RuleViolation([rules.SAME_PERSON])
    document.checked_by_id, document.checked_at, document.reason = checker, at, reason
    document.version += 1
    change = (before.value, document.state.value)
    audit.record(f"document.{action}", _subject(document), actor=actor, at=at, change=change, reason=reason)
    db.session.flush()
    return document


def _move(document: FinanceDocument) -> Move:
    amount, key = abs(document.amount), f"document:{document.public_id}"
    source, rest = _accounts(document)
    if document.amount > 0:
        return Move(_GIVE[document.kind], source, rest, amount, key)
    return Move(_TAKE[document.kind], rest, source, amount, key)


_GIVE = {DocumentKind.ENVELOPE: TransferKind.APPROPRIATE, DocumentKind.INDICATOR: TransferKind.ALLOT}
_TAKE = {DocumentKind.ENVELOPE: TransferKind.REDUCE_ENVELOPE, DocumentKind.INDICATOR: TransferKind.CUT}


def _accounts(document: FinanceDocument) -> tuple[AccountKey, AccountKey]:
    """Where the document's money comes from, and where it rests."""
    if document.kind is DocumentKind.ENVELOPE:
        pot = Pot(document.scheme_id, document.voucher_kind)
        return pot.grant(document.layer), pot.envelope(document.layer)
    original = document if document.amends_id is None else queries.document(document.amends_id)
    return queries.treasury_of(original), queries.indicator_of(original)


def _confirm_covered(scheme_id: int, actor: Actor, at: datetime) -> None:
    policy.confirm_covered(policy.scheme_by_key(scheme_id), actor, on=beijing_date(at))


def _subject(document: FinanceDocument) -> Subject:
    return Subject("finance_document", document.public_id)


def _person(actor: Actor) -> int:
    if actor.person_id is None:
        raise NotPermitted("finance documents are signed by persons")
    return actor.person_id
