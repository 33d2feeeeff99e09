"""Providers who press without pause: each press has its key, and what was answered is remembered."""

import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass, field

from sqlalchemy import func, select

from tests.crash.house import House, send
from tests.crash.state import assert_sound
from tests.races.claims import Draft
from tests.races.harness import Reply, Visitor
from vouchers.audit.models import AuditEvent
from vouchers.db.base import db
from vouchers.ledger import queries as ledger
from vouchers.ledger.states import AccountKind

CLIENTS = 4
AMOUNT = 10_000
PAUSE_SECONDS = 0.1  # one who is told to come again comes sooner than he was told


@dataclass
class Load:
    """Presses still to be made, those that were answered, and those that broke off."""

    house: House
    browser: Visitor
    waiting: list[Draft]
    acknowledged: dict[str, tuple[bytes, str]] = field(default_factory=dict)
    open: dict[str, bytes] = field(default_factory=dict)
    put_off: int = 0
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

    def wait_for(self, more: int, *, seconds: float = 30) -> float:
        """Wait until so many more presses were answered, or none is left; how long that took, in seconds."""
        begun, before = time.monotonic(), len(self.acknowledged)
        while len(self.acknowledged) < before + more and (self.waiting or self.open):
            if time.monotonic() > begun + seconds:
                break
            time.sleep(0.002)
        return time.monotonic() - begun

    def retry_open(self) -> None:
        """Press once more, under the same key, what broke off."""
        for claim, shot in list(self.open.items()):
            until = time.monotonic() + 30
            while not self._note(claim, shot, send(self.house.address, shot)):
                assert time.monotonic() < until, claim
                time.sleep(PAUSE_SECONDS)

    def assert_all_kept(self) -> None:
        """Each acknowledged press is there once, with the answer it was given, and the books are sound."""
        for claim, (shot, location) in self.acknowledged.items():
            again = send(self.house.address, shot)
            assert again is not None
            assert (again.status, again.location) == (303, location)
            assert ledger.balance_of(AccountKind.HELD, claim) == AMOUNT
        acts = select(AuditEvent.subject_id, func.count()).where(AuditEvent.act == "claim.submit")
        rows = db.session.execute(acts.group_by(AuditEvent.subject_id)).all()
        found = {row[0]: row[1] for row in rows}
        assert {claim: found.get(claim) for claim in self.acknowledged} == dict.fromkeys(self.acknowledged, 1)
        assert_sound()

    def _press_on(self) -> None:
        while not self._stop.is_set():
            with self._lock:
                if not self.waiting:
                    return
                draft = self.waiting.pop()
                shot = self.browser.shot(f"{draft.path}/submit", {"seen_version": draft.version})
                self.open[draft.public_id] = shot
            while not self._note(draft.public_id, shot, send(self.house.address, shot)) and not self._stop.is_set():
                time.sleep(PAUSE_SECONDS)

    def _note(self, claim: str, shot: bytes, reply: Reply | None) -> bool:
        """Remember an answer; False when one is told to come again, and then it is still to be done."""
        if reply is None:
            return False
        if reply.status == 503:
            self.put_off += 1
            return False
        assert reply.status == 303, self.house.log.read_text()[-6000:]
        with self._lock:
            self.acknowledged[claim] = (shot, reply.location)
            del self.open[claim]
        return True
