"""Forms of reviewing: a verdict with its reason; what is to be mended; what a reviewer judges."""

from collections.abc import Sequence
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext
from flask_babel import lazy_gettext as _l
from wtforms import BooleanField, HiddenField, SelectMultipleField, StringField, TextAreaField
from wtforms.widgets import CheckboxInput, ListWidget

from vouchers.kernel.money import decimal_yuan
from vouchers.policy.amount_fields import approved_field
from vouchers.policy.pack.intake import Criterion
from vouchers.policy.pack.measure import Measure
from vouchers.policy.pack.values import percent
from vouchers.policy.rules.facts import FactKind, FactType
from vouchers.policy.rules.scoring import MOST_MARK
from vouchers.web.fields import (
    ChoiceField,
    Filled,
    OptionField,
    WholeField,
    YuanField,
    at_least,
    at_most,
    choices_from,
)
from vouchers.web.forms import BaseForm, MoneyForm, SeenForm
from vouchers.web.wording import said

_LEAST, _MOST = 4, 1000
JUDGED = "judge_"
_YES_NO = {"yes": "认可", "no": "不认可"}


class ReasonForm(SeenForm):
    """An act with its reason."""

    reason = TextAreaField(_l("理由"), [Filled(), at_least(_LEAST), at_most(_MOST)])


class CorrectionForm(SeenForm):
    """要求补正: the fields to open and what to do about them."""

    fields = SelectMultipleField(
        _l("需要补正的内容"), widget=ListWidget(prefix_label=False), option_widget=CheckboxInput()
    )
    reason = TextAreaField(_l("要求"), [Filled(), at_least(_LEAST), at_most(_MOST)])


class RejectionForm(SeenForm):
    """不予通过: the rule it rests on, and why."""

    rule = ChoiceField(_l("依据的条款"), [Filled()], choices=[])
    reason = TextAreaField(_l("理由"), [Filled(), at_least(_LEAST), at_most(_MOST)])


class MeetingForm(SeenForm):
    """会议审定: the meeting, supported or not, and what becomes of the case when the money has run out."""

    meeting = StringField(_l("会议编号"), [Filled(), at_most(120)], description=_l("例如 会议纪要〔2026〕3 号"))
    supports = OptionField(_l("审定结果"), [Filled()], choices=choices_from({"yes": "拟支持", "no": "不予支持"}))
    if_short = OptionField(
        _l("可发放规模不足时"),
        choices=choices_from({"wait": "排队等待追加规模", "end": "以规模用完结束"}),
        default="wait",
    )
    reason = TextAreaField(_l("审定意见"), [Filled(), at_least(_LEAST), at_most(_MOST)])


class LiftForm(MoneyForm):
    """提出放宽上限: which soft cap, the most that may be granted to this case, and why."""

    cap = ChoiceField(_l("放宽的上限"), [Filled()], choices=[])
    amount = YuanField(_l("放宽后本件最高金额"), [Filled()])
    reason = TextAreaField(_l("放宽的理由"), [Filled(), at_least(_LEAST), at_most(_MOST)])


class LiftAnswerForm(MoneyForm):
    """决定是否放宽: yes or no, and why."""

    grants = OptionField(_l("是否放宽"), [Filled()], choices=choices_from({"yes": "同意放宽", "no": "不同意放宽"}))
    reason = TextAreaField(_l("意见"), [Filled(), at_least(_LEAST), at_most(_MOST)])


class PassForm(SeenForm):
    """通过: the amount and the reason; what has to be judged is added per case."""

    judged: tuple[FactType, ...] = ()
    amount = approved_field(Measure(), [Filled()])
    reason = TextAreaField(_l("审核意见"), [Filled(), at_least(_LEAST), at_most(_MOST)])

    def judgements(self) -> dict[str, Any]:
        """What the reviewer judged, as written in JSON."""
        typed = {fact.name: (fact, self[JUDGED + fact.name].data) for fact in self.judged}
        return {name: _judged(fact, value) for name, (fact, value) in typed.items() if value not in {None, ""}}


def pass_form(judged: Sequence[FactType], *, version: int, amount: int, measure: Measure) -> PassForm:
    """A form for passing a case on which these facts are to be judged."""
    fields = {JUDGED + fact.name: _field(fact) for fact in judged}
    is_open = any(fact.kind is FactKind.MONEY for fact in judged)
    hint = _l("不填写就按登记的基数计算出的金额") if is_open else ""
    fields["amount"] = approved_field(measure, [] if is_open else [Filled()], hint=hint)
    kind: type[PassForm] = type("CasePassForm", (PassForm,), {**fields, "judged": tuple(judged)})
    return kind(seen_version=version, amount=amount or None)


class AcceptForm(SeenForm):
    """受理: what a fast track asks whoever accepts is added per case."""

    judged: tuple[FactType, ...] = ()

    def judgements(self) -> dict[str, Any]:
        """What was judged, as written in JSON."""
        typed = {fact.name: (fact, self[JUDGED + fact.name].data) for fact in self.judged}
        return {name: _judged(fact, value) for name, (fact, value) in typed.items() if value not in {None, ""}}


def accept_form(judged: Sequence[FactType], *, version: int) -> AcceptForm:
    """A form for accepting a case on which these facts are to be judged."""
    fields = {JUDGED + fact.name: _field(fact) for fact in judged}
    kind: type[AcceptForm] = type("CaseAcceptForm", (AcceptForm,), {**fields, "judged": tuple(judged)})
    return kind(seen_version=version)


class MakeGoodForm(BaseForm):
    """补办: what the stage that was left out would have said."""

    is_in_order = OptionField(
        _l("补办结论"), [Filled()], choices=choices_from({"yes": "没有发现问题", "no": "发现问题，报审定人处理"})
    )
    reason = TextAreaField(_l("审核意见"), [Filled(), at_least(_LEAST), at_most(_MOST)])


def _field(fact: FactType) -> Any:
    label = _("需要您判断：%(label)s", label=said(fact.label))
    if fact.kind is FactKind.FLAG:
        return OptionField(label, [Filled()], choices=choices_from(_YES_NO))
    if fact.kind is FactKind.MONEY:
        return YuanField(
            _("登记%(label)s", label=said(fact.label)), [Filled()], description=_l("在意见里写明核定的依据")
        )
    return StringField(label, [Filled(), at_most(300)])


def _judged(fact: FactType, typed: Any) -> Any:
    if fact.kind is FactKind.MONEY:
        return decimal_yuan(typed)
    if fact.kind is FactKind.COUNT and str(typed).isdecimal():
        return int(typed)
    return typed == "yes" if fact.kind is FactKind.FLAG else typed


class ScoreForm(SeenForm):
    """专家评分: a mark for each criterion, why, and that the expert has no interest in the case."""

    count = 0
    is_impartial = BooleanField(
        _l("我与申报单位及其关联方没有任职、持股、亲属等利害关系"), [Filled()], description=_l("有利害关系的，请回避。")
    )
    remark = TextAreaField(_l("评分理由"), [Filled(), at_least(_LEAST), at_most(_MOST)])

    def marks(self) -> tuple[int, ...]:
        """The marks in the order of the criteria."""
        return tuple(self[f"mark_{i}"].data for i in range(self.count))


def score_form(criteria: Sequence[Criterion], version: int) -> ScoreForm:
    """A form with a field for each criterion."""
    fields = {f"mark_{i}": _mark(one) for i, one in enumerate(criteria)}
    kind: type[ScoreForm] = type("CaseScoreForm", (ScoreForm,), {**fields, "count": len(criteria)})
    return kind(seen_version=version)


def _mark(criterion: Criterion) -> WholeField:
    weight = percent(criterion.weight)
    told = _l("0 到 %(most)s 的整数，占 %(weight)s", most=MOST_MARK, weight=weight)
    return WholeField(lazy_gettext(criterion.name), [Filled()], unit=_l("分"), description=told)


class SettlementForm(BaseForm):
    """审定名单: the meeting and why; the list that was shown, by its digest."""

    seen = HiddenField()
    meeting = StringField(_l("会议编号"), [Filled(), at_most(120)], description=_l("例如 会议纪要〔2026〕3 号"))
    reason = TextAreaField(_l("审定意见"), [Filled(), at_least(_LEAST), at_most(_MOST)])


class DrawForm(BaseForm):
    """抽签: the public number, as its source gave it."""

    value = StringField(_l("公开数值"), [Filled(), at_most(200)])
