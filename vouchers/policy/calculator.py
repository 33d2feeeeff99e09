"""政策测算: every open scheme's answer to the same few facts; nothing is kept."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from vouchers.policy import explanation, force, queries
from vouchers.policy.models import SchemeVersion
from vouchers.policy.pack.phases import Phase
from vouchers.policy.questions import Question, asked_as, assumed_unused, questions
from vouchers.policy.rules.compiled import CompiledPack
from vouchers.policy.rules.decision import decide
from vouchers.policy.rules.facts import FactValue, read_facts
from vouchers.policy.rules.results import RESULT_LABELS, Decision, Result

_ORDER = ("ok", "warn", "bad")


@dataclass(frozen=True, slots=True)
class Answer:
    """One voucher kind's answer, ready for the page. `amount` is in fen, or in words where no money is granted.

    `assumed` names the limits that all applicants share, of which nothing is taken to be used.
    """

    scheme_public_id: str
    scheme_title: str
    name: str
    level: str
    word: str
    fen: int | None
    quantity: str
    tier: str
    findings: list[dict[str, Any]]
    rows: list[dict[str, Any]]
    assumed: list[str]
    number: int
    digest: str


@dataclass(frozen=True, slots=True)
class OpenSchemes:
    """The versions that hold on a day, and those in force that do not hold yet or any more."""

    on: date
    holding: list[SchemeVersion]
    others: list[SchemeVersion]

    def questions(self) -> list[Question]:
        """What they ask, the most deciding first."""
        return questions([queries.compiled(version) for version in self.holding], self.on)

    def answers(self, given: Mapping[str, object]) -> list[Answer]:
        """The answer of every voucher kind, the best first; `given` are plain values under the keys of questions."""
        told = [answer for version in self.holding for answer in _answers(version, given, on=self.on)]
        return sorted(told, key=lambda answer: (_ORDER.index(answer.level), -(answer.fen or 0)))


def open_schemes(on: date) -> OpenSchemes:
    """The schemes that visitors may reckon with on a day."""
    versions = force.versions_shown(on=on)
    holding = [version for version in versions if _holds(version, on)]
    return OpenSchemes(on, holding, [version for version in versions if version not in holding])


def _holds(version: SchemeVersion, on: date) -> bool:
    first, last = version.effective_from, version.effective_until
    return (first is None or first <= on) and (last is None or on <= last)


def _answers(version: SchemeVersion, given: Mapping[str, object], *, on: date) -> Iterator[Answer]:
    compiled = queries.compiled(version)
    facts = _facts(compiled, given)
    for kind in compiled.pack.kinds:
        decision = decide(compiled, kind.id, facts, on=on, phase=Phase.APPLICATION)
        is_no = decision.result is Result.INELIGIBLE
        amount = None if is_no or decision.amount is None else decision.amount.maximum
        unit = decision.amount.unit if decision.amount else ""
        yield Answer(
            scheme_public_id=version.scheme.public_id,
            scheme_title=explanation.of_plan(compiled.pack, version.scheme.title),
            name=explanation.of_plan(compiled.pack, kind.name),
            level=explanation.LEVELS[decision.result],
            word=RESULT_LABELS[decision.result],
            fen=None if unit else amount,
            quantity=explanation.shown_amount(amount, unit) if unit and amount is not None else "",
            tier=explanation.tier_name(compiled, kind.id, decision.tier) if decision.tier else "",
            findings=_findings(compiled, decision),
            rows=[] if amount is None else explanation.calculation(compiled, decision),
            assumed=[]
            if amount is None
            else [explanation.of_plan(compiled.pack, cap.say) for cap in assumed_unused(compiled, kind.id)],
            number=version.number,
            digest=version.content_hash,
        )


def _facts(compiled: CompiledPack, given: Mapping[str, object]) -> dict[str, FactValue]:
    """The answers as this pack's facts; nothing is taken to be used of what all applicants share."""
    shared = {cap.granted_fact for kind in compiled.pack.kinds for cap in assumed_unused(compiled, kind.id)}
    raw: dict[str, object] = dict.fromkeys(shared, 0)
    for name in compiled.vocabulary:
        key, _fact = asked_as(compiled, name)
        if key in given:
            raw[name] = given[key]
    facts, _unfit = read_facts(raw, compiled.vocabulary)
    return facts


def _findings(compiled: CompiledPack, decision: Decision) -> list[dict[str, Any]]:
    """The findings, each missing fact with the key of its question."""
    missing = {one.id: _missing(one.change) for one in decision.conditions}
    found = explanation.findings(compiled, decision)
    for one in found:
        name = missing.get(one["rule"]) or (one["rule"] if one["rule"] in compiled.vocabulary else "")
        if one["level"] == "wait" and name:
            one["ask"] = asked_as(compiled, name)[0]
    return found


def _missing(ways: tuple[tuple[Mapping[str, Any], ...], ...]) -> str:
    return next((change["fact"] for way in ways for change in way if change["action"] == "supply"), "")
