"""A port nobody listens on."""

import socket


def free_port() -> int:
    """One that the system gives away now."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])
