"""Forms of settlement: a batch to make, the checker's total, the bank's answer."""

from flask_babel import lazy_gettext as _l
from wtforms import StringField, TextAreaField

from vouchers.parties.rules import BANK, CHANNEL_LABELS
from vouchers.settlement.rules.bank_file import ENCODING_LABELS, MOST_BYTES, Encoding
from vouchers.settlement.services import NewBatch, NewComparison, Signature
from vouchers.web.fields import (
    ChoiceField,
    Filled,
    OptionField,
    UploadField,
    WholeField,
    YuanField,
    at_least,
    at_most,
    choices_from,
)
from vouchers.web.forms import BaseForm, MoneyForm

_FIRST_YEAR = 2020


class BatchForm(MoneyForm):
    """Scheme and fiscal year of a batch."""

    scheme = ChoiceField(_l("方案"), [Filled()])
    fiscal_year = WholeField(_l("预算年度"), [Filled()], least=_FIRST_YEAR)

    def to_batch(self) -> NewBatch:
        """As the service takes it."""
        return NewBatch(self.scheme.data, self.fiscal_year.data or 0)


class FollowForm(MoneyForm):
    """The fiscal year in which refused lines are paid again."""

    fiscal_year = WholeField(_l("预算年度"), [Filled()], least=_FIRST_YEAR)


class SignForm(MoneyForm):
    """The total from the checker's own copy."""

    total = YuanField(
        _l("本批合计"), [Filled()], least=1, description=_l("请按自己手中的清单合计后录入，不要照抄页面。")
    )

    def to_signature(self) -> Signature:
        """As the service takes it."""
        return Signature(self.seen_version.data or 0, self.total.data or 0)


class ReopenForm(MoneyForm):
    """Why a batch goes back to its maker."""

    reason = TextAreaField(_l("退回原因"), [Filled(), at_least(5), at_most(500)])


class CompareForm(MoneyForm):
    """What the bank's list says of the payments since the backup."""

    source = StringField(
        _l("银行清单"), [Filled(), at_least(2), at_most(200)], description=_l("哪家银行、哪份清单、起止时间。")
    )
    payments = WholeField(_l("支付笔数"), [Filled()], least=0)
    total = YuanField(_l("支付合计"), [Filled()], least=0)
    outcome = TextAreaField(
        _l("核对结果"),
        [Filled(), at_least(5), at_most(500)],
        description=_l("是否与系统一致；银行已付而系统没有的，逐笔写明批次号、明细号和处理办法。"),
    )

    def to_comparison(self) -> NewComparison:
        """As the service takes it."""
        outcome = self.outcome.data or ""
        return NewComparison(self.source.data or "", self.payments.data or 0, self.total.data or 0, outcome)


class CompareSignForm(MoneyForm):
    """The total of the bank's list from the second person's own copy."""

    total = YuanField(
        _l("银行清单合计"), [Filled()], least=0, description=_l("请按自己手中的银行清单合计后录入，不要照抄页面。")
    )


class ReturnForm(MoneyForm):
    """Why a comparison with the bank is to be done again."""

    reason = TextAreaField(_l("退回原因"), [Filled(), at_least(5), at_most(500)])


class ExportForm(BaseForm):
    """How the payment file is written."""

    channel = OptionField(
        _l("付款方式"), choices=choices_from(CHANNEL_LABELS), default=BANK, description=_l("每种方式各导出一份文件")
    )
    encoding = OptionField(
        _l("文件编码"), [Filled()], choices=choices_from(ENCODING_LABELS), default=Encoding.UTF8.value
    )


class ResultForm(MoneyForm):
    """The bank's answer file."""

    file = UploadField(
        _l("银行回单文件"),
        [Filled()],
        accept=".csv",
        most_bytes=MOST_BYTES,
        description=_l("CSV，含明细号、结果（成功或失败）、银行流水号、原因四列。"),
    )
