"""Questions made from the pack: a form for the facts of a section, typed by the vocabulary."""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import date
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_babel.speaklater import LazyString
from wtforms import Field, Form, StringField, TextAreaField, ValidationError

from vouchers.applications.queries import SeenFact
from vouchers.applications.rules import AskedFact
from vouchers.kernel.findings import Finding
from vouchers.kernel.money import decimal_yuan
from vouchers.policy.amount_fields import requested_field
from vouchers.policy.pack.measure import Measure
from vouchers.policy.rules.facts import FactKind
from vouchers.web.fields import ChoiceField, DayField, OptionField, WholeField, YuanField, at_most, choices_from
from vouchers.web.forms import SeenForm
from vouchers.web.wording import said, word

PREFIX = "fact_"
SIZE_CLASS = "size_class"  # worked out from the profile where that is filled in
REQUESTED, LIFT_REASON = "requested", "lift_reason"
_YES_NO = {"yes": "是", "no": "否"}
_NONE = "无"
_OTHER = "other"
_LONGEST, _MOST_REASON = 300, 1000
_SEPARATORS = str.maketrans({"，": "、", ",": "、", "；": "、", ";": "、"})


class FactsForm(SeenForm):
    """The facts of one section; its fields are added per pack."""

    asked: tuple[AskedFact, ...] = ()

    def values(self) -> dict[str, Any]:
        """What was typed, as written in JSON; an empty field takes the value out."""
        return {one.fact.name: _written(one, self[PREFIX + one.fact.name].data) for one in self.asked}

    def amount_asked(self) -> int | None:
        """The amount asked for, 0 for all that can be had; None where this section does not ask."""
        return (self[REQUESTED].data or 0) if REQUESTED in self._fields else None

    def reason_to_lift(self) -> str | None:
        """Why more is asked than a soft cap gives; None where this section does not ask."""
        return (self[LIFT_REASON].data or "") if LIFT_REASON in self._fields else None

    def report(self, findings: Iterable[Finding]) -> None:
        """Put findings on facts beside their fields."""
        super().report(
            replace(one, field=PREFIX + one.field) if PREFIX + one.field in self._fields else one for one in findings
        )


def facts_form(
    asked: Sequence[AskedFact],
    seen: Mapping[str, SeenFact],
    *,
    version: int,
    asked_amount: tuple[Measure, int] | None,
    lift_reason: str | None = None,
) -> FactsForm:
    """A form for these facts, filled with what is known; `asked_amount` says in which measure how much is asked for.

    `lift_reason` None leaves out why more is asked than a soft cap gives: the pack has none.
    """
    fields: dict[str, Any] = {PREFIX + one.fact.name: _field(one) for one in asked}
    if asked_amount is not None:
        fields[REQUESTED] = requested_field(asked_amount[0])
    if lift_reason is not None:
        hint = _l("申请金额超过“原则上”的上限时填写；由两名工作人员决定是否放宽")
        fields[LIFT_REASON] = TextAreaField(_l("申请放宽上限的理由"), [at_most(_MOST_REASON)], description=hint)
    kind: type[FactsForm] = type("SectionForm", (FactsForm,), {**fields, "asked": tuple(asked)})
    known = {PREFIX + one.fact.name: _shown(one, seen[one.fact.name]) for one in asked if one.fact.name in seen}
    own = {REQUESTED: asked_amount[1] or None if asked_amount else None, LIFT_REASON: lift_reason}
    return kind(data={**known, **own}, seen_version=version)


def source_words(seen: SeenFact) -> str:
    """Where a value comes from, in words."""
    if seen.register:
        return str(_("取自登记册“%(name)s”", name=seen.register))
    words = {
        "register": _("取自登记信息"),
        "officer": _("工作人员核实"),
        "document": _("取自材料"),
        "self_declared": _("取自单位资料（本单位填报）"),
        "application": _("本次填写"),
        "reviewer": _("审核认定"),
        "ledger": _("本平台账本"),
        "system": _("系统记录"),
        "on_record": _("本平台其他方案已支付和申请支付的，不能少于这个数"),
    }
    return str(words[seen.source])


def _field(one: AskedFact) -> Any:
    return _FIELDS[one.fact.kind](one)


def _label(one: AskedFact) -> Any:
    return LazyString(word, one.fact.label)


def _hint(one: AskedFact) -> Any:
    return _("；").join(map(said, one.clauses))


def _text_field(one: AskedFact) -> Any:
    if one.options:
        choices = choices_from({**one.options, _OTHER: "其他"}, blank=_("请选择"))
        return ChoiceField(_label(one), choices=choices, description=_hint(one))
    return StringField(_label(one), [at_most(_LONGEST)], description=_hint(one))


def _area_field(one: AskedFact) -> Any:
    hint = _("省、市、区县都写全，例如 某某省某某市某某区")
    return StringField(_label(one), [at_most(_LONGEST)], description=hint)


def _choice_field(one: AskedFact) -> Any:
    choices = choices_from(dict(one.fact.options or {}), blank=_("请选择"))
    by_standard = _("不清楚的先不选：在“单位资料”的“经营情况”里填行业、从业人员和营业收入，系统按国家标准算出")
    hint = "；".join(filter(None, [by_standard, _hint(one)])) if one.fact.name == SIZE_CLASS else _hint(one)
    return ChoiceField(_label(one), choices=choices, description=hint)


def _flag_field(one: AskedFact) -> Any:
    return OptionField(_label(one), choices=choices_from(_YES_NO), validate_choice=False, description=_hint(one))


def _count_field(one: AskedFact) -> Any:
    return WholeField(_label(one), unit=one.fact.unit, description=_hint(one))


def _money_field(one: AskedFact) -> Any:
    return YuanField(_label(one), description=_hint(one))


def _share_field(one: AskedFact) -> Any:
    return StringField(_label(one), [at_most(10), _is_in_percent], description=_("写成百分数，例如 60%"))


def _is_in_percent(_form: Form, field: Field) -> None:
    """Refuse what may be a share or a percentage: 0.6 is either 60 % or next to nothing."""
    if re.fullmatch(r"0?\.\d*[1-9]\d*|1(\.0*)?", field.data or ""):
        raise ValidationError(_("“%(text)s”看不出是多少：请写上百分号，例如 60%% 或 0.6%%", text=field.data))


def _day_field(one: AskedFact) -> Any:
    return DayField(_label(one), description=_hint(one))


def _items_field(one: AskedFact) -> Any:
    return StringField(_label(one), [at_most(_LONGEST)], description=_("多项用顿号隔开；没有就写“无”"))


_FIELDS: Mapping[FactKind, Callable[[AskedFact], Any]] = {
    FactKind.TEXT: _text_field,
    FactKind.AREA: _area_field,
    FactKind.CHOICE: _choice_field,
    FactKind.FLAG: _flag_field,
    FactKind.COUNT: _count_field,
    FactKind.MONEY: _money_field,
    FactKind.SHARE: _share_field,
    FactKind.DATE: _day_field,
    FactKind.DATES: _items_field,
    FactKind.WORDS: _items_field,
}


def _written(one: AskedFact, typed: Any) -> Any:
    """What was typed in a field, as JSON; None for nothing."""
    if typed is None or typed == "":
        return None
    return _WRITERS.get(one.fact.kind, _as_typed)(typed)


def _as_typed(typed: Any) -> Any:
    return typed


def _items(typed: str) -> list[str]:
    parts = [part.strip() for part in typed.translate(_SEPARATORS).split("、")]
    return [] if parts == [_NONE] else [part for part in parts if part]


_WRITERS: Mapping[FactKind, Callable[[Any], Any]] = {
    FactKind.FLAG: {"yes": True, "no": False}.get,
    FactKind.MONEY: decimal_yuan,
    FactKind.DATE: date.isoformat,
    FactKind.SHARE: lambda typed: typed if typed.endswith("%") else f"{typed}%",
    FactKind.DATES: _items,
    FactKind.WORDS: _items,
}


def _shown(one: AskedFact, seen: SeenFact) -> Any:
    """What a known value looks like in its field."""
    try:
        value = one.fact.read(seen.value)
    except ValueError:
        return None
    if one.fact.kind is FactKind.FLAG:
        return "yes" if value else "no"
    if one.fact.kind in {FactKind.SHARE, FactKind.DATES, FactKind.WORDS}:
        written: Any = one.fact.written(value)
        return written if isinstance(written, str) else "、".join(written) or _NONE
    return _OTHER if one.options and value not in one.options else value
