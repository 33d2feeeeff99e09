"""Durable before answered: the kernel is asked to keep a commit before the first byte of its answer leaves."""

import os
import re
import subprocess
import time
from pathlib import Path

import pytest

from tests.crash import conftest
from tests.crash.conftest import settle
from tests.crash.house import House
from tests.crash.results import keep

IS_FULL = os.environ.get("SIEGE") == "full"
PRESSES = int(os.environ.get("PRESSES", "2000"))
ID = re.compile(r"X-Request-Id: ([A-Za-z0-9_-]+)")
SYNCED = re.compile(r"fdatasync\(\d+\) += 0|fdatasync resumed>\) += 0")

if IS_FULL:  # strace is a tool of the siege, not of every test run; there it must be installed

    def test_every_commit_is_synced_before_it_is_answered(place: House, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(conftest, "MANY", PRESSES + 1)
        seller = settle(place)
        assert place.server
        traced = place.folder / "strace.out"
        command = ["strace", "-f", "-p", str(place.server.pid), "-s", "70000", "-o", str(traced)]
        with subprocess.Popen(  # noqa: S603
            [*command, "-e", "trace=pwrite64,fdatasync,sendto"], stderr=subprocess.PIPE, text=True
        ) as tracer:
            assert tracer.stderr
            assert "attached" in tracer.stderr.readline()
            for _ in range(PRESSES):
                assert seller.press(seller.shot()).status == 303
            time.sleep(0.5)
            tracer.terminate()

        late, found = out_of_order(traced)

        assert not late
        assert found == PRESSES
        keep("durable", "sqlite", {"answers traced": found, "answered before they were durable": len(late)})

    def out_of_order(traced: Path) -> tuple[list[str], int]:
        """Answers that left before their commit was synced, and how many were looked at."""
        lines = traced.read_text(errors="replace").splitlines()
        late, seen = [], set()
        writes = [number for number, line in enumerate(lines) if "pwrite64(" in line]
        syncs = [number for number, line in enumerate(lines) if SYNCED.search(line)]
        for number, line in enumerate(lines):
            found = ID.search(line) if "sendto(" in line and " 303 " in line else None
            if found is None or found[1] in seen:
                continue
            seen.add(found[1])
            written = next((one for one in reversed(writes) if one < number and found[1] in lines[one]), None)
            if written is None or not any(written < one < number for one in syncs):
                late.append(found[1])
        return late, len(seen)
