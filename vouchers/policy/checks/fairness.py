"""公平竞争审查 preparation: clauses that need a reasoned answer before publication."""

from collections.abc import Iterator

from vouchers.policy.checks.context import Context
from vouchers.policy.pack.conditions import conditions_in, leaves
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


def check_fairness(context: Context) -> Iterator[PackFinding]:
    """Local-only conditions, pointed out for a reasoned answer."""
    for rule in context.pack.rules():
        for place, condition in conditions_in(rule):
            for leaf in leaves(condition):
                if leaf.fact in _LOCAL:
                    at = (*place, *leaf.path)
                    yield context.finding(rule, "local-only", _LOCAL[leaf.fact], mend=_MEND, at=at, warning=True)
