"""政策测算: every scheme's answer to the same few facts; nothing is kept."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from vouchers.kernel.money import decimal_yuan
from vouchers.policy import explanation, queries
from vouchers.policy.models import SchemeVersion
from vouchers.policy.pack.phases import Phase
from vouchers.policy.rules.compiled import CompiledPack
from vouchers.policy.rules.decision import decide
from vouchers.policy.rules.facts import read_facts
from vouchers.policy.rules.results import RESULT_LABELS, Decision, Result


@dataclass(frozen=True, slots=True)
class Answer:
    """One voucher kind's answer, ready for the page."""

    scheme_public_id: str
    scheme_title: str
    name: str
    level: str
    word: str
    fen: int | None
    tier: str
    findings: list[dict[str, Any]]
    rows: list[dict[str, Any]]
    number: int
    digest: str


def answers(given: Mapping[str, object], *, granted: int, on: date) -> list[Answer]:
    """The answer of every voucher kind of every version in force, the best first."""
    told = []
    for version in queries.published_versions():
        compiled = queries.compiled(version)
        told += [_answer(version, compiled, kind.id, given, granted=granted, on=on) for kind in compiled.pack.kinds]
    return sorted(told, key=lambda answer: (_ORDER.index(answer.level), -(answer.fen or 0)))


def fields() -> dict[str, str]:
    """The fields that versions in force name, code and name."""
    packs = [queries.pack(version) for version in queries.published_versions()]
    return {code: name for pack in packs for named in pack.lists for code, name in named.items.items()}


def region() -> str:
    """The region of the versions in force; one installation serves one authority."""
    packs = (queries.pack(version) for version in queries.published_versions())
    return next((pack.authority.region for pack in packs), "")


def _answer(
    version: SchemeVersion, compiled: CompiledPack, kind: str, given: Mapping[str, object], *, granted: int, on: date
) -> Answer:
    caps = [cap for cap in compiled.pack.amount.caps if cap.granted_fact]
    used = {cap.granted_fact: decimal_yuan(granted) if cap.count is None else 0 for cap in caps}
    facts, _unfit = read_facts({**given, **used}, compiled.vocabulary)
    decision = decide(compiled, kind, facts, on=on, phase=Phase.APPLICATION)
    return Answer(
        scheme_public_id=version.scheme.public_id,
        scheme_title=version.scheme.title,
        name=compiled.pack.kind(kind).name,
        level=explanation.LEVELS[decision.result],
        word=RESULT_LABELS[decision.result],
        fen=_fen(decision),
        tier=explanation.tier_name(compiled, kind, decision.tier) if decision.tier else "",
        findings=explanation.findings(compiled, decision),
        rows=[] if decision.result is Result.INELIGIBLE else explanation.calculation(compiled, decision),
        number=version.number,
        digest=version.content_hash,
    )


def _fen(decision: Decision) -> int | None:
    if decision.amount is None or decision.result is Result.INELIGIBLE:
        return None
    return decision.amount.maximum


_ORDER = ("ok", "warn", "bad")
