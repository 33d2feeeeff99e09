"""Forms of lists of candidates: bringing a register in, dropping a list, and an enterprise's answer."""

from datetime import date

from flask_babel import lazy_gettext as _l
from wtforms import HiddenField, StringField, TextAreaField

from vouchers.candidates.services import NewList
from vouchers.web.fields import ChoiceField, DayField, Filled, UploadField, at_least, at_most
from vouchers.web.forms import BaseForm, SeenForm


class RegisterForm(BaseForm):
    """上传登记册: which window it is for, whose data and of which day, and until when enterprises may answer."""

    window = ChoiceField(_l("申报窗口"), [Filled()], choices=[])
    title = StringField(_l("名单名称"), [Filled(), at_most(100)], description=_l("例如“2026年第一批免申即享名单”。"))
    source = StringField(
        _l("数据来源"),
        [Filled(), at_most(200)],
        description=_l("哪个部门的哪份数据，企业会看到，例如“市税务局开票数据”。"),
    )
    as_of = DayField(_l("数据截止日"), [Filled()])
    expires_on = DayField(_l("企业确认期限"), [Filled()], description=_l("到这一天为止，逾期没有答复的不再保留。"))
    file = UploadField(_l("登记册"), [Filled()], description=_l("UTF-8 编码的 CSV，第一行是列名，一户一行。"))

    def to_list(self) -> NewList:
        """What was typed, as the service takes it."""
        return NewList(
            self.window.data, self.title.data or "", self.source.data or "", _day(self.as_of), _day(self.expires_on)
        )


class DropForm(SeenForm):
    """作废: with a reason."""

    reason = TextAreaField(_l("原因"), [Filled(), at_least(4), at_most(500)])


class OfferForm(BaseForm):
    """确认: what was shown, by its digest."""

    seen_hash = HiddenField()


class AnswerForm(BaseForm):
    """放弃, or 信息有误: in the enterprise's own words."""

    reason = TextAreaField(_l("说明"), [Filled(), at_least(4), at_most(500)])


def _day(field: DayField) -> date:
    if field.data is None:
        raise ValueError("the form was not validated")
    found: date = field.data
    return found
