"""Two versions of a pack compared: rule by rule, key by key. The id of a rule says which is which."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from vouchers.policy.pack.conditions import Path

_IDENTITY = ("id", "name", "say", "key")
_SECTIONS = (
    "id", "version", "title", "status", "summary", "authority", "effective", "sources", "kinds", "facts", "lists",
    "applicants", "spending", "line_items", "amount", "allocation", "voucher", "payee", "process", "documents",
    "admission", "redemption", "settlement", "targets", "recovery", "example", "cases", "english",
)  # fmt: skip
_AMOUNT = (
    "tiers", "bases", "rates", "bonuses", "ceilings", "stacking", "caps", "floors", "rounding", "funding",
    "funding_by_kind", "administration",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Absent:
    """What stands where one version says nothing."""


ABSENT = Absent()


@dataclass(frozen=True, slots=True)
class Change:
    """One key that says something else; ABSENT on the side that does not have it."""

    path: Path
    before: object
    after: object


@dataclass(frozen=True, slots=True)
class Difference:
    """One rule, or another part with a key of its own: added, removed, or changed in the keys named."""

    path: Path
    kind: str
    before: object
    after: object
    changes: tuple[Change, ...] = field(default=())


@dataclass(frozen=True, slots=True)
class Reordered:
    """A list whose common members stand in another order: stages, rows, rules."""

    path: Path
    before: tuple[str, ...]
    after: tuple[str, ...]


Finding = Difference | Reordered


def differences(before: Mapping[str, Any], after: Mapping[str, Any]) -> list[Finding]:
    """Everything that is not the same in two packs' data, in the order of the pack's sections."""
    found: list[Finding] = []
    for section in _ordered(before, after, _SECTIONS):
        found += _compared((section,), before.get(section, ABSENT), after.get(section, ABSENT))
    return found


def _compared(path: Path, before: object, after: object) -> Iterator[Finding]:
    """The differences of one part, parts with ids of their own told one by one."""
    if before == after:
        return
    before, after = _empty_beside(before, after), _empty_beside(after, before)
    if _is_named(before) and _is_named(after):
        yield from _members(path, before, after)
    elif _is_section(path, before, after):
        yield from _sections(path, before, after)
    else:
        kind = "added" if before is ABSENT else "removed" if after is ABSENT else "changed"
        yield Difference(path, kind, before, after, tuple(_changes((), before, after)))


def _sections(path: Path, before: Any, after: Any) -> Iterator[Finding]:
    for key in _ordered(before, after, _AMOUNT):
        yield from _compared((*path, key), before.get(key, ABSENT), after.get(key, ABSENT))


def _members(path: Path, before: Any, after: Any) -> Iterator[Finding]:
    """Added, removed and changed members of a list, then their order."""
    old, new = _keyed(before), _keyed(after)
    for key in [*old, *(key for key in new if key not in old)]:
        yield from _member((*path, key), old.get(key, ABSENT), new.get(key, ABSENT))
    kept, came = [key for key in old if key in new], [key for key in new if key in old]
    if kept != came:
        yield Reordered(path, tuple(kept), tuple(came))


def _member(path: Path, before: object, after: object) -> Iterator[Finding]:
    if before == after:
        return
    kind = "added" if before is ABSENT else "removed" if after is ABSENT else "changed"
    changes = tuple(_changes((), before, after)) if kind == "changed" else ()
    yield Difference(path, kind, before, after, changes)


def _changes(path: Path, before: Any, after: Any) -> Iterator[Change]:
    """Every leaf that differs; rows with keys of their own by key, other lists as a whole."""
    if before == after:
        return
    if isinstance(before, dict) and isinstance(after, dict):
        for key in _ordered(before, after, ()):
            yield from _changes((*path, key), before.get(key, ABSENT), after.get(key, ABSENT))
    elif _is_named(before) and _is_named(after):
        old, new = _keyed(before), _keyed(after)
        for key in [*old, *(key for key in new if key not in old)]:
            yield from _changes((*path, key), old.get(key, ABSENT), new.get(key, ABSENT))
        kept, came = [key for key in old if key in new], [key for key in new if key in old]
        if kept != came:
            yield Change((*path, "order"), kept, came)
    elif _is_rows(before) and _is_rows(after):
        for at in range(max(len(before), len(after))):
            pair = (rows[at] if at < len(rows) else ABSENT for rows in (before, after))
            yield from _changes((*path, at), *pair)
    else:
        yield Change(path, before, after)


def _ordered(before: Mapping[str, Any], after: Mapping[str, Any], first: Iterable[str]) -> list[str]:
    """All keys of both: those of the stated order first, then as they are written."""
    return [key for key in dict.fromkeys([*first, *before, *after]) if key in before or key in after]


def _is_section(path: Path, before: object, after: object) -> bool:
    """Whether a part is a section that holds rules, and no rule itself."""
    holds_rules = path[0] in {"amount", "process", "admission", "sources"} and len(path) == 1
    return holds_rules and isinstance(before, dict) and isinstance(after, dict)


def _empty_beside(part: object, other: object) -> object:
    """A list that one version leaves out, as an empty one: its members are told one by one."""
    return [] if part is ABSENT and _is_rows(other) else part


def _is_rows(part: object) -> bool:
    return isinstance(part, list) and bool(part) and all(isinstance(one, dict) for one in part)


def _is_named(part: object) -> bool:
    """Whether every member of a list has a key of its own that no other has."""
    if not isinstance(part, list) or not all(isinstance(one, dict) for one in part):
        return False
    keys = [_key(one) for one in part]
    return all(keys) and len(set(keys)) == len(keys)


def _keyed(part: Any) -> dict[str, Any]:
    return {_key(one): one for one in part}


def _key(one: Mapping[str, Any]) -> str:
    return next((str(one[name]) for name in _IDENTITY if isinstance(one.get(name), str)), "")
