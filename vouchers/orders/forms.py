"""Forms of orders and usage."""

import re
from decimal import Decimal
from typing import Any

from flask_babel import gettext
from flask_babel import lazy_gettext as _l
from wtforms import StringField, TextAreaField, ValidationError
from wtforms.fields import Field

from vouchers.orders.queries import Ordered
from vouchers.orders.services import NewOrder, NewUsage
from vouchers.providers.states import LABELS, Unit
from vouchers.providers.units import METERED, counted
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

_NUMBER = re.compile(r"^-?\d{1,20}(\.\d{1,20})?$", re.ASCII)
_PERCENT = re.compile(r"^\d{1,3}(\.\d{1,2})?$", re.ASCII)
_DIGEST = re.compile(r"^[0-9a-f]{64}$", re.ASCII)
_WHOLE_BP = 10_000


class QuantityField(YuanField):
    """A number of units as typed; how finely it may be divided says the unit, which the service names."""

    unit = ""
    data: Any  # a Decimal, or nothing

    def _value(self) -> str:
        if self.raw_data:
            return str(self.raw_data[0])
        return "" if self.data is None else f"{self.data:f}"

    def process_formdata(self, valuelist: list[str]) -> None:
        """The number that was typed."""
        text = valuelist[0].strip() if valuelist else ""
        self.data = None
        if text and not _NUMBER.fullmatch(text):
            raise ValueError(gettext("“%(text)s”不是数量，请填 1200.5 这样的数字", text=text[:30]))
        if text:
            self.data = Decimal(text)

    def pre_validate(self, _form: object) -> None:
        """Hold the number above zero."""
        if self.data is not None and self.data <= 0:
            raise ValidationError(gettext("数量应大于零"))


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
    """第一步: which voucher, which service, how many of its units; nothing is kept."""

    class Meta(BaseForm.Meta):
        """A question in an address changes nothing and needs no token."""

        csrf = False

    voucher = ChoiceField(_l("使用的券"), [Filled()])
    offering = ChoiceField(_l("服务"), [Filled()])
    quantity = QuantityField(_l("数量"), [Filled()], description=_l("按所选服务的计价单位填写；条、套、件只能填整数。"))
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
    quantity = QuantityField(_l("数量"), [Filled()])
    tax_rate = PercentField(_l("税率"), [Filled()])
    net = YuanField(_l("不含税金额"), [Filled()], least=1)
    tax = YuanField(_l("税额"), [Filled()])
    gross = YuanField(_l("价税合计"), [Filled()], least=1)
    hold = YuanField(_l("用券金额"), [Filled()], least=1)
    service_from = DayField(_l("服务开始日期"), [Filled()])
    service_until = DayField(_l("服务结束日期"), [Filled()])

    def to_order(self, voucher: str, offering: Ordered, *, contract_file_id: int) -> NewOrder:
        """What was typed, as the service takes it; RuleViolation where the unit cannot be divided so."""
        if self.contract_signed_on.data is None or self.service_from.data is None or self.service_until.data is None:
            raise ValueError("the form was not checked")
        return NewOrder(
            voucher=voucher,
            offering=offering.public_id,
            contract_number=str(self.contract_number.data),
            contract_signed_on=self.contract_signed_on.data,
            contract_file_id=contract_file_id,
            quantity=counted(self.quantity.data or Decimal(0), offering.unit),
            tax_rate_bp=self.tax_rate.data or 0,
            net=self.net.data or 0,
            tax=self.tax.data or 0,
            gross=self.gross.data or 0,
            hold=(self.hold.data if "hold" in self else self.gross.data) or 0,
            service_from=self.service_from.data,
            service_until=self.service_until.data,
        )


class CancelForm(MoneyForm):
    """取消: why."""

    reason = TextAreaField(_l("原因"), [Filled(), at_least(4), at_most(500)], description=_l("对方会看到这段文字。"))


_DIGESTS = {
    True: (_l("日志摘要"), _l("作业日志或调用日志文件的 SHA-256，便于日后核对。")),
    False: (_l("交付文件摘要"), _l("所交付文件的 SHA-256，便于日后核对交付的是不是同一份。")),
}
"""What is digested of services that are metered, and of those handed over: label and hint."""


def a_digest(_: object, field: Field) -> None:
    """Refuse what is no SHA-256."""
    if field.data and not _DIGEST.fullmatch(field.data.lower()):
        raise ValidationError(gettext("摘要应为 64 位十六进制的 SHA-256 值"))


class UsageForm(BaseForm):
    """用量 or 交付: what was used or handed over in a period, with the digest of the log or of what was handed over."""

    idempotency_key = IdempotencyField()
    period_from = DayField(_l("期间自"), [Filled()])
    period_until = DayField(_l("期间至"), [Filled()])
    quantity = QuantityField(_l("数量"), [Filled()])
    green_share = PercentField(_l("绿电占比"), [Filled()], description=_l("这段时间所用电力中绿色电力的比例。"))
    log_digest = StringField("", [at_most(64), a_digest])
    file = UploadField(_l("清单"), description=_l("PDF、OFD 或图片。"))

    @classmethod
    def by(cls, unit: Unit) -> "UsageForm":
        """The form in the words of a unit; a share of green electricity is asked of card-hours only."""
        form, (label, hint) = cls(), _DIGESTS[unit in METERED]
        form.quantity.unit = LABELS[unit]
        form.log_digest.label.text, form.log_digest.description = label, hint
        if unit is not Unit.CARD_HOUR:
            del form.green_share
        return form

    def to_usage(self, unit: Unit, file_id: int | None) -> NewUsage:
        """What was typed, as the service takes it; RuleViolation where the unit cannot be divided so."""
        if self.period_from.data is None or self.period_until.data is None:
            raise ValueError("the form was not checked")
        return NewUsage(
            period_from=self.period_from.data,
            period_until=self.period_until.data,
            quantity=counted(self.quantity.data or Decimal(0), unit),
            green_share_bp=self.green_share.data if "green_share" in self else None,
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
