"""Laws for every shipped pack and whatever is known of a case: no traceback, no silent no, advice that works."""

import json
from collections import Counter
from collections.abc import Mapping
from datetime import date
from functools import cache
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.policy.test_vectors import ALL, shipped
from vouchers.policy.explanation import calculation, findings
from vouchers.policy.mutation.probes import pack_leaves
from vouchers.policy.pack.model import ConditionRule
from vouchers.policy.pack.phases import Phase
from vouchers.policy.rules.changes import Change, followed
from vouchers.policy.rules.compiled import CompiledPack
from vouchers.policy.rules.decision import decide, replay
from vouchers.policy.rules.eligibility import FAIL, PASS, UNKNOWN
from vouchers.policy.rules.facts import FactValue, read_facts
from vouchers.policy.rules.results import Decision, Result
from vouchers.policy.rules.turning import turning_values


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


Case = tuple[CompiledPack, str, date, Phase, Mapping[str, FactValue]]
LEAST_FOLLOWED, LEAST_DRAWN, MOST_PACKS = 100, 100, 15


@cache
def turns(pack_id: str) -> Mapping[str, list[Any]]:
    """For each fact that the pack compares, the values at which the answers turn."""
    pack = compiled(pack_id)
    compared = list(pack_leaves(pack))
    on = pack.pack.case_given(pack.pack.cases[0])[1]
    facts = {leaf.fact.name: leaf.fact for leaf in compared}
    return {name: turning_values(fact, compared, on) for name, fact in sorted(facts.items())}


@st.composite
def a_turn(draw: st.DrawFn, pack_id: str) -> Case:
    """An example of a pack with a few of the facts that it compares at a threshold, beside it, or elsewhere."""
    pack = compiled(pack_id)
    example = draw(st.sampled_from(pack.pack.cases))
    kind, on, raw = pack.pack.case_given(example)
    facts, _ = read_facts(raw, pack.vocabulary)
    names = draw(st.lists(st.sampled_from(sorted(turns(pack_id))), min_size=1, max_size=3, unique=True))
    drawn = {name: draw(st.sampled_from(turns(pack_id)[name])) for name in names}
    return pack, kind, on, Phase(example.at), {**facts, **drawn}


def advice_followed(case: Case) -> int:
    """How many ways out of a no were told and taken; after each the condition it was told for passes."""
    pack, kind, on, phase, facts = case
    decision, count = decide(pack, kind, facts, on=on, phase=phase), 0
    for condition in decision.conditions:
        for way in condition.change if condition.outcome is FAIL else ():
            changes = tuple(Change(one["fact"], one["action"], one["value"], one["document"]) for one in way)
            after = followed(changes, facts, on, pack.vocabulary)
            if after is not None:  # else a person must say what it comes to
                again = decide(pack, kind, after[0], on=after[1], phase=phase)
                outcomes = {one.id: one.outcome for one in again.conditions}
                is_limit = not isinstance(pack.pack.rule(condition.id), ConditionRule)  # told only while it says no
                assert outcomes.get(condition.id, PASS if is_limit else None) is PASS
                count += 1
    return count


def test_who_follows_the_advice_meets_the_condition_in_the_examples_of_every_pack() -> None:
    taken = Counter(dict.fromkeys(ALL, 0))
    for pack_id in ALL:
        pack = compiled(pack_id)
        for example in pack.pack.cases:
            kind, on, raw = pack.pack.case_given(example)
            facts, _ = read_facts(raw, pack.vocabulary)
            taken[pack_id] += advice_followed((pack, kind, on, Phase(example.at), facts))

    assert [pack_id for pack_id, count in taken.items() if not count] == []
    assert taken.total() >= LEAST_FOLLOWED


def test_who_follows_the_advice_meets_the_condition_at_every_threshold() -> None:
    taken: Counter[str] = Counter()

    def follow(case: Case) -> None:
        taken[case[0].pack.id] += advice_followed(case)

    for pack_id in ALL:
        settings(deadline=None, max_examples=20)(given(a_turn(pack_id))(follow))()

    assert taken.total() >= LEAST_DRAWN, taken
    assert len(+taken) >= MOST_PACKS, taken
