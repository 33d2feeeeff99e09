"""Which quota accounts a pack's caps mean: cap, party, period and limit; pure."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date

from vouchers.ledger.rules import Cap
from vouchers.policy.pack.limits import Cap as CapRule
from vouchers.policy.pack.model import PolicyPack
from vouchers.policy.pack.phases import Phase
from vouchers.policy.pack.selectors import AmountChoice


@dataclass(frozen=True, slots=True)
class Capped:
    """What a grant is measured by: the scheme, the kind, who is limited by which scope, the tier, facts, and the day.

    `parties` maps a cap's scope (applicant, controller, scheme …) to the public id of who is limited by it; a scope
    that is not in it is not tested by an account.
    """

    scheme_id: int
    kind: str
    parties: Mapping[str, str]
    tier: str
    facts: Mapping[str, object]
    on: date


def caps_of(pack: PolicyPack, capped: Capped, phase: Phase) -> Iterator[Cap]:
    """The quota accounts on which a grant draws at this phase, with their limits in fen."""
    for rule in pack.amount.caps:
        applies = capped.kind in rule.kinds and phase in rule.at and rule.per != "once" and rule.over in capped.parties
        limit = _limit(rule, capped) if applies else None
        if limit is not None:
            yield quota_of(rule, scheme_id=capped.scheme_id, party=capped.parties[rule.over], on=capped.on, limit=limit)


def quota_of(rule: CapRule, *, scheme_id: int, party: str, on: date, limit: int = 0) -> Cap:
    """The quota account that a cap of the pack stands for, for one party on one day.

    Whoever draws and whoever reads must name the same account: this is the one place that does. A limit is asked for
    when it is opened only.
    """
    return Cap(rule.id, scheme_id, party, str(on.year) if rule.per == "calendar-year" else "life", limit)


def _limit(rule: CapRule, capped: Capped) -> int | None:
    if not isinstance(rule.limit, AmountChoice):
        return rule.limit if isinstance(rule.limit, int) else None
    chosen = capped.tier if rule.limit.by == "tier" else str(capped.facts.get(rule.limit.by, ""))
    found = rule.limit.rows.get(chosen)
    return found if isinstance(found, int) else None
