"""strace on the serving process: to see what it asks of the kernel, and to let the kernel refuse."""

import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.crash.house import House


@contextmanager
def traced(place: House, *options: str) -> Iterator[Path]:
    """Trace the server for as long as this lasts; the file that holds what was seen."""
    assert place.server
    written = place.folder / "traced"
    command = ["strace", "-f", "-p", str(place.server.pid), "-o", str(written), *options]
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True) as tracer:  # noqa: S603
        assert tracer.stderr
        said = tracer.stderr.readline()
        while said and "attached" not in said:
            said = tracer.stderr.readline()
        assert said, "strace cannot attach: install it with `bin/setup test` and run as root or with CAP_SYS_PTRACE"
        try:
            yield written
        finally:
            tracer.terminate()


@contextmanager
def failing(place: House, call: str, error: str, path: Path | None = None) -> Iterator[None]:
    """Let this call, on this file where one is named, fail in the server as the kernel would report it."""
    only = ["-P", str(path)] if path else []
    with traced(place, *only, "-e", f"trace={call}", "-e", f"inject={call}:error={error}"):
        yield


def injected(place: House) -> int:
    """How often a call was made to fail."""
    return (place.folder / "traced").read_text().count("(INJECTED)")
