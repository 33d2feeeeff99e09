"""A stop that leaves nobody unanswered: what has come in is finished, nothing new is taken, the exit code is 0."""

import socket
import subprocess
import sys
import threading
import time

from sqlalchemy import func, select

from tests.crash.conftest import Seller
from tests.crash.house import send
from tests.crash.state import assert_sound
from tests.databases import let_go
from tests.races.harness import ROOT, Reply
from vouchers.db.base import db
from vouchers.jobs.models import Job

SLOW = "commit.before@redemption_provider.submit_claim:sleep=1500"


def test_requests_in_flight_are_answered_and_new_ones_are_not_taken(waiting: Seller) -> None:
    seller = waiting
    seller.house.environ["APP_FAULT"] = SLOW
    seller.house.start()
    replies: list[Reply | None] = []
    threads = [
        threading.Thread(target=lambda shot=shot: replies.append(send(seller.house.address, shot)))
        for shot in (seller.shot(), seller.shot())
    ]
    for thread in threads:
        thread.start()
    time.sleep(0.5)  # both are at work, one waits for the other

    begun = time.monotonic()
    assert seller.house.server
    seller.house.server.terminate()
    while seller.house.ask("GET", "/healthz", timeout=5) is not None:
        assert time.monotonic() < begun + 20
    db.session.remove()
    let_go(seller.house.app)  # the last one out puts the journal back
    code = seller.house.stop()
    for thread in threads:
        thread.join()

    assert [reply.status if reply else None for reply in replies] == [303, 303]
    assert code == 0
    assert time.monotonic() - begun < 30
    assert not (seller.house.folder / "vouchers.db-wal").exists()  # the journal went back into the file
    assert_sound()


def test_a_half_sent_request_does_not_hold_up_the_stop(seller: Seller) -> None:
    with socket.create_connection(seller.house.address) as line:
        line.sendall(seller.shot()[:-1])
        time.sleep(0.2)
        begun = time.monotonic()
        code = seller.house.stop()

    assert code == 0
    assert time.monotonic() - begun < 15


def test_the_worker_stops_between_jobs(seller: Seller) -> None:
    """`flask jobs run` in a process of its own."""
    command = [sys.executable, "-m", "flask", "--app", "app", "jobs", "run"]
    worker = subprocess.Popen(command, cwd=ROOT, env=seller.house.environ)  # noqa: S603  our own command
    until = time.monotonic() + 60
    while db.session.scalar(select(func.count()).select_from(Job)) == 0 and time.monotonic() < until:
        db.session.rollback()
        time.sleep(0.1)  # it is at work once it has asked for today's sweeps
    worker.terminate()

    assert worker.wait(timeout=30) == 0
