"""加一条规则: a form with a field for every key of a rule, made from the model of its list."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any, ClassVar

from flask_babel import gettext
from flask_babel import lazy_gettext as _l
from wtforms import Field, Form, SelectMultipleField, StringField, TextAreaField, ValidationError
from wtforms.fields.choices import SelectChoice
from wtforms.widgets import CheckboxInput, ListWidget

from vouchers.kernel.findings import Finding
from vouchers.policy.adding import RuleKey, RuleList, Shape, compared, parts_of, shape_problems, words_of
from vouchers.policy.explanation import of_plan
from vouchers.policy.pack.clauses import Rule
from vouchers.policy.pack.conditions import Operator
from vouchers.policy.pack.model import PolicyPack
from vouchers.policy.pack.reading import PackFinding
from vouchers.policy.reference import example_of
from vouchers.policy.rules.facts import FactType
from vouchers.policy.rules.vocabulary import vocabulary_of
from vouchers.policy.wording import for_reader, keys_of, operator_words
from vouchers.web.fields import ChoiceField, Filled, WholeField, at_most
from vouchers.web.forms import SeenForm

_LONG = frozenset({"say", "note"})
_YES_NO: Mapping[str, object] = {"true": True, "false": False}
_READERS: Mapping[Shape, Callable[[str], object]] = {
    Shape.WORDS: words_of,
    Shape.PARTS: parts_of,
    Shape.CHOICE: lambda typed: _YES_NO.get(typed, typed),
}
_LAST = tuple(key for key in keys_of(Rule) if key not in {"id", "say"})
_FIELD_OF = {
    "duplicate-rule": "id",
    "missing-clause": "cite.article",
    "unknown-source": "cite.source",
    "no-quotation": "cite.quotation",
    "quotation-not-found": "cite.quotation",
    "unfit-condition": "when.value",
    "unknown-kind": "kinds",
    "unknown-stage": "apart_from",
    "unknown-fact": "",
    "unfit-fact": "",
}
"""What the check may find in a rule that lies in that rule alone, and the field it is about."""


class PartsField(TextAreaField):  # type: ignore[misc]  # WTForms ships no types
    """What a pack writes in several parts: a choice, rows, members; typed as the pack writes it."""

    css_class = "v-code"

    def pre_validate(self, _form: Form) -> None:
        """Refuse what cannot be read, with the line."""
        try:
            parts_of(self.data or "")
        except ValueError as error:
            raise ValidationError(str(error)) from None


class AddForm(SeenForm):
    """加一条规则: a field for each key."""

    rules: ClassVar[RuleList]
    vocabulary: ClassVar[Mapping[str, FactType]]

    def shown(self) -> Iterator[Field]:
        """The fields of the keys, in their order."""
        return (field for field in self if field.name.startswith("rule."))

    def rule(self) -> dict[str, object] | None:
        """The rule as plain data, in the order in which packs write it; None with findings where it does not hold."""
        keys = {one.key: one for one in self.rules.asked()}
        order = [key for key in keys if key not in _LAST] + [key for key in _LAST if key in keys]
        try:
            values = {key: self._value(keys[key]) for key in order}
        except ValueError as error:
            self.report([Finding("unfit", "{why}。", {"why": str(error)}, field="rule.when.value")])
            return None
        rule = {key: value for key, value in values.items() if value not in (None, "", [])}
        found = [
            Finding(
                "unfit",
                "{why}。",
                {"why": message},
                _sentence(mend),
                field=self._field_at(str(path[0]) if path else ""),
            )
            for path, message, mend in shape_problems(self.rules.model, rule)
        ]
        self.report(found)
        return None if found else rule

    def report_own(self, found: tuple[PackFinding, ...], rule_id: str) -> bool:
        """Put what the check found in the new rule alone beside its fields; whether there was anything."""
        own = [one for one in found if one.rule == rule_id and one.code in _FIELD_OF]
        told = (
            Finding(one.code, "{why}。", {"why": one.message}, _sentence(one.mend), field=f"rule.{_FIELD_OF[one.code]}")
            for one in own
        )
        self.report(told)
        return bool(own)

    def _field_at(self, key: str) -> str:
        names = [name for name in self._fields if name == f"rule.{key}" or name.startswith(f"rule.{key}.")]
        return names[0] if names else ""

    def _value(self, one: RuleKey) -> object:
        if one.shape is Shape.CLAUSE:
            cite = [self[f"rule.{one.key}.{part}"].data or "" for part in ("source", "article", "quotation")]
            return (cite if cite[2] else cite[:2]) if any(cite) else None
        if one.shape is Shape.CONDITION:
            return self._condition(one.key)
        data: Any = self[f"rule.{one.key}"].data
        reader = _READERS.get(one.shape)
        return data if reader is None else reader(data or "")

    def _condition(self, key: str) -> object:
        fact, operator, typed = (self[f"rule.{key}.{part}"].data or "" for part in ("fact", "operator", "value"))
        if not fact:
            return None
        value = compared(self.vocabulary[fact], Operator(operator), typed)
        return {fact: value if operator == Operator.IS and not isinstance(value, dict) else {operator: value}}


def add_form(rules: RuleList, pack: PolicyPack) -> type[AddForm]:
    """The form of a rule of a list, with the kinds, sources and facts of a pack to choose from."""
    fields = {f"rule.{name}": field for one in rules.asked() for name, field in _fields(one, rules, pack)}
    return type("Add", (AddForm,), {**fields, "rules": rules, "vocabulary": vocabulary_of(pack)})


def _fields(one: RuleKey, rules: RuleList, pack: PolicyPack) -> Iterator[tuple[str, Any]]:
    if one.shape is Shape.CLAUSE:
        yield from _clause_fields(one, pack)
    elif one.shape is Shape.CONDITION:
        yield from _condition_fields(one, pack)
    else:
        yield one.key, _field(one, rules, pack)


def _field(one: RuleKey, rules: RuleList, pack: PolicyPack) -> Any:
    filled = [Filled()] if one.required else []
    shared: dict[str, Any] = {"label": _label(one), "description": _hint(one, rules)}
    if one.shape in {Shape.SEVERAL, Shape.KINDS}:
        options = one.options or tuple((kind.id, of_plan(pack, kind.name)) for kind in pack.kinds)
        widgets = {"widget": ListWidget(prefix_label=False), "option_widget": CheckboxInput()}
        return SelectMultipleField(**shared, **widgets, validators=filled, choices=_choices(options))
    if one.shape is Shape.CHOICE:
        choices = [SelectChoice("", gettext("请选择")), *_choices(one.options)]
        return ChoiceField(**shared, validators=filled, choices=choices, default="")
    if one.shape is Shape.WHOLE:
        return WholeField(**shared, validators=filled)
    if one.shape is Shape.PARTS:
        return PartsField(**shared, validators=[*filled, at_most(4000)], render_kw={"rows": 4, "spellcheck": "false"})
    return StringField(
        **shared, validators=[*filled, at_most(300)], render_kw={"size": 60} if one.key in _LONG else None
    )


def _clause_fields(one: RuleKey, pack: PolicyPack) -> Iterator[tuple[str, Any]]:
    sources = [SelectChoice(key, _named(of_plan(pack, source.title), key)) for key, source in pack.sources.items()]
    blank = SelectChoice("", gettext("没有依据（本地设定）"))
    hint = _l(
        "规划原文（plan）写明来源、条款和原文摘录；据规划推定（derived）写明来源和条款；本地设定（local）可以不写。"
    )
    label = _label(one)
    yield (
        f"{one.key}.source",
        ChoiceField(_part(label, "来源"), choices=[blank, *sources], default="", description=hint),
    )
    yield f"{one.key}.article", StringField(_part(label, "条款"), [at_most(100)])
    yield (
        f"{one.key}.quotation",
        StringField(
            _part(label, "原文摘录"),
            [at_most(300)],
            description=_l("逐字照抄，检查时与原文核对。"),
        ),
    )


def _condition_fields(one: RuleKey, pack: PolicyPack) -> Iterator[tuple[str, Any]]:
    filled, label = [Filled()] if one.required else [], _label(one)
    facts = [
        SelectChoice(fact.name, _named(of_plan(pack, fact.label), fact.name)) for fact in vocabulary_of(pack).values()
    ]
    words = [SelectChoice(one.value, _named(for_reader(operator_words()[one][0]), one)) for one in Operator]
    blank = SelectChoice("", gettext("请选择"))
    hint = _l("一条规则在这里写一个比较；几个比较合在一起的（all、any、not），加好以后在全文里改。")
    yield (
        f"{one.key}.fact",
        ChoiceField(_part(label, "事实"), filled, choices=[blank, *facts], default="", description=hint),
    )
    yield (
        f"{one.key}.operator",
        ChoiceField(_part(label, "比较"), filled, choices=words, default=Operator.IS.value),
    )
    hint = _l(
        "是或否、数、文字、“20 万元”“55%”“3 years”；几个值用顿号隔开；与另一事实相比的写“{fact: revenue, share: 5%}”。"
    )
    yield (
        f"{one.key}.value",
        StringField(_part(label, "值"), [*filled, at_most(300)], description=hint),
    )


def _label(one: RuleKey) -> str:
    return _named(for_reader(one.words.label), one.key)


def _part(label: str, name: str) -> str:
    return label + str(gettext("：")) + str(gettext(name))


def _named(word: str, key: str) -> str:
    return str(gettext("%(word)s（%(key)s）", word=word, key=key))


def _hint(one: RuleKey, rules: RuleList) -> str:
    meaning = for_reader(one.words.meaning)
    is_typed = one.shape in {Shape.TEXT, Shape.WORDS, Shape.PARTS} and "例如" not in one.words.meaning
    example = example_of(rules.model, one.key) if is_typed else ""
    if example:
        return str(gettext("%(meaning)s。例如：%(example)s", meaning=meaning, example=example))
    return f"{meaning}{gettext('。')}"


def _choices(options: tuple[tuple[str, str], ...]) -> list[SelectChoice]:
    return [SelectChoice(value, _named(for_reader(word), value)) for value, word in options]


def _sentence(mend: str) -> str:
    """A way to mend as a sentence; its own braces are no places for values."""
    text = mend.replace("{", "{{").replace("}", "}}")
    return text if not text or text[-1] in "。？！" else f"{text}。"
