"""A decision in words: findings with seen, wanted and what would change them; the calculation, row by row."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from vouchers.policy.explanation.calculation import calculation, line_of
from vouchers.policy.explanation.words import clause_words, of_plan, shown_text, term_words
from vouchers.policy.explanation.words import spoken as _
from vouchers.policy.pack.values import percent, read_rate, read_term
from vouchers.policy.rules.compiled import CompiledPack
from vouchers.policy.rules.eligibility import Outcome
from vouchers.policy.rules.facts import FactKind, FactType, Supplier
from vouchers.policy.rules.results import RESULT_LABELS, ConditionResult, Decision, Result
from vouchers.web.wording import said

LEVELS = {Result.ELIGIBLE: "ok", Result.REVIEW: "warn", Result.UNKNOWN: "warn", Result.INELIGIBLE: "bad"}
_FINDING_LEVELS = {Outcome.FAIL: "bad", Outcome.REVIEW: "warn", Outcome.UNKNOWN: "wait", Outcome.PASS: "ok"}
_ORDER = list(_FINDING_LEVELS)
_ALL, _ANY = "all", "any"


@dataclass(frozen=True, slots=True)
class Explained:
    """All that is told of a decision, the same to whoever reads it: an item per condition, a row per step."""

    items: Sequence[dict[str, Any]] = ()
    rows: Sequence[dict[str, Any]] = ()

    @property
    def open(self) -> list[dict[str, Any]]:
        """The conditions that do not hold, or not yet."""
        return [one for one in self.items if one["level"] != "ok"]


def explained(compiled: CompiledPack, decision: Decision | None) -> Explained:
    """A decision in full; nothing where none was made yet."""
    return Explained() if decision is None else Explained(findings(compiled, decision), calculation(compiled, decision))


def findings(compiled: CompiledPack, decision: Decision) -> list[dict[str, Any]]:
    """One item per condition for the macro `findings`, the worst first; then the facts that the amount still needs."""
    ordered = sorted(decision.conditions, key=lambda one: _ORDER.index(one.outcome))
    unit = decision.amount.unit if decision.amount else ""
    told = [_finding(compiled, one, unit) for one in ordered]
    named = {fact for one in decision.conditions if one.outcome is Outcome.UNKNOWN for fact in _facts_of(one.wanted)}
    missing = decision.amount.missing if decision.amount else ()
    needed = [_needed(compiled, compiled.vocabulary[fact]) for fact in missing if fact not in named]
    wait = next((i for i, one in enumerate(told) if one["level"] == "ok"), len(told))
    return told[:wait] + needed + told[wait:]


def told(compiled: CompiledPack, decision: Decision) -> Iterator[str]:
    """The decision as lines of text, for a terminal."""
    yield f"{of_plan(compiled.pack, compiled.pack.title)}：{_(RESULT_LABELS[decision.result])}"
    marks = {"bad": "✗", "warn": "!", "wait": "?", "ok": "✓"}
    for one in findings(compiled, decision):
        yield f"{marks[one['level']]} {one['text']}　{one['clause']}"
        if one["level"] != "ok":
            values = [_("读到 %(seen)s", seen=one["seen"] or _("未填")), _("要求 %(wanted)s", wanted=one["wanted"])]
            yield "    " + "，".join(values)
            yield f"    {one['fix']}"
    for row in calculation(compiled, decision):
        yield from line_of(row)


def shown_value(compiled: CompiledPack, fact: FactType, value: Any) -> str:
    """A stored plain value of a fact as people read it."""
    if isinstance(value, list) and fact.kind not in {FactKind.DATES, FactKind.WORDS}:
        if fact.options:
            value = [option for option in fact.options if option in value]
        return _("、").join(shown_value(compiled, fact, one) for one in value)
    text = fact.shown(fact.read(value))
    name = _list_names(compiled).get(text, text)
    told = of_plan(compiled.pack, name)
    return told if told != name else said(name)


def _finding(compiled: CompiledPack, one: ConditionResult, unit: str) -> dict[str, Any]:
    rule = compiled.pack.rule(one.id)
    return {
        "level": _FINDING_LEVELS[one.outcome],
        "text": of_plan(compiled.pack, rule.say) if rule else one.id,
        "seen": _seen(compiled, one.seen, unit, several=len(_facts_of(one.wanted)) > 1),
        "wanted": wanted_words(compiled, one.wanted, unit, alone=True),
        "prov": one.provenance,
        "clause": clause_words(compiled.pack, rule, one.clause) if rule and rule.cite else _("本方案自定"),
        "quote": rule.cite.quotation if rule and rule.cite else "",
        "fix": _fix(compiled, one),
        "rule": one.id,
    }


def _needed(compiled: CompiledPack, fact: FactType) -> dict[str, Any]:
    label = of_plan(compiled.pack, fact.label)
    text = _("计算金额还需要：%(label)s", label=label)
    judged = _("由审核人员核定并写明依据")
    fix = judged if fact.supplier is Supplier.REVIEWER else _supply(compiled, fact, fact.document)
    return {
        "level": "wait",
        "text": text,
        "seen": "",
        "wanted": label,
        "prov": "",
        "clause": "",
        "quote": "",
        "fix": fix,
        "rule": fact.name,
    }


def _seen(compiled: CompiledPack, seen: Mapping[str, Any], unit: str, *, several: bool) -> str:
    if not seen:
        return ""
    words = []
    for name, value in seen.items():
        fact = compiled.vocabulary.get(name)
        text = shown_text(value, unit) if fact is None else shown_value(compiled, fact, value)
        words.append(f"{of_plan(compiled.pack, fact.label)} {text}" if fact is not None and several else text)
    return _("，").join(words)


def wanted_words(compiled: CompiledPack, wanted: Any, unit: str = "", *, alone: bool = False) -> str:
    """What a condition wants, in words; `alone` leaves out the name of the only fact."""
    key, inner = next(iter(wanted.items()))
    if key in {_ALL, _ANY} and isinstance(inner, list):
        joint = _("，并且") if key == _ALL else _("，或者")
        return joint.join(wanted_words(compiled, part, unit) for part in inner)
    word, value = next(iter(inner.items()))
    fact = compiled.vocabulary.get(key)
    if fact is None:
        return _operator(word) % {"value": shown_text(value, unit)}
    text = term_words(read_term(value)) if word in {"within", "not_within"} else _each(compiled, fact, value)
    if fact.kind is FactKind.DATE and word in {"within", "not_within"}:
        word = f"date_{word}"
    sentence = _operator(word) % {"value": text}
    return sentence if alone else f"{of_plan(compiled.pack, fact.label)} {sentence}"


def _each(compiled: CompiledPack, fact: FactType, value: Any) -> str:
    if isinstance(value, dict):
        return _related(compiled, value)
    if isinstance(value, str) and fact.kind is FactKind.WORDS:
        return of_plan(compiled.pack, value)
    return shown_value(compiled, fact, value)


def _related(compiled: CompiledPack, relation: Mapping[str, Any]) -> str:
    """Another fact, as the bound: “研发费用的 50%”, “合同服务期起之后 1 年”."""
    label = of_plan(compiled.pack, compiled.vocabulary[relation["fact"]].label)
    if "share" in relation:
        return _("%(label)s的 %(share)s", label=label, share=percent(read_rate(relation["share"])))
    if "plus" in relation:
        return _("%(label)s之后 %(term)s", label=label, term=term_words(read_term(relation["plus"])))
    return label


def _operator(word: str) -> str:
    words = {
        "is": "%(value)s",
        "is_not": _("不是%(value)s"),
        "in": _("%(value)s之一"),
        "not_in": _("不属于%(value)s"),
        "in_list": _("%(value)s之一"),
        "not_in_list": _("不属于%(value)s"),
        "at_least": _("不低于 %(value)s"),
        "less_than": _("低于 %(value)s"),
        "at_most": _("不超过 %(value)s"),
        "more_than": _("超过 %(value)s"),
        "between": _("在 %(value)s 之间（含两端）"),
        "outside": _("不在 %(value)s 之间"),
        "includes": _("包括%(value)s"),
        "excludes": _("不含%(value)s"),
        "includes_any": _("包括%(value)s之一"),
        "includes_none": _("不含%(value)s"),
        "in_area": _("在%(value)s"),
        "outside_area": _("不在%(value)s"),
        "at_least_of": _("不低于%(value)s"),
        "less_than_of": _("低于%(value)s"),
        "at_most_of": _("不超过%(value)s"),
        "more_than_of": _("超过%(value)s"),
        "within": _("%(value)s内有"),
        "not_within": _("%(value)s内没有"),
        "date_within": _("不满%(value)s"),
        "date_not_within": _("已满%(value)s"),
    }
    return words[word]


def _fix(compiled: CompiledPack, one: ConditionResult) -> str:
    if one.outcome is Outcome.PASS:
        return ""
    ways = [_("，并且").join(_change(compiled, change) for change in way) for way in one.change]
    if not ways:
        return _("这一项不能由本单位改变，可向主管部门咨询。")
    return _("；或者").join(ways) + _("。")


def _change(compiled: CompiledPack, change: Mapping[str, Any]) -> str:
    fact = compiled.vocabulary[change["fact"]]
    label, value = of_plan(compiled.pack, fact.label), change["value"]
    if change["action"] == "supply":
        return _supply(compiled, fact, change["document"])
    if change["action"] == "judge":
        return _("由审核人员认定“%(label)s”", label=label)
    if change["action"] == "wait":
        return _("自 %(day)s 起符合", day=value)
    text = _("、").join(value) if fact.kind is FactKind.WORDS else _each(compiled, fact, value)
    words = {
        "set": _("%(label)s为 %(value)s 即符合", label=label, value=text),
        "one-of": _("%(label)s为 %(value)s 之一即符合", label=label, value=text),
        "add": _("%(label)s包括 %(value)s 即符合", label=label, value=text),
        "remove": _("%(label)s不含 %(value)s 即符合", label=label, value=text),
        "avoid": _("%(label)s不是 %(value)s 即符合", label=label, value=text),
    }
    return words[change["action"]]


def _supply(compiled: CompiledPack, fact: FactType, document: str) -> str:
    label = of_plan(compiled.pack, fact.label)
    if document:
        return _("请填写%(label)s（材料：%(document)s）", label=label, document=of_plan(compiled.pack, document))
    return _("请填写%(label)s", label=label)


def _facts_of(wanted: Any) -> tuple[str, ...]:
    key, inner = next(iter(wanted.items()))
    if key in {_ALL, _ANY} and isinstance(inner, list):
        return tuple(dict.fromkeys(fact for part in inner for fact in _facts_of(part)))
    value = next(iter(inner.values()))
    return (key, value["fact"]) if isinstance(value, dict) else (key,)


def _list_names(compiled: CompiledPack) -> dict[str, str]:
    return {code: name for named in compiled.pack.lists for code, name in named.items.items()}
