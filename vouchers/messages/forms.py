"""Forms of messages."""

from flask_babel import lazy_gettext as _l
from wtforms import HiddenField, StringField
from wtforms.validators import Regexp

from vouchers.config import MAIL_ADDRESS
from vouchers.web.fields import Filled, at_most
from vouchers.web.forms import BaseForm

_LOOK = {"autocomplete": "email", "inputmode": "email", "autocapitalize": "none"}


class MailboxForm(BaseForm):
    """接收邮件: where to."""

    address = StringField(
        _l("邮箱地址"),
        [Filled(), at_most(200), Regexp(f"^{MAIL_ADDRESS}$", message=_l("不是邮箱地址，应像 zhang@example.com"))],
        render_kw=_LOOK,
    )


class ConfirmForm(BaseForm):
    """确认邮箱: what the letter's link held."""

    token = HiddenField()
