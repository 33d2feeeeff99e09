"""Decisions per second in the pure evaluator, beside the same rules written by hand as one Python function."""

from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Any

from benchmarks.measure import Figure, alternating, at_most, plain
from vouchers.kernel.periods import add_months
from vouchers.policy.loader import load_pack
from vouchers.policy.pack.phases import Phase
from vouchers.policy.rules.compiled import compile_pack
from vouchers.policy.rules.decision import assess, decide
from vouchers.policy.rules.facts import read_facts

PACK = Path(__file__).parents[1] / "seeds" / "policies" / "yuzhong-2025.yaml"
ON = date(2026, 5, 6)
CASES = 2000
ROUNDS = 7
_RATES = {"micro": 50, "small": 40, "medium": 30}
_CAPS = {"starter": 3_000_000, "growth": 15_000_000, "flagship": 30_000_000}


def run() -> list[Figure]:
    """The evaluator against the hand-written function, results compared first."""
    loaded = load_pack(PACK)
    if loaded.pack is None:
        raise SystemExit(f"{PACK.name} does not load")
    compiled = compile_pack(loaded.pack, loaded.digest)
    plan = compiled.plan("compute", Phase.APPLICATION)
    fields = tuple(loaded.pack.lists[0].items)
    cases = [read_facts(_case(n, fields), compiled.vocabulary)[0] for n in range(CASES)]
    priority = frozenset(fields)
    _compare(plan, cases, priority)
    ours, theirs, ratio = alternating(
        lambda: [assess(plan, case, ON) for case in cases],
        lambda: [by_hand(case, priority, ON) for case in cases],
        ROUNDS,
    )
    told, _, told_ratio = alternating(
        lambda: [decide(compiled, "compute", case, on=ON) for case in cases],
        lambda: [by_hand(case, priority, ON) for case in cases],
        ROUNDS,
    )
    return [
        at_most("R1 every rule asked and amount worked out, beside hand-written Python", ratio, 8),
        plain("decisions a second, outcomes and amount", CASES / ours, "/s"),
        plain("decisions a second by hand", CASES / theirs, "/s"),
        plain("decisions a second, told in full for storing", CASES / told, "/s"),
        Figure("told in full, beside hand-written Python", f"{told_ratio:.1f}×"),
    ]


def by_hand(case: Mapping[str, Any], priority: frozenset[str], on: date) -> tuple[list[bool], int]:
    """The rules of yuzhong-2025 at the application, written out: every outcome, and the maximum in fen."""
    since = add_months(on, -36)
    here = "重庆市渝中区"
    outcomes = [
        case["size_class"] in _RATES,
        case["registered_in"].startswith(here) or case["operates_in"].startswith(here),
        case["operating_status"] == "operating",
        not any(since < day <= on for day in case["dishonesty"]),
        not case["is_admitted_provider"],
        case["other_support_contract"] <= 0,
    ]
    base = case["planned_net"]
    tier = "starter" if base < 10_000_000 else "growth" if base < 50_000_000 else "flagship"
    rate = _RATES.get(case["size_class"], 0)
    rate += 5 * (case["field"] in priority) + 5 * (case["green_share"] * 100 > 55)
    product = base * min(rate, 55) // 100
    most = min(
        product,
        _CAPS[tier],
        50_000_000 - case["granted:cap-applicant-year"],
        80_000_000 - case["granted:cap-controller-year"],
    )
    maximum = most // 100 * 100
    return outcomes, maximum if maximum >= 100_000 and all(outcomes) else 0


def _case(n: int, fields: tuple[str, ...]) -> dict[str, Any]:
    return {
        "size_class": ("micro", "small", "medium", "large")[n % 4],
        "registered_in": "重庆市渝中区" if n % 5 else "重庆市江北区",
        "operates_in": "重庆市渝中区" if n % 7 else "重庆市南岸区",
        "operating_status": "operating" if n % 11 else "cancelled",
        "dishonesty": [] if n % 13 else ["2025-03-01"],
        "is_admitted_provider": n % 17 == 0,
        "planned_net": f"{5000 + n * 397}.00",
        "field": fields[n % len(fields)] if n % 3 else "retail-trade",
        "green_share": f"{n % 100}%",
        "other_support_contract": "0.00" if n % 19 else "1000.00",
        "granted:cap-applicant-year": f"{n % 400}000.00",
        "granted:cap-controller-year": f"{n % 700}000.00",
    }


def _compare(plan: Any, cases: list[Any], priority: frozenset[str]) -> None:
    """Both must say the same before either is timed."""
    for case in cases:
        found = assess(plan, case, ON)
        outcomes, maximum = by_hand(case, priority, ON)
        ours = found.worked.maximum if found.worked and found.result == "eligible" else 0
        if [outcome == "pass" for outcome in found.outcomes] != outcomes or (ours or 0) != maximum:
            raise SystemExit(f"the two disagree on {dict(case)}: {found} beside {outcomes}, {maximum}")
