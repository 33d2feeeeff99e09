"""Forms about organisations: who registers, who acts for them, where they are paid, what is said about them."""

import re
from collections.abc import Callable, Mapping, Sequence
from datetime import date
from typing import Any

from flask_babel import gettext
from flask_babel import lazy_gettext as _l
from wtforms import Field, Form, PasswordField, StringField, TextAreaField, ValidationError
from wtforms.fields.choices import SelectChoice

from vouchers.accounts.services import PersonDetails
from vouchers.kernel.identifiers import identity_problem, normalise
from vouchers.kernel.money import decimal_yuan
from vouchers.parties.queries import KnownFact
from vouchers.parties.rules import BANK, CHANNEL_LABELS
from vouchers.parties.services import HandOver, NewBankAccount
from vouchers.parties.states import LABELS, MandateKind
from vouchers.parties.uploads import received
from vouchers.policy.rules.facts import FactKind, FactType
from vouchers.policy.rules.vocabulary import VOCABULARY
from vouchers.web.fields import (
    ChoiceField,
    DayField,
    Filled,
    OptionField,
    UploadField,
    WholeField,
    YuanField,
    at_least,
    at_most,
    choices_from,
    parse_day,
)
from vouchers.web.forms import BaseForm, SeenForm

_PHONE = re.compile(r"^1\d{10}$", re.ASCII)
_SIGN_IN = re.compile(r"^[A-Za-z0-9][A-Za-z0-9._-]{2,39}$", re.ASCII)
_SEPARATORS = re.compile(r"[、，,；;\n]+")
_NONE_WORDS = frozenset({"无", "没有"})
_YES, _NO = "yes", "no"

_QUALITIES = {
    kind: LABELS[kind] for kind in (MandateKind.LEGAL_REPRESENTATIVE, MandateKind.AUTHORISED, MandateKind.HANDLER)
}


def a_phone(_: Form, field: Field) -> None:
    """A check that this is a mobile phone number."""
    if field.data and not _PHONE.fullmatch(normalise(field.data)):
        raise ValidationError(gettext("手机号应为 11 位数字，以 1 开头"))


def an_identity_number(_: Form, field: Field) -> None:
    """A check that this is an identity number, its check character included."""
    if field.data and (problem := identity_problem(field.data)):
        raise ValidationError(gettext(problem))


def a_sign_in(_: Form, field: Field) -> None:
    """A check that a sign-in name can be typed everywhere."""
    if field.data and not _SIGN_IN.fullmatch(field.data):
        raise ValidationError(gettext("登录名用 3 至 40 个字母、数字、点、横线，以字母或数字开头"))


class OrganisationForm(BaseForm):
    """注册: an organisation, the person who registers it and the account they wish for."""

    name = StringField(_l("单位名称"), [Filled(), at_least(2), at_most(200)])
    uscc = StringField(_l("统一社会信用代码"), [Filled(), at_most(40)], render_kw={"autocomplete": "off"})
    licence = UploadField(_l("营业执照"))
    address = StringField(_l("住所"), [at_most(300)])
    person_name = StringField(_l("您的姓名"), [Filled(), at_most(100)], render_kw={"autocomplete": "name"})
    kind = OptionField(_l("您的身份"), [Filled()], choices=choices_from(_QUALITIES))
    letter = UploadField(_l("授权委托书"))
    phone = StringField(_l("手机号"), [Filled(), a_phone], render_kw={"autocomplete": "tel", "inputmode": "tel"})
    identity_number = StringField(_l("身份证号码"), [an_identity_number], render_kw={"autocomplete": "off"})
    sign_in = StringField(
        _l("登录名"), [Filled(), a_sign_in], render_kw={"autocomplete": "username", "autocapitalize": "none"}
    )
    password = PasswordField(_l("密码"), [Filled(), at_most(1024)], render_kw={"autocomplete": "new-password"})
    again = PasswordField(_l("再输入一次密码"), [Filled()], render_kw={"autocomplete": "new-password"})

    def validate_again(self, field: Field) -> None:
        """Both passwords are the same."""
        if field.data != self.password.data:
            raise ValidationError(gettext("两次输入的密码不一样"))


class PersonForm(BaseForm):
    """添加人员: somebody else who is to act for the organisation; pages add in what quality or role."""

    name = StringField(_l("姓名"), [Filled(), at_most(100)])
    phone = StringField(_l("手机号"), [Filled(), a_phone], render_kw={"inputmode": "tel", "autocomplete": "off"})
    sign_in = StringField(_l("登录名"), [Filled(), a_sign_in], render_kw={"autocomplete": "off"})
    letter = UploadField(_l("授权委托书"))
    valid_until = DayField(_l("授权截止日"))


class HandOverForm(PersonForm):
    """更换人员: who takes over, by which letter, and why."""

    reason = TextAreaField(_l("更换原因"), [Filled(), at_least(4), at_most(500)])

    def to_hand_over(self) -> HandOver:
        """What was typed, as the service takes it; the papers are looked at and stored."""
        evidence: UploadField | None = self._fields.get("evidence")
        return HandOver(
            PersonDetails(self.name.data, phone=self.phone.data),
            self.sign_in.data,
            self.reason.data,
            received(self.letter),
            received(evidence) if evidence is not None else None,
            self.valid_until.data,
        )


class OfficeHandOverForm(HandOverForm):
    """更换人员 by an office: with the stamped letter that asks for it."""

    evidence = UploadField(_l("单位盖章的公函"), [Filled()])


class ConflictForm(BaseForm):
    """申报利害关系: what ties the officer to the organisation."""

    reason = TextAreaField(_l("利害关系"), [Filled(), at_least(4), at_most(500)])


class MemberForm(PersonForm):
    """添加人员, with the quality in which they act."""

    kind = OptionField(_l("身份"), [Filled()], choices=choices_from(_QUALITIES), default=MandateKind.HANDLER.value)


class BankAccountForm(BaseForm):
    """收款账户."""

    channel = OptionField(_l("收款方式"), [Filled()], choices=choices_from(CHANNEL_LABELS), default=BANK)
    account_name = StringField(_l("户名"), [Filled(), at_most(200)])
    number = StringField(_l("银行账号或钱包编号"), [Filled(), at_most(60)], render_kw={"inputmode": "numeric"})
    bank = StringField(_l("开户行或运营机构"), [Filled(), at_most(200)])
    bank_code = StringField(_l("联行号"), [at_most(20)], render_kw={"inputmode": "numeric"})
    valid_from = DayField(_l("启用日期"), [Filled()])

    def to_account(self) -> NewBankAccount:
        """The account as the service takes it."""
        if self.valid_from.data is None:
            raise ValueError("read a form only after it was found complete")
        return NewBankAccount(
            account_name=self.account_name.data,
            bank=self.bank.data,
            number=self.number.data,
            valid_from=self.valid_from.data,
            bank_code=self.bank_code.data or "",
            channel=self.channel.data,
        )


class ReasonForm(SeenForm):
    """An act with its reason, on the version that the page showed."""

    reason = TextAreaField(_l("理由"), [Filled(), at_least(4), at_most(500)])


class DocumentForm(BaseForm):
    """上传材料: a paper, until when it holds."""

    file = UploadField(_l("文件"), [Filled()])
    valid_until = DayField(_l("有效期至"))


class FactsForm(BaseForm):
    """Facts of the vocabulary as fields; made by `facts_form`."""

    asked: Sequence[str] = ()

    def to_values(self) -> dict[str, object]:
        """What was typed as JSON values; None where nothing was."""
        return {name: _plain(VOCABULARY[name], self[name].data) for name in self.asked}


def facts_form(
    names: Sequence[str], held: Mapping[str, KnownFact], *, choices: Mapping[str, Any] | None = None
) -> FactsForm:
    """A form that asks these facts, filled with what is known; `choices` offers lists for some of them."""
    offered = choices or {}
    fields = {name: _field(VOCABULARY[name], offered.get(name)) for name in names}
    form_class = type("AskedFactsForm", (FactsForm,), {**fields, "asked": tuple(names)})
    known = {name: _typed(VOCABULARY[name], held[name]) for name in names if name in held}
    form: FactsForm = form_class(data=known)
    return form


def _field(word: FactType, offered: Any) -> Field:
    label = _l(word.label)
    if offered is not None:
        return ChoiceField(label, choices=offered)
    return _FIELDS.get(word.kind, _text_field)(label, word)


def _text_field(label: Any, _: FactType) -> Field:
    return StringField(label, [at_most(300)])


def _flag_field(label: Any, _: FactType) -> Field:
    options = [SelectChoice("", _l("请选择")), SelectChoice(_YES, _l("是")), SelectChoice(_NO, _l("否"))]
    return ChoiceField(label, choices=options)


def _days_check(_: Form, field: Field) -> None:
    try:
        _days(field.data or "")
    except ValueError as problem:
        raise ValidationError(str(problem)) from None


def _days(text: str) -> list[date]:
    words = [word.strip() for word in _SEPARATORS.split(text) if word.strip()]
    return [] if set(words) <= _NONE_WORDS else [parse_day(word) for word in words]


_FIELDS: Mapping[FactKind, Callable[[Any, FactType], Field]] = {
    FactKind.CHOICE: lambda label, word: ChoiceField(
        label, choices=choices_from(word.options or {}, blank=_l("请选择"))
    ),
    FactKind.FLAG: _flag_field,
    FactKind.COUNT: lambda label, word: WholeField(label, unit=word.unit),
    FactKind.MONEY: lambda label, _: YuanField(label),
    FactKind.DATE: lambda label, _: DayField(label),
    FactKind.DATES: lambda label, _: StringField(label, [at_most(300), _days_check]),
}
_PLAIN: Mapping[FactKind, Callable[[Any], object]] = {
    FactKind.FLAG: lambda typed: bool(typed == _YES),
    FactKind.MONEY: decimal_yuan,
    FactKind.DATE: lambda typed: typed.isoformat(),
    FactKind.DATES: lambda typed: [day.isoformat() for day in sorted(_days(typed))],
    FactKind.WORDS: lambda typed: sorted({w.strip() for w in _SEPARATORS.split(typed) if w.strip()} - _NONE_WORDS),
}


def _plain(word: FactType, typed: Any) -> object:
    """The JSON value of a field; None for nothing."""
    if typed is None or typed == "":
        return None
    return _PLAIN.get(word.kind, str if word.kind is not FactKind.COUNT else int)(typed)


def _typed(word: FactType, known: KnownFact) -> Any:
    """What a field shows for a known fact."""
    value = known.typed
    match word.kind:
        case FactKind.FLAG:
            return _YES if value else _NO
        case FactKind.DATES | FactKind.WORDS:
            return "、".join(str(item) for item in known.value) or gettext("无")
    return value
