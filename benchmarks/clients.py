"""The clients of a load, in a process of their own: whole requests over kept connections, bounded in number and time.

It reads one plan as JSON, does it, and tells what came of it as JSON. Only 127.0.0.1 is ever spoken to.
"""

import json
import socket
import sys
import threading
import time
from collections import Counter
from dataclasses import asdict, dataclass, field
from http.client import HTTPException, HTTPResponse
from itertools import count

PATIENCE_SECONDS = 60
BROKEN = 0  # in place of a status: no answer came


@dataclass(frozen=True, slots=True)
class Plan:
    """What to send: `shots` are whole requests, each sent once, or over and over when `again`.

    With `pace` (a second) a request is due at its time however late the ones before it are, and its time counts from
    then. With `many_addresses` each client comes from an address of its own.
    """

    port: int
    shots: list[str]
    clients: int = 8
    seconds: float = 5
    again: bool = True
    pace: float = 0
    many_addresses: bool = False


@dataclass(slots=True)
class Outcome:
    """How often each status came, how long every answer took, and how long it all took, in seconds.

    `cpu` is what an answer cost the server, in milliseconds of its processor, where somebody measured it.
    """

    statuses: dict[str, int] = field(default_factory=dict)
    times: list[float] = field(default_factory=list)
    elapsed: float = 0
    cpu: float = 0


class Clients:
    """So many threads with a connection each, who share one row of requests."""

    def __init__(self, plan: Plan) -> None:
        self._plan = plan
        self._shots = [shot.encode() for shot in plan.shots]
        self._numbers = count()
        self._found: list[tuple[int, float]] = []
        self._begun = 0.0

    def run(self) -> Outcome:
        """All at once until the time is over or everything was sent."""
        threads = [threading.Thread(target=self._client, args=(place,)) for place in range(self._plan.clients)]
        self._begun = time.perf_counter()
        for one in threads:
            one.start()
        for one in threads:
            one.join()
        elapsed = time.perf_counter() - self._begun
        statuses = Counter(str(status) for status, _ in self._found)
        return Outcome(dict(statuses), [taken for _, taken in self._found], elapsed)

    def _client(self, place: int) -> None:
        source = f"127.0.{place // 250 + 1}.{place % 250 + 1}" if self._plan.many_addresses else "127.0.0.1"
        line: socket.socket | None = None
        while (shot := self._next()) is not None:
            request, due = shot
            try:
                if line is None:
                    line = socket.create_connection(("127.0.0.1", self._plan.port), PATIENCE_SECONDS, (source, 0))
                    line.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                status, line = _exchange(line, request)
            except (OSError, HTTPException):
                status, line = BROKEN, None
            self._found.append((status, time.perf_counter() - due))
        if line is not None:
            line.close()

    def _next(self) -> tuple[bytes, float] | None:
        """The next request and when its time begins; None at the end."""
        number, plan = next(self._numbers), self._plan
        if number >= len(self._shots) and not plan.again:
            return None
        due = self._begun + number / plan.pace if plan.pace else time.perf_counter()
        if due - self._begun > plan.seconds:
            return None
        time.sleep(max(0.0, due - time.perf_counter()))
        return self._shots[number % len(self._shots)], due


def _exchange(line: socket.socket, request: bytes) -> tuple[int, socket.socket | None]:
    """One request and its whole answer; the connection when it may be used again."""
    line.sendall(request)
    answer = HTTPResponse(line)
    answer.begin()
    answer.read()
    if answer.will_close:
        line.close()
        return answer.status, None
    return answer.status, line


def main() -> None:
    """One plan in, one outcome out."""
    plan = Plan(**json.load(sys.stdin))
    json.dump(asdict(Clients(plan).run()), sys.stdout)


if __name__ == "__main__":
    main()
