"""Papers printed in a process of their own, one after the other: what never ends is stopped, and the worker lives."""

import atexit
import base64
import json
import os
import resource
import select
import struct
import subprocess
import sys
import threading
import time
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

MOST_SECONDS = 20.0
MOST_HTML = 1_000_000
_START_SECONDS = 30.0  # a new child first reads its fonts
_MEMORY = 2 * 2**30  # of addresses; the fonts alone are mapped several times
_MOST_PDF = 50 * 2**20
_ROOT = Path(__file__).resolve().parents[2]
_START = "import sys; sys.path.insert(0, sys.argv[1]); from vouchers.documents.press import serve; serve()"
_LENGTH = struct.Struct(">I")
_GOOD, _BAD = b"\x00", b"\x01"


class PaperFailed(RuntimeError):
    """A paper that could not be printed; the message is for the log."""


class Press:
    """A child that keeps its fonts in memory and prints what it is sent, within time and memory."""

    def __init__(self, most_seconds: float = MOST_SECONDS) -> None:
        self._most_seconds = most_seconds
        self._turn = threading.Lock()
        self._child: subprocess.Popen[bytes] | None = None

    def printed(self, html: str, *, sheets: tuple[str, ...], assets: Mapping[str, bytes] | None = None) -> bytes:
        """The PDF of a paper, byte for byte as `pdf.pdf_from_html` makes it."""
        if len(html) > MOST_HTML:
            raise PaperFailed(f"a paper of {len(html)} characters is too large")
        pictures = {name: base64.b64encode(body).decode() for name, body in (assets or {}).items()}
        order = json.dumps({"html": html, "sheets": sheets, "assets": pictures}).encode()
        with self._turn:
            try:
                answer = self._asked(order)
            except BaseException as trouble:
                self.stop()
                if isinstance(trouble, OSError | EOFError | TimeoutError):
                    raise PaperFailed(f"the press stopped: {trouble!r}") from None
                raise
        if not answer.startswith(_GOOD):
            raise PaperFailed(answer[1:].decode(errors="replace"))
        return answer[1:]

    def warm_up(self, sheets: tuple[str, ...]) -> None:
        """Start the child and let it read fonts and sheets, so that the first paper is as fast as the next."""
        with suppress(PaperFailed):  # the first paper will say it again
            self.printed('<html lang="zh-CN"><body><p>算力券 <b>壹贰叁</b> 0123</p></body></html>', sheets=sheets)

    def stop(self) -> None:
        """End the child; the next paper starts a new one."""
        child, self._child = self._child, None
        if child is not None:
            child.kill()
            child.communicate()

    def _asked(self, order: bytes) -> bytes:
        patience = self._most_seconds
        if self._child is None or self._child.poll() is not None:
            self.stop()
            self._child, patience = _started(), patience + _START_SECONDS
        child = self._child
        if child.stdin is None or child.stdout is None:
            raise EOFError
        child.stdin.write(_LENGTH.pack(len(order)) + order)
        child.stdin.flush()
        until = time.monotonic() + patience
        (length,) = _LENGTH.unpack(_read(child.stdout.fileno(), _LENGTH.size, until))
        if length > _MOST_PDF:
            raise EOFError
        return _read(child.stdout.fileno(), length, until)


def serve() -> None:
    """The child's side: print until nobody asks any more."""
    from weasyprint.urls import FatalURLFetchingError  # noqa: PLC0415  the parent needs no typesetter in its memory

    from vouchers.documents.pdf import pdf_from_html  # noqa: PLC0415

    answers, orders = os.fdopen(os.dup(1), "wb"), sys.stdin.buffer
    os.dup2(2, 1)  # whatever a library prints is no answer
    resource.setrlimit(resource.RLIMIT_AS, (_MEMORY, _MEMORY))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    while head := orders.read(_LENGTH.size):
        order = json.loads(orders.read(_LENGTH.unpack(head)[0]))
        assets = {name: base64.b64decode(body) for name, body in order["assets"].items()}
        try:
            answer = _GOOD + pdf_from_html(order["html"], sheets=tuple(order["sheets"]), assets=assets)
        except (Exception, FatalURLFetchingError) as trouble:  # noqa: BLE001  whatever a paper provokes is an answer
            answer = _BAD + f"{type(trouble).__name__}: {trouble}"[:500].encode()
        answers.write(_LENGTH.pack(len(answer)) + answer)
        answers.flush()


def _started() -> subprocess.Popen[bytes]:
    kept = {name: os.environ[name] for name in ("FONT_DIR", "HOME", "XDG_CACHE_HOME", "PATH") if name in os.environ}
    return subprocess.Popen(  # noqa: S603  our own interpreter and our own script
        [sys.executable, "-B", "-c", _START, str(_ROOT)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        env={"LANG": "C.UTF-8", **kept},
        start_new_session=True,
    )


def _read(handle: int, count: int, until: float) -> bytes:
    parts, missing = [], count
    while missing:
        left = until - time.monotonic()
        if left <= 0 or not select.select([handle], [], [], left)[0]:
            raise TimeoutError("it took too long")
        part = os.read(handle, min(missing, 2**20))
        if not part:
            raise EOFError("it ended")
        parts.append(part)
        missing -= len(part)
    return b"".join(parts)


PRESS = Press()
atexit.register(PRESS.stop)
