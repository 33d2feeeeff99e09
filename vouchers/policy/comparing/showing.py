"""A comparison of two versions for a page: rule by rule, what it said and what it says, and what that means."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_babel.speaklater import LazyString

from vouchers.policy.comparing.differences import ABSENT, Change, Difference, Finding, Reordered, differences
from vouchers.policy.comparing.telling import KINDS, Side, clause_of, place_words, rule_of, section_words, value_words

_NUMBER = re.compile(r"^(\d+(?:\.\d+)?) ?(\D*)$", re.ASCII)
_PERCENT = 100


@dataclass(frozen=True, slots=True)
class ShownChange:
    """One key that says something else: where, what it said, what it says, and by how much a number moved."""

    place: str
    before: str
    after: str
    by: str


@dataclass(frozen=True, slots=True)
class ShownDifference:
    """One rule that is new, gone or changed, in words, with its clauses and what it means for cases to come."""

    section: str
    kind: str
    label: str
    rule: str
    say: str
    changes: tuple[ShownChange, ...]
    clause_before: str
    clause_after: str
    meaning: str


def shown(before: Side, after: Side) -> list[ShownDifference]:
    """Everything that differs between two versions, in the order of the pack."""
    return [_shown(one, before, after) for one in differences(before.data, after.data)]


def _shown(one: Finding, before: Side, after: Side) -> ShownDifference:
    section = section_words(one.path)
    if isinstance(one, Reordered):
        order = ShownChange(_("次序"), "、".join(one.before), "、".join(one.after), "")
        meaning = _("先后改变：按先后起作用的规则，以新的先后为准。")
        return ShownDifference(section, "reordered", _("次序"), "", "", (order,), "", "", meaning)
    return ShownDifference(
        section=section,
        kind=one.kind,
        label=str(_(KINDS[one.kind])),
        rule=rule_of(one),
        say=_say(one),
        changes=tuple(_changes(one)),
        clause_before=clause_of(before.data, one.before),
        clause_after=clause_of(after.data, one.after),
        meaning=_meaning(one),
    )


def _say(one: Difference) -> str:
    """The sentence of the rule as it stands now, or as it stood."""
    for rule in (one.after, one.before):
        if isinstance(rule, Mapping):
            return next((str(rule[key]) for key in ("say", "title", "name") if rule.get(key)), "")
    return ""


def _changes(one: Difference) -> Iterator[ShownChange]:
    is_whole = one.kind != "changed" and isinstance(one.after if one.after is not ABSENT else one.before, Mapping)
    for change in () if is_whole else one.changes:
        old, new = (value_words(one.path, change, value) for value in (change.before, change.after))
        by = "" if one.path[0] in _NO_QUANTITIES else _by(change)
        yield ShownChange(place_words(one.path, change), old, new, by)


def _by(change: Change) -> str:
    """By how many per cent a number moved; nothing where it is no number, or of another unit."""
    moved = _moved(change)
    if moved is None or not moved:
        return ""
    size = f"{float(abs(moved) * _PERCENT):.4g}"
    return str(_("提高 %(size)s%%", size=size) if moved > 0 else _("降低 %(size)s%%", size=size))


def _moved(change: Change) -> Fraction | None:
    """By which part of itself a number moved."""
    old, new = (_NUMBER.match(str(value)) for value in (change.before, change.after))
    if old is None or new is None or old[2] != new[2] or not Fraction(old[1]):
        return None
    return Fraction(new[1]) / Fraction(old[1]) - 1


_MEANINGS: Mapping[tuple[str, str], LazyString] = {
    ("applicants", "added"): _l("以后的申请还要符合这一条，原来可以申领的可能不再可以。"),
    ("applicants", "removed"): _l("以后的申请不再看这一条，可以申领的只会更多。"),
    ("applicants", "changed"): _l("以后的申请按新的条件判断能否申领。"),
    ("spending", "added"): _l("支出还要符合这一条，原来可以用券的可能不再可以。"),
    ("spending", "removed"): _l("支出不再看这一条，可以用券的只会更多。"),
    ("spending", "changed"): _l("支出按新的条件判断能否用券。"),
    ("caps", "added"): _l("多一条上限，以后的金额可能更低。"),
    ("caps", "removed"): _l("少一条上限，以后的金额可能更高。"),
    ("documents", "added"): _l("以后要多交这份材料。"),
    ("documents", "removed"): _l("以后不再要这份材料。"),
    ("stages", "added"): _l("办理多一个环节。"),
    ("stages", "removed"): _l("办理少一个环节。"),
    ("allocation", "changed"): _l("资金不够时，谁先得、得多少按新的办法。"),
    ("cases", "added"): _l("示例只用来核对规则，不影响任何申请。"),
    ("cases", "removed"): _l("示例只用来核对规则，不影响任何申请。"),
    ("cases", "changed"): _l("示例只用来核对规则，不影响任何申请。"),
}
_UP_DOWN: Mapping[str, tuple[LazyString, LazyString]] = {
    "caps": (_l("上限提高：原来被这一条封顶的，以后可以多得。"), _l("上限降低：被这一条封顶的，以后会少得。")),
    "rates": (_l("比例提高：同样的支出，以后可以多得。"), _l("比例降低：同样的支出，以后会少得。")),
    "bonuses": (_l("加成提高：符合的以后可以多得。"), _l("加成降低：符合的以后会少得。")),
    "floors": (_l("起点提高：支出少的以后可能得不到。"), _l("起点降低：支出更少的以后也可以得到。")),
}
_NO_QUANTITIES = frozenset({"id", "version", "title", "status", "summary"})
_SENTENCES = frozenset({"say", "note", "cite", "provenance"})


def _meaning(one: Difference) -> str:
    part = next((str(step) for step in reversed(one.path) if str(step) in _PARTS), str(one.path[0]))
    if (
        one.kind == "changed"
        and one.changes
        and all(change.path[:1] and change.path[0] in _SENTENCES for change in one.changes)
    ):
        return str(_("只改了文字、依据或来源，结论和金额不变。"))
    if one.path[0] in _NO_QUANTITIES:
        return str(_("方案自己的名称、版本号或说明，结论和金额不变。"))
    if one.kind == "changed" and all(change.path[-1:] == ("working_days",) for change in one.changes):
        return str(_("期限改变：以后的案件按新的天数办理。"))
    ways = {moved > 0 for moved in map(_moved, one.changes) if moved}
    if one.kind == "changed" and part in _UP_DOWN and len(ways) == 1:
        return str(_UP_DOWN[part][0 if ways == {True} else 1])
    return str(_MEANINGS.get((part, one.kind)) or _("以后的申请按新的写法办理。"))


_PARTS: Sequence[str] = tuple(dict.fromkeys([*(part for part, _kind in _MEANINGS), *_UP_DOWN]))
