"""Packs drawn at random over every shape of a rule, as plain data: what a clerk could write, not what makes sense."""

from copy import deepcopy
from functools import lru_cache
from typing import Any

from hypothesis import strategies as st

from tests.policy.packs import PACK
from vouchers.policy.loader import compiled_of, load_text
from vouchers.policy.rules.compiled import CompiledPack

Strategy = st.SearchStrategy[Any]

MONEY = ("revenue", "assets", "approved_net", "planned_net")
COUNTS = ("headcount", "rd_staff")
DAYS = ("founded_on", "contract_from", "contract_until")
YUAN = ("0 元", "0.01 元", "1 元", "100 元", "999.99 元", "1000 元", "5 万元", "123456.78 元", "1000 亿元")
RATES = ("0%", "5%", "33.33%", "1/3", "2/7", "50%", "100%", "150%", "1/9973")
SHARES = ("0%", "1/3", "50%", "55%", "55.01%", "100%")
DATES = ("2023-05-06", "2023-05-07", "2025-12-31", "2026-02-28", "2026-05-06", "2026-05-07")
TERMS = ("1 day", "3 months", "1 year", "3 years")
SIZES = ("large", "medium", "small", "micro")
WORDS = ("高新技术企业", "专精特新", "独角兽")
AREAS = ("重庆市", "重庆市渝中区", "北京市")
FIELDS = ("health", "metaverse", "retail-trade")
COMMON: dict[str, Any] = {"provenance": "local"}
KINDS: dict[str, Any] = {"kinds": ["compute"], "at": ["application"]}


def some_of(values: tuple[str, ...]) -> Strategy:
    """At least one of the values, in order of drawing."""
    return st.lists(st.sampled_from(values), min_size=1, max_size=3, unique=True)


def compared(names: tuple[str, ...], words: tuple[str, ...], value: Strategy) -> Strategy:
    """A fact, a comparison, a value."""
    return st.builds(lambda n, w, v: {n: {w: v}}, st.sampled_from(names), st.sampled_from(words), value)


def ordered(names: tuple[str, ...], values: tuple[Any, ...], key: Any) -> Strategy:
    """Every comparison of an ordered fact."""
    one = st.sampled_from(values)
    single = ("is", "is_not", "at_least", "less_than", "at_most", "more_than")
    pair = st.tuples(one, one).map(lambda ends: sorted(ends, key=key))
    several = st.lists(one, min_size=1, max_size=3, unique=True)
    return (
        compared(names, single, one) | compared(names, ("between", "outside"), pair)
        | compared(names, ("in", "not_in"), several)
    )  # fmt: skip


def related(names: tuple[str, ...], key: str, values: tuple[str, ...]) -> Strategy:
    """One fact beside a share of another, or beside a date with a term added."""
    words = ("at_least_of", "less_than_of", "at_most_of", "more_than_of")
    pairs = st.permutations(names).map(lambda order: order[:2])
    relation = st.none() | st.sampled_from(values)
    return st.builds(
        lambda pair, word, one: {pair[0]: {word: {"fact": pair[1]} | ({key: one} if one else {})}},
        pairs, st.sampled_from(words), relation,
    )  # fmt: skip


def leaves() -> Strategy:
    """A comparison of any kind of fact with any operator."""
    counts = (0, 1, 2, 3, 19, 20, 21, 999_999_999_999)
    return st.one_of(
        compared(("is_start_up", "finance_is_sound", "need_is_real"), ("is", "is_not"), st.booleans()),
        compared(("size_class",), ("is", "is_not"), st.sampled_from(SIZES)),
        compared(("size_class",), ("in", "not_in"), some_of(SIZES)),
        compared(("field",), ("in_list", "not_in_list"), st.just("priority-fields")),
        compared(("registered_in",), ("in_area", "outside_area"), st.sampled_from(AREAS)),
        compared(("honours",), ("includes", "excludes"), st.sampled_from(WORDS)),
        compared(("honours",), ("includes_any", "includes_none"), some_of(WORDS)),
        compared(("dishonesty", "founded_on"), ("within", "not_within"), st.sampled_from(TERMS)),
        ordered(MONEY, YUAN, YUAN.index),
        ordered(COUNTS, counts, int),
        ordered(DAYS, DATES, str),
        ordered(("green_share",), SHARES, SHARES.index),
        related(MONEY, "share", RATES[1:]),
        related(COUNTS, "share", RATES[1:]),
        related(DAYS, "plus", TERMS),
    )


def conditions() -> Strategy:
    """Comparisons, and all, any and not of them."""
    return st.recursive(
        leaves(),
        lambda part: st.one_of(
            st.lists(part, min_size=1, max_size=3).map(lambda parts: {"all": parts}),
            st.lists(part, min_size=1, max_size=3).map(lambda parts: {"any": parts}),
            part.map(lambda one: {"not": one}),
        ),
        max_leaves=4,
    )


def often_met() -> Strategy:
    """Conditions of which half are loosened, so that many rows come as far as an amount."""
    loose = leaves().map(lambda one: {"any": [one, {"is_start_up": True}, {"headcount": {"at_least": 2}}]})
    return conditions() | loose


def chosen(values: tuple[str, ...]) -> Strategy:
    """A value by a fact, by the tier, or by conditions in order."""
    one = st.sampled_from(values)
    by_fact = st.dictionaries(st.sampled_from(SIZES), one, min_size=1).map(
        lambda rows: {"by": "size_class", "rows": rows}
    )
    by_tier = st.dictionaries(st.sampled_from(("low", "high")), one, min_size=1).map(
        lambda r: {"by": "tier", "rows": r}
    )
    row = st.builds(lambda when, then: {"when": when, "then": then}, conditions(), one)
    by_match = st.builds(
        lambda rows, rest: {"match": rows, "otherwise": rest},
        st.lists(row, min_size=1, max_size=2),
        st.just("none") | one,
    )
    return by_fact | by_tier | by_match


def brackets() -> Strategy:
    """Slices of the base that leave a gap at times: the case then has no row."""
    rate = st.sampled_from(RATES)
    low = st.builds(lambda r, e: {"from": "0 元", e: "1000 元", "rate": r}, rate, st.sampled_from(("below", "to")))
    middle = st.builds(lambda r, s: {s: "1000 元", "to": "5 万元", "rate": r}, rate, st.sampled_from(("from", "above")))
    high = st.builds(lambda r: {"above": "5 万元", "rate": r}, rate)
    rows = st.tuples(low, middle, high) | st.tuples(low, middle) | st.tuples(middle)
    return st.builds(lambda r, s: {"brackets": list(r), "slices": s}, rows, st.sampled_from(("whole", "marginal")))


@st.composite
def rates(draw: st.DrawFn) -> dict[str, Any]:
    """The rate, in each of its ways, with or without a threshold."""
    ways = st.one_of(
        st.sampled_from(RATES).map(lambda rate: {"flat": rate}),
        chosen(RATES).map(lambda choice: {"choose": choice}),
        brackets(),
        (st.sampled_from(YUAN) | chosen(YUAN)).map(lambda amount: {"lump": amount}),
        st.sampled_from(YUAN[:6]).map(lambda price: {"per_unit": price}),
    )
    rule = {"id": "rate", "say": "比例", **KINDS, **COMMON, **draw(ways)}
    if draw(st.booleans()):
        word, amount = draw(st.sampled_from(("from", "above"))), draw(st.sampled_from(YUAN[1:8]))
        rule["activated"] = {word: amount, "on": draw(st.sampled_from(("whole", "excess")))}
    return rule


@st.composite
def bases(draw: st.DrawFn) -> dict[str, Any]:
    """Money of one kind or pooled, with something taken off, held under another measure, by days of service."""
    way = draw(st.sampled_from(("planned", "approved", "pooled", "quantity")))
    rule: dict[str, Any] = {"id": "base", "say": "基数", **KINDS, **COMMON, "of": way}
    rule |= {"unit": "card-hours"} if way == "quantity" else {"tax": "excluded"}
    if way == "pooled":
        rule |= {"parts": ["planned_net", "revenue"], "over": "1 year"}
    rule["less"] = draw(st.lists(st.sampled_from(("coupons", "gifts")), unique=True))
    rule["no_more_than"] = draw(st.lists(st.sampled_from(("contract_net", "approved_net")), max_size=1))
    period = draw(st.sampled_from(("", "", "calendar-year", "dates", "facts")))
    if period:
        rule["prorate"] = {"into": period, "days": draw(st.sampled_from(("both-ends", "last-excluded")))}
        rule["prorate"] |= {"from": "2026-01-01", "to": "2026-06-30"} if period == "dates" else {}
        rule["prorate"] |= {"facts": ["contract_from", "contract_until"]} if period == "facts" else {}
    return rule


@st.composite
def caps(draw: st.DrawFn, number: int) -> dict[str, Any]:
    """A cap of money, chosen or a share of an amount, or of how often; hard, or liftable for some."""
    rule: dict[str, Any] = {"id": f"cap-{number}", "say": "上限", "over": "applicant", **KINDS, **COMMON}
    rule["per"] = draw(st.sampled_from(("once", "calendar-year")))
    if draw(st.integers(min_value=0, max_value=3)) == 0:
        counted = draw(st.sampled_from(("claims", "contracts", "years")))
        rule |= {"count": draw(st.integers(min_value=1, max_value=3)), "counting": counted, "per": "life"}
        return draw(lifting(rule))
    share = st.builds(lambda s, o: {"share": s, "of": o}, st.sampled_from(RATES), st.sampled_from(MONEY))
    rule["limit"] = draw(st.sampled_from(YUAN[1:]) | chosen(YUAN) | share)
    return draw(lifting(rule))


@st.composite
def lifting(draw: st.DrawFn, rule: dict[str, Any]) -> dict[str, Any]:
    """The cap, hard, or soft for all or for some."""
    if draw(st.booleans()):
        rule["hard"] = False
        if draw(st.booleans()):
            rule["liftable_when"] = draw(conditions())
    return rule


@st.composite
def stacking(draw: st.DrawFn, number: int) -> dict[str, Any]:
    """What other support means, in each of its effects."""
    effect = draw(st.sampled_from(("reject", "ceiling", "higher-of", "add", "add-on-top")))
    rule: dict[str, Any] = {"id": f"other-{number}", "say": "其他支持", **KINDS, **COMMON, "effect": effect}
    rule |= {"scope": draw(st.sampled_from(("contract", "applicant"))), "sources": "all-levels"}
    rule |= {"share": draw(st.sampled_from(RATES))} if effect == "ceiling" else {}
    return rule | ({"pays": draw(st.sampled_from(("whole", "difference")))} if effect == "higher-of" else {})


@st.composite
def amounts(draw: st.DrawFn) -> dict[str, Any]:
    """Everything that decides how much."""
    rate = draw(rates())
    bonuses = [
        {
            "id": f"bonus-{n}",
            "say": "加计",
            **KINDS,
            **COMMON,
            "when": draw(conditions()),
            "add": draw(st.sampled_from(RATES)),
        }
        for n in range(draw(st.integers(min_value=0, max_value=2)))
    ]
    ceiling = {"id": "ceiling", "say": "封顶", "kinds": ["compute"], "most": draw(st.sampled_from(RATES)), **COMMON}
    floor = {"id": "floor", "say": "起点", **KINDS, **COMMON, "least": draw(st.sampled_from(YUAN[:6]))}
    tiers = [
        {"id": "low", "name": "低档", draw(st.sampled_from(("from", "above"))): "100 元", "below": "1000 元"},
        {"id": "high", "name": "高档", "from": "1000 元"},
    ]
    tiered = {"id": "tiers", "say": "分级", "kinds": ["compute"], "by": draw(st.sampled_from(MONEY)), "rows": tiers}
    return {
        "tiers": [tiered | COMMON] if draw(st.booleans()) else [],
        "bases": [] if "lump" in rate and draw(st.booleans()) else [draw(bases())],
        "rates": [rate],
        "bonuses": bonuses,
        "ceilings": [ceiling] if draw(st.booleans()) else [],
        "stacking": [draw(stacking(n)) for n in range(draw(st.integers(min_value=0, max_value=2)))],
        "caps": [draw(caps(n)) for n in range(draw(st.integers(min_value=0, max_value=3)))],
        "floors": [floor] if draw(st.booleans()) else [],
        "rounding": {
            "id": "rounding", "say": "取整", **COMMON, "to": draw(st.sampled_from(("1 分", "1 元", "7 元", "100 元"))),
            "mode": draw(st.sampled_from(("down", "half-up", "half-even"))),
            "step": draw(st.sampled_from(("end", "base-and-end", "each-step"))),
        },
    }  # fmt: skip


@st.composite
def packs(draw: st.DrawFn) -> dict[str, Any]:
    """A pack with one kind of voucher: conditions, an amount, at times sheets of one face or no money at all."""
    data = deepcopy(_shipped())
    data["kinds"] = data["kinds"][:1]
    data["applicants"] = [
        {"id": f"rule-{n}", "say": "条件", "at": ["application"], "when": draw(often_met()), **COMMON}
        for n in range(draw(st.integers(min_value=1, max_value=3)))
    ]
    data["spending"], data["documents"], data["allocation"] = [], [], []
    amount = draw(amounts())
    if not amount["bases"]:
        other = draw(bases()) | {"at": ["redemption"]}
        amount["bases"] = [other]
    data["amount"] = amount | {"funding": data["amount"]["funding"]}
    for section in ("voucher", "payee", "redemption"):
        data[section] = [rule | {"kinds": ["compute"]} for rule in data[section][:1]]
    if draw(st.booleans()):
        face = draw(st.sampled_from(("1 元", "30 元", "1000 元")))
        data["voucher"] = [data["voucher"][0] | {"form": "sheets", "face": face}]
    return data


@lru_cache(maxsize=1)
def _shipped() -> dict[str, Any]:
    data = load_text(PACK.read_text(encoding="utf-8"), "pack.yaml").data
    assert isinstance(data, dict)
    return data


def compiled_packs() -> st.SearchStrategy[CompiledPack]:
    """Such packs, ready to decide."""
    return packs().map(compiled_of)
