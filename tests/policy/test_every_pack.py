"""Laws for every shipped pack and whatever is known of a case: no traceback, no silent no, advice that works."""

import json
from datetime import date
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.policy.test_vectors import ALL, shipped
from vouchers.policy.explanation import calculation, findings
from vouchers.policy.pack.phases import Phase
from vouchers.policy.rules.changes import Change, followed
from vouchers.policy.rules.compiled import CompiledPack
from vouchers.policy.rules.decision import decide, replay
from vouchers.policy.rules.eligibility import FAIL, PASS, UNKNOWN
from vouchers.policy.rules.facts import read_facts
from vouchers.policy.rules.results import Decision, Result


def compiled(pack_id: str) -> CompiledPack:
    found = shipped(pack_id).compiled
    assert found is not None
    return found


@st.composite
def a_case(draw: st.DrawFn) -> tuple[CompiledPack, str, date, Phase, dict[str, Any]]:
    """A pack, and facts out of its own examples, mixed and with gaps."""
    pack = compiled(draw(st.sampled_from(ALL)))
    examples = [pack.pack.case_given(case) for case in pack.pack.cases]
    pool: dict[str, list[object]] = {}
    for _, _, given_facts in examples:
        for name, value in given_facts.items():
            values = pool.setdefault(name, [])
            values += [value] if value not in values else []
    raw = {name: draw(st.sampled_from([*values, None])) for name, values in sorted(pool.items())}
    kind, phase = draw(st.sampled_from([kind.id for kind in pack.pack.kinds])), draw(st.sampled_from(list(Phase)))
    facts, bad = read_facts({name: value for name, value in raw.items() if value is not None}, pack.vocabulary)
    assert not bad
    return pack, kind, examples[0][1], phase, facts


@settings(deadline=None, max_examples=150)
@given(case=a_case())
def test_a_decision_is_told_stored_and_made_again(case: tuple[CompiledPack, str, date, Phase, dict[str, Any]]) -> None:
    pack, kind, on, phase, facts = case

    decision = decide(pack, kind, facts, on=on, phase=phase)

    stored = json.loads(json.dumps(decision.as_dict(), allow_nan=False))
    assert Decision.from_dict(stored) == decision
    assert replay(pack, Decision.from_dict(stored)) == decision
    assert all(item["fix"] for item in findings(pack, decision) if item["level"] != "ok")
    calculation(pack, decision)


@settings(deadline=None, max_examples=150)
@given(case=a_case())
def test_a_missing_fact_is_never_a_silent_no(case: tuple[CompiledPack, str, date, Phase, dict[str, Any]]) -> None:
    pack, kind, on, phase, facts = case

    decision = decide(pack, kind, facts, on=on, phase=phase)

    told = {condition.id: condition for condition in decision.conditions}
    if decision.result is Result.INELIGIBLE:
        assert decision.refused_by
        assert all(told[rule].seen for rule in decision.refused_by)
    if decision.result is Result.UNKNOWN:
        asked = [change for one in told.values() if one.outcome is UNKNOWN for way in one.change for change in way]
        missing = decision.amount.missing if decision.amount else ()
        assert asked or missing


@settings(deadline=None, max_examples=150)
@given(case=a_case())
def test_who_follows_the_advice_meets_the_condition(
    case: tuple[CompiledPack, str, date, Phase, dict[str, Any]],
) -> None:
    pack, kind, on, phase, facts = case
    decision = decide(pack, kind, facts, on=on, phase=phase)

    for condition in decision.conditions:
        for way in condition.change if condition.outcome is FAIL else ():
            changes = tuple(Change(one["fact"], one["action"], one["value"], one["document"]) for one in way)
            after = followed(changes, facts, on, pack.vocabulary)
            if after is None:
                continue
            again = decide(pack, kind, after[0], on=after[1], phase=phase)
            outcomes = {one.id: one.outcome for one in again.conditions}
            assert outcomes.get(condition.id, PASS) is PASS
