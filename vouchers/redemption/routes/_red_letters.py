"""What provider and office do alike with a red letter: read the file, then put it on record once per press."""

from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from vouchers.accounts.guards import current_actor
from vouchers.accounts.pressing import do_once
from vouchers.files.rules import INVOICE_KINDS
from vouchers.files.services import receive
from vouchers.kernel.clock import now
from vouchers.kernel.errors import RuleViolation
from vouchers.redemption import services
from vouchers.redemption.forms import RedLetterForm
from vouchers.redemption.invoices.reading import read_invoice
from vouchers.redemption.services import InvoiceFile


def recorded(form: RedLetterForm, page: str) -> ResponseReturnValue | None:
    """Record what was handed in; None when nothing was sent or it is refused, as the form then says."""
    if not form.validate_on_submit():
        return None
    at, actor, upload = now(), current_actor(), form.upload
    try:
        file = InvoiceFile(receive(upload, INVOICE_KINDS, field="invoice"), read_invoice(upload.content))

        def record() -> str:
            services.record_red_letter(file, actor=actor, at=at)
            return page

        return do_once(form, "red_letter.record", record, words=_("红字发票已登记。"))
    except RuleViolation as violation:
        form.report(violation.findings)
        return None
