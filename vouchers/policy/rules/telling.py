"""A worked amount as plain values: each step with the details its code calls for, and who pays which part."""

from collections.abc import Callable, Mapping
from fractions import Fraction
from functools import lru_cache
from typing import Any

from vouchers.kernel.money import decimal_yuan
from vouchers.policy.pack.funding import Funding
from vouchers.policy.pack.values import percent
from vouchers.policy.rules.amount_plan import AmountPlan
from vouchers.policy.rules.funding import parted
from vouchers.policy.rules.results import StepResult, in_unit
from vouchers.policy.rules.sheet import COUNTED_ABOVE, Step, Worked

_OF_BASE = frozenset({"base", "less", "least", "base-total", "prorate", "base-rounding", "activation"})


def told_steps(plan: AmountPlan, worked: Worked, clauses: Mapping[str, str]) -> tuple[StepResult, ...]:
    """Every step as plain values."""
    base_unit, told = plan.base.unit if plan.base else "", []
    for step in worked.steps:
        code, rule, fen = step[:3]
        unit = base_unit if code in _OF_BASE else plan.unit
        detail = _DETAILS[code](step, plan.whole, unit)
        if code == "cap":
            detail["binding"] = rule == worked.binding
        told.append(StepResult(code, rule, clauses[rule], fen, detail, unit))
    return tuple(told)


def parts_of(amount: int | None, funding: Funding) -> tuple[tuple[str, int], ...]:
    """What each layer pays of an amount, where the pack says who bears what does not divide.

    None of it is told where the pack leaves it to the ledger.
    """
    if amount is None or funding.remainder is None:
        return ()
    parts = parted(amount, funding)
    return tuple((layer.id, parts.get(layer.id, 0)) for layer in funding.layers)


@lru_cache(maxsize=1024)
def _percent(rate: int, whole: int) -> str:
    return percent(Fraction(rate, whole))


def _rate(step: Step, whole: int, _unit: str) -> dict[str, Any]:
    rate = "" if step.first is None else _percent(step.first, whole)
    return {"rate": rate, **_chosen(step)}


def _chosen(step: Step) -> dict[str, Any]:
    row = {"row": step.third} if step.third else {}
    return {"chosen": "" if step.second is None else str(step.second), **row}


def _cap(step: Step, _whole: int, unit: str) -> dict[str, Any]:
    lift = {step.third: True} if step.third else {}
    return {"limit": in_unit(step.first, unit), "used": in_unit(step.second, unit), **lift}


def _count(step: Step, _whole: int, _unit: str) -> dict[str, Any]:
    lift = {step.third: True} if step.third else {}
    met = step.second < step.first or step.third in COUNTED_ABOVE
    return {"most": step.first, "used": step.second, "met": met, **lift}


def _rounding(step: Step, _whole: int, unit: str) -> dict[str, Any]:
    return {"to": in_unit(step.first, unit), "mode": str(step.second)}


_DETAILS: Mapping[str, Callable[[Step, int, str], dict[str, Any]]] = {
    "tier": lambda step, _, __: {"tier": step.first},
    "base": lambda step, _, __: {"fact": step.first},
    "less": lambda step, _, __: {"fact": step.first},
    "least": lambda step, _, __: {"fact": step.first, "binding": step.second},
    "base-total": lambda _step, _, __: {},
    "prorate": lambda step, _, __: {"days": step.first, "of": step.second},
    "base-rounding": _rounding,
    "activation": lambda step, _, __: {"met": step.first, "included": step.second, "excess": step.third},
    "rate": _rate,
    "lump": lambda step, _, __: _chosen(step),
    "per-unit": lambda step, _, __: {"price": decimal_yuan(step.first)},
    "bonus": lambda step, whole, _: {"rate": _percent(step.first, whole), "outcome": str(step.second)},
    "ceiling": lambda step, whole, _: {"rate": _percent(step.first, whole), "binding": step.second},
    "product": lambda _step, _, __: {},
    "count": _count,
    "cap": _cap,
    "rounding": _rounding,
    "sheets": lambda step, _, __: {"number": step.first, "face": decimal_yuan(step.second)},
    "higher": lambda step, _, __: {"met": step.first, "difference": step.second},
    "floor": lambda step, _, __: {"met": step.first},
}
