"""The one row of an invoice: what it says, which of its lines count, and what of it may be used at most."""

from dataclasses import dataclass
from datetime import datetime
from typing import Self

from sqlalchemy.exc import IntegrityError

from vouchers.db.base import db
from vouchers.files import services as files
from vouchers.files.services import Owner
from vouchers.files.states import ArchiveClass
from vouchers.kernel.actor import Actor
from vouchers.kernel.errors import NotFound, RuleViolation
from vouchers.kernel.findings import Finding
from vouchers.policy.pack.model import PolicyPack
from vouchers.redemption import queries
from vouchers.redemption.models import Invoice, InvoiceLine
from vouchers.redemption.rules import measures
from vouchers.redemption.services.filed import InvoiceFile
from vouchers.redemption.services.red_letters import take_off_earlier

_OTHERS = Finding(
    "use.record", "同一号码的发票此前已登记，内容不一致", way="，请核对是否用错文件，或联系主管部门。", field="invoice"
)


@dataclass(frozen=True, slots=True)
class Counting:
    """How an invoice counts: in which measure, without which lines; and whose file it becomes."""

    measure: str
    words: measures.Lines
    owner_id: int

    @classmethod
    def of(cls, pack: PolicyPack, kind: str, *, owner_id: int) -> Self:
        """As a pack says for a kind of voucher."""
        return cls(pack.redemption_rule(kind).invoice_amount, measures.lines_of(pack.line_items), owner_id)


def record_invoice(file: InvoiceFile, counting: Counting, *, actor: Actor, at: datetime) -> Invoice:
    """The one row of this invoice; a file that disagrees with it is refused."""
    known = queries.invoice_by_key(file.paper.key)
    if known is None:
        invoice = _new_invoice(file, counting, actor=actor, at=at)
        try:
            with db.session.begin_nested():
                db.session.add(invoice)
        except IntegrityError:  # another draft recorded it at this very moment
            known = queries.invoice_by_key(file.paper.key)
        else:
            take_off_earlier(invoice)
            return invoice
    if known is None:
        raise NotFound("no such invoice")
    paper = file.paper
    same = (known.seller_uscc, known.buyer_uscc, known.issued_on, known.net, known.tax)
    if same != (paper.seller.uscc, paper.buyer.uscc, paper.issued_on, paper.amount, paper.tax):
        raise RuleViolation([_OTHERS])
    return known


def _new_invoice(file: InvoiceFile, counting: Counting, *, actor: Actor, at: datetime) -> Invoice:
    paper = file.paper
    lines = measures.counted_lines(paper.lines, counting.words)
    owner = Owner(organisation_id=counting.owner_id)
    stored = files.keep(file.received, owner=owner, archive_class=ArchiveClass.ACCOUNTING, actor=actor, at=at)
    return Invoice(
        key=paper.key,
        dialect=paper.dialect.value,
        seller_uscc=paper.seller.uscc,
        seller_name=paper.seller.name,
        buyer_uscc=paper.buyer.uscc,
        buyer_name=paper.buyer.name,
        issued_on=paper.issued_on,
        net=paper.amount,
        tax=paper.tax,
        gross=paper.amount + paper.tax,  # an invoice whose total is a fen off is shown amber
        eligible=measures.eligible(lines, counting.measure),
        remark=paper.remark,
        sha256=file.received.sha256,
        file_id=stored.id,
        recorded_at=at,
        lines=[
            InvoiceLine(
                position=line.position,
                name=line.name,
                tax_rate=plain.tax_rate[:20],
                net=line.net,
                tax=line.gross - line.net,
                gross=line.gross,
                counts=line.counts,
            )
            for line, plain in zip(lines, paper.lines, strict=True)
        ],
    )
