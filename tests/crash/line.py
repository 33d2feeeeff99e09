"""The network between an application and its database, as a process that carries bytes and may be held up.

`line.py PORT TARGET` carries in both directions; stopped by a signal it carries nothing, as when a cable is out.
"""

import selectors
import signal
import socket
import subprocess
import sys
import time
from contextlib import suppress

PATIENCE_SECONDS = 60
HERE = "127.0.0.1"


class Line:
    """The carrier, and the port on which it listens."""

    def __init__(self, port: int, target: int) -> None:
        self.port = port
        self._carrier = subprocess.Popen([sys.executable, "-S", __file__, str(port), str(target)])  # noqa: S603  this file
        until = time.monotonic() + PATIENCE_SECONDS
        while not self._listens():
            assert time.monotonic() < until
            time.sleep(0.02)

    def hold(self) -> None:
        """Carry nothing: whoever sends waits."""
        self._carrier.send_signal(signal.SIGSTOP)

    def carry(self) -> None:
        """Carry again, what has piled up first."""
        self._carrier.send_signal(signal.SIGCONT)

    def close(self) -> None:
        """Cut it for good."""
        self._carrier.kill()
        self._carrier.wait()

    def _listens(self) -> bool:
        with suppress(OSError), socket.create_connection((HERE, self.port)):
            return True
        return False


def carry(port: int, target: int) -> None:
    """Pair every connection with one to the target, and carry until the process ends."""
    listener = socket.create_server((HERE, port))
    ways: dict[socket.socket, socket.socket] = {}
    with selectors.DefaultSelector() as ready:
        ready.register(listener, selectors.EVENT_READ)
        while True:
            for key, _ in ready.select():
                line = key.fileobj
                if line is listener:
                    _join(listener.accept()[0], target, ways, ready)
                elif isinstance(line, socket.socket) and line in ways and not _moved(line, ways[line]):
                    for end in (line, ways[line]):
                        ready.unregister(end)
                        del ways[end]
                        end.close()


def _join(
    near: socket.socket, target: int, ways: dict[socket.socket, socket.socket], ready: selectors.BaseSelector
) -> None:
    try:
        far = socket.create_connection((HERE, target))
    except OSError:  # the server is away: so is the one who asks
        near.close()
        return
    for one, other in ((near, far), (far, near)):
        ways[one] = other
        ready.register(one, selectors.EVENT_READ)


def _moved(line: socket.socket, other: socket.socket) -> bool:
    """Carry what waits; False when this end has gone."""
    try:
        found = line.recv(65536)
        other.sendall(found)
    except OSError:
        return False
    return bool(found)


if __name__ == "__main__":
    carry(int(sys.argv[1]), int(sys.argv[2]))
