"""What a kind of job is: how it is prepared without a lock, and how it is finished inside the transaction."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

from vouchers.kernel.actor import Actor

Payload = Mapping[str, Any]


class Hopeless(Exception):
    """A job that trying again cannot help; the message says why, for the operator."""


class Finish(Protocol):
    """Write the outcome; runs in the transaction that also marks the job as done, so it happens once."""

    def __call__(self, payload: Payload, prepared: Any, *, actor: Actor, at: datetime) -> None:
        """Write the outcome."""


class Sweep(Protocol):
    """Do one portion of a sweep, in a transaction of its own; returns how many were done, 0 at the end."""

    def __call__(self, *, actor: Actor, at: datetime) -> int:
        """Do one portion."""
        ...


@dataclass(frozen=True, slots=True)
class JobKind:
    """A kind of job; `label` is its Chinese name. `prepare` does what is slow and may run again; it only reads."""

    name: str
    finish: Finish
    prepare: Callable[[Payload], Any] | None = None
    label: str = ""
