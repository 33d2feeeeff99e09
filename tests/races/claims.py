"""Claims that wait to be raced: each draft with an invoice of its own, or all with the same one."""

from collections.abc import Mapping
from datetime import date, datetime
from itertools import count
from typing import Any, NamedTuple

from sqlalchemy import Table, insert, select

from tests.factories.accounts import MAKER
from tests.factories.redemption import Stage, new_claim
from vouchers.audit.sealing import Sealed, note
from vouchers.audit.services import Subject, record
from vouchers.db.base import Base, db
from vouchers.db.transaction import transaction
from vouchers.files.models import StoredFile
from vouchers.files.services import Received
from vouchers.files.states import FileKind
from vouchers.files.store import current_store
from vouchers.kernel.identifiers import new_public_id
from vouchers.redemption import services
from vouchers.redemption.invoices.bureau_xml import parse
from vouchers.redemption.invoices.invoice import from_plain
from vouchers.redemption.invoices.specimen import Specimen, SpecimenLine, bureau_xml
from vouchers.redemption.models import Claim, DeliveryConfirmation, Invoice, InvoiceLine, PaymentProof
from vouchers.redemption.services import InvoiceFile

_numbers = count(5_000_000)


class Draft(NamedTuple):
    """A draft as its page shows it."""

    public_id: str
    version: int

    @property
    def path(self) -> str:
        """Where its provider sees it."""
        return f"/provider/claims/{self.public_id}"


def invoice(stage: Stage, *, net: int) -> InvoiceFile:
    """An honest invoice of the stage's seller; read in this process, for these bytes are ours."""
    lines = (SpecimenLine("*信息技术服务*智能算力租赁服务", net, net * 6 // 100),)
    content = bureau_xml(Specimen(next(_numbers), date(2026, 3, 5), stage.seller, stage.buyer, lines))
    received = Received(current_store().put(content), len(content), FileKind.XML, "发票.xml")
    return InvoiceFile(received, from_plain(parse(content)))


def draft(stage: Stage, *, amount: int, paper: InvoiceFile, at: datetime) -> Draft:
    """A draft that may be submitted; opens its own transaction."""
    with transaction():
        claim = services.draft_claim(new_claim(stage, amount=amount, invoice=paper), actor=stage.provider, at=at)
    return Draft(claim.public_id, claim.version)


def drafts(stage: Stage, number: int, *, amount: int, net: int, at: datetime) -> list[Draft]:
    """So many drafts with an invoice each: one made by the real act, the others as rows like it."""
    first = draft(stage, amount=amount, paper=invoice(stage, net=net), at=at)
    with transaction():
        record("test.copy", Subject("claim", first.public_id), actor=MAKER, at=at)
        return [first, *(Draft(_copy(first.public_id, stage, net), first.version) for _ in range(number - 1))]


def _copy(public_id: str, stage: Stage, net: int) -> str:
    claim = db.session.scalars(select(Claim).where(Claim.public_id == public_id)).one()
    paper, new_id = invoice(stage, net=net), new_public_id()
    own: dict[str, object] = {"public_id": new_public_id(), "key": paper.paper.key, "sha256": paper.received.sha256}
    stored = {"public_id": new_public_id(), "sha256": paper.received.sha256}
    own["file_id"] = _like(StoredFile, claim.invoice.file_id, stored)
    invoice_id = _like(Invoice, claim.invoice_id, own)
    for line in claim.invoice.lines:
        _like(InvoiceLine, line.id, {"invoice_id": invoice_id})
    number = f"{claim.number}-{next(_numbers)}"
    claim_id = _like(Claim, claim.id, {"public_id": new_id, "number": number, "invoice_id": invoice_id})
    for model, key in ((PaymentProof, claim.proofs[0].id), (DeliveryConfirmation, claim.deliveries[0].id)):
        _like(model, key, {"public_id": new_public_id(), "claim_id": claim_id})
    return new_id


def _like(model: type[Base], key: int, changes: Mapping[str, Any]) -> int:
    """Insert a row like another but for these columns; its key."""
    table = model.__table__
    assert isinstance(table, Table)
    found = dict(db.session.execute(select(table).where(table.c.id == key)).mappings().one())
    del found["id"]
    new = int(db.session.execute(insert(table).values({**found, **changes}).returning(table.c.id)).scalar_one())
    if issubclass(model, Sealed):
        note(db.session(), model, [(new,)])
    return new
