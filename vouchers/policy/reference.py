"""The reference of every key of a pack, written from the models themselves."""

import json
from collections.abc import Iterator
from datetime import date
from functools import cache
from itertools import islice
from pathlib import Path
from typing import Any, Literal, get_args, get_origin

from pydantic import BaseModel
from pydantic.fields import FieldInfo

from vouchers.policy.pack.clauses import Rule
from vouchers.policy.pack.conditions import Operator
from vouchers.policy.pack.reading import read_values
from vouchers.policy.pack.values import Part
from vouchers.policy.wording import (
    key_words,
    keys_of,
    models,
    operator_words,
    part_words,
    parts_in,
    values_of,
)

COMMAND = "flask policy reference"
_INTRO = f"""# 政策包参考

每个键的类型、意思和例子。这一页由 `{COMMAND}` 按程序里的模型写出，不要手改。
怎样写一个政策包见[政策包手册](policy-pack.md)和[从一段规划到一个方案](writing-a-pack.md)。

- “必填”一栏写“是”的必须有；写“否”的可以不写。
- 金额带单位：`20 万元`、`1000 元`、`1 分`。比例写 `50%`、`37.5%` 或 `1/3`。
- 期限写 `3 years`、`6 months`、`30 days`、`5 working days`。日期写 `2026-05-01`。
- 不认识的键、重复的键、没有单位的数，检查时都会指出在第几行、怎样改。
"""
_CONDITIONS = (
    "条件写成“事实: {比较: 值}”；`事实: 值` 就是等于。",
    "用 `all`（都要）、`any`（有一个就行）、`not`（不）组合，最多六层。有哪些事实：`flask policy facts`。",
)
_LONG, _FIRST = 20, 2  # of a longer mapping so many entries show how it is written
_PACK = Path(__file__).parents[2] / "seeds" / "policies" / "yuzhong-2025.yaml"
_SHIPPED: dict[str, tuple[str, ...]] = {"PolicyPack": (), "Amounts": ("amount",), "Process": ("process",)}
_READERS = {
    "read_yuan": "金额",
    "read_amount": "金额或数量",
    "read_rate": "比例",
    "read_term": "期限",
    "read_condition": "条件",
    "read_cite": "依据",
}
_PLAIN = {str: "文字", bool: "true 或 false", int: "整数", date: "日期", object: "值"}


def reference() -> str:
    """The whole page in Markdown."""
    return "\n".join([_INTRO, *_conditions(), *(line for model in models() for line in _part(model))]).rstrip() + "\n"


def _conditions() -> Iterator[str]:
    yield from ("## 条件", "", *_CONDITIONS, "", "| 比较 | 意思 | 例子 |", "| --- | --- | --- |")
    yield from (f"| `{one.value}` | {operator_words()[one][0]} | `{operator_words()[one][1]}` |" for one in Operator)
    yield ""


def _part(model: type[Part]) -> Iterator[str]:
    words = part_words()[model.__name__]
    yield from (f"## {words.name}", "", words.says, "")
    yield from ("| 键 | 名称 | 类型 | 必填 | 意思 | 例子 |", "| --- | --- | --- | --- | --- | --- |")
    for key, field in keys_of(model).items():
        label, meaning = key_words(model, key)
        choices = "；".join(f"`{value}` {word}" for value, word in values_of(model, key).items())
        told = f"{meaning}。{choices}" if choices else meaning
        needed = "是" if field.is_required() else "否"
        yield f"| `{key}` | {label} | {type_word(field)} | {needed} | {told} | {_example(model, key)} |"
    yield ""
    if words.examples:
        yield from ("```yaml", *(f"- {_flow(one)}" for one in words.examples), "```", "")


def type_word(field: FieldInfo) -> str:
    """The type of a field as an author reads it."""
    return _typed(field.annotation, tuple(field.metadata))


def _typed(annotation: Any, metadata: tuple[Any, ...] = ()) -> str:
    reader = next((one.func for one in metadata if hasattr(one, "func")), None)
    if reader is not None:
        name = getattr(reader, "__name__", "")
        return _READERS.get(name, "比例或 none" if "Fraction" in str(annotation) else "金额或 none")
    if hasattr(annotation, "__metadata__"):
        return _typed(annotation.__origin__, annotation.__metadata__)
    return _plainly(annotation)


def _plainly(annotation: Any) -> str:
    origin, inner = get_origin(annotation), get_args(annotation)
    if origin is Literal or _is_enum(annotation):
        word = "选项"
    elif origin is tuple:
        word = f"列表：{_typed(inner[0])}"
    elif origin is dict:
        word = f"“键: {_typed(inner[1])}”"
    elif inner:
        word = " 或 ".join(dict.fromkeys(_typed(one) for one in inner if one is not type(None)))
    elif isinstance(annotation, type) and issubclass(annotation, BaseModel):
        word = f"[{part_words()[annotation.__name__].name}](#{part_words()[annotation.__name__].name})"
    else:
        word = _PLAIN[annotation]
    return word


def _is_enum(annotation: Any) -> bool:
    return isinstance(annotation, type) and hasattr(annotation, "__members__")


def _example(model: type[Part], key: str) -> str:
    """The first example of a key among those of its part; parts within parts have their own."""
    if any(parts_in(keys_of(model)[key].annotation)) and not _simple(model, key):
        return "见该部分"
    found = next((one[key] for one in _examples(model) if key in one), None)
    if isinstance(found, dict) and len(found) > _LONG:
        found = dict(islice(found.items(), _FIRST))
    return "" if found is None else f"`{_flow(found)}`"


def _examples(model: type[Part]) -> Iterator[dict[str, Any]]:
    """The examples of a part, then those of what all rules share; of the largest parts, the first pack itself."""
    words = part_words()
    yield from words[model.__name__].examples
    here: Any = _shipped()
    for step in _SHIPPED.get(model.__name__, ()) if model.__name__ in _SHIPPED else ("",):
        here = here.get(step, {})
    yield here
    yield from words["Rule"].examples if issubclass(model, Rule) else ()


@cache
def _shipped() -> dict[str, Any]:
    return read_values(_PACK.read_text(encoding="utf-8"), str(_PACK))


def example_of(model: type[Part], key: str) -> str:
    """How a key of a part is written in its first example; empty where no example has it."""
    found = next((one[key] for one in _examples(model) if key in one), None)
    return "" if found is None else _flow(found)


def _simple(model: type[Part], key: str) -> bool:
    found = [one[key] for one in _examples(model) if key in one]
    return bool(found) and not isinstance(found[0], dict | list)


def _flow(value: Any) -> str:
    """A value in the flow style of YAML, on one line."""
    if isinstance(value, dict):
        return "{" + ", ".join(f"{_scalar(key)}: {_flow(one)}" for key, one in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(_flow(one) for one in value) + "]"
    return _scalar(value)


def _scalar(value: object) -> str:
    if not isinstance(value, str):
        return json.dumps(value, ensure_ascii=False)
    number = value[:1].isdigit() and value.replace(".", "", 1).isdigit()
    return json.dumps(value, ensure_ascii=False) if not value or number or set(value) & set(":#,{}[]") else value
