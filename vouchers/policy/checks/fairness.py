"""公平竞争审查 preparation: clauses that need a reasoned answer before publication."""

from collections.abc import Iterator

from vouchers.policy.checks.context import Context
from vouchers.policy.pack.conditions import Condition, leaves
from vouchers.policy.pack.reading import PackFinding

_LOCAL = {
    "registered_in": "以登记地为条件",
    "operates_in": "以经营地为条件",
    "taxed_in": "以纳税地为条件",
    "insured_in": "以参保地为条件",
}
_MEND = "发布前请在公平竞争审查中写明理由，或改为不限地域"


def check_fairness(context: Context) -> Iterator[PackFinding]:
    """Local-only conditions, pointed out for a reasoned answer."""
    for rule in context.pack.rules():
        when: Condition | None = getattr(rule, "when", None)
        for leaf in leaves(when) if when is not None else ():
            if leaf.fact in _LOCAL:
                at = ("when", *leaf.path)
                yield context.finding(rule, "local-only", _LOCAL[leaf.fact], mend=_MEND, at=at, warning=True)
