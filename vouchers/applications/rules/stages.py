"""The way of a case through the stages of its pack."""

from vouchers.policy.pack.process import Process, Stage


def entry_stage(process: Process) -> Stage:
    """The stage an accepted case enters."""
    return process.stages[0]


def next_stage(process: Process, stage_id: str) -> tuple[str, str]:
    """The action that leads on from a passed stage, and the key of the stage it leads to.

    A stage with the duty to decide is the meeting; whatever comes before it is examined stage by stage.
    """
    following = process.after(stage_id)
    if following is None:
        return "pass_last_stage", stage_id
    return ("pass_last_stage" if following.duty == "decide" else "pass_stage"), following.id


def stage_before(process: Process, stage_id: str) -> tuple[str, str]:
    """The action that sends a case back from a stage, and the key of the stage before; empty for the first look."""
    keys = [stage.id for stage in process.stages]
    position = keys.index(stage_id)
    if position == 0:
        return "return_to_acceptance_by_time", ""
    return "return_stage_by_time", keys[position - 1]


def is_apart(process: Process, stage: Stage) -> bool:
    """Whether the pack wants this stage and another one done by different people."""
    return bool(stage.apart_from) or any(stage.id in other.apart_from for other in process.stages)
