"""Forms of direct subsidies: an invoice of the case, another paper of it, and the withdrawal of an award."""

from flask_babel import lazy_gettext as _l
from wtforms import StringField, TextAreaField, ValidationError

from vouchers.files.rules import Upload
from vouchers.subsidies.services import ReversalAnswer
from vouchers.subsidies.states import LABELS, PaperKind
from vouchers.web.fields import (
    ChoiceField,
    DayField,
    Filled,
    OptionField,
    UploadField,
    YuanField,
    at_least,
    at_most,
    choices_from,
)
from vouchers.web.forms import BaseForm, MoneyForm

_LEAST_REASON, _MOST_REASON = 5, 500


class SpendingInvoiceForm(BaseForm):
    """An invoice with the contract it belongs to."""

    invoice = UploadField(
        _l("数电票 XML 原件"),
        [Filled()],
        accept=".xml",
        description=_l("请上传电子税务局下载的 XML 文件，内容会自动读出并核对。"),
    )
    contract_number = StringField(_l("合同编号"), [Filled(), at_most(80)])
    service_from = DayField(_l("服务开始日期"), [Filled()])
    service_until = DayField(_l("服务结束日期"), [Filled()])
    base = YuanField(_l("计入的发票金额"), description=_l("不填表示发票可计入的金额全部用于本申请。"))

    def validate_service_until(self, field: DayField) -> None:
        """The end is not before the beginning."""
        if field.data and self.service_from.data and field.data < self.service_from.data:
            raise ValidationError(_l("结束日期早于开始日期"))


class SpendingPaperForm(BaseForm):
    """A contract, a proof of payment or of delivery."""

    kind = ChoiceField(_l("材料"), [Filled()], choices=choices_from(LABELS))
    file = UploadField(_l("选择文件"), [Filled()])
    on = DayField(_l("日期"), [Filled()], description=_l("合同签订、付款或交付的日期。"))
    amount = YuanField(_l("付款金额"), least=1, description=_l("只有付款凭证填写。"))
    reference = StringField(_l("银行流水号"), [at_most(80)])

    def validate_amount(self, field: YuanField) -> None:
        """A payment has its amount."""
        if self.kind.data == PaperKind.PAYMENT.value and field.data is None:
            raise ValidationError(_l("请填写付款金额"))


class ReversalForm(MoneyForm):
    """提出撤销核定: why."""

    reason = TextAreaField(
        _l("理由"),
        [Filled(), at_least(_LEAST_REASON), at_most(_MOST_REASON)],
        description=_l("写明为什么不应支付，依据方案哪一条。申报单位会看到。"),
    )


class ReversalAnswerForm(MoneyForm):
    """决定是否撤销核定: yes or no, and why."""

    confirms = OptionField(
        _l("是否撤销"), [Filled()], choices=choices_from({"yes": "同意撤销核定", "no": "不同意，补助照付"})
    )
    reason = TextAreaField(_l("意见"), [Filled(), at_least(_LEAST_REASON), at_most(_MOST_REASON)])

    def to_answer(self) -> ReversalAnswer:
        """As the service takes it."""
        return ReversalAnswer(self.confirms.data == "yes", str(self.reason.data), self.seen_version.data)


def upload_of(field: UploadField) -> Upload:
    """The file of a field that is filled."""
    return Upload(str(field.data.filename if field.data else ""), field.content())
