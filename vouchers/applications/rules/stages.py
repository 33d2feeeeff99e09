"""The way of a case through the stages of its pack."""

from collections.abc import Collection

from vouchers.policy.pack.process import Process, Stage


def entry_stage(process: Process, skipped: Collection[str] = ()) -> tuple[str, str]:
    """The action that accepts a case, and the key of the stage it enters: past what a fast track leaves out."""
    is_last, key = _onward(process, None, skipped)
    return ("accept_to_decide" if is_last else "accept"), key


def next_stage(process: Process, stage_id: str, skipped: Collection[str] = ()) -> tuple[str, str]:
    """The action that leads on from a passed stage, and the key of the stage it leads to.

    A stage with the duty to decide is the meeting; whatever comes before it is examined stage by stage.
    """
    is_last, key = _onward(process, stage_id, skipped)
    return ("pass_last_stage" if is_last else "pass_stage"), key


def _onward(process: Process, stage_id: str | None, skipped: Collection[str]) -> tuple[bool, str]:
    """Whether the meeting comes next, and the key of the stage that does; the last one where no stage decides."""
    last, following = stage_id, process.after(stage_id)
    while following is not None and following.id in skipped:
        last, following = following.id, process.after(following.id)
    if following is None:
        return True, last or ""
    return following.duty == "decide", following.id


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
