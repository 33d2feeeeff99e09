"""The papers that a pack asks for with a claim, beside those that every claim has a place for; pure."""

from collections.abc import Collection, Iterator, Mapping, Sequence

from vouchers.policy.pack.model import PolicyPack
from vouchers.policy.pack.process import DocumentRule
from vouchers.redemption.invoices.checks import Level
from vouchers.redemption.rules.outcomes import ClaimCheck, green

PLACED = frozenset({"invoice", "delivery", "own-share"})
"""Invoice, delivery and own share: a claim asks for them by itself, with their dates and amounts."""


def further_papers(pack: PolicyPack, kind: str) -> tuple[DocumentRule, ...]:
    """Every paper that may be asked for with a claim of this kind, whatever its condition says."""
    return tuple(
        rule
        for rule in pack.documents
        if rule.at == "redemption" and kind in (rule.kinds or (kind,)) and rule.id not in PLACED
    )


def check_papers(
    asked: Sequence[DocumentRule], given: Collection[str], clauses: Mapping[str, str]
) -> Iterator[ClaimCheck]:
    """A check of each further paper that is asked for; one that need not be there is only told when given."""
    for rule in asked:
        params, clause = {"name": rule.name}, clauses.get(rule.id, "")
        if rule.id in PLACED:
            continue
        if rule.id in given:
            yield green(f"paper.{rule.id}", "已提交“{name}”", params, clause=clause)
        elif rule.required:
            way = "，请修改核销申请，上传这份材料。"
            yield ClaimCheck(f"paper.{rule.id}", Level.RED, "还缺“{name}”", params, way=way, clause=clause)
