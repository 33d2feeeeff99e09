"""A decision in words: findings with seen, wanted and what would change them; the calculation, row by row."""

from collections.abc import Iterator, Mapping
from typing import Any

from flask_babel import gettext

from vouchers.kernel.money import format_yuan, parse_yuan
from vouchers.policy.pack.values import read_term
from vouchers.policy.rules.compiled import CompiledPack
from vouchers.policy.rules.eligibility import Outcome
from vouchers.policy.rules.facts import FactKind, FactType
from vouchers.policy.rules.results import RESULT_LABELS, ConditionResult, Decision, Result, StepResult
from vouchers.web.wording import said

LEVELS = {Result.ELIGIBLE: "ok", Result.REVIEW: "warn", Result.UNKNOWN: "warn", Result.INELIGIBLE: "bad"}
_FINDING_LEVELS = {Outcome.FAIL: "bad", Outcome.REVIEW: "warn", Outcome.UNKNOWN: "wait", Outcome.PASS: "ok"}
_ORDER = list(_FINDING_LEVELS)
_ALL, _ANY = "all", "any"


def _(text: str, **values: object) -> str:
    return str(gettext(text, **values))


def findings(compiled: CompiledPack, decision: Decision) -> list[dict[str, Any]]:
    """One item per condition for the macro `findings`, the worst first; then the facts that the amount still needs."""
    ordered = sorted(decision.conditions, key=lambda one: _ORDER.index(one.outcome))
    told = [_finding(compiled, one) for one in ordered]
    named = {fact for one in decision.conditions if one.outcome is Outcome.UNKNOWN for fact in _facts_of(one.wanted)}
    missing = decision.amount.missing if decision.amount else ()
    needed = [_needed(compiled.vocabulary[fact]) for fact in missing if fact not in named]
    wait = next((i for i, one in enumerate(told) if one["level"] == "ok"), len(told))
    return told[:wait] + needed + told[wait:]


def calculation(compiled: CompiledPack, decision: Decision) -> list[dict[str, Any]]:
    """The rows of the macro `calc`: base, rate, caps, result; every cap with its value, the binding one marked."""
    if decision.amount is None:
        return []
    rows: list[dict[str, Any]] = []
    group = ""
    for step in decision.amount.steps:
        title = _group(step.code)
        if title and title != group:
            rows.append({"group": title})
            group = title
        rows += _rows(compiled, decision, step)
    if decision.amount.maximum is not None:
        rounding = compiled.pack.amount.rounding.say
        rows.append({"name": _("可申领"), "how": rounding, "fen": decision.amount.maximum, "kind": "total"})
    return rows


def told(compiled: CompiledPack, decision: Decision) -> Iterator[str]:
    """The decision as lines of text, for a terminal."""
    yield f"{compiled.pack.title}：{_(RESULT_LABELS[decision.result])}"
    marks = {"bad": "✗", "warn": "!", "wait": "?", "ok": "✓"}
    for one in findings(compiled, decision):
        yield f"{marks[one['level']]} {one['text']}　{one['clause']}"
        if one["level"] != "ok":
            values = [_("读到 %(seen)s", seen=one["seen"] or _("未填")), _("要求 %(wanted)s", wanted=one["wanted"])]
            yield "    " + "，".join(values)
            yield f"    {one['fix']}"
    for row in calculation(compiled, decision):
        yield from _line(row)


def shown_value(compiled: CompiledPack, fact: FactType, value: Any) -> str:
    """A stored plain value of a fact as people read it."""
    if isinstance(value, list) and fact.kind not in {FactKind.DATES, FactKind.WORDS}:
        if fact.options:
            value = [option for option in fact.options if option in value]
        return _("、").join(shown_value(compiled, fact, one) for one in value)
    text = fact.shown(fact.read(value))
    return said(_list_names(compiled).get(text, text))


def _finding(compiled: CompiledPack, one: ConditionResult) -> dict[str, Any]:
    rule = compiled.pack.rule(one.id)
    return {
        "level": _FINDING_LEVELS[one.outcome],
        "text": rule.say if rule else one.id,
        "seen": _seen(compiled, one.seen, several=len(_facts_of(one.wanted)) > 1),
        "wanted": _wanted(compiled, one.wanted, alone=True),
        "prov": one.provenance,
        "clause": one.clause if rule and rule.cite else _("本方案自定"),
        "quote": rule.cite.quotation if rule and rule.cite else "",
        "fix": _fix(compiled, one),
        "rule": one.id,
    }


def _needed(fact: FactType) -> dict[str, Any]:
    text = _("计算金额还需要：%(label)s", label=_(fact.label))
    fix = _supply(fact.label, fact.document)
    return {
        "level": "wait",
        "text": text,
        "seen": "",
        "wanted": _(fact.label),
        "prov": "",
        "clause": "",
        "quote": "",
        "fix": fix,
        "rule": fact.name,
    }


def _seen(compiled: CompiledPack, seen: Mapping[str, Any], *, several: bool) -> str:
    if not seen:
        return ""
    words = []
    for name, value in seen.items():
        fact = compiled.vocabulary.get(name)
        text = format_yuan(parse_yuan(value)) if fact is None else shown_value(compiled, fact, value)
        words.append(f"{_(fact.label)} {text}" if fact is not None and several else text)
    return _("，").join(words)


def _wanted(compiled: CompiledPack, wanted: Any, *, alone: bool = False) -> str:
    key, inner = next(iter(wanted.items()))
    if key in {_ALL, _ANY} and isinstance(inner, list):
        joint = _("，并且") if key == _ALL else _("，或者")
        return joint.join(_wanted(compiled, part) for part in inner)
    word, value = next(iter(inner.items()))
    fact = compiled.vocabulary.get(key)
    if fact is None:
        return _("不低于 %(value)s", value=format_yuan(parse_yuan(value)))
    text = _term(value) if word in {"within", "not_within"} else _each(compiled, fact, value)
    sentence = _operator(word) % {"value": text}
    return sentence if alone else f"{_(fact.label)} {sentence}"


def _each(compiled: CompiledPack, fact: FactType, value: Any) -> str:
    if isinstance(value, str) and fact.kind is FactKind.WORDS:
        return value
    return shown_value(compiled, fact, value)


def _term(text: str) -> str:
    term = read_term(text)
    words = {"year": _("%(count)s 年", count=term.count), "month": _("%(count)s 个月", count=term.count)}
    return words.get(term.unit, _("%(count)s 天", count=term.count))


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
        "within": _("%(value)s内有"),
        "not_within": _("%(value)s内没有"),
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
    label, value = _(fact.label), change["value"]
    if change["action"] == "supply":
        return _supply(fact.label, change["document"])
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


def _supply(label: str, document: str) -> str:
    if document:
        return _("请填写%(label)s（材料：%(document)s）", label=_(label), document=_(document))
    return _("请填写%(label)s", label=_(label))


def _group(code: str) -> str:
    if code in {"base", "less", "base-total"}:
        return _("补贴基数")
    if code in {"rate", "bonus", "ceiling", "product"}:
        return _("比例")
    return _("封顶，逐项比较，取最低") if code == "cap" else ""


def _rows(compiled: CompiledPack, decision: Decision, step: StepResult) -> list[dict[str, Any]]:
    rule = compiled.pack.rule(step.rule)
    say = rule.say if rule else step.rule
    row: dict[str, Any] | None = None
    match step.code:
        case "tier":
            row = {"name": _("层级"), "how": say, "text": tier_name(compiled, decision.kind, step.detail["tier"])}
        case "base":
            row = {"name": _(compiled.vocabulary[step.detail["fact"]].label), "how": say, "fen": step.fen}
        case "less":
            label = _(compiled.vocabulary[step.detail["fact"]].label)
            row = (
                {"name": _("减：%(label)s", label=label), "fen": abs(step.fen or 0), "minus": True}
                if step.fen
                else None
            )
        case "base-total":
            row = {"name": _("基数"), "fen": step.fen, "kind": "sub"}
        case "product":
            row = {"name": _("按比例计算"), "fen": step.fen, "kind": "sub"}
        case "floor":
            how = _("达到") if step.detail["met"] else _("没有达到")
            row = {"name": say, "how": how, "fen": step.fen}
        case "rate" | "bonus" | "ceiling" | "cap":
            row = _rate_or_cap(step, say)
    return [row] if row else []


def _rate_or_cap(step: StepResult, say: str) -> dict[str, Any]:
    detail = step.detail
    if step.code == "rate":
        return {"name": say, "text": detail["rate"] or _("没有适用的比例")}
    if step.code == "bonus":
        words = {"pass": "", "fail": _("没有达到，不加"), "unknown": _("没有提供，暂不加")}
        text = f"+{detail['rate']}" if detail["outcome"] == "pass" else "—"
        return {"name": say, "how": words.get(detail["outcome"], _("待认定，暂不加")), "text": text}
    if step.code == "ceiling":
        return {"name": say, "how": "" if detail["binding"] else _("未触及"), "text": detail["rate"]}
    used = parse_yuan(detail["used"])
    how = f"{format_yuan(parse_yuan(detail['limit']))} − {format_yuan(used)}" if used else ""
    if detail["binding"]:
        return {"name": say, "how": how, "fen": step.fen, "kind": "binding"}
    return {"name": say, "how": how or _("未触及"), "fen": step.fen}


def tier_name(compiled: CompiledPack, kind: str, tier: str) -> str:
    """The name of a tier of a voucher kind; its key where the pack does not know it."""
    tables = [table for table in compiled.pack.amount.tiers if kind in table.kinds]
    return next((row.name for table in tables for row in table.rows if row.id == tier), tier)


def _facts_of(wanted: Any) -> tuple[str, ...]:
    key, inner = next(iter(wanted.items()))
    if key in {_ALL, _ANY} and isinstance(inner, list):
        return tuple(dict.fromkeys(fact for part in inner for fact in _facts_of(part)))
    return (key,)


def _list_names(compiled: CompiledPack) -> dict[str, str]:
    return {code: name for named in compiled.pack.lists for code, name in named.items.items()}


def _line(row: Mapping[str, Any]) -> Iterator[str]:
    if row.get("group"):
        yield f"— {row['group']}"
        return
    value = format_yuan(row["fen"]) if row.get("fen") is not None else row.get("text", "")
    sign = "−" if row.get("minus") else ""
    mark = _("（由本项决定）") if row.get("kind") == "binding" else ""
    how = f"（{row['how']}）" if row.get("how") else ""
    yield f"  {row['name']}{how}{mark}：{sign}{value}"
