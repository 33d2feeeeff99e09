"""A real server on loopback, for the tests that need one, and an end that leaves no thread behind."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any

from waitress import wasyncore

Address = tuple[str, int]
PATIENCE_SECONDS = 10


@contextmanager
def running(server: Any) -> Iterator[Address]:
    """Serve until the block ends; where the server of waitress listens."""
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    try:
        yield "127.0.0.1", int(server.effective_port)
    finally:
        # closed by its own loop: from here, the descriptors would go while it waits on them
        with suppress(OSError):  # a loop that is awake already does it before it is rung
            server.trigger.pull_trigger(lambda: wasyncore.close_all(server._map))
        thread.join(PATIENCE_SECONDS)
        server.task_dispatcher.shutdown()
        assert not thread.is_alive()
