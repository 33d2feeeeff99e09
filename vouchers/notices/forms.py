"""Forms of public notices."""

from flask_babel import lazy_gettext as _l
from wtforms import SelectMultipleField, StringField, TextAreaField
from wtforms.widgets import CheckboxInput, ListWidget

from vouchers.web.fields import Filled, OptionField, at_least, at_most, choices_from
from vouchers.web.forms import BaseForm, SeenForm

_OUTCOMES = {"dismiss": "异议不成立，继续公示", "uphold": "异议成立，不予支持"}


class NoticeForm(BaseForm):
    """A notice: its title and the decided cases it lists."""

    title = StringField(_l("公示标题"), [Filled(), at_most(200)])
    cases = SelectMultipleField(
        _l("列入公示的案件"), widget=ListWidget(prefix_label=False), option_widget=CheckboxInput()
    )


class WithdrawalForm(SeenForm):
    """撤下公示: why, for everybody to read."""

    reason = TextAreaField(
        _l("撤下原因"), [Filled(), at_least(4), at_most(500)], description=_l("公开页面会显示这段文字。")
    )


class ObjectionForm(BaseForm):
    """What somebody says against an entry."""

    text = TextAreaField(_l("异议内容"), [Filled(), at_least(10), at_most(2000)])
    contact_name = StringField(_l("姓名或单位"), [at_most(100)])
    contact = StringField(_l("联系方式"), [at_most(100)])


class ResolutionForm(SeenForm):
    """How an objection is settled."""

    outcome = OptionField(_l("处理结果"), [Filled()], choices=choices_from(_OUTCOMES))
    text = TextAreaField(_l("核实情况和理由"), [Filled(), at_least(4), at_most(2000)])


class ApprovalForm(BaseForm):
    """批复: one document number over several cases; each case carries the version that was seen."""

    number = StringField(_l("批复文号"), [Filled(), at_most(120)], description=_l("例如：某数〔2026〕12号"))
    cases = SelectMultipleField(_l("批复的案件"), widget=ListWidget(prefix_label=False), option_widget=CheckboxInput())
