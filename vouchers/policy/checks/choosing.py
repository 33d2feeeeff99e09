"""How money that is short is given out: what a rule ranks by must be known, and kinds that are scored must be there."""

from collections.abc import Iterator

from vouchers.policy.checks.context import Context
from vouchers.policy.pack.reading import PackFinding


def check_choosing(context: Context) -> Iterator[PackFinding]:
    """Ranking by a score that nobody gives; scoring of a kind that there is not."""
    stages, known = context.pack.process.stages, {kind.id for kind in context.pack.kinds}
    for rule in context.pack.allocation:
        unscored = [kind for kind in rule.kinds if not any(stage.scoring_of(kind) for stage in stages)]
        if "score" in rule.ranked_by and unscored:
            message = f"按得分排序，“{'、'.join(unscored)}”却没有评分的环节"
            mend = "请在一个环节写 scoring（评分项、专家人数、合格线），或改 ranked_by"
            yield context.finding(rule, "score-without-scoring", message, mend=mend, at=("ranked_by",))
    for stage in stages:
        strangers = sorted(set(stage.scoring.kinds or ()) - known) if stage.scoring else []
        if strangers:
            message, mend = f"评分写了没有的券种“{'、'.join(strangers)}”", f"可选：{'、'.join(sorted(known))}"
            yield context.finding(stage, "unknown-kind", message, mend=mend, at=("scoring", "kinds"))
