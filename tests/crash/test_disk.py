"""A disk that fails under the serving process: no answer that is not true, a clean start after, and the same press."""

import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.crash.conftest import Seller
from tests.crash.house import House
from tests.crash.state import assert_sound, picture
from tests.races.harness import Reply
from vouchers.db.base import db

JOURNAL = "vouchers.db-wal"
FAILURES = {
    "the journal cannot be synced": ("fdatasync", "EIO", JOURNAL),
    "the journal cannot be written": ("pwrite64", "EIO", JOURNAL),
    "the journal has no room": ("pwrite64", "ENOSPC", JOURNAL),
}
SAID = {"EIO": (503, "系统正忙"), "ENOSPC": (507, "存储空间已满")}


@contextmanager
def failing(place: House, call: str, error: str, path: Path) -> Iterator[None]:
    """Let this call on this file fail in the serving process, as the kernel would report it."""
    assert place.server
    command = ["strace", "-f", "-p", str(place.server.pid), "-o", str(place.folder / "injected"), "-P", str(path)]
    command += ["-e", f"trace={call}", "-e", f"inject={call}:error={error}"]
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True) as tracer:  # noqa: S603
        assert tracer.stderr
        said = tracer.stderr.readline()
        while "Requested path" in said:
            said = tracer.stderr.readline()
        assert "attached" in said, said
        try:
            yield
        finally:
            tracer.terminate()


def injected(place: House) -> int:
    """How often a call was made to fail."""
    return (place.folder / "injected").read_text().count("(INJECTED)")


def test_no_act_is_acknowledged_that_a_failing_disk_did_not_take(seller: Seller) -> None:
    place = seller.house
    for what, (call, error, name) in FAILURES.items():
        shot, before = seller.shot(), picture()
        with failing(place, call, error, place.folder / name):
            refused = [seller.press(shot), seller.press(seller.shot())]
            looked = seller.look()

        assert injected(place) >= len(refused), what
        assert {told(reply) for reply in refused} == {SAID[error]}, what
        assert looked == 200, what
        place.kill()
        db.session.remove()
        place.start(is_forked=True)
        assert picture() == before, what
        assert_sound(what)
        done = seller.press(shot)
        assert done.status == 303, what
        assert seller.press(shot) == done, what
    assert_sound()


def told(reply: Reply) -> tuple[int, str]:
    """The status, and the sentence that goes with it."""
    return reply.status, next((words for _, words in SAID.values() if words in reply.text), reply.text[-300:])


@pytest.mark.parametrize("error", ["EIO"])
def test_the_same_server_goes_on_once_the_disk_does(seller: Seller, error: str) -> None:
    shot = seller.shot()
    with failing(seller.house, "fdatasync", error, seller.house.folder / JOURNAL):
        assert seller.press(shot).status == 503

    done = seller.press(shot)

    assert done.status == 303
    assert seller.press(shot) == done
    assert_sound()
    assert seller.house.stop() == 0
