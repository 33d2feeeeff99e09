"""Limits that can never decide anything, and money that one applicant could use up."""

from collections.abc import Iterator
from fractions import Fraction

from vouchers.policy.checks.context import Context
from vouchers.policy.pack.bases import Tier
from vouchers.policy.pack.conditions import Path
from vouchers.policy.pack.limits import Cap
from vouchers.policy.pack.model import PolicyPack
from vouchers.policy.pack.phases import Phase
from vouchers.policy.pack.rates import RateCeiling, RateRule
from vouchers.policy.pack.reading import PackFinding
from vouchers.policy.pack.selectors import AmountChoice
from vouchers.policy.pack.values import Quantity, percent, whole

_WITHIN = {  # whose money lies within whose
    "claim": {"order", "contract", "project", "seller", "applicant", "controller", "scheme"},
    "order": {"contract", "project", "seller", "applicant", "controller", "scheme"},
    "contract": {"project", "seller", "applicant", "controller", "scheme"},
    "project": {"applicant", "controller", "scheme"},
    "seller": {"scheme"},
    "applicant": {"controller", "scheme"},
    "controller": {"scheme"},
    "scheme": set(),
}
_DURING = {
    "once": {"month", "quarter", "calendar-year", "window", "rolling", "life"},
    "month": {"quarter", "calendar-year", "life"},
    "quarter": {"calendar-year", "life"},
    "calendar-year": {"life"},
    "window": {"life"},
    "rolling": {"life"},
    "life": set(),
}
_DROP = "请核对两条上限的数，或删去不起作用的一条"
_PERSONS = frozenset({"applicant", "controller"})


def check_binding(context: Context) -> Iterator[PackFinding]:
    """Caps and ceilings that never bind, and schemes without a limit for one applicant."""
    caps = [cap for cap in context.pack.amount.caps if cap.limit is not None]
    for cap in caps:
        for at, limit in limits_of(cap):
            stricter = next((one for one in caps if one is not cap and _is_always_stricter(one, cap, limit)), None)
            if stricter is not None:
                message = f"这个上限不起作用：“{stricter.say}”总是先到"
                yield context.finding(cap, "never-binds", message, mend=_DROP, at=at, warning=True)
        yield from _check_tier_limits(context, cap)
    for ceiling in context.pack.amount.ceilings:
        yield from _check_ceiling(context, ceiling)
    yield from _check_exhausting(context, caps)


def limits_of(cap: Cap) -> Iterator[tuple[Path, int]]:
    """Every limit that a cap states, with its place; shares of another amount are none."""
    choice = cap.limit
    if isinstance(choice, AmountChoice):
        yield from ((("limit", "rows", key), whole(value)) for key, value in choice.rows.items())
        yield from ((("limit", "match", at, "then"), whole(row.then)) for at, row in enumerate(choice.match))
        if choice.otherwise is not None:
            yield ("limit", "otherwise"), whole(choice.otherwise)
    elif choice is not None:
        yield ("limit",), whole(choice)


def _is_always_stricter(one: Cap, cap: Cap, limit: int) -> bool:
    """Whether another cap, over at least as much and as long, leaves no more than this limit."""
    covers = set(cap.kinds) <= set(one.kinds) and set(cap.at) <= set(one.at)
    wider = one.over == cap.over or one.over in _WITHIN[cap.over]
    longer = (one.per == cap.per and one.per != "rolling") or one.per in _DURING[cap.per]
    same = (one.over, one.per) == (cap.over, cap.per)
    most = max((value for _, value in limits_of(one)), default=None)
    if not (covers and wider and longer and one.hard) or most is None or _states_share(one):
        return False
    return most < limit or (most == limit and not same)


def _states_share(cap: Cap) -> bool:
    return isinstance(cap.limit, AmountChoice) and bool(cap.limit.of)


def _check_tier_limits(context: Context, cap: Cap) -> Iterator[PackFinding]:
    """Limits of tiers so narrow that base times rate never reaches them."""
    pack, choice = context.pack, cap.limit
    if not isinstance(choice, AmountChoice) or choice.by != "tier" or Phase.REDEMPTION in cap.at:
        return
    for kind in cap.kinds:
        highest = _highest_rate(pack, kind, Phase.APPLICATION)
        for row in _tiers(pack, kind):
            limit = choice.rows.get(row.id)
            if highest is None or limit is None or row.highest is None or isinstance(limit, Quantity):
                continue
            if row.highest * highest <= limit:
                message = f"“{row.name}”一行不起作用：这一层级最高只能算到 {percent(highest)}"
                at = ("limit", "rows", row.id)
                yield context.finding(cap, "never-binds", message, mend=_DROP, at=at, warning=True)


def _tiers(pack: PolicyPack, kind: str) -> tuple[Tier, ...]:
    """The tiers of a kind where the amount that sorts is the amount that is subsidised."""
    bases = [base for base in pack.amount.bases if kind in base.kinds and Phase.APPLICATION in base.at]
    table = next((table for table in pack.amount.tiers if kind in table.kinds), None)
    if table is None or not bases or bases[0].facts != (table.by,):
        return ()
    return table.rows


def _check_ceiling(context: Context, ceiling: RateCeiling) -> Iterator[PackFinding]:
    pack = context.pack
    highest = [_highest_rate(pack, kind, phase, capped=False) for kind in ceiling.kinds for phase in Phase]
    reached = [rate for rate in highest if rate is not None]
    if reached and max(reached) <= ceiling.most:
        message = f"比例和加计合起来最高 {percent(max(reached))}，到不了 {percent(ceiling.most)}"
        mend = "请核对比例、加计和封顶，或删去封顶"
        yield context.finding(ceiling, "never-binds", message, mend=mend, at=("most",), warning=True)


def _highest_rate(pack: PolicyPack, kind: str, phase: Phase, *, capped: bool = True) -> Fraction | None:
    """The most that rate and bonuses come to; None where the amount is not a share of the base."""
    rule = next((rule for rule in pack.amount.rates if kind in rule.kinds and phase in rule.at), None)
    rates = [] if rule is None else _rates(rule)
    if not rates:
        return None
    bonuses = [bonus.add for bonus in pack.amount.bonuses if kind in bonus.kinds and phase in bonus.at]
    total = max(rates) + sum(bonuses, Fraction(0))
    ceilings = [ceiling.most for ceiling in pack.amount.ceilings if kind in ceiling.kinds]
    return min([total, *ceilings]) if capped else total


def _rates(rule: RateRule) -> list[Fraction]:
    if rule.flat is not None:
        return [rule.flat]
    if rule.choose is None:
        return [row.rate for row in rule.brackets]
    chosen = [*rule.choose.rows.values(), *(row.then for row in rule.choose.match)]
    return [*chosen, *([] if rule.choose.otherwise is None else [rule.choose.otherwise])]


def _check_exhausting(context: Context, caps: list[Cap]) -> Iterator[PackFinding]:
    for kind in context.pack.kinds:
        personal = [cap for cap in context.pack.amount.caps if kind.id in cap.kinds and cap.over in _PERSONS]
        if not personal:
            message = f"“{kind.name}”没有按企业设上限，一家企业可以用完全部资金"
            mend = "请在 amount.caps 里写 over: applicant 的上限，或在发布时说明理由"
            yield context.finding(kind, "one-could-exhaust", message, mend=mend, warning=True)
    for envelope in (cap for cap in caps if cap.over == "scheme"):
        whole_of = min((limit for _, limit in limits_of(envelope)), default=0)
        personal = [cap for cap in caps if cap.over in _PERSONS and set(envelope.kinds) <= set(cap.kinds)]
        least = [min(limit for _, limit in limits_of(cap)) for cap in personal if any(limits_of(cap))]
        if least and whole_of and min(least) >= whole_of:
            message = "一家企业的上限不低于全部资金，一家就可以用完"
            mend = "请把一家企业的上限改到全部资金以下"
            yield context.finding(envelope, "one-could-exhaust", message, mend=mend, at=("limit",), warning=True)
