"""Forms of applications that are the same for every pack."""

from flask_babel import lazy_gettext as _l
from wtforms import HiddenField, TextAreaField

from vouchers.web.fields import ChoiceField, UploadField, at_most
from vouchers.web.forms import SeenForm


class DocumentForm(SeenForm):
    """A paper under one requirement: uploaded, or one handed in before."""

    file = UploadField(_l("选择文件"))
    known = ChoiceField(_l("或使用以前交过的材料"), choices=[], validate_choice=False)

    def has_choice(self) -> bool:
        """Whether anything was chosen; says so beside the field when not."""
        if self.file.data is None and not self.known.data:
            self.file.errors = [*self.file.errors, _l("请选择一个文件")]
            return False
        return True


class ConfirmingForm(SeenForm):
    """The snapshot that is confirmed, by its digest."""

    seen_hash = HiddenField()


class WithdrawForm(SeenForm):
    """Why an application is given up."""

    reason = TextAreaField(_l("撤回原因"), [at_most(500)])
