"""A comparison of two versions in words that a clerk reads, and as plain data."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, get_origin

from vouchers.policy.comparing.differences import ABSENT, Change, Difference, Finding, Reordered, differences
from vouchers.policy.pack.clauses import PROVENANCE_LABELS, Provenance
from vouchers.policy.pack.conditions import Path
from vouchers.policy.pack.model import PolicyPack
from vouchers.policy.pack.values import Part
from vouchers.policy.wording import key_words, keys_of, parts_in, value_word

UNAFFECTED = "没有一件已提交的申请会因此改变结论：每件申请一直按提交时的版本办理。新版本只对以后的窗口起作用。"
_SAME = "两个版本没有差别。"
KINDS = {"added": "新增", "removed": "删去", "changed": "改动"}
_NOTHING = "（没有）"
_LONGEST = 120


@dataclass(frozen=True, slots=True)
class Side:
    """One version that is compared: what to call it, and its data."""

    name: str
    data: Mapping[str, Any]


def told(before: Side, after: Side) -> Iterator[str]:
    """The comparison, line by line."""
    yield f"甲：{before.name}"
    yield f"乙：{after.name}"
    found = differences(before.data, after.data)
    if not found:
        yield _SAME
    section = ""
    for one in found:
        name = section_words(one.path)
        if name != section:
            yield f"\n【{name}】"
            section = name
        yield from _lines(one, before, after)
    yield f"\n{UNAFFECTED}"


def plain(before: Side, after: Side) -> dict[str, Any]:
    """The comparison as plain data."""
    return {
        "before": before.name,
        "after": after.name,
        "differences": [_plain(one, before, after) for one in differences(before.data, after.data)],
        "applications_decided_differently": 0,
        "applications": UNAFFECTED,
    }


def named(path: Path) -> list[str]:
    """What the steps of a path are called, from the outside in; keys of members stand as they are."""
    return [name for name, _, _ in _walk(path)]


def _lines(one: Finding, before: Side, after: Side) -> Iterator[str]:
    if isinstance(one, Reordered):
        yield f"  次序  {'、'.join(one.before)} → {'、'.join(one.after)}"
        return
    rule = one.after if isinstance(one.after, dict) else one.before
    words = [rule.get(key) for key in ("say", "title", "name")] if isinstance(rule, dict) else []
    says = next((str(word) for word in words if word and word != rule_of(one)), "")
    yield f"  {KINDS[one.kind]}  {rule_of(one)}{f'　{says}' if says else ''}"
    for change in one.changes:
        yield f"      {place_words(one.path, change)}：{value_words(one.path, change, change.before)} → " + value_words(
            one.path, change, change.after
        )
    if one.kind != "changed" and not isinstance(rule, dict):
        yield f"      {_shown(rule)}"
    yield from _clauses(clause_of(before.data, one.before), clause_of(after.data, one.after), one.kind)


def _clauses(old: str, new: str, kind: str) -> Iterator[str]:
    if kind == "changed" and old != new:
        yield f"      依据：{old or _NOTHING} → {new or _NOTHING}"
    elif old or new:
        yield f"      依据：{new or old}"


def clause_of(data: Mapping[str, Any], rule: object) -> str:
    """Who says so, and where: provenance, document, article and quotation of a rule's data."""
    if not isinstance(rule, dict) or rule.get("provenance") not in set(Provenance):
        return ""
    label = PROVENANCE_LABELS[Provenance(rule["provenance"])]
    cite = rule.get("cite")
    if not isinstance(cite, list) or not cite:
        return label
    source = data.get("sources", {}).get(cite[0], {})
    title = source.get("title", cite[0]) if isinstance(source, dict) else cite[0]
    quote = f"：“{cite[2]}”" if len(cite) > 2 else ""  # noqa: PLR2004  the quotation comes third
    return f"{label}，{title} {cite[1] if len(cite) > 1 else ''}{quote}"


def _plain(one: Finding, before: Side, after: Side) -> dict[str, Any]:
    place: dict[str, Any] = {"section": section_words(one.path), "path": list(one.path)}
    if isinstance(one, Reordered):
        return {**place, "kind": "reordered", "before": list(one.before), "after": list(one.after)}
    changes = [
        {
            "path": list(change.path),
            "name": place_words(one.path, change),
            "before": _written(change.before),
            "after": _written(change.after),
        }
        for change in one.changes
    ]
    clauses = {"before": clause_of(before.data, one.before), "after": clause_of(after.data, one.after)}
    whole = {} if one.kind == "changed" else {"before": _written(one.before), "after": _written(one.after)}
    return {**place, "rule": rule_of(one), "kind": one.kind, "changes": changes, "clauses": clauses, **whole}


def section_words(path: Path) -> str:
    """The section of a path: the names of the keys that lead to the rule."""
    return "—".join(name for name, _, is_member in _walk(path) if not is_member)


def rule_of(one: Difference) -> str:
    """The key of the rule that differs, or of the part where it has none."""
    steps = [str(step) for step, (_, _, is_member) in zip(one.path, _walk(one.path), strict=True) if is_member]
    return "".join(steps[-1:]) or str(one.path[-1])


def place_words(path: Path, change: Change) -> str:
    """The key that changed: its names, and how it is written."""
    if not change.path:
        return named(path)[-1]
    steps = [
        (step, name)
        for step, (name, _, _) in list(zip((*path, *change.path), _walk((*path, *change.path)), strict=True))
    ]
    below = steps[len(path) :]
    words = "—".join(_ordinal(name) for _, name in below)
    return f"{words}（{'.'.join(str(step) for step, _ in below)}）"


def _ordinal(name: str) -> str:
    return f"第 {int(name) + 1} 项" if name.isdigit() else name


def _walk(path: Path) -> list[tuple[str, type[Part] | None, bool]]:
    """For each step: what it is called, the part that it is a key of, and whether it only picks a member."""
    model: type[Part] | None = PolicyPack
    found: list[tuple[str, type[Part] | None, bool]] = []
    picks = False
    for step in path:
        keys = keys_of(model) if model is not None else {}
        if picks or step not in keys or model is None:
            found.append(("次序" if step == "order" else str(step), None, True))
            picks = False
            continue
        field = keys[step]
        found.append((key_words(model, str(step)).label, model, False))
        inner = list(dict.fromkeys(parts_in(field.annotation)))
        picks = bool(inner) and get_origin(field.annotation) in {tuple, dict}
        model = inner[0] if inner else None
    return found


def value_words(path: Path, change: Change, value: object) -> str:
    """A value as people read it, with the word of a value to choose from."""
    if value is ABSENT:
        return _NOTHING
    whole = (*path, *change.path)
    walked = _walk(whole)
    at = next((i for i in range(len(walked) - 1, -1, -1) if walked[i][1] is not None), None)
    model = walked[at][1] if at is not None else None
    key = str(whole[at]) if at is not None else ""
    if model is not None and at == len(whole) - 1:
        return _spoken(model, key, value)
    return _shown(value)


def _spoken(model: type[Part], key: str, value: object) -> str:
    if isinstance(value, list) and all(isinstance(one, str) for one in value):
        return "、".join(value_word(model, key, one) for one in value) or "（空）"
    word = value_word(model, key, value)
    return f"{value}（{word}）" if word != str(value) else _shown(value)


def _shown(value: object) -> str:
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "是" if value else "否"
    text = json.dumps(value, ensure_ascii=False)
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}…"


def _written(value: object) -> object:
    return None if value is ABSENT else value
