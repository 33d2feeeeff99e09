"""Forms of issuing and of what happens to a voucher afterwards."""

from flask_babel import lazy_gettext as _l
from wtforms import TextAreaField

from vouchers.web.fields import Filled, IdempotencyField, VersionField, at_least, at_most
from vouchers.web.forms import BaseForm, MoneyForm


class IssueForm(BaseForm):
    """发券: the cases stand beside it; the sum that the page showed must still be the sum."""

    idempotency_key = IdempotencyField()
    seen_total = VersionField()


class VoucherActForm(MoneyForm):
    """冻结、解冻、作废: each says why."""

    reason = TextAreaField(
        _l("原因"), [Filled(), at_least(4), at_most(500)], description=_l("持券单位会看到这段文字。")
    )
