"""Finance documents to test with: recorded, and checked where a test wants them in the books."""

from datetime import datetime

from tests.factories.accounts import make_office, make_user
from vouchers.accounts.states import OfficeKind, Role
from vouchers.db.transaction import transaction
from vouchers.ledger.models import FinanceDocument
from vouchers.ledger.rules import Pot
from vouchers.ledger.services import documents
from vouchers.ledger.services.documents import NewDocument
from vouchers.ledger.states import DocumentKind

CHECK, LEAVE = True, False


class Bureau:
    """A maker, a checker and a paying body."""

    def __init__(self, at: datetime) -> None:
        self.at = at
        self.maker = make_user(Role.FINANCE_MAKER, at=at).actor(Role.FINANCE_MAKER)
        self.checker = make_user(Role.FINANCE_CHECKER, at=at).actor(Role.FINANCE_CHECKER)
        self.payer = make_office("市财政局", OfficeKind.FINANCE, at=at)

    def envelope(self, pot: Pot, *, payer: int | None = None, is_checked: bool) -> FinanceDocument:
        """A line of 5 fen."""
        new = NewDocument(
            DocumentKind.ENVELOPE, pot.scheme_id, "city", "规模", 5, voucher_kind="compute", paying_office_id=payer
        )
        return self._kept(new, is_checked=is_checked)

    def indicator(
        self,
        pot: Pot,
        amount: int,
        *,
        layer: str = "city",
        year: int = 2026,
        amends: int | None = None,
        is_checked: bool,
    ) -> FinanceDocument:
        """A line of so much, or what amends one."""
        place = {"paying_office_id": self.payer, "fiscal_year": year, "amends_id": amends}
        new = NewDocument(DocumentKind.INDICATOR, pot.scheme_id, layer, "指标", amount, **place)  # type: ignore[arg-type]
        return self._kept(new, is_checked=is_checked)

    def _kept(self, new: NewDocument, *, is_checked: bool) -> FinanceDocument:
        with transaction():
            document = documents.record_document(new, actor=self.maker, at=self.at)
        if is_checked:
            with transaction():
                documents.check_document(document.public_id, actor=self.checker, at=self.at, seen_version=1)
        return document
