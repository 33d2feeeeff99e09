"""What a simulation comes to, as plain values that a page, a command or a script can show."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from vouchers.policy.rules.results import Result, in_unit


@dataclass(frozen=True, slots=True)
class RuleTally:
    """How many a rule refuses: those for whom it is the first to fail, and all; and how many it leaves open."""

    id: str
    say: str
    clause: str
    first: int
    each: int
    undecided: int


@dataclass(frozen=True, slots=True)
class MissingTally:
    """On how many undecided rows a fact is wanted."""

    fact: str
    label: str
    rows: int


@dataclass(frozen=True, slots=True)
class Share:
    """Those who qualify of a tier, a district, a size class or a binding cap, and what they get in fen or units."""

    key: str
    label: str
    cases: int
    amount: int


@dataclass(frozen=True, slots=True)
class RunOut:
    """When an envelope in fen is used up: at the end of the day `on`, the `days`-th; None where it is not.

    `observed` says whether the rate is that of the register's own days of application; `per_day` is the number of
    applications a day, in thousandths.
    """

    budget: int
    observed: bool
    per_day_thousandths: int
    days: int | None
    on: date | None


@dataclass(frozen=True, slots=True)
class Comparison:
    """What changes for the rows of a register from another pack to this one; amounts in fen or units."""

    pack: str
    version: str
    gain: int
    lose: int
    more: int
    less: int
    same: int
    before: int
    after: int


@dataclass(frozen=True, slots=True)
class Simulation:
    """A pack on a whole register."""

    pack: str
    version: str
    digest: str
    kind: str
    phase: str
    on: date
    register: str
    engine: str
    rows: int
    results: Mapping[Result, int]
    rules: tuple[RuleTally, ...]
    missing: tuple[MissingTally, ...]
    unit: str
    amount: int
    tiers: tuple[Share, ...]
    districts: tuple[Share, ...]
    sizes: tuple[Share, ...]
    caps: tuple[Share, ...]
    run_out: RunOut | None = None
    against: Comparison | None = None

    def as_dict(self) -> dict[str, Any]:
        """The simulation as plain JSON values; amounts are decimal yuan, or whole numbers of units."""
        shares = {"tier": self.tiers, "district": self.districts, "size_class": self.sizes, "binding_cap": self.caps}
        return {
            "pack": self.pack,
            "version": self.version,
            "digest": self.digest,
            "kind": self.kind,
            "phase": self.phase,
            "on": self.on.isoformat(),
            "register": self.register,
            "engine": self.engine,
            "rows": self.rows,
            "results": {result.value: self.results.get(result, 0) for result in Result},
            "rules": [_fields(rule) for rule in self.rules],
            "missing": [_fields(one) for one in self.missing],
            "unit": self.unit or "yuan",
            "amount": in_unit(self.amount, self.unit),
            **{f"by_{by}": [_share(one, self.unit) for one in found] for by, found in shares.items()},
            "run_out": None if self.run_out is None else _run_out(self.run_out),
            "against": None if self.against is None else _against(self.against, self.unit),
        }


def _fields(one: Any) -> dict[str, Any]:
    return {name: getattr(one, name) for name in one.__slots__}


def _share(one: Share, unit: str) -> dict[str, Any]:
    return {**_fields(one), "amount": in_unit(one.amount, unit)}


def _run_out(found: RunOut) -> dict[str, Any]:
    return {
        "budget": in_unit(found.budget, ""),
        "observed": found.observed,
        "per_day": f"{found.per_day_thousandths / 1000:.3f}",
        "days": found.days,
        "on": None if found.on is None else found.on.isoformat(),
    }


def _against(found: Comparison, unit: str) -> dict[str, Any]:
    return {
        **_fields(found),
        "before": in_unit(found.before, unit),
        "after": in_unit(found.after, unit),
        "difference": in_unit(found.after - found.before, unit),
    }
