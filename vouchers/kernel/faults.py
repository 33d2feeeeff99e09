"""Named places to break on purpose: `APP_FAULT=<point>[@<doing>][:kill|raise[=ERRNO]|sleep=MS][:nth]`, in tests only.

Without a fault a point costs one comparison. `doing` narrows a point to a route's endpoint, a job's kind or a revision.
"""

import errno
import os
import re
import signal
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from itertools import count

POINTS: Mapping[str, str] = {
    "request.received": "a request has come in, nothing is read yet",
    "response.built": "the answer is complete, not a byte of it is sent",
    "transaction.locked": "the writer's turn has come, BEGIN is not sent",
    "transaction.begun": "BEGIN is through, the act has not begun",
    "transaction.flushed": "the act is done, its events are not chained",
    "commit.before": "events are chained, COMMIT is not sent",
    "commit.after": "COMMIT is through, nobody knows it yet",
    "checkpoint.before": "the journal is about to move into the database (SQLite)",
    "checkpoint.after": "the journal has moved (SQLite)",
    "duty.before": "a person is about to take a duty on a case",
    "duty.after": "the duty is taken",
    "key.before": "the key of a money form is about to be written",
    "key.taken": "the key is written, the work has not begun",
    "key.worked": "the work is done, its answer is not kept",
    "key.answered": "the answer is kept under the key",
    "ledger.before": "accounts are about to be opened and locked",
    "ledger.locked": "accounts are locked, no transfer is written",
    "ledger.posted": "the transfers of one posting are written, the next may follow",
    "ledger.reversing": "a reversal is about to be posted",
    "quota.before": "a cap is about to be drawn on",
    "quota.drawn": "the cap is drawn on",
    "number.before": "a number is about to be drawn from its series",
    "number.drawn": "the number is drawn",
    "message.before": "a message is about to be left",
    "message.left": "the message is left",
    "mail.before": "a letter is about to be handed to the mail server",
    "mail.sent": "the mail server has the letter, the job is not done",
    "event.before": "an act is about to leave its event",
    "event.left": "the event is noted, not chained",
    "chain.before": "the events of an act are about to be chained",
    "chain.appended": "the events are written, the head still names the last one before",
    "chain.moved": "the head names the newest event",
    "blob.before": "the bytes of a file are about to be written",
    "blob.written": "the bytes are written, not yet on the disk",
    "blob.synced": "the bytes are on the disk under a passing name",
    "blob.renamed": "the bytes have their own name, the folder is not synced",
    "blob.kept": "the name is on the disk too",
    "blob.removing": "bytes that nothing refers to are about to go",
    "file.before": "a file is about to be put on record",
    "file.recorded": "the file is on record",
    "job.asked": "a job is asked for in the act that needs it",
    "job.claiming": "a worker is about to claim a job",
    "job.claimed": "the claim is committed, the work has not begun",
    "job.prepared": "what is slow is done, nothing is written",
    "job.before-effect": "the job is marked done, its effect is not written",
    "job.after-effect": "mark and effect are written, not committed",
    "job.done": "mark and effect are committed",
    "job.failing": "a failed job is about to be put off",
    "job.put-off": "the failed job waits for its next try",
    "sweep.before": "a portion of a daily sweep is about to be done",
    "sweep.after": "the portion is done, not committed",
    "migration.backed-up": "the file is copied, no step has begun (SQLite)",
    "migration.statement": "a statement of a migration is about to be sent",
    "migration.step": "a revision is done, the next has not begun",
    "migration.before-commit": "all steps are done, COMMIT is not sent",
    "migration.after-commit": "the new shape is committed",
    "secret.written": "a new key is written under a passing name",
    "secret.named": "the new key has its own name",
    "server.listening": "the server listens and has not answered",
    "server.stopping": "the server takes no more connections and finishes those it has",
}

_SHAPE = re.compile(
    r"(?P<point>[a-z.-]+)(?:@(?P<doing>[^:]+))?(?::(?P<action>kill|raise(?:=[A-Z]+)?|sleep=\d{1,6}))?(?::(?P<nth>[1-9]\d*))?"
)

doing: ContextVar[str] = ContextVar("doing", default="")
_armed: Callable[[str], None] | None = None


class FaultError(RuntimeError):
    """Raised at a point that was told to raise."""


@dataclass
class Fault:
    """One point told to break: at the nth time it is reached, or every time when no number is given."""

    point: str
    doing: str = ""
    action: str = "kill"
    nth: int | None = None
    _times: Iterator[int] = field(default_factory=lambda: count(1), repr=False)

    def __call__(self, point: str) -> None:
        """Break when this is the place and the time."""
        if point != self.point or self.doing not in {"", doing.get()}:
            return
        if self.nth is None or next(self._times) == self.nth:
            self._strike()

    def _strike(self) -> None:
        name, _, value = self.action.partition("=")
        if name == "sleep":
            time.sleep(int(value) / 1000)
        elif name == "kill":
            os.kill(os.getpid(), signal.SIGKILL)
        elif value:
            code = getattr(errno, value)
            raise OSError(code, os.strerror(code))
        else:
            raise FaultError(f"told to break at {self.point}")


def read(text: str) -> Fault:
    """A fault from its written form; ValueError says what is wrong with it.

    >>> read("commit.before@redemption_office.approve_claim:kill:2")
    Fault(point='commit.before', doing='redemption_office.approve_claim', action='kill', nth=2)
    """
    found = _SHAPE.fullmatch(text)
    if found is None:
        raise ValueError("写法应为 点[@正在办的事][:kill|raise[=错误名]|sleep=毫秒][:第几次]")
    if found["point"] not in POINTS:
        raise ValueError(f"没有名为 {found['point']} 的点")
    action = found["action"] or "kill"
    if action.startswith("raise=") and not hasattr(errno, action.removeprefix("raise=")):
        raise ValueError(f"没有名为 {action.removeprefix('raise=')} 的错误")
    return Fault(found["point"], found["doing"] or "", action, int(found["nth"]) if found["nth"] else None)


def arm(reached: Callable[[str], None] | None) -> None:
    """Let every point tell this one that it was reached; None to leave all points alone."""
    global _armed  # noqa: PLW0603  one process, one fault
    _armed = reached


@contextmanager
def armed(reached: Callable[[str], None]) -> Iterator[None]:
    """Arm for as long as this lasts."""
    before = _armed
    arm(reached)
    try:
        yield
    finally:
        arm(before)


def fault(point: str) -> None:
    """Stand here: a place where a test may break the process."""
    if _armed is not None:
        _armed(point)
