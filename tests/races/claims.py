"""Claims that wait to be raced: each draft with an invoice of its own, or all with the same one."""

from datetime import date, datetime
from itertools import count
from typing import NamedTuple

from tests.factories.redemption import Stage, new_claim
from vouchers.db.transaction import transaction
from vouchers.files.services import Received
from vouchers.files.states import FileKind
from vouchers.files.store import current_store
from vouchers.redemption import services
from vouchers.redemption.invoices.bureau_xml import parse
from vouchers.redemption.invoices.invoice import from_plain
from vouchers.redemption.invoices.specimen import Specimen, SpecimenLine, bureau_xml
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
    """So many drafts, each with an invoice of its own."""
    return [draft(stage, amount=amount, paper=invoice(stage, net=net), at=at) for _ in range(number)]
