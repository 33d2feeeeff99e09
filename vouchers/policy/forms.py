"""Forms of policy: bringing a pack in, signing a version, opening a window, and the calculator."""

import re
from collections.abc import Sequence
from datetime import date, datetime, time
from typing import Any

from flask_babel import gettext, lazy_gettext
from flask_babel import lazy_gettext as _l
from flask_babel.speaklater import LazyString
from wtforms import (
    Field,
    Form,
    SelectField,
    SelectMultipleField,
    StringField,
    TextAreaField,
    ValidationError,
)
from wtforms.fields.choices import SelectChoice
from wtforms.widgets import CheckboxInput, ListWidget

from vouchers.kernel.clock import BEIJING
from vouchers.kernel.money import decimal_yuan, format_yuan
from vouchers.policy import explanation
from vouchers.policy.drafting_forms import MOST_PACK
from vouchers.policy.pack.values import Term, read_rate
from vouchers.policy.questions import NONE, Question, Topic
from vouchers.policy.rules.facts import FactKind, Supplier
from vouchers.policy.services import NewWindow, Signing
from vouchers.web.fields import (
    ChoiceField,
    DayField,
    Filled,
    IdempotencyField,
    WholeField,
    YuanField,
    at_least,
    at_most,
    choices_from,
)
from vouchers.web.forms import BaseForm, MoneyForm, SeenForm
from vouchers.web.wording import word

_LONG = 24
_HOUR = re.compile(r"(?:[01]\d|2[0-3]):[0-5]\d", re.ASCII)


class ImportForm(BaseForm):
    """导入政策包: a shipped pack, or the text of one."""

    shipped = ChoiceField(_l("随系统提供的政策包"), description=_l("选了就不用粘贴全文。"))
    text = TextAreaField(_l("政策包全文（YAML）"), [at_most(MOST_PACK)], render_kw={"rows": 24, "spellcheck": "false"})


class SignForm(SeenForm):
    """签署: the issued document, and an answer to what the check pointed out."""

    document_number = StringField(
        _l("实施细则文号"), [at_most(120)], description=_l("正式执行时必填；演示和试用的系统可以不填。")
    )
    answer = TextAreaField(
        _l("对检查提示的说明"), [Filled(), at_most(2000)], description=_l("逐条写明为什么可以这样执行，随签名留存。")
    )

    def ask(self, *, has_points: bool, is_trial: bool) -> None:
        """Leave out the answer where the check pointed nothing out; ask for the document where it binds."""
        if not has_points:
            del self.answer
        self.document_number.flags.required = not is_trial

    def to_signing(self, *, is_trial: bool) -> Signing:
        """What the second person states."""
        answer = self.answer.data if "answer" in self else ""
        return Signing(self.document_number.data or "", answer or "", is_trial)


class StopForm(MoneyForm):
    """停止执行, 关闭窗口: with a reason."""

    reason = TextAreaField(_l("原因"), [Filled(), at_least(4), at_most(500)])


def _is_hour(_form: Form, field: Field) -> None:
    if field.data and not _HOUR.fullmatch(field.data):
        raise ValidationError(gettext("时刻写成 10:00 的样子"))


class WindowForm(BaseForm):
    """打开申报窗口: which kind, from when to when."""

    idempotency_key = IdempotencyField()

    voucher_kind = ChoiceField(_l("券种"), [Filled()])
    title = StringField(_l("窗口名称"), [Filled(), at_most(100)], description=_l("例如“2026年第一批算力券”。"))
    first = DayField(_l("第一天"), [Filled()], description=_l("从这一天 0 点起受理；定时放券的另填时刻。"))
    hour = StringField(
        _l("放券时刻"), [at_most(5), _is_hour], description=_l("定时放券的填写，例如 10:00；其他的不填，从 0 点起。")
    )
    quantity = WholeField(_l("放券数量"), unit=_l("份"), description=_l("定时放券的填写：到时一次放出多少份。"))
    last = DayField(_l("最后一天"), [Filled()], description=_l("到这一天 24 点截止。"))
    lot_source = StringField(
        _l("抽签用的公开数值取自"),
        [at_most(200)],
        description=_l("只在抽签分配时填写，随窗口公布，例如“2026年5月6日上证综合指数收盘点位”，应在截止之后才产生。"),
    )

    def to_window(self, version_public_id: str) -> NewWindow:
        """The window from the first instant of its first day to the last of its last, in Beijing."""
        first, last = self.first.data, self.last.data
        if first is None or last is None:
            raise ValueError("the form was not validated")
        return NewWindow(
            version_public_id=version_public_id,
            voucher_kind=self.voucher_kind.data,
            title=self.title.data or "",
            opens_at=datetime.combine(first, time.fromisoformat(self.hour.data or "00:00"), tzinfo=BEIJING),
            closes_at=datetime(last.year, last.month, last.day, 23, 59, 59, 999_999, tzinfo=BEIJING),
            quantity=self.quantity.data,
            lot_source=self.lot_source.data or "",
        )


class CalculatorForm(BaseForm):
    """政策测算: what open schemes ask; sent by GET, so that the answer has an address and nothing is kept."""

    class Meta(BaseForm.Meta):
        """No token: nothing changes."""

        csrf = False

    def given(self, asked: Sequence[Question], on: date) -> dict[str, object]:
        """What was answered, as plain values under the keys of the questions; what was not stays missing."""
        answers = ((question, self[question.key].data) for question in asked)
        return {
            question.key: question.raw(_plain(question.fact.kind, data), on)
            for question, data in answers
            if data not in (None, "", [])
        }

    def shown(self, asked: Sequence[Question]) -> list[tuple[str, str]]:
        """What was answered, as people read it: question and answer."""
        fields = ((question, self[question.key]) for question in asked)
        return [(str(field.label.text), _shown(question, field)) for question, field in fields if _answered(field)]

    def query(self, asked: Sequence[Question]) -> dict[str, str | list[str]]:
        """What was answered, as the arguments of an address that gives the same answer again."""
        fields = (self[question.key] for question in asked)
        return {field.name: _typed(field) for field in fields if _answered(field)}


class ShareField(StringField):  # type: ignore[misc]  # WTForms ships no types
    """A share typed in per cent, with at most two decimals."""

    css_class = "form-control--money"
    unit = "%"

    def pre_validate(self, _form: Form) -> None:
        """Refuse what is no share."""
        try:
            share = read_rate(f"{self.data}%") if self.data else 0
        except ValueError:
            share = 2
        if share > 1:
            raise ValidationError(
                gettext("“%(text)s”不是百分数，请填 0 到 100 之间的数，例如 55.5", text=self.data[:30])
            )


def calculator_form(asked: Sequence[Question]) -> type[CalculatorForm]:
    """The form of the calculator: one field for each question, none of them required."""
    return type("Calculator", (CalculatorForm,), {question.key: _field(question) for question in asked})


def _field(question: Question) -> Any:
    fact = question.fact
    shared = {"label": LazyString(word, fact.label), "description": _found_in(question)}
    typed = {FactKind.MONEY: YuanField, FactKind.SHARE: ShareField, FactKind.DATE: DayField}.get(fact.kind)
    if typed is not None:
        return typed(**shared)
    if fact.kind is FactKind.COUNT:
        return WholeField(**shared, unit=fact.unit)
    if fact.kind is FactKind.WORDS:
        widgets = {"widget": ListWidget(prefix_label=False), "option_widget": CheckboxInput()}
        checks = [_none_alone]
        return SelectMultipleField(**shared, **widgets, validators=checks, choices=choices_from(question.options))
    is_record = fact.kind is FactKind.DATES
    choices = _spans(question.terms) if is_record else choices_from(question.options, blank=_l("没有回答"))
    return ChoiceField(**shared, choices=choices, default="")


def _found_in(question: Question) -> Any:
    """Where one finds the answer."""
    if question.fact.document:
        return lazy_gettext("见%(paper)s", paper=LazyString(word, question.fact.document))
    if question.topic is Topic.BEFORE:
        return _l("没有就填 0。")
    places = {
        Supplier.REGISTER: _l("以登记信息为准。"),
        Supplier.ORDER: _l("见服务合同或订单。"),
        Supplier.PROVIDER: _l("可向服务商了解。"),
    }
    return places.get(question.fact.supplier, "")


def _spans(terms: Sequence[Term]) -> list[SelectChoice]:
    """No record, or the shortest span in which the latest lies."""
    words = [explanation.term_words(term) for term in terms]
    first = [SelectChoice("", _l("没有回答"))]
    if not words:
        return [*first, SelectChoice(NONE, _l("没有"))]
    spans = [SelectChoice(terms[0].written(), _l("近%(term)s内有", term=words[0]))]
    for i in range(1, len(terms)):
        told = _l("%(near)s以前、近%(far)s内有", near=words[i - 1], far=words[i])
        spans.append(SelectChoice(terms[i].written(), told))
    return [*first, SelectChoice(NONE, _l("近%(term)s内没有", term=words[-1])), *spans]


def _none_alone(_form: Form, field: Field) -> None:
    if NONE in (field.data or ()) and len(field.data) > 1:
        raise ValidationError(gettext("选了“都没有”，就不能再选其他项"))


def _plain(kind: FactKind, data: Any) -> object:
    """A typed answer as the plain value that facts are read from."""
    if kind is FactKind.MONEY:
        return decimal_yuan(data)
    if kind is FactKind.SHARE:
        return f"{data}%"
    return data.isoformat() if kind is FactKind.DATE else data


def _answered(field: Field) -> bool:
    return field.data not in (None, "", [])


def _typed(field: Any) -> Any:
    """An answer as it stands in an address."""
    return field.data if isinstance(field, SelectField) else field._value()  # noqa: SLF001  WTForms has no public name for it


def _shown(question: Question, field: Any) -> str:
    if isinstance(field, SelectField):
        chosen = field.data if isinstance(field.data, list) else [field.data]
        return str(gettext("、")).join(word(str(one.label)) for one in field.choices if one.value in chosen)
    if question.fact.kind is FactKind.MONEY:
        return format_yuan(field.data)
    return f"{_typed(field)} {gettext(str(getattr(field, 'unit', '')))}".strip()
