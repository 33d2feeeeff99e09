"""Every shape a pack can say of an amount: each on its own, explained step by step, with what would change a no."""

from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.policy.packs import DAY, changed, compiled
from tests.policy.packs import facts as facts_of
from vouchers.kernel.money import decimal_yuan, parse_yuan
from vouchers.policy.explanation import calculation, findings
from vouchers.policy.pack.phases import Phase
from vouchers.policy.questions import asked_as
from vouchers.policy.rules.compiled import CompiledPack
from vouchers.policy.rules.decision import decide
from vouchers.policy.rules.facts import FactValue, read_facts
from vouchers.policy.rules.lifting import liftable
from vouchers.policy.rules.results import Decision, Result

COMMON: dict[str, object] = {
    "size_class": "micro", "registered_in": "重庆市渝中区", "operating_status": "operating", "dishonesty": [],
    "is_admitted_provider": False, "other_support_contract": "0.00", "planned_net": "1000.00",
}  # fmt: skip
CLAIM = facts_of(
    provider_is_admitted=True, provider_is_related=False, service_kind="compute", is_delivered=True, tier="starter",
    invoiced_net="5000.00", coupons="0.00", gifts="0.00", refunds="0.00",
    **{"granted__cap-applicant-year": "500000.00"},
)  # fmt: skip
LOCAL = {"provenance": "local", "say": "示例规则", "kinds": ["compute"], "at": ["application"]}


def pack_with(**parts: Any) -> CompiledPack:
    """A pack whose amount is only what is given here, on a flat half of the planned cost."""

    def change(data: dict[str, Any]) -> None:
        amount = data["amount"]
        for name in ("tiers", "bonuses", "ceilings", "stacking", "caps", "floors"):
            amount[name] = []
        amount["rates"] = [LOCAL | {"id": "half", "kinds": ["compute", "model"], "flat": "50%"}]
        amount["rounding"]["to"] = "1 分"
        for name, value in parts.items():
            if name in {"bases", "rates"}:
                amount[name] = [value, *(rule | {"kinds": ["model"]} for rule in amount[name])]
            elif name == "rounding":
                amount["rounding"] |= value
            elif name in amount:
                amount[name] = [value] if isinstance(value, dict) else value
            else:
                data[name] = value

    return changed(change)


def base(**change: Any) -> dict[str, Any]:
    return LOCAL | {"id": "base", "of": "planned", "tax": "excluded"} | change


def rate(**change: Any) -> dict[str, Any]:
    return LOCAL | {"id": "rate"} | change


def cap(**change: Any) -> dict[str, Any]:
    return LOCAL | {"id": "cap", "over": "applicant", "per": "calendar-year"} | change


def decided(pack: CompiledPack, **given_facts: object) -> Decision:
    raw = {**COMMON, **{name.replace("__", ":").replace("--", "-"): value for name, value in given_facts.items()}}
    facts, bad = read_facts({name: value for name, value in raw.items() if value is not None}, pack.vocabulary)
    assert not bad, bad
    decision = decide(pack, "compute", facts, on=DAY, phase=Phase.APPLICATION)
    findings(pack, decision)
    calculation(pack, decision)
    assert Decision.from_dict(decision.as_dict()) == decision
    return decision


def amount(pack: CompiledPack, **given_facts: object) -> str:
    found = decided(pack, **given_facts).amount
    assert found is not None
    assert found.maximum is not None
    return decimal_yuan(found.maximum)


def detail(decision: Decision, code: str) -> dict[str, Any]:
    assert decision.amount is not None
    return dict(next(step.detail for step in decision.amount.steps if step.code == code))


def test_several_kinds_of_spending_are_pooled_over_a_period() -> None:
    parts = ["spent_model_gross", "spent_compute_gross"]
    pack = pack_with(bases=base(of="pooled", tax="included", parts=parts, over="3 months"))

    decision = decided(pack, spent_model_gross="300.00", spent_compute_gross="900.00")

    assert decision.amount is not None
    assert decision.amount.maximum == parse_yuan("600.00")
    assert [step.fen for step in decision.amount.steps if step.code == "base"] == [30_000, 90_000]
    assert decided(pack, spent_model_gross="300.00").amount.missing == ("spent_compute_gross",)  # type: ignore[union-attr]


def test_only_the_days_of_service_in_the_year_count_and_the_pack_says_how_days_are_counted() -> None:
    given_facts = {"service_from": "2025-12-01", "service_until": "2026-01-30", "planned_net": "6100.00"}
    both = pack_with(bases=base(prorate={"into": "calendar-year", "days": "both-ends"}))
    last_out = pack_with(bases=base(prorate={"into": "calendar-year", "days": "last-excluded"}))

    assert detail(decided(both, **given_facts), "prorate") == {"days": 30, "of": 61}
    assert amount(both, **given_facts) == "1500.00"
    assert detail(decided(last_out, **given_facts), "prorate") == {"days": 29, "of": 60}
    assert decided(both, planned_net="1.00").amount.missing == ("service_from", "service_until")  # type: ignore[union-attr]


def test_days_are_prorated_into_stated_dates_or_into_dates_from_facts() -> None:
    given_facts = {"service_from": "2026-01-01", "service_until": "2026-01-10", "planned_net": "100.00"}
    dates = {"into": "dates", "from": "2026-01-06", "to": "2026-12-31", "days": "both-ends"}
    facts = {"into": "facts", "facts": ["period_from", "period_until"], "days": "both-ends"}

    assert amount(pack_with(bases=base(prorate=dates)), **given_facts) == "25.00"
    period = {"period_from": "2026-01-10", "period_until": "2026-03-01"}
    assert amount(pack_with(bases=base(prorate=facts)), **given_facts, **period) == "5.00"


def test_a_prorated_base_stays_exact_until_the_pack_rounds() -> None:
    given_facts = {"service_from": "2026-01-01", "service_until": "2026-01-03", "planned_net": "100.00"}
    dates = {"into": "dates", "from": "2026-01-03", "to": "2026-12-31", "days": "both-ends"}
    exact = pack_with(bases=base(prorate=dates), rates=rate(flat="300%"))
    stepwise = pack_with(bases=base(prorate=dates), rates=rate(flat="300%"), rounding={"step": "base-and-end"})

    assert amount(exact, **given_facts) == "100.00"
    assert amount(stepwise, **given_facts) == "99.99"


def test_the_smaller_of_several_measures_is_the_base() -> None:
    pack = pack_with(bases=base(no_more_than=["paid_gross"]))

    assert amount(pack, paid_gross="400.00") == "200.00"
    assert amount(pack, paid_gross="4000.00") == "500.00"


def test_a_quantity_has_a_price_per_unit() -> None:
    pack = pack_with(
        bases=LOCAL | {"id": "base", "of": "quantity", "unit": "card-hours"}, rates=rate(per_unit="1.5 元")
    )

    assert amount(pack, used_card_hours=2000) == "3000.00"


def test_a_benefit_in_kind_is_counted_in_its_unit_all_the_way() -> None:
    def in_kind(data: dict[str, Any]) -> None:
        data["kinds"][0]["unit"] = "card-hours"
        data["voucher"][0] |= {"kinds": ["compute"], "form": "in-kind", "unit_price": "10 元"}
        data["voucher"].append(data["voucher"][0] | {"id": "models", "kinds": ["model"], "form": "quota"})
        del data["voucher"][1]["unit_price"]
        data["amount"]["tiers"] = data["amount"]["caps"] = data["amount"]["floors"] = data["amount"]["bonuses"] = []
        data["amount"]["bases"] = [one | {"kinds": ["model"]} for one in data["amount"]["bases"]]
        data["amount"]["rates"] = [
            rate(lump="2000 卡时"),
            *(one | {"kinds": ["model"]} for one in data["amount"]["rates"]),
        ]
        data["amount"]["caps"] = [cap(limit="3000 卡时")]

    decision = decided(changed(in_kind), granted__cap=1500)

    assert decision.amount is not None
    assert (decision.amount.maximum, decision.amount.unit) == (1500, "card-hours")
    assert decision.as_dict()["amount"]["maximum"] == "1500"
    assert {"1,500 卡时"} <= {row.get("text") for row in calculation(changed(in_kind), decision)}


def test_the_first_condition_that_holds_chooses_the_rate_and_an_unknown_one_waits() -> None:
    rows = [
        {"when": {"honours": {"includes": "小巨人"}}, "then": "60%"},
        {"when": {"headcount": {"at_most": 20}}, "then": "40%"},
    ]
    pack = pack_with(rates=rate(choose={"match": rows, "otherwise": "10%"}))

    assert amount(pack, honours=["小巨人"], headcount=500) == "600.00"
    assert amount(pack, honours=[], headcount=20) == "400.00"
    assert amount(pack, honours=[], headcount=21) == "100.00"
    assert set(decided(pack).amount.missing) == {"honours", "headcount"}  # type: ignore[union-attr]
    waiting = decided(pack, headcount=20)
    assert (waiting.result, waiting.amount.missing) == (Result.UNKNOWN, ("honours",))  # type: ignore[union-attr]


def test_where_no_condition_holds_and_none_is_said_the_no_names_every_way_in() -> None:
    rows = [{"when": {"headcount": {"at_most": 20}}, "then": "40%"}, {"when": {"is_start_up": True}, "then": "30%"}]
    pack = pack_with(rates=rate(choose={"match": rows, "otherwise": "none"}))

    decision = decided(pack, headcount=21, is_start_up=False)

    assert decision.refused_by == ("rate",)
    assert {way[0]["value"] for way in decision.conditions[-1].change} == {20, True}


def test_a_tier_that_a_reviewer_chooses_is_awaited_not_missing() -> None:
    own = [
        {
            "name": "grade",
            "type": "choice",
            "label": "评定等次",
            "supplied_by": "reviewer",
            "options": {"a": "甲等", "b": "乙等"},
        }
    ]
    pack = pack_with(facts=own, rates=rate(choose={"by": "grade", "rows": {"a": "50%", "b": "20%"}}))

    assert decided(pack).result is Result.REVIEW
    assert amount(pack, grade="b") == "200.00"


@pytest.mark.parametrize(
    ("bound", "on", "planned", "expected"),
    [
        ("above", "whole", "100.00", None),
        ("above", "whole", "100.01", "50.00"),
        ("from", "whole", "100.00", "50.00"),
        ("from", "whole", "99.99", None),
        ("from", "excess", "100.00", "0.00"),
        ("above", "excess", "300.00", "100.00"),
    ],
)
def test_a_threshold_says_whether_it_counts_itself_and_what_the_rate_is_applied_to(
    *, bound: str, on: str, planned: str, expected: str | None
) -> None:
    pack = pack_with(rates=rate(flat="50%", activated={bound: "100 元", "on": on}))

    decision = decided(pack, planned_net=planned)

    if expected is None:
        assert decision.refused_by == ("rate",)
        suggested = decision.conditions[-1].change[0][0]["value"]
        assert decided(pack, planned_net=suggested).result is Result.ELIGIBLE
    else:
        assert decision.amount is not None
        assert decimal_yuan(decision.amount.maximum or 0) == expected


def test_brackets_written_with_above_and_to_put_the_bound_in_the_lower_slice() -> None:
    rows = [{"from": "0 元", "to": "100 元", "rate": "10%"}, {"above": "100 元", "rate": "20%"}]
    pack = pack_with(rates=rate(brackets=rows, slices="whole"))

    assert amount(pack, planned_net="100.00") == "10.00"
    assert amount(pack, planned_net="100.10") == "20.02"


def test_a_lump_sum_is_chosen_and_does_not_follow_the_base() -> None:
    pack = pack_with(rates=rate(lump={"by": "size_class", "rows": {"micro": "800 元"}}))

    assert amount(pack) == "800.00"
    assert decided(pack, size_class="small").refused_by == ("rate",)


def test_a_maximum_that_a_reviewer_may_lower_is_told_as_such() -> None:
    decision = decided(pack_with(rates=rate(flat="50%", up_to=True)))

    assert decision.as_dict()["amount"]["up_to"] is True
    assert "up_to" not in decided(pack_with()).as_dict()["amount"]


def test_a_cap_by_conditions_gives_each_class_its_own() -> None:
    rows = [{"when": {"honours": {"includes_any": ["小巨人", "单项冠军"]}}, "then": "1000 元"}]
    pack = pack_with(rates=rate(flat="100%"), caps=cap(limit={"match": rows, "otherwise": "200 元"}))

    assert amount(pack, planned_net="5000.00", honours=["小巨人"], granted__cap="0.00") == "1000.00"
    assert amount(pack, planned_net="5000.00", honours=[], granted__cap="150.00") == "50.00"


def test_a_cap_may_be_a_share_of_another_amount() -> None:
    pack = pack_with(caps=cap(limit={"share": "25%", "of": "contract_gross"}, over="claim", per="once"))

    assert amount(pack, contract_gross="800.00") == "200.00"


def test_how_often_is_counted_and_the_last_one_still_passes() -> None:
    pack = pack_with(caps=cap(count=2, counting="years", per="life"))

    assert amount(pack, counted__cap=1) == "500.00"
    refused = decided(pack, counted__cap=2)
    assert refused.refused_by == ("cap",)
    assert refused.conditions[-1].wanted == {"counted:cap": {"at_most": 1}}


def test_a_cap_that_is_used_up_is_a_no_with_its_reason_and_a_claim_is_only_held_to_nothing() -> None:
    pack = pack_with(caps=cap(limit="300 元"))

    used_up = decided(pack, granted__cap="300.00")

    assert used_up.refused_by == ("cap",)
    assert used_up.conditions[-1].seen == {"granted:cap": "300.00"}
    assert used_up.conditions[-1].wanted == {"granted:cap": {"less_than": "300.00"}}
    assert amount(pack, granted__cap="299.99") == "0.01"
    claim = decide(compiled(), "compute", CLAIM, on=DAY, phase=Phase.REDEMPTION)
    assert claim.amount is not None
    assert (claim.result, claim.amount.maximum, claim.amount.binding_cap) == (Result.ELIGIBLE, 0, "cap-applicant-year")


def test_a_soft_cap_holds_until_a_reviewer_lifts_it_and_the_hard_one_always() -> None:
    soft, hard = cap(id="soft", limit="100 元", hard=False), cap(id="hard", limit="200 元")
    pack = pack_with(caps=[soft, hard])
    used = {"granted__soft": "0.00", "granted__hard": "0.00"}

    kept, lifted = decided(pack, **used), decided(pack, **used, lifted__soft=True)

    assert kept.amount is not None
    assert lifted.amount is not None
    assert (kept.amount.maximum, kept.amount.binding_cap) == (10_000, "soft")
    assert (lifted.amount.maximum, lifted.amount.binding_cap) == (20_000, "hard")
    assert detail(kept, "cap")["liftable"] is True


def test_a_cap_is_lifted_for_whom_the_pack_says_only() -> None:
    liftable = cap(limit="100 元", hard=False, liftable_when={"model_is_filed": True})
    pack = pack_with(caps=liftable)

    assert amount(pack, granted__cap="0.00", lifted__cap=True, model_is_filed=True) == "500.00"
    assert amount(pack, granted__cap="0.00", lifted__cap=True, model_is_filed=False) == "100.00"


def test_a_soft_cap_on_how_often_refuses_until_a_reviewer_lifts_it() -> None:
    once = {"limit": None, "count": 1, "counting": "claims", "per": "life"}
    pack = pack_with(caps=cap(**once, hard=False, liftable_when={"model_is_filed": True}))

    kept = decided(pack, counted__cap=1, model_is_filed=True)
    lifted = decided(pack, counted__cap=1, lifted__cap=True, model_is_filed=True)
    for_others = decided(pack, counted__cap=1, lifted__cap=True, model_is_filed=False)

    assert (kept.refused_by, lifted.refused_by, for_others.refused_by) == (("cap",), (), ("cap",))
    assert [detail(one, "count")["met"] for one in (kept, lifted, for_others)] == [False, True, False]
    assert (detail(kept, "count")["liftable"], detail(lifted, "count")["lifted"]) == (True, True)


@pytest.mark.parametrize("counting", ["contracts", "years"])
def test_a_contract_or_year_that_stands_over_a_soft_cap_is_not_counted_again_whoever_asks(counting: str) -> None:
    once = {"limit": None, "count": 1, "counting": counting, "per": "life"}
    soft = pack_with(caps=cap(**once, hard=False, liftable_when={"model_is_filed": True}))
    hard = pack_with(caps=cap(**once))

    new, again = (decided(soft, counted__cap=1, over__cap=over, model_is_filed=False) for over in (False, True))

    assert (new.refused_by, again.refused_by) == (("cap",), ())
    assert (detail(again, "count")["met"], detail(again, "count")["over"]) == (True, True)
    assert "lifted" not in detail(again, "count")
    asked = [liftable(soft, "compute", read(soft, over), DAY) for over in (False, True)]
    assert asked == [("cap",), ()]
    assert "over:cap" not in hard.vocabulary
    assert asked_as(soft, "over:cap")[0] == ""  # no visitor of the calculator can know it


def read(pack: CompiledPack, over: bool) -> dict[str, FactValue]:  # noqa: FBT001
    facts, _ = read_facts({"counted:cap": 1, "over:cap": over, "model_is_filed": True}, pack.vocabulary)
    return facts


def stacking(**change: Any) -> dict[str, Any]:
    return LOCAL | {"id": "other", "scope": "project", "sources": "named", "named": ["市级算力券"]} | change


def test_of_two_supports_the_higher_is_paid_whole_or_as_the_difference() -> None:
    whole = pack_with(stacking=stacking(effect="higher-of", pays="whole"))
    difference = pack_with(stacking=stacking(effect="higher-of", pays="difference"))

    assert amount(whole, other_support__other="499.99") == "500.00"
    assert amount(difference, other_support__other="300.00") == "200.00"
    refused = decided(whole, other_support__other="500.00")
    assert refused.refused_by == ("other",)
    better = refused.conditions[-1].change[0][0]["value"]
    assert decided(whole, other_support__other="500.00", planned_net=better).result is Result.ELIGIBLE


def test_support_on_top_is_counted_on_what_is_left_to_pay_and_side_by_side_on_the_whole() -> None:
    assert amount(pack_with(stacking=stacking(effect="add-on-top")), other_support__other="400.00") == "300.00"
    assert amount(pack_with(stacking=stacking(effect="add")), other_support__other="400.00") == "500.00"


def test_sheets_have_one_face_and_the_rest_is_not_given() -> None:
    def sheets(data: dict[str, Any]) -> None:
        voucher = data["voucher"][0]
        data["voucher"] = [
            voucher | {"kinds": ["model"]},
            voucher | {"id": "sheets", "kinds": ["compute"], "form": "sheets", "face": "2000 元"},
        ]
        data["amount"]["caps"] = data["amount"]["stacking"] = data["amount"]["tiers"] = []

    decision = decided(changed(sheets), planned_net="9000.00", field="retail")

    assert decision.amount is not None
    assert decision.amount.maximum == parse_yuan("4000")
    assert detail(decision, "sheets") == {"number": 2, "face": "2000.00"}


@pytest.mark.parametrize(("remainder", "city"), [("largest", "250.01"), ("first", "250.01"), ("last", "250.00")])
def test_layers_pay_their_shares_and_the_odd_fen_goes_where_the_pack_says(remainder: str, city: str) -> None:
    def fund(data: dict[str, Any]) -> None:
        data["amount"]["funding"]["remainder"] = remainder
        data["amount"]["rates"] = [LOCAL | {"id": "half", "kinds": ["compute", "model"], "flat": "50%"}]
        data["amount"]["caps"] = data["amount"]["stacking"] = data["amount"]["bonuses"] = data["amount"]["floors"] = []
        data["amount"]["rounding"]["to"] = "1 分"

    told = decided(changed(fund), planned_net="1000.02").as_dict()["amount"]

    assert told["maximum"] == "500.01"
    assert told["parts"]["city"] == city


def test_each_step_is_rounded_where_the_pack_says_so() -> None:
    rows = [{"from": "0 元", "rate": "33.33%"}]
    once = pack_with(rates=rate(brackets=rows, slices="whole"), rounding={"to": "10 元", "mode": "half-up"})
    each = pack_with(
        rates=rate(brackets=rows, slices="whole"), rounding={"to": "10 元", "mode": "half-up", "step": "each-step"}
    )

    assert amount(once, planned_net="1004.00") == "330.00"
    assert amount(each, planned_net="1005.00") == "340.00"


SHAPES: list[Callable[[], CompiledPack]] = [
    lambda: pack_with(rates=rate(flat="20%", activated={"above": "100 元", "on": "whole"})),
    lambda: pack_with(rates=rate(flat="20%", activated={"from": "100 元", "on": "excess"})),
    lambda: pack_with(stacking=stacking(effect="add-on-top")),
    lambda: pack_with(stacking=stacking(effect="higher-of", pays="difference")),
    lambda: pack_with(caps=cap(limit="300 元"), stacking=stacking(effect="higher-of", pays="whole")),
    lambda: pack_with(bases=base(prorate={"into": "calendar-year", "days": "both-ends"})),
]
PACKS = [make() for make in SHAPES]


@settings(deadline=None, max_examples=60)
@given(
    pack=st.sampled_from(PACKS),
    planned=st.integers(min_value=0, max_value=10**7),
    more=st.integers(min_value=0, max_value=10**7),
    other=st.integers(min_value=0, max_value=10**5),
)
def test_a_larger_base_never_gives_less_in_any_shape(
    *, pack: CompiledPack, planned: int, more: int, other: int
) -> None:
    rest = {
        "granted__cap": "0.00" if any(one.id == "cap" for one in pack.pack.amount.caps) else None,
        "other_support__other": decimal_yuan(other) if pack.pack.amount.stacking else None,
        "service_from": "2025-10-07",
        "service_until": "2026-03-03",
    }

    small = decided(pack, planned_net=decimal_yuan(planned), **rest)
    large = decided(pack, planned_net=decimal_yuan(planned + more), **rest)

    assert small.amount is not None
    assert large.amount is not None
    assert (small.amount.maximum or 0) <= (large.amount.maximum or 0) <= planned + more
