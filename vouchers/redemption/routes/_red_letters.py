"""What provider and office do alike with a red letter: read the file, then put it on record once per press."""

from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from vouchers.accounts.guards import current_actor
from vouchers.accounts.pressing import Done, Work, press_prepared
from vouchers.files.intake import take_in
from vouchers.files.rules import INVOICE_KINDS
from vouchers.kernel.clock import now
from vouchers.redemption import services
from vouchers.redemption.forms import RedLetterForm
from vouchers.redemption.invoices.reading import read_invoice
from vouchers.redemption.services import InvoiceFile


def recorded(form: RedLetterForm, page: str) -> ResponseReturnValue | None:
    """Record what was handed in; None when nothing was sent or it is refused, as the form then says."""
    at, actor = now(), current_actor()

    def prepare() -> Work:
        upload = form.upload
        file = InvoiceFile(take_in(upload, INVOICE_KINDS, field="invoice"), read_invoice(upload.content))
        return lambda: Done(page, [services.record_red_letter(file, actor=actor, at=at)], ["gross", "reduction"])

    return press_prepared([form], "red_letter.record", prepare, words=_("红字发票已登记。"))
