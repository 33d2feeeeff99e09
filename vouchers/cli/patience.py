"""How long the server waits for a request to arrive: a sender who drips keeps no place for long."""

import time
from collections.abc import Iterable
from typing import Any

from waitress.channel import HTTPChannel

from vouchers.cli.room import ToldParser

GRACE_SECONDS = 30.0
LEAST_PER_SECOND = 4_096  # bytes: less than the slowest line in use, and 25 MiB still have an hour and three quarters


class PatientChannel(HTTPChannel):  # type: ignore[misc]  # waitress ships no types
    """A connection whose request must keep arriving. Waitress ends only those that send nothing at all for 20 s."""

    parser_class = ToldParser
    begun: float | None = None
    arrived = 0

    def received(self, data: bytes) -> bool:
        """Take what arrived, and hang up on a request that comes too slowly."""
        taken: bool = super().received(data)
        if self.request is None:  # whole, and handed to a thread
            self.begun, self.arrived = None, 0
            return taken
        at = time.monotonic()
        self.begun = at if self.begun is None else self.begun
        self.arrived += len(data)
        if is_dripping(at - self.begun, self.arrived):
            self.will_close = True
        return taken


def is_dripping(seconds: float, arrived: int) -> bool:
    """Whether a request has come too slowly so far.

    >>> is_dripping(31, 62), is_dripping(31, 10_000_000), is_dripping(5, 1)
    (True, False, False)
    """
    return seconds > GRACE_SECONDS and arrived < (seconds - GRACE_SECONDS) * LEAST_PER_SECOND


def be_patient_only_so_long(sockets: Iterable[Any]) -> None:
    """Let every connection to these listening sockets of waitress be a patient one."""
    for one in sockets:
        if hasattr(one, "channel_class"):
            one.channel_class = PatientChannel
