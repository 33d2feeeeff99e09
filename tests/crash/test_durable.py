"""Durable before answered: the kernel is asked to keep a commit before the first byte of its answer leaves."""

import os
import re
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.crash.conftest import Seller, prepared
from tests.crash.results import is_over, keep, spent
from tests.crash.tracing import traced

IS_FULL = os.environ.get("SIEGE") == "full"
PRESSES = int(os.environ.get("PRESSES", "2000" if IS_FULL else "10"))
SMALL = 1_000  # fen: one order bears so many presses
ID = re.compile(r"X-Request-Id: ([A-Za-z0-9_-]+)")
SYNCED = re.compile(r"fdatasync\(\d+\) += 0|fdatasync resumed>\) += 0")


def test_every_commit_is_synced_before_it_is_answered(tmp_path: Path, request: pytest.FixtureRequest) -> None:
    begun, made = time.monotonic(), 0
    with stand(tmp_path, request) as seller:
        seller.house.start(is_forked=True)
        with traced(seller.house, "-s", "5000", "-e", "trace=pwrite64,fdatasync,sendto") as written:
            while made < PRESSES and not is_over(begun):
                assert seller.press(seller.shot()).status == 303
                made += 1
            time.sleep(0.5)
        with written.open(errors="replace") as lines:
            found = [is_durable for _, is_durable in answers(lines)]
        written.unlink()  # some 400 kB an answer

    late = found.count(False)
    shown = {"asked for": PRESSES, "answers traced": len(found), "answered before they were durable": late}
    keep("durable", "sqlite", {**shown, **spent(begun)})
    assert not late
    assert len(found) == made
    assert made == PRESSES, "the time was up before"


@contextmanager
def stand(folder: Path, request: pytest.FixtureRequest) -> Iterator[Seller]:
    """The house of all tests, or one with many drafts for a siege."""
    if not IS_FULL:
        yield request.getfixturevalue("waiting")
        return
    with prepared("sqlite", folder, many=PRESSES, amount=SMALL) as made, made.entered() as seller:
        yield seller


def answers(lines: Iterable[str]) -> Iterator[tuple[str, bool]]:
    """Each answer to presses made one by one, and whether what tells of it was synced before it left."""
    writes: list[tuple[int, str]] = []
    seen, synced = set(), -1
    for number, line in enumerate(lines):
        if "pwrite64(" in line:
            writes.append((number, line))
        elif SYNCED.search(line):
            synced = number
        found = ID.search(line) if "sendto(" in line and " 303 " in line else None
        if found is None or found[1] in seen:
            continue
        seen.add(found[1])
        own = [place for place, text in writes if found[1] in text]
        yield found[1], bool(own) and own[-1] < synced
        writes.clear()


def test_an_answer_that_left_early_would_be_noticed() -> None:
    write, sync = '7 pwrite64(9, "..abc..", 4096, 0) = 4096\n', "7 fdatasync(9) = 0\n"
    answer = '7 sendto(12, "HTTP/1.1 303 SEE OTHER\\r\\nX-Request-Id: abc\\r\\n", 80, 0, NULL, 0) = 80\n'

    assert list(answers([write, sync, answer])) == [("abc", True)]
    assert list(answers([write, answer, sync])) == [("abc", False)]
    assert list(answers([sync, write, answer])) == [("abc", False)]
    assert list(answers([sync, answer])) == [("abc", False)]
