"""Every mutant of a pack's data: one rule of who, what for and how much, changed in one place."""

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from vouchers.policy.mutation.around import SECTIONS
from vouchers.policy.mutation.conditions import changed_conditions
from vouchers.policy.mutation.values import moved
from vouchers.policy.pack.conditions import Path
from vouchers.policy.pack.values import read_yuan
from vouchers.policy.rules.facts import FactType

_DROPPED = frozenset(
    {
        *("applicants", "spending", "bonuses", "ceilings", "stacking", "caps", "floors"),
        *("documents", "fast_tracks", "requirements"),
    }
)
_AMOUNTS = ("tiers", "bases", "rates", "bonuses", "ceilings", "stacking", "caps", "floors")
_SWAPS: Mapping[str, tuple[object, ...]] = {
    "tax": ("included", "excluded"),
    "slices": ("whole", "marginal"),
    "on": ("whole", "excess"),
    "days": ("both-ends", "last-excluded"),
    "pays": ("whole", "difference"),
    "effect": ("reject", "add"),
    "mode": ("down", "half-up", "half-even"),
    "step": ("end", "base-and-end", "each-step"),
    "hard": (True, False),
    "required": (True, False),
    "partly": (True, False),
}
_EDGES = {"from": "above", "above": "from", "below": "to", "to": "below"}
_ENDS, _STARTS = ("below", "to"), ("from", "above")
_SHORTENED = ("less", "no_more_than", "skips")
_WORDS = frozenset({"id", "name", "say", "provenance", "cite", "confidence", "note", "by", "sources"})


class Mutant(NamedTuple):
    """A pack's data with one thing changed: where, what, and the whole data."""

    path: Path
    told: str
    data: Any


def mutants(data: Mapping[str, Any], vocabulary: Mapping[str, FactType]) -> Iterator[Mutant]:
    """All mutants, in the order of the pack's sections."""
    amount = data.get("amount", {})
    step = read_yuan(amount["rounding"]["to"])
    lists: list[tuple[Path, list[Any]]] = [((key,), data.get(key, [])) for key in ("applicants", "spending")]
    lists += [(("amount", key), amount.get(key, [])) for key in _AMOUNTS]
    lists += [(section, _at(data, section)) for section in SECTIONS]
    for path, rules in lists:
        for at, rule in enumerate(rules):
            if path[-1] in _DROPPED and (path[-1] != "applicants" or len(rules) > 1):
                yield Mutant((*path, at), "整条去掉", replaced(data, path, rules[:at] + rules[at + 1 :]))
            for below, told, value in _inside(rule, vocabulary, step):
                yield Mutant((*path, at, *below), told, replaced(data, (*path, at, *below), value))
    for below, told, value in _inside(amount["rounding"], vocabulary, step):
        if below != ("to",) or read_yuan(value):  # no step at all is refused before any case
            yield Mutant(("amount", "rounding", *below), told, replaced(data, ("amount", "rounding", *below), value))


def _at(data: Any, path: Path) -> list[Any]:
    """The rules at a path; none where the pack leaves the section out."""
    for key in path:
        data = data.get(key, {})
    return list(data)


def replaced(data: Any, path: Path, value: object) -> Any:
    """The data with another value at a path; only what lies on the path is copied.

    >>> replaced({"a": [1, 2], "b": 3}, ("a", 1), 9)
    {'a': [1, 9], 'b': 3}
    """
    if not path:
        return value
    copy: Any = list(data) if isinstance(data, list) else dict(data)
    copy[path[0]] = replaced(data[path[0]], path[1:], value)
    return copy


Change = tuple[Path, str, object]
"""Where below the rule, what was done, and the value that stands there now."""


def _inside(part: Mapping[str, Any], vocabulary: Mapping[str, FactType], step: int) -> Iterator[Change]:
    for key, value in part.items():
        if key in {"when", "liftable_when"}:
            yield from (((key,), told, one) for told, one in changed_conditions(value, vocabulary))
        elif key in {"at", "kinds", *_SHORTENED}:
            yield from _shortened(key, value)
        elif key == "ranked_by" and isinstance(value, list):
            yield from _shortened(key, value)
            yield from (((key,), "ranked_by 倒过来", value[::-1]) for _ in value[1:2])
        elif key in _SWAPS and (key != "effect" or value == "reject"):
            others = (one for one in _SWAPS[key] if one != value)
            yield from (((key,), f"{key} 从 {value} 改成 {one}", one) for one in others)
        elif key in {"brackets", "rows"} and isinstance(value, list):
            yield from _row_edges(key, value)
            yield from _nested(key, value, vocabulary, step)
        elif key == "activated":
            yield from (((key,), told, one) for told, one in _edge_of(value))
            yield from _nested_one((key,), value, vocabulary, step)
        elif isinstance(value, dict | list) and key not in _WORDS:
            yield from _nested(key, value, vocabulary, step)
        elif key not in _WORDS:
            size = 1 if key in _EDGES else step
            yield from (((key,), f"{key} {value} 改成 {one}", one) for one in moved(value, step=size))


def _nested(key: str | int, value: Any, vocabulary: Mapping[str, FactType], step: int) -> Iterator[Change]:
    items = value.items() if isinstance(value, dict) else enumerate(value)
    if isinstance(value, dict) and not any(isinstance(one, dict) for one in value.values()):
        yield from _nested_one((key,), value, vocabulary, step)
        return
    for name, one in items:
        if isinstance(one, dict):
            yield from _nested_one((key, name), one, vocabulary, step)
        elif isinstance(one, list) and isinstance(value, dict):
            yield from ((((key, *below)), told, new) for below, told, new in _nested(name, one, vocabulary, step))
        elif isinstance(value, dict) and name not in _WORDS:
            yield from (((key, name), f"{name} {one} 改成 {new}", new) for new in moved(one, step=step))


def _nested_one(path: Path, part: Mapping[str, Any], vocabulary: Mapping[str, FactType], step: int) -> Iterator[Change]:
    bounds = frozenset(_EDGES) if path[0] in {"brackets", "rows"} and isinstance(path[-1], int) else frozenset()
    measured = {name: value for name, value in part.items() if name not in bounds}
    yield from (((*path, *below), told, one) for below, told, one in _inside(measured, vocabulary, step))


def _shortened(key: str, value: Any) -> Iterator[Change]:
    if isinstance(value, list) and (len(value) > 1 or key in _SHORTENED):
        for at, item in enumerate(value):
            yield (key,), f"{key} 去掉 {item}", value[:at] + value[at + 1 :]


def _row_edges(key: str, rows: list[Any]) -> Iterator[Change]:
    """Each border between two rows moved both ways, and given to the other row."""
    for at in range(1, len(rows)):
        before, after = rows[at - 1], rows[at]
        end = next((name for name in _ENDS if name in before), None)
        start = next((name for name in _STARTS if name in after), None)
        if end is None or start is None:
            continue
        for one in moved(after[start]):
            rewritten = [*rows[: at - 1], {**before, end: one}, {**after, start: one}, *rows[at + 1 :]]
            yield (key,), f"第 {at} 段和第 {at + 1} 段的界线 {after[start]} 改成 {one}", rewritten
        turned = [_turned(before, end), _turned(after, start)]
        yield (key,), f"界线 {after[start]} 改归另一段", [*rows[: at - 1], *turned, *rows[at + 1 :]]


def _edge_of(part: Mapping[str, Any]) -> Iterator[tuple[str, object]]:
    for key in _STARTS:
        if key in part:
            yield f"{key} 改成 {_EDGES[key]}", _turned(part, key)


def _turned(part: Mapping[str, Any], key: str) -> dict[str, Any]:
    return {(_EDGES[key] if name == key else name): value for name, value in part.items()}
