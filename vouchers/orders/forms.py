"""Forms of orders and usage."""

import re
from decimal import Decimal

from flask_babel import gettext
from flask_babel import lazy_gettext as _l
from wtforms import StringField, TextAreaField, ValidationError
from wtforms.fields import Field

from vouchers.orders.services import NewOrder, NewUsage
from vouchers.web.fields import (
    ChoiceField,
    DayField,
    Filled,
    IdempotencyField,
    UploadField,
    VoucherCodeField,
    YuanField,
    at_least,
    at_most,
)
from vouchers.web.forms import BaseForm, MoneyForm

_HOURS = re.compile(r"^\d{1,9}(\.\d{1,3})?$", re.ASCII)
_PERCENT = re.compile(r"^\d{1,3}(\.\d{1,2})?$", re.ASCII)
_DIGEST = re.compile(r"^[0-9a-f]{64}$", re.ASCII)
_WHOLE_BP = 10_000


class HoursField(YuanField):
    """Card-hours typed with up to three decimals, kept in thousandths."""

    unit = _l("卡时")

    def _value(self) -> str:
        if self.raw_data:
            return str(self.raw_data[0])
        return "" if self.data is None else f"{Decimal(self.data) / 1000:f}"

    def process_formdata(self, valuelist: list[str]) -> None:
        """Thousandths from what was typed."""
        self.data = _scaled(valuelist, _HOURS, 1000, gettext("卡时应为大于零、最多三位小数的数字，例如 1200.5"))

    def pre_validate(self, _form: object) -> None:
        """Hold the hours above zero."""
        if self.data == 0:
            raise ValidationError(gettext("卡时应大于零"))


class PercentField(YuanField):
    """A percentage typed with up to two decimals, kept in basis points."""

    unit = "%"

    def process_formdata(self, valuelist: list[str]) -> None:
        """Basis points from what was typed."""
        self.data = _scaled(valuelist, _PERCENT, 100, gettext("百分比应为 0 到 100、最多两位小数的数字，例如 6"))

    def pre_validate(self, _form: object) -> None:
        """Hold the share within the whole."""
        if self.data is not None and self.data > _WHOLE_BP:
            raise ValidationError(gettext("百分比不能超过 100"))


class ChooseForm(BaseForm):
    """第一步: which voucher, which service, how many card-hours; nothing is kept."""

    class Meta(BaseForm.Meta):
        """A question in an address changes nothing and needs no token."""

        csrf = False

    voucher = ChoiceField(_l("使用的券"), [Filled()])
    offering = ChoiceField(_l("服务"), [Filled()])
    card_hours = HoursField(_l("卡时"), [Filled()])
    tax_rate = PercentField(_l("税率"), [Filled()], description=_l("按合同约定的税率填写，例如 6。"))


class ChooseByCodeForm(ChooseForm):
    """The same for a provider: the holder gives the code."""

    voucher = VoucherCodeField(_l("券码"), [Filled()], description=_l("由持券单位提供，12 位。"))


class OrderForm(BaseForm):
    """订单: the terms as they stand in the contract."""

    idempotency_key = IdempotencyField()
    contract_number = StringField(_l("合同编号"), [Filled(), at_most(80)])
    contract_signed_on = DayField(_l("合同签订日期"), [Filled()])
    contract = UploadField(_l("合同文件"), [Filled()], description=_l("PDF、OFD 或图片，不超过 20 MB。"))
    card_hours = HoursField(_l("卡时"), [Filled()])
    tax_rate = PercentField(_l("税率"), [Filled()])
    net = YuanField(_l("不含税金额"), [Filled()], least=1)
    tax = YuanField(_l("税额"), [Filled()])
    gross = YuanField(_l("价税合计"), [Filled()], least=1)
    hold = YuanField(_l("用券金额"), [Filled()], least=1)
    service_from = DayField(_l("服务开始日期"), [Filled()])
    service_until = DayField(_l("服务结束日期"), [Filled()])

    def to_order(self, voucher: str, offering: str, *, contract_file_id: int) -> NewOrder:
        """What was typed, as the service takes it."""
        if self.contract_signed_on.data is None or self.service_from.data is None or self.service_until.data is None:
            raise ValueError("the form was not checked")
        return NewOrder(
            voucher=voucher,
            offering=offering,
            contract_number=str(self.contract_number.data),
            contract_signed_on=self.contract_signed_on.data,
            contract_file_id=contract_file_id,
            card_millihours=self.card_hours.data or 0,
            tax_rate_bp=self.tax_rate.data or 0,
            net=self.net.data or 0,
            tax=self.tax.data or 0,
            gross=self.gross.data or 0,
            hold=self.hold.data or 0,
            service_from=self.service_from.data,
            service_until=self.service_until.data,
        )


class CancelForm(MoneyForm):
    """取消: why."""

    reason = TextAreaField(_l("原因"), [Filled(), at_least(4), at_most(500)], description=_l("对方会看到这段文字。"))


def a_digest(_: object, field: Field) -> None:
    """Refuse what is no SHA-256."""
    if field.data and not _DIGEST.fullmatch(field.data.lower()):
        raise ValidationError(gettext("日志摘要应为 64 位十六进制的 SHA-256 值"))


class UsageForm(BaseForm):
    """用量: card-hours of a period with the digest of the job log."""

    idempotency_key = IdempotencyField()
    period_from = DayField(_l("期间自"), [Filled()])
    period_until = DayField(_l("期间至"), [Filled()])
    card_hours = HoursField(_l("卡时"), [Filled()])
    green_share = PercentField(_l("绿电占比"), [Filled()], description=_l("这段时间所用电力中绿色电力的比例。"))
    log_digest = StringField(
        _l("作业日志摘要"), [at_most(64), a_digest], description=_l("作业日志文件的 SHA-256，便于日后核对。")
    )
    file = UploadField(_l("用量清单"), description=_l("PDF、OFD 或图片。"))

    def to_usage(self, file_id: int | None) -> NewUsage:
        """What was typed, as the service takes it."""
        if self.period_from.data is None or self.period_until.data is None:
            raise ValueError("the form was not checked")
        return NewUsage(
            period_from=self.period_from.data,
            period_until=self.period_until.data,
            card_millihours=self.card_hours.data or 0,
            green_share_bp=self.green_share.data or 0,
            log_digest=(self.log_digest.data or "").lower(),
            file_id=file_id,
        )


def _scaled(typed: list[str], shape: re.Pattern[str], times: int, problem: str) -> int | None:
    text = typed[0].strip() if typed else ""
    if not text:
        return None
    if not shape.fullmatch(text):
        raise ValueError(problem)
    return int(Decimal(text) * times)
