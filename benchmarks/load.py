"""The real server under load, on a full database: approvals, public pages, the queue, held lines and many sign-ins.

`flask serve` runs in a process of its own, the clients in another; both share the machine, so what counts is what the
bare reference reaches in the same run. `SIEGE=full` holds each load for a minute instead of five seconds.
"""

import json
import os
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import asdict
from urllib.parse import quote, urlencode

from benchmarks import reference
from benchmarks.clients import Outcome, Plan
from benchmarks.grounds import grounds
from benchmarks.measure import Figure, at_least, at_most, cpu_seconds, plain
from benchmarks.stand import Stand, kept, stand
from tests.databases import Ground
from tests.factories.accounts import PASSWORD
from tests.races.harness import ROOT, Visitor, request

IS_FULL = os.environ.get("SIEGE") == "full"
SECONDS = int(os.environ.get("SECONDS_OF_LOAD", "60" if IS_FULL else "5"))
CLIENTS, APPROVERS, PACE = 64, 8, 20
CLAIMS = SECONDS * 220  # as many as the best machine may approve meanwhile
CASES = int(os.environ.get("CASES", "100000"))
HELD, SIGN_INS = 200, 200
REFERENCE_PORT = 5119
_PERCENT = 100


def run() -> list[Figure]:
    """Both databases."""
    with grounds() as found:
        return [figure for name, ground in found for figure in _of_database(name, ground)]


def _of_database(name: str, ground: Ground) -> Iterator[Figure]:
    with stand(ground, claims=CLAIMS, approvers=APPROVERS, cases=CASES, people=SIGN_INS) as ready:
        for part in (_approvals, _public_pages, _staff_pages, _held_lines, _sign_ins):
            yield from part(name, ready)
        verdict = ready.verdict()
        yield Figure(f"{name}: books and chain after all loads", verdict, "clean", verdict == "clean")


def _approvals(name: str, ready: Stand) -> Iterator[Figure]:
    """Q1: whole approvals by signed-in approvers, each form with its token and its key."""
    shots = ready.approvals(CLAIMS - PACE * SECONDS)
    ours = _measured(ready.pid, Plan(ready.port, shots, CLIENTS, SECONDS, again=False))
    with _reference(ready.url) as (port, pid):
        theirs = _measured(pid, Plan(port, _reference_approvals(), CLIENTS, SECONDS, again=False))
        rows = _measured(pid, Plan(port, [_get("/rows/")], CLIENTS // 8, SECONDS))
        hello = _measured(pid, Plan(port, [_get("/hello")], CLIENTS // 8, SECONDS))
    ready.hello = hello.cpu
    yield at_least(f"{name}: Q1 approvals held by {CLIENTS} clients", _rate(ours), 150, unit="/s")
    yield at_most(f"{name}: Q1 approvals that failed", _failed(ours), 0, unit="")
    yield at_most(f"{name}: Q1 p99 of an approval", _percentile(ours, 99), 800, unit=" ms")
    yield plain(f"{name}: Q1 p50 of an approval", _percentile(ours, 50), "ms")
    yield plain(f"{name}: Q1 processor time of an approval", ours.cpu, "ms")
    yield plain(f"{name}: Q1 the same by the bare reference", _rate(theirs), "/s")
    yield plain(f"{name}: Q1 processor time of the bare reference's", theirs.cpu, "ms")
    yield plain(f"{name}: the bare reference's list", _rate(rows), "/s")
    yield plain(f"{name}: processor time of the bare reference's list", rows.cpu, "ms")
    yield plain(f"{name}: the bare reference's least answer", _rate(hello), "/s")
    yield plain(f"{name}: processor time of the bare reference's least answer", hello.cpu, "ms")


def _public_pages(name: str, ready: Stand) -> Iterator[Figure]:
    """Q2: the public list and one notice of a hundred entries; as kept for visitors, and drawn anew each time."""
    pages = (("list", "/notices/", 1500, 400), ("notice", f"/notices/{ready.notice}", 0, 0))
    for what, path, goal_kept, goal_anew in pages:
        anew = [_get(f"{path}?anew={number}") for number in range(CLAIMS)]  # every address is another page
        for how, plan, goal in (
            ("kept", Plan(ready.port, [_get(path)], CLIENTS // 8, SECONDS), goal_kept),
            ("drawn anew", Plan(ready.port, anew, CLIENTS // 8, SECONDS), goal_anew),
        ):
            ours, figure = _measured(ready.pid, plan), f"{name}: Q2 public {what}, {CASES:,} cases, {how}"
            rate, unit = _rate(ours), "/s"
            yield at_least(figure, rate, goal, unit=unit) if goal else plain(figure, rate, unit)
            yield at_most(f"{figure}, p99", _percentile(ours, 99), 400, unit=" ms")
            yield at_most(f"{figure}, failures", _failed(ours), 0, unit="")
            yield plain(f"{figure}, processor time", ours.cpu, "ms")
            yield at_most(f"{figure}, H1 beside the least answer", ours.cpu / ready.hello, 8)


def _staff_pages(name: str, ready: Stand) -> Iterator[Figure]:
    """Q3: queue and search while approvals come in at a steady pace; H1: what each costs when nothing else goes on."""
    paths = [f"/office/queue?q={quote(text)}" for text in ("群像科技20", "QX-2", "没有这样的名称")]
    for what, wanted in (("queue", ["/office/queue"]), ("search", paths)):
        shots = ready.approvals(PACE * SECONDS // 2)
        with _running(Plan(ready.port, shots, 8, SECONDS / 2, again=False, pace=PACE)) as beside:
            ours = _run(Plan(ready.port, ready.officer.gets(wanted), 2, SECONDS / 2, pace=PACE))
        yield at_most(f"{name}: Q3 p95 of the {what}, {CASES:,} cases", _percentile(ours, 95), 300, unit=" ms")
        yield at_most(f"{name}: Q3 p99 of the {what}", _percentile(ours, 99), 1000, unit=" ms")
        yield at_most(f"{name}: Q3 failures beside the {what}", _failed(ours) + _failed(beside[0]), 0, unit="")
        alone = _measured(ready.pid, Plan(ready.port, ready.officer.gets(wanted), 2, SECONDS / 2))
        yield plain(f"{name}: Q3 processor time of the {what}", alone.cpu, "ms")
        yield at_most(f"{name}: Q3 {what}, H1 beside the least answer", alone.cpu / ready.hello, 8)


def _held_lines(name: str, ready: Stand) -> Iterator[Figure]:
    """Q19: many who begin a request and never end it."""
    half = request("POST", "/sign-in", body="sign_in=" + "x" * 500)[:-400]
    with ExitStack() as stack:
        for _ in range(HELD):
            stack.enter_context(socket.create_connection(("127.0.0.1", ready.port), 10)).sendall(half)
        ours = _run(Plan(ready.port, [_get("/sign-in"), _get("/notices/")], 8, SECONDS, pace=PACE))
    answered = _PERCENT * (1 - _failed(ours) / len(ours.times))
    yield at_least(f"{name}: Q19 answered while {HELD} lines are held", answered, 99.5, unit=" %")
    yield at_most(f"{name}: Q19 p99 meanwhile", _percentile(ours, 99), 1500, unit=" ms")


def _sign_ins(name: str, ready: Stand) -> Iterator[Figure]:
    """Q21: everybody at once, and what others notice of it."""
    shots = [_sign_in_shot(ready.port, sign_in) for sign_in in ready.people]
    plan = Plan(ready.port, shots, SIGN_INS, 60, again=False, many_addresses=True)
    with _running(plan) as all_at_once:
        others = _run(Plan(ready.port, ready.officer.gets(["/office/queue"]), 2, SECONDS, pace=PACE // 2))
    (ours,) = all_at_once
    yield Figure(f"{name}: Q21 answers by status", " ".join(f"{s}:{n}" for s, n in sorted(ours.statuses.items())))
    yield plain(f"{name}: Q21 p99 of a sign-in", _percentile(ours, 99) / 1000, "s")
    yield at_most(f"{name}: Q21 sign-ins that failed of {SIGN_INS} at once", _failed(ours), 0, unit="")
    yield at_least(f"{name}: Q21 sign-ins", _rate(ours), 20, unit="/s")
    yield at_most(f"{name}: Q21 p99 of others meanwhile", _percentile(others, 99), 1000, unit=" ms")


def _sign_in_shot(port: int, sign_in: str) -> str:
    visitor = Visitor(("127.0.0.1", port))
    visitor.get("/sign-in")
    return kept(visitor.shot("/sign-in", {"sign_in": sign_in, "password": PASSWORD, "next": ""}))


def _get(path: str) -> str:
    return kept(request("GET", path))


def _reference_approvals() -> list[str]:
    return [
        kept(
            request(
                "POST",
                f"/claims/{key}/approve",
                body=urlencode({"csrf_token": reference.FORM_TOKEN, "idempotency_key": f"key-{key}"}),
                headers={"Cookie": f"sid={reference.TOKEN}"},
            )
        )
        for key in range(1, min(CLAIMS, reference.CLAIMS) + 1)
    ]


@contextmanager
def _reference(url: str) -> Iterator[tuple[int, int]]:
    """The bare application beside ours, on a database of the same kind: its port and its process."""
    command = [sys.executable, "-m", "benchmarks.reference", url, str(REFERENCE_PORT)]
    server = subprocess.Popen(command, cwd=ROOT, stderr=subprocess.DEVNULL)  # noqa: S603  it tells of every full queue
    try:
        for _ in range(600):
            try:
                socket.create_connection(("127.0.0.1", REFERENCE_PORT), 1).close()
                break
            except OSError:
                if server.poll() is not None:
                    raise SystemExit("the reference did not start") from None
                time.sleep(0.1)
        yield REFERENCE_PORT, server.pid
    finally:
        server.terminate()
        server.wait(timeout=60)


def _measured(pid: int, plan: Plan) -> Outcome:
    """A load, and what each answer cost the server's process."""
    before = cpu_seconds(pid)
    outcome = _run(plan)
    outcome.cpu = 1000 * (cpu_seconds(pid) - before) / len(outcome.times)
    return outcome


def _run(plan: Plan) -> Outcome:
    with _running(plan) as found:
        pass
    return found[0]


@contextmanager
def _running(plan: Plan) -> Iterator[list[Outcome]]:
    """The clients at work while the block runs; their outcome stands in the list afterwards."""
    found: list[Outcome] = []
    with tempfile.TemporaryFile() as asked:
        asked.write(json.dumps(asdict(plan)).encode())
        asked.seek(0)
        command = [sys.executable, "-m", "benchmarks.clients"]
        with subprocess.Popen(command, cwd=ROOT, stdin=asked, stdout=subprocess.PIPE) as clients:  # noqa: S603  our own
            yield found
            told, _ = clients.communicate(timeout=plan.seconds + 180)
    found.append(Outcome(**json.loads(told)))


def _failed(outcome: Outcome) -> int:
    return sum(number for status, number in outcome.statuses.items() if status not in {"200", "303"})


def _rate(outcome: Outcome) -> float:
    return (len(outcome.times) - _failed(outcome)) / outcome.elapsed


def _percentile(outcome: Outcome, percent: int) -> float:
    return statistics.quantiles(outcome.times, n=_PERCENT)[percent - 1] * 1000
