"""Forms of the ledger: finance documents."""

from flask_babel import lazy_gettext as _l
from wtforms import StringField, TextAreaField

from vouchers.ledger.rules import ADMINISTRATION
from vouchers.ledger.services.documents import NewDocument
from vouchers.ledger.states import DocumentKind
from vouchers.web.fields import ChoiceField, Filled, OptionField, WholeField, YuanField, at_least, at_most, choices_from
from vouchers.web.forms import BaseForm, MoneyForm

_DIRECTIONS = {"add": _l("下达或追加"), "take": _l("压减或收回")}
_OF_ENVELOPES = {**_DIRECTIONS, "aside": _l("留出工作经费（方案允许从资金中列支的）")}


class EnvelopeForm(BaseForm):
    """发放规模: how much of one voucher kind may be promised from one layer."""

    place = ChoiceField(_l("方案、券种、资金层级"), [Filled()])
    number = StringField(_l("文号"), [Filled(), at_most(120)], description=_l("例如：某数发〔2026〕3号"))
    direction = OptionField(_l("方向"), [Filled()], choices=choices_from(_OF_ENVELOPES), default="add")
    amount = YuanField(_l("金额"), [Filled()])

    def to_document(self) -> NewDocument:
        """What was typed, as the service takes it."""
        scheme_id, voucher_kind, layer = str(self.place.data).split("|")
        return NewDocument(
            DocumentKind.ENVELOPE,
            int(scheme_id),
            layer,
            str(self.number.data),
            _signed(self.amount.data, self.direction.data),
            voucher_kind=voucher_kind,
            purpose=ADMINISTRATION if self.direction.data == "aside" else "",
        )


class IndicatorForm(BaseForm):
    """指标文: what a paying body may pay in one fiscal year."""

    place = ChoiceField(_l("方案、资金层级"), [Filled()])
    office = ChoiceField(_l("支付单位"), [Filled()])
    fiscal_year = WholeField(_l("预算年度"), [Filled()])
    number = StringField(_l("指标文号"), [Filled(), at_most(120)], description=_l("例如：某财预〔2026〕12号"))
    project_code = StringField(_l("项目代码"), [at_most(60)])
    subject_code = StringField(_l("支出科目"), [at_most(60)])
    direction = OptionField(_l("方向"), [Filled()], choices=choices_from(_DIRECTIONS), default="add")
    amends = ChoiceField(_l("被压减的指标文"), description=_l("压减或收回时选择。"))
    amount = YuanField(_l("金额"), [Filled()])

    def to_document(self) -> NewDocument:
        """What was typed, as the service takes it."""
        scheme_id, layer = str(self.place.data).split("|")
        return NewDocument(
            DocumentKind.INDICATOR,
            int(scheme_id),
            layer,
            str(self.number.data),
            _signed(self.amount.data, self.direction.data),
            paying_office_id=int(self.office.data),
            fiscal_year=self.fiscal_year.data,
            project_code=self.project_code.data or "",
            subject_code=self.subject_code.data or "",
            amends_id=int(self.amends.data) if self.amends.data else None,
        )


class RefuseForm(MoneyForm):
    """退回: why a document does not pass."""

    reason = TextAreaField(_l("退回原因"), [Filled(), at_least(4), at_most(500)])


def _signed(amount: int | None, direction: str) -> int:
    amount = amount or 0
    return amount if direction == "add" else -amount
