"""The conditions of admission as pages show them: level, what was read, the clause, and the way to mend it."""

from dataclasses import dataclass

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from vouchers.policy.pack.clauses import Provenance
from vouchers.policy.rules.eligibility import Outcome
from vouchers.providers.queries import Checklist
from vouchers.providers.rules import Requirement
from vouchers.web.wording import said

_LEVELS = {Outcome.PASS: "ok", Outcome.FAIL: "bad", Outcome.UNKNOWN: "wait", Outcome.REVIEW: "warn"}
_FIXES = {
    Outcome.PASS: "",
    Outcome.FAIL: _l("具备条件后，在“条件说明”中更正。"),
    Outcome.UNKNOWN: _l("在“条件说明”中填写。"),
    Outcome.REVIEW: _l("由工作人员认定。"),
}


@dataclass(frozen=True, slots=True)
class ShownCondition:
    """One condition for the macro `findings`."""

    level: str
    text: str
    seen: str
    clause: str
    prov: str
    fix: str


def conditions_of(listed: Checklist) -> list[ShownCondition]:
    """Every condition of a checklist."""
    return [_shown(one, listed) for one in listed.requirements]


def _shown(one: Requirement, listed: Checklist) -> ShownCondition:
    seen = [f"{_(fact.label)} {said(listed.facts[fact.name].shown)}" for fact in one.facts if fact.name in listed.facts]
    fix = str(_FIXES[one.outcome])
    clause = _("由主管部门确定") if one.provenance == Provenance.LOCAL else said(one.clause)
    return ShownCondition(_LEVELS[one.outcome], said(one.say), _("；").join(seen), clause, one.provenance, fix)
