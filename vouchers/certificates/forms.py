"""The form of the public check."""

from flask_babel import lazy_gettext as _l
from wtforms import StringField

from vouchers.web.fields import UploadField, at_most
from vouchers.web.forms import BaseForm


class VerifyForm(BaseForm):
    """验真: a number or code typed, or the file itself; the QR code needs neither."""

    number = StringField(
        _l("凭证编号或券码"),
        [at_most(40)],
        description=_l("编号印在凭证标题下方，例如 PZ01-2026-00042；券码为 12 位。"),
        render_kw={"autocomplete": "off", "autocapitalize": "characters"},
    )
    file = UploadField(_l("凭证文件（PDF）"), description=_l("选择文件后逐字节核对，文件不会保存。"), accept=".pdf")


class FileForm(BaseForm):
    """The file alone, on the page of one certificate."""

    file = UploadField(_l("凭证文件（PDF）"), description=_l("选择文件后逐字节核对，文件不会保存。"), accept=".pdf")
