"""How much: laws that hold for every amount, brackets, rounding, stacking."""

from fractions import Fraction
from functools import lru_cache
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.policy.packs import DAY, changed, compiled, decided, facts
from vouchers.kernel.money import Rounding, RoundingMode, decimal_yuan, parse_yuan, round_fen
from vouchers.policy.pack.phases import Phase
from vouchers.policy.rules.amount import work_out
from vouchers.policy.rules.compiled import CompiledPack
from vouchers.policy.rules.decision import decide
from vouchers.policy.rules.results import Result
from vouchers.policy.rules.rounding import rounded_ratio
from vouchers.policy.rules.sheet import Worked

AMOUNTS = st.integers(min_value=0, max_value=parse_yuan("3000000"))
SIZES = st.sampled_from(["micro", "small", "medium"])


def worked(pack: CompiledPack, **given: object) -> Worked:
    plan = pack.plan("compute", Phase.APPLICATION).amount
    assert plan is not None
    return work_out(plan, facts(**given), DAY)


def maximum(pack: CompiledPack, base: int, **given: object) -> int:
    found = worked(pack, planned_net=decimal_yuan(base), **given).maximum
    assert found is not None
    return found


@settings(deadline=None)
@given(base=AMOUNTS, more=AMOUNTS, size=SIZES)
def test_a_larger_base_never_gives_less(base: int, more: int, size: str) -> None:
    assert maximum(compiled(), base, size_class=size) <= maximum(compiled(), base + more, size_class=size)


@settings(deadline=None)
@given(base=AMOUNTS, used=AMOUNTS, size=SIZES)
def test_no_amount_exceeds_any_cap_or_the_base(base: int, used: int, size: str) -> None:
    given = {"granted__cap-applicant-year": decimal_yuan(used), "size_class": size}

    found = worked(compiled(), planned_net=decimal_yuan(base), **given)

    assert found.maximum is not None
    rooms = [step.fen for step in found.steps if step.code == "cap"]
    assert all(room is not None and found.maximum <= room for room in rooms)
    assert 0 <= found.maximum <= base
    assert found.maximum % 100 == 0


@settings(deadline=None)
@given(
    numerator=st.integers(min_value=0, max_value=10**15),
    denominator=st.integers(min_value=1, max_value=10**6),
    mode=st.sampled_from(list(RoundingMode)),
)
def test_whole_number_rounding_agrees_with_exact_fractions(
    numerator: int, denominator: int, mode: RoundingMode
) -> None:
    assert rounded_ratio(numerator, denominator, mode) == round_fen(Fraction(numerator, denominator), Rounding(1, mode))


@settings(deadline=None)
@given(base=AMOUNTS)
def test_rounding_up_never_lifts_an_amount_over_its_cap(base: int) -> None:
    found = maximum(rounded_up(), base)

    assert found <= parse_yuan("300000")
    assert found % 700 == 0


@lru_cache(maxsize=1)
def rounded_up() -> CompiledPack:
    def round_up(data: dict[str, Any]) -> None:
        data["amount"]["rounding"] |= {"to": "7 元", "mode": "half-up"}

    return changed(round_up)


def brackets(slices: str) -> CompiledPack:
    def rewrite(data: dict[str, Any]) -> None:
        rate = data["amount"]["rates"][0]
        del rate["choose"]
        rate["slices"] = slices
        rate["brackets"] = [
            {"from": "0 元", "below": "10000 元", "rate": "10%"},
            {"from": "10000 元", "rate": "20%"},
        ]
        data["amount"]["floors"] = []

    return changed(rewrite)


def test_brackets_apply_to_the_whole_amount_or_to_each_slice_as_the_pack_says() -> None:
    whole, marginal = brackets("whole"), brackets("marginal")

    assert maximum(whole, parse_yuan("9999")) == parse_yuan("999")
    assert maximum(whole, parse_yuan("20000")) == parse_yuan("4000")
    assert maximum(marginal, parse_yuan("20000")) == parse_yuan("3000")
    assert maximum(marginal, parse_yuan("10000")) == parse_yuan("1000")


def test_a_ceiling_on_all_support_leaves_only_the_rest() -> None:
    def ceiling(data: dict[str, Any]) -> None:
        data["amount"]["stacking"][0] |= {"effect": "ceiling", "share": "50%"}

    pack = changed(ceiling)

    decision = decided(pack, planned_net="100000.00", other_support_contract="40000.00")

    assert decision.amount is not None
    assert decision.amount.maximum == parse_yuan("10000")
    assert decision.amount.binding_cap == "no-double-support"


def test_an_admitted_deduction_lowers_the_base_at_redemption() -> None:
    plan = compiled().plan("compute", Phase.REDEMPTION).amount
    assert plan is not None
    given = facts(
        tier="starter", invoiced_net="50000.00", coupons="1000.00", gifts="4000.00", refunds="0.00", size_class="small"
    )

    found = work_out(plan, given, DAY)

    assert found.maximum == parse_yuan("18000")
    assert [step.fen for step in found.steps if step.code == "base-total"] == [parse_yuan("45000")]


def test_the_tier_begins_at_its_lower_bound() -> None:
    below = worked(compiled(), planned_net="99999.99")
    at_bound = worked(compiled(), planned_net="100000.00")

    assert (below.tier, at_bound.tier) == ("starter", "growth")


def test_a_case_without_a_row_gets_nothing_and_says_why() -> None:
    def only_micro(data: dict[str, Any]) -> None:
        data["amount"]["rates"][0]["choose"]["rows"] = {"micro": "50%"}

    decision = decided(changed(only_micro), size_class="small")

    assert decision.refused_by == ("rate-by-size",)
    assert decision.conditions[-1].wanted == {"size_class": {"in": ["micro"]}}


def test_a_cap_without_a_limit_for_the_tier_refuses_and_says_for_which() -> None:
    given = facts(
        tier="gone", invoiced_net="50000.00", coupons="0.00", gifts="0.00", refunds="0.00", size_class="small"
    )

    decision = decide(compiled(), "compute", given, on=DAY, phase=Phase.REDEMPTION)

    no = decision.conditions[-1]
    assert decision.result is Result.INELIGIBLE
    assert (no.id, no.seen) == ("cap-by-tier", {"tier": "gone"})
    assert no.wanted == {"tier": {"in": ["flagship", "growth", "starter"]}}
