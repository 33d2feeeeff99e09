"""What came of a register: its candidates, or what is wrong with it."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import insert

from vouchers.applications.rules import computed
from vouchers.candidates import queries, rules
from vouchers.candidates.models import Candidate, CandidateList
from vouchers.candidates.services.moving import advance
from vouchers.candidates.states import CandidateState
from vouchers.db.base import db
from vouchers.kernel.actor import Actor
from vouchers.kernel.canonical import digest
from vouchers.kernel.identifiers import new_public_id
from vouchers.policy import queries as policy
from vouchers.policy.rules.eligibility import PASS
from vouchers.policy.rules.results import Decision

_PORTION = 1_000


@dataclass(frozen=True, slots=True)
class Computed:
    """What the rules answered to one row: `facts` of the register, `beside` what this system knew itself."""

    row: int
    uscc: str
    name: str
    decision: Decision
    facts: Mapping[str, Any]
    beside: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Outcome:
    """Everything that came of a register; `warnings` as kept with the list, `on` the day that was decided on."""

    computed: Sequence[Computed]
    warnings: Sequence[Mapping[str, Any]]
    on: date


def keep_computed(public_id: str, outcome: Outcome, *, actor: Actor, at: datetime) -> None:
    """Write all candidates of a list that is being read."""
    found = queries.lock(public_id)
    rows = [_values(found, one) for one in outcome.computed]
    for start in range(0, len(rows), _PORTION):
        db.session.execute(insert(Candidate), rows[start : start + _PORTION])
    found.findings = [dict(one) for one in outcome.warnings]
    found.decided_on, found.digest = outcome.on, list_digest(rows)
    tally = rules.result_tally(Counter(row["result"] for row in rows))
    advance(found, "compute", actor=actor, at=at, details={"results": tally, "digest": found.digest})


def refuse_register(public_id: str, findings: Sequence[Mapping[str, Any]], *, actor: Actor, at: datetime) -> None:
    """Keep what is wrong in a register; nothing of it counts."""
    found = queries.lock(public_id)
    found.findings = [dict(one) for one in findings]
    advance(found, "refuse", actor=actor, at=at, details={"findings": len(findings)})


def list_digest(rows: Sequence[Mapping[str, Any]]) -> str:
    """One digest over who is on a list, by which facts, and with which answer."""
    kept = ("row", "uscc", "name", "result", "amount", "facts", "beside")
    return digest([{name: row[name] for name in kept} for row in rows])


def _values(found: CandidateList, one: Computed) -> dict[str, Any]:
    decision = one.decision
    return {
        "public_id": new_public_id(),
        "list_id": found.id,
        "row": one.row,
        "uscc": one.uscc,
        "name": one.name,
        "result": decision.result.value,
        "amount": computed(policy.pack(found.window.scheme_version), decision),
        "reasons": _reasons(decision),
        "facts": dict(one.facts),
        "beside": dict(one.beside),
        "state": CandidateState.FOUND,
        "answer": "",
    }


def _reasons(decision: Decision) -> list[str]:
    """The rules that refuse; without any, those that cannot be told yet and the facts that the amount lacks."""
    if decision.refused_by:
        return list(decision.refused_by)
    open_ones = [one.id for one in decision.conditions if one.outcome is not PASS]
    return open_ones + (list(decision.amount.missing) if decision.amount else [])
