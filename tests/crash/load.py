"""Providers who press without pause: each press has its key, and what was answered is remembered."""

import threading
from collections.abc import Sequence
from dataclasses import dataclass, field

from tests.crash.house import House, send
from tests.races.claims import Draft
from tests.races.harness import Reply, Visitor

CLIENTS = 6


@dataclass
class Load:
    """Presses still to be made, those that were answered, and those that broke off."""

    house: House
    browser: Visitor
    waiting: list[Draft]
    acknowledged: dict[str, tuple[bytes, str]] = field(default_factory=dict)
    open: dict[str, bytes] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _stop: threading.Event = field(default_factory=threading.Event)
    _threads: Sequence[threading.Thread] = ()

    def begin(self) -> None:
        """Let all clients press."""
        self._stop.clear()
        self._threads = [threading.Thread(target=self._press_on) for _ in range(CLIENTS)]
        for thread in self._threads:
            thread.start()

    def end(self) -> None:
        """Wait until every client has noticed."""
        self._stop.set()
        for thread in self._threads:
            thread.join()

    def answered(self) -> int:
        """How many presses were answered so far."""
        return len(self.acknowledged)

    def retry_open(self) -> None:
        """Press once more, under the same key, what broke off."""
        for claim, shot in list(self.open.items()):
            reply = send(self.house.address, shot)
            assert reply is not None
            assert reply.status == 303, reply.text
            self._note(claim, shot, reply)

    def _press_on(self) -> None:
        while not self._stop.is_set():
            with self._lock:
                if not self.waiting:
                    return
                draft = self.waiting.pop()
                shot = self.browser.shot(f"{draft.path}/submit", {"seen_version": draft.version})
                self.open[draft.public_id] = shot
            self._note(draft.public_id, shot, send(self.house.address, shot))

    def _note(self, claim: str, shot: bytes, reply: Reply | None) -> None:
        if reply is None or reply.status == 503:
            return  # told to come again: it is still to be done
        assert reply.status == 303, reply.text
        with self._lock:
            self.acknowledged[claim] = (shot, reply.location)
            del self.open[claim]
