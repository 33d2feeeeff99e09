"""Who acts: stages that somebody can hold, and terms of which it is said what happens when they pass."""

from collections.abc import Iterator

from vouchers.policy.checks.context import Context
from vouchers.policy.pack.process import Stage
from vouchers.policy.pack.reading import PackFinding

_DECIDES = "decider"


def check_people(context: Context) -> Iterator[PackFinding]:
    """Stages that nobody can staff, and deadlines that are nobody's."""
    stages = {stage.id: stage for stage in context.pack.process.stages}
    for stage in stages.values():
        yield from _check_staff(context, stage, stages)
    open_ended = [stage for stage in stages.values() if stage.working_days is not None and stage.on_overdue is None]
    if open_ended:
        named = "、".join(f"“{stage.name}”" for stage in open_ended)
        message = f"{named}有期限，没有写到期未办怎么办、归谁管"
        mend = "请写 on_overdue：remind（提醒）、escalate（报上级）、pass（视为通过）或 return（退回）"
        at = ("working_days",)
        yield context.finding(open_ended[0], "deadline-without-owner", message, mend=mend, at=at, warning=True)


def _check_staff(context: Context, stage: Stage, stages: dict[str, Stage]) -> Iterator[PackFinding]:
    if stage.duty == "decide" and stage.role != _DECIDES:
        message = f"“{stage.name}”要作决定，{stage.role} 没有决定权，没有人能办"
        yield context.finding(stage, "nobody-can-staff", message, mend="请把 role 写成 decider", at=("role",))
    for other in stage.other_office_than:
        if other in stages and stages[other].office == stage.office:
            message = f"“{stage.name}”要由与“{stages[other].name}”不同的机构办，两处写的却是同一机构"
            mend = "请改其中一处的 office，或删去 other_office_than"
            yield context.finding(stage, "nobody-can-staff", message, mend=mend, at=("other_office_than",))
