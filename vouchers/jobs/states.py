"""States of a job."""

from enum import StrEnum


class JobState(StrEnum):
    """Where a job stands."""

    QUEUED = "queued"
    RUNNING = "running"
    DONE = "done"
    DEAD = "dead"


LABELS: dict[StrEnum, str] = {
    JobState.QUEUED: "等待",
    JobState.RUNNING: "进行中",
    JobState.DONE: "完成",
    JobState.DEAD: "失败",
}
