"""Everybody signs in at nine o'clock: nobody sees a fault, other pages go on, and memory stays within bounds."""

import os
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from tests.factories.accounts import PASSWORD, Somebody, make_user
from tests.races.conftest import NOON, Siege
from tests.races.harness import Visitor, counts, fire, request
from vouchers.accounts.states import Role

MOST_MEMORY_KB = 512 * 1024
CROWD = 200 if os.environ.get("SIEGE") == "full" else 12


def test_many_sign_ins_at_once_leave_the_rest_of_the_server_alone(siege: Siege) -> None:
    """A14: two hashes of 46 MiB at a time; the others wait their turn."""
    people = [make_user(Role.HANDLER, at=NOON) for _ in range(CROWD)]
    for one in people[:1]:
        Visitor(siege.address).sign_in(one)  # warms the server up
    shots = [_sign_in(siege, one) for one in people]

    with ThreadPoolExecutor(1) as pool:
        crowd = pool.submit(fire, siege.address, shots)
        beside = [fire(siege.address, [request("GET", "/sign-in")])[0].status for _ in range(5)]
        replies = crowd.result()

    assert set(counts(replies)) <= {303, 429, 503}, counts(replies)
    assert counts(replies)[303] >= min(CROWD, 10)
    assert beside == [200] * 5
    assert _peak_memory_kb(siege) < MOST_MEMORY_KB


def _sign_in(siege: Siege, one: Somebody) -> bytes:
    visitor = Visitor(siege.address)
    visitor.get("/sign-in")
    return visitor.shot("/sign-in", {"sign_in": one.sign_in, "password": PASSWORD})


def _peak_memory_kb(siege: Siege) -> int:
    """The most the server ever held, as the kernel counted it."""
    port = f"--port\0{siege.address[1]}\0".encode()
    found = [path.parent for path in Path("/proc").glob("[0-9]*/cmdline") if port in _read(path)]
    (process,) = found
    line = next(line for line in (process / "status").read_text().splitlines() if line.startswith("VmHWM"))
    return int(line.split()[1])


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError:
        return b""  # it ended meanwhile
