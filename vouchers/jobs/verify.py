"""What always holds of background work: the same kind and key is one piece of work."""

from collections.abc import Iterator

from vouchers.db.repeats import repeated
from vouchers.jobs.models import Job

CHECKS = ("INV-25",)


def findings() -> Iterator[tuple[str, str, str]]:
    """Every piece of work that stands twice; invariant, row, sentence."""
    for key in repeated(Job.kind, Job.key):
        yield "INV-25", f"jobs/{key}", "同一件后台任务登记了两次"
