"""公平竞争审查 preparation: clauses that need a reasoned answer before publication."""

import re
from collections.abc import Iterator

from vouchers.policy.checks.context import Context
from vouchers.policy.pack.clauses import Rule
from vouchers.policy.pack.conditions import Leaf, Path, conditions_in, leaves
from vouchers.policy.pack.reading import PackFinding

_LOCAL = {
    "registered_in": "以登记地为条件",
    "operates_in": "以经营地为条件",
    "taxed_in": "以纳税地为条件",
    "insured_in": "以参保地为条件",
    "zones": "以园区或功能区为条件",
    "provider_in": "以服务商所在地为条件",
    "compute_in": "以算力设施所在地为条件",
}
_MEND = "发布前请在公平竞争审查中写明理由，或改为不限地域"


_RED_MEND = "奖励迁移注册、本地纳税或本地入统的内容不得写入；请删去这一条，或改为与地域无关的标准"
_REWARDED = {
    "relocated-registration": ("以迁入、落户为奖励依据", re.compile("迁入|迁移|迁至|新落户|注册地变更")),
    "local-tax": ("以本地纳税或税收贡献为奖励依据", re.compile("税收贡献|纳税额|纳税贡献|地方财力|财政贡献|经济贡献")),
    "local-statistics": ("以本地入统为奖励依据", re.compile("纳统|入统|纳入.{0,6}统计|统计入库|升规")),
}
_COMPANY = re.compile("(有限公司|股份公司|有限责任公司|集团|公司)$")
_COMPANY_MEND = "请改为一类企业都可以达到的条件，或在公平竞争审查中写明理由"

POINTED = frozenset({"local-only", "named-company"})
"""The findings that the review answers one by one; the red ones are errors and stand in the way by themselves."""


def check_fairness(context: Context) -> Iterator[PackFinding]:
    """Local-only conditions and named companies ask for an answer; rewards for moving, tax or statistics are red."""
    for rule in context.pack.rules():
        for place, condition in conditions_in(rule):
            for leaf in leaves(condition):
                yield from _check_leaf(context, rule, leaf, (*place, *leaf.path))
    yield from _check_named(context)
    yield from _check_rewards(context)


def _check_leaf(context: Context, rule: Rule, leaf: Leaf, at: Path) -> Iterator[PackFinding]:
    if leaf.fact == "taxed_in" and rule in context.pack.amount.rules():
        message = _REWARDED["local-tax"][0]
        yield context.finding(rule, "local-tax", message, mend=_RED_MEND, at=at)
    elif leaf.fact in _LOCAL:
        yield context.finding(rule, "local-only", _LOCAL[leaf.fact], mend=_MEND, at=at, warning=True)
    values = leaf.value if isinstance(leaf.value, list) else [leaf.value]
    for value in values:
        if isinstance(value, str) and _COMPANY.search(value):
            message = f"条件指定了“{value}”一家企业"
            yield context.finding(rule, "named-company", message, mend=_COMPANY_MEND, at=at, warning=True)


def _check_named(context: Context) -> Iterator[PackFinding]:
    for named in context.pack.lists:
        for key, name in named.items.items():
            if _COMPANY.search(name):
                message = f"名单指定了“{name}”一家企业"
                at = ("items", key)
                yield context.finding(named, "named-company", message, mend=_COMPANY_MEND, at=at, warning=True)


def _check_rewards(context: Context) -> Iterator[PackFinding]:
    """Rules that say so, and rules that read a fact of the pack's own that says so."""
    pack, own = context.pack, {fact.name: fact.label for fact in context.pack.facts}
    for rule in (*pack.applicants, *pack.spending, *pack.amount.rules(), *pack.allocation):
        read = {leaf.fact for _, condition in conditions_in(rule) for leaf in leaves(condition)}
        words = " ".join([rule.say, *(own[name] for name in sorted(read & own.keys()))])
        for code, (message, pattern) in _REWARDED.items():
            if pattern.search(words):
                yield context.finding(rule, code, message, mend=_RED_MEND)
