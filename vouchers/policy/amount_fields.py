"""Fields for the amount of a case: typed in yuan, or in whole units of a voucher in kind; kept in fen."""

from typing import Any

from flask_babel import lazy_gettext as _l

from vouchers.policy.pack.measure import Measure
from vouchers.web.fields import WholeField, YuanField


class UnitsField(WholeField):
    """A number of whole units as typed, kept in fen at the most that one may cost."""

    def __init__(self, label: Any = None, validators: Any = None, *, price: int = 1, **options: Any) -> None:
        self.price = price
        super().__init__(label, validators, **options)

    def _value(self) -> str:
        if self.raw_data or self.data is None:
            return super()._value()
        return str(self.data // self.price)

    def process_formdata(self, valuelist: list[str]) -> None:
        """Fen from the units that were typed."""
        super().process_formdata(valuelist)
        if self.data is not None:
            self.data *= self.price


def requested_field(measure: Measure) -> Any:
    """申请金额 or 申请数量."""
    hint = _l("不填写就按可申领上限申请")
    if measure.unit is None:
        return YuanField(_l("申请金额"), description=hint)
    return UnitsField(_l("申请数量"), price=measure.price, unit=_l(measure.word), description=hint)


def approved_field(measure: Measure, validators: Any = None, *, hint: Any = "") -> Any:
    """核定金额 or 核定数量."""
    if measure.unit is None:
        return YuanField(_l("核定金额"), validators, description=hint)
    return UnitsField(_l("核定数量"), validators, price=measure.price, unit=_l(measure.word), description=hint)
