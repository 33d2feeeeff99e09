"""Which quota accounts a pack's caps mean: cap, party, period and limit; pure."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date, timedelta
from hashlib import sha256
from typing import Any

from vouchers.ledger.rules import MONEY, Cap
from vouchers.policy.pack.limits import Cap as CapRule
from vouchers.policy.pack.phases import Phase
from vouchers.policy.pack.selectors import AmountChoice
from vouchers.policy.pack.values import Quantity, whole
from vouchers.policy.rules.compiled import CompiledPack
from vouchers.policy.rules.eligibility import FAIL, PASS, compiled, typed
from vouchers.policy.rules.facts import FactValue

_REDEMPTION = "redemption:"  # a cap asked at both phases has an account for each
_MOST, _KEPT = 60, 32  # characters that an account's subject takes, and that are kept of an id too long for it


@dataclass(frozen=True, slots=True)
class Moment:
    """What says which period and which countable thing a grant falls in: the day, the window, the contract."""

    on: date
    window: int
    contract: str = ""


@dataclass(frozen=True, slots=True)
class Capped:
    """What a grant is measured by: the scheme, the kind, who is limited by which scope, tier, typed facts, the moment.

    `parties` maps a cap's scope (applicant, controller, scheme …) to the public id of who is limited by it; a scope
    that is not in it is not tested by an account.
    """

    scheme_id: int
    kind: str
    parties: Mapping[str, str]
    tier: str
    facts: Mapping[str, FactValue]
    moment: Moment


def caps_of(pack: CompiledPack, capped: Capped, phase: Phase) -> Iterator[Cap]:
    """The quota accounts on which a grant draws at this phase, with their limits in fen, units or times."""
    for rule in pack.pack.amount.caps:
        applies = capped.kind in rule.kinds and phase in rule.at and rule.per != "once" and rule.over in capped.parties
        limit = _limit(rule, pack, capped) if applies else None
        if limit is not None:
            party = capped.parties[rule.over]
            yield quota_of(rule, scheme_id=capped.scheme_id, party=party, moment=capped.moment, limit=limit)


def quota_of(rule: CapRule, *, scheme_id: int, party: str, moment: Moment, limit: int = 0) -> Cap:
    """The quota account that a cap of the pack stands for, for one party at one moment.

    Whoever draws and whoever reads must name the same account: this is the one place that does. A limit is asked for
    when it is opened only.
    """
    of = {"contracts": moment.contract, "years": str(moment.on.year)}.get(rule.counting or "", "")
    cap = Cap(rule.id, scheme_id, party, _period(rule, moment), limit, rule.counting or rule.unit or MONEY, of)
    return seen_from(replace(cap, day=moment.on.isoformat()), rule, moment.on) if rule.span is not None else cap


def seen_from(cap: Cap, rule: CapRule, on: date) -> Cap:
    """The same account as a moving period sees it on another day; other periods see the same on every day."""
    return cap if rule.span is None else replace(cap, since=(rule.span.before(on) + timedelta(days=1)).isoformat())


def quota_key(cap: str, before: str = _REDEMPTION) -> str:
    """By which subject the quota of a cap stands at redemption; an id that is too long is kept apart by its digest.

    >>> quota_key("per-year"), len(quota_key("a" * 60))
    ('redemption:per-year', 60)
    """
    key = f"{before}{cap}"
    return key if len(key) <= _MOST else f"{key[: len(before) + _KEPT]}:{sha256(cap.encode()).hexdigest()[:16]}"


def _period(rule: CapRule, moment: Moment) -> str:
    on = moment.on
    match rule.per:
        case "calendar-year":
            return str(on.year)
        case "quarter":
            return f"{on.year}-Q{(on.month + 2) // 3}"
        case "month":
            return f"{on.year}-{on.month:02d}"
        case "window":
            return f"window-{moment.window}"
        case "life" | "rolling":
            return rule.per
    raise ValueError(f"a cap per {rule.per} has no account")


def _limit(rule: CapRule, pack: CompiledPack, capped: Capped) -> int | None:
    """The limit; 0 where the pack gives this case nothing or it cannot be told."""
    if rule.count is not None:
        return rule.count
    if isinstance(rule.limit, AmountChoice):
        return _chosen(rule.limit, pack, capped)
    return None if rule.limit is None else whole(rule.limit)


def _chosen(choice: AmountChoice, pack: CompiledPack, capped: Capped) -> int:
    if choice.share is not None:
        amount: Any = capped.facts.get(choice.of, 0)
        return int(amount * choice.share)
    found: object = choice.otherwise
    if choice.by == "tier":
        found = choice.rows.get(capped.tier)
    elif choice.by:
        fact, known = pack.vocabulary.get(choice.by), capped.facts.get(choice.by, "")
        rows = choice.rows.items()
        found = next((limit for key, limit in rows if (fact.read(key) == known if fact else key == str(known))), None)
    lists = {named.id: named.items for named in pack.pack.lists}
    for row in choice.match:
        outcome = compiled(typed(row.when, pack.vocabulary, lists))(capped.facts, capped.moment.on)
        if outcome is not FAIL:
            found = row.then if outcome is PASS else 0
            break
    return whole(found) if isinstance(found, int | Quantity) else 0
