"""The server's own runner: on SIGTERM it takes no more connections, finishes the requests it has, and ends with 0."""

import logging
import select
import signal
import threading
from collections.abc import Iterator, Mapping
from time import monotonic
from types import FrameType
from typing import Any

from flask import Flask
from waitress import wasyncore
from waitress.channel import HTTPChannel
from waitress.server import BaseWSGIServer, create_server
from waitress.task import ThreadedTaskDispatcher

from vouchers.cli.patience import be_patient_only_so_long
from vouchers.kernel.faults import fault

log = logging.getLogger(__name__)

FINISH_SECONDS = 30.0  # so long may requests take that came in before the stop
ARRIVE_SECONDS = 3.0  # so long may the rest of a request take that has begun to come in
_LINGER_SECONDS = 0.5  # whoever has just connected is about to send
_LOOK_SECONDS = 0.05
THREADS, SIGN_IN_THREADS = 16, 4
SLOW_ON_PURPOSE = frozenset({"/sign-in", "/account/password", "/confirm-password"})  # where a password is hashed
_SIGNALS = (signal.SIGTERM, signal.SIGINT)


def limits(app: Flask) -> dict[str, Any]:
    """What the server refuses, so that one sender cannot take it from the others."""
    return {
        "threads": THREADS,
        "connection_limit": 1000,
        "channel_timeout": 20,
        "max_request_body_size": app.config["MAX_CONTENT_LENGTH"],
        "asyncore_use_poll": True,  # select() knows no descriptor beyond 1023
        "ident": None,
        # else waitress takes away what a proxy says of who asks, before the product reads it
        "clear_untrusted_proxy_headers": not app.config["SETTINGS"].trusted_proxies,
    }


class Lanes(ThreadedTaskDispatcher):  # type: ignore[misc]  # waitress is untyped
    """Threads for pages, and a few apart for sign-ins: hashing takes long, and no page may stand behind two hundred."""

    def __init__(self, threads: int) -> None:
        super().__init__()
        self._apart = ThreadedTaskDispatcher()
        self.set_thread_count(threads)
        self._apart.set_thread_count(SIGN_IN_THREADS)

    def add_task(self, task: Any) -> None:
        """Queue a connection whose first waiting request decides where it waits."""
        first = task.requests[0]  # one that could not be read has neither command nor path
        if getattr(first, "command", "") == "POST" and getattr(first, "path", "") in SLOW_ON_PURPOSE:
            self._apart.add_task(task)
        else:
            super().add_task(task)

    def shutdown(self, cancel_pending: bool = True, timeout: float = 5) -> bool:  # noqa: FBT001, FBT002  as waitress has it
        """Let both end."""
        self._apart.shutdown(cancel_pending, timeout)
        return bool(super().shutdown(cancel_pending, timeout))


class Server:
    """waitress with an end: `run` returns once everything begun is answered."""

    def __init__(self, app: Flask, host: str, port: int) -> None:
        self._sockets: dict[int, Any] = {}
        given = limits(app)
        self._workers = Lanes(given["threads"])
        create_server(app, map=self._sockets, _dispatcher=self._workers, host=host, port=port, **given)
        be_patient_only_so_long(self._sockets.values())
        self.stopping = threading.Event()

    def run(self) -> bool:
        """Serve until a signal comes; whether every request that had come in was answered."""
        before = {number: signal.signal(number, self._stop) for number in _SIGNALS}
        try:
            fault("server.listening")
            while not self.stopping.is_set():
                wasyncore.loop(timeout=1, use_poll=True, map=self._sockets, count=1)
            fault("server.stopping")
            return self._finish()
        finally:
            _restore(before)

    def _stop(self, _number: int, _frame: FrameType | None) -> None:
        self.stopping.set()
        signal.signal(signal.SIGTERM, signal.SIG_IGN)  # it is stopping already
        signal.signal(signal.SIGINT, signal.SIG_DFL)  # whoever presses Ctrl+C again will not wait
        for listener in self._listeners():
            listener.pull_trigger()

    def _finish(self) -> bool:
        begun = monotonic()
        for listener in list(self._listeners()):
            _take_waiting(listener)
            wasyncore.dispatcher.close(listener)
        while (waited := monotonic() - begun) < FINISH_SECONDS:
            channels = list(self._channels())
            if not channels:
                break
            for channel in channels:
                if not _is_busy(channel, waited):
                    channel.will_close = True
            wasyncore.loop(timeout=_LOOK_SECONDS, use_poll=True, map=self._sockets, count=1)
        unanswered = sum(1 for channel in self._channels() if channel.requests)
        self._workers.shutdown(timeout=max(0.0, FINISH_SECONDS - (monotonic() - begun)))
        wasyncore.close_all(self._sockets, ignore_all=True)
        if unanswered:
            log.error("stopped with %d requests unanswered after %d seconds", unanswered, FINISH_SECONDS)
        return not unanswered

    def _listeners(self) -> Iterator[BaseWSGIServer]:
        return (one for one in list(self._sockets.values()) if isinstance(one, BaseWSGIServer))

    def _channels(self) -> Iterator[HTTPChannel]:
        return (one for one in list(self._sockets.values()) if isinstance(one, HTTPChannel))


def _take_waiting(listener: BaseWSGIServer) -> None:
    """Accept those who are through at the kernel already; to them the server has said yes."""
    waiting = select.poll()
    waiting.register(listener.socket, select.POLLIN)
    while waiting.poll(0):
        listener.handle_accept()


def _is_busy(channel: HTTPChannel, waited: float) -> bool:
    """Whether a request of this connection is at work, on its way out, or still coming in."""
    if channel.requests or channel.total_outbufs_len:
        return True
    return waited < (_LINGER_SECONDS if channel.request is None else ARRIVE_SECONDS)


def _restore(before: Mapping[signal.Signals, Any]) -> None:
    for number, handler in before.items():
        signal.signal(number, handler)
