"""Papers handed in with a form: received before the transaction, which then keeps them."""

from vouchers.files.intake import take_in
from vouchers.files.rules import DOCUMENT_KINDS, Upload
from vouchers.files.services import Received
from vouchers.web.fields import UploadField


def received(field: UploadField) -> Received | None:
    """The file of a field, inspected and stored; None when none was chosen. RuleViolation names the field."""
    if field.data is None:
        return None
    return take_in(Upload(field.data.filename or "", field.content()), DOCUMENT_KINDS, field=field.name)
