"""Last-byte sync: many whole requests to a real server, each complete but for one byte, let go in one loop."""

import socket
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from http.client import HTTPResponse
from http.cookies import SimpleCookie
from pathlib import Path
from urllib.parse import urlencode

import pyotp

from tests.factories.accounts import PASSWORD, SECRET, Somebody
from tests.pages import Form, Page, read_page
from tests.serving import Address
from vouchers.kernel.clock import now
from vouchers.kernel.identifiers import new_public_id

ROOT = Path(__file__).parents[2]
PATIENCE_SECONDS = 60
HELD_SECONDS = 0.05


@dataclass(frozen=True, slots=True)
class Reply:
    """What the server answered."""

    status: int
    location: str
    text: str
    cookies: tuple[str, ...] = ()
    retry_after: str = ""


def fire(address: Address, shots: Sequence[bytes]) -> list[Reply]:
    """Send every request but for its last byte, wait, then send the last bytes in one loop; the replies in order.

    One alone races nobody and need not wait.
    """
    with ExitStack() as stack:
        lines = [stack.enter_context(socket.create_connection(address, PATIENCE_SECONDS)) for _ in shots]
        for line, shot in zip(lines, shots, strict=True):
            line.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            line.sendall(shot[:-1])
        if len(shots) > 1:
            time.sleep(HELD_SECONDS)
        for line, shot in zip(lines, shots, strict=True):
            line.sendall(shot[-1:])
        return [_read(line) for line in lines]


def counts(replies: Sequence[Reply]) -> dict[int, int]:
    """How often each status was answered."""
    return dict(Counter(reply.status for reply in replies))


def request(method: str, path: str, *, body: str = "", headers: Mapping[str, str] | None = None) -> bytes:
    """A whole request as it goes over the wire; one without a body ends with its last line break."""
    lines = {"Host": "localhost", "Connection": "close", "Sec-Fetch-Site": "same-origin", **(headers or {})}
    if method == "POST":
        lines["Content-Type"], lines["Content-Length"] = "application/x-www-form-urlencoded", str(len(body))
    head = "".join(f"{name}: {value}\r\n" for name, value in lines.items())
    return f"{method} {path} HTTP/1.1\r\n{head}\r\n{body}".encode()


def upload(
    path: str,
    fields: Mapping[str, object],
    *,
    file: bytes,
    headers: Mapping[str, str],
    under: str = "file",
    shown: str = "answers.csv",
) -> bytes:
    """A whole request that sends fields and a file as a browser would."""
    border = new_public_id()
    parts = [f'--{border}\r\nContent-Disposition: form-data; name="{k}"\r\n\r\n{v}\r\n' for k, v in fields.items()]
    name = f'Content-Disposition: form-data; name="{under}"; filename="{shown}"'
    kind = "Content-Type: application/octet-stream"
    body = "".join(parts).encode() + f"--{border}\r\n{name}\r\n{kind}\r\n\r\n".encode() + file
    body += f"\r\n--{border}--\r\n".encode()
    lines = {"Host": "localhost", "Connection": "close", "Sec-Fetch-Site": "same-origin", **headers}
    lines |= {"Content-Type": f"multipart/form-data; boundary={border}", "Content-Length": str(len(body))}
    head = "".join(f"{k}: {v}\r\n" for k, v in lines.items())
    return f"POST {path} HTTP/1.1\r\n{head}\r\n".encode() + body


class Visitor:
    """A browser that knows what pages told it: cookies, forms and the token that goes with them."""

    def __init__(self, address: Address) -> None:
        self._address = address
        self._cookies: dict[str, str] = {}
        self._token = ""

    def get(self, path: str) -> Page:
        """A page, read as every page of the tests is."""
        reply = self._send(request("GET", path, headers=self._headers()))
        if reply.status != 200:
            raise AssertionError(f"GET {path}: {reply.status} {reply.location}")
        page = read_page(reply.text, path=path, headers={"Content-Security-Policy": "default-src 'none'"})
        tokens = [form.values["csrf_token"][0] for form in page.forms if "csrf_token" in form.values]
        self._token = tokens[-1] if tokens else self._token
        return page

    def form(self, path: str, action: str = "") -> Form:
        """A form of a page as it would be sent untouched."""
        return next(form for form in self.get(path).forms if form.action.split("?")[0] == (action or path))

    def shot(self, path: str, values: Mapping[str, object]) -> bytes:
        """A request to send a form, with this browser's session and token, and a key of its own where none is given."""
        sent = {"csrf_token": self._token, "idempotency_key": new_public_id(), **values}
        return request("POST", path, body=urlencode(sent), headers=self._headers())

    def file_shot(self, path: str, values: Mapping[str, object], *, file: bytes) -> bytes:
        """A request to send a form with a file, answered in JSON."""
        sent = {"csrf_token": self._token, "idempotency_key": new_public_id(), **values}
        return upload(path, sent, file=file, headers={**self._headers(), "Accept": "application/json"})

    def post(self, path: str, values: Mapping[str, object]) -> Reply:
        """Send a form."""
        return self._send(self.shot(path, values))

    def sign_in(self, somebody: Somebody) -> "Visitor":
        """Through the pages, second factor included where it is asked for."""
        self.get("/sign-in")
        reply = self.post("/sign-in", {"sign_in": somebody.sign_in, "password": PASSWORD})
        if reply.status != 303:
            raise AssertionError(f"{somebody.sign_in} was not let in: {reply.status}")
        if self._send(request("GET", "/start", headers=self._headers())).location.startswith("/second-factor"):
            self.get("/second-factor")
            reply = self.post("/second-factor", {"code": pyotp.TOTP(SECRET).at(now())})
            if reply.status != 303:
                raise AssertionError(f"the code of {somebody.sign_in} was refused: {reply.status}")
        return self

    def _send(self, shot: bytes) -> Reply:
        (reply,) = fire(self._address, [shot])
        for line in reply.cookies:
            self._cookies |= {name: morsel.value for name, morsel in SimpleCookie(line).items()}
        return reply

    def _headers(self) -> dict[str, str]:
        kept = "; ".join(f"{name}={value}" for name, value in self._cookies.items() if value)
        return {"Cookie": kept} if kept else {}


@contextmanager
def serving(environ: Mapping[str, str], log: Path) -> Iterator[Address]:
    """`flask serve` in a process of its own, from the moment it answers until the block ends."""
    with served(environ, log) as (address, _):
        yield address


@contextmanager
def served(environ: Mapping[str, str], log: Path) -> Iterator[tuple[Address, int]]:
    """The same with the number of the process."""
    port = _free_port()
    command = [sys.executable, "-m", "flask", "--app", "app", "serve", "--port", str(port)]
    with log.open("ab") as written:
        server = subprocess.Popen(command, cwd=ROOT, env=dict(environ), stdout=written, stderr=written)  # noqa: S603
        try:
            _wait_until_it_answers(("127.0.0.1", port), server, log)
            yield ("127.0.0.1", port), server.pid
        finally:
            server.terminate()
            server.wait(timeout=PATIENCE_SECONDS)


def _wait_until_it_answers(address: Address, server: subprocess.Popen[bytes], log: Path) -> None:
    until = time.monotonic() + PATIENCE_SECONDS
    while True:
        try:
            fire(address, [request("GET", "/sign-in")])
        except OSError:
            if server.poll() is not None or time.monotonic() > until:
                raise AssertionError(f"the server did not start: {log.read_text()}") from None
            time.sleep(0.05)
        else:
            return


def _free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


def _read(line: socket.socket) -> Reply:
    answer = HTTPResponse(line)
    answer.begin()
    cookies = tuple(answer.headers.get_all("Set-Cookie") or ())
    headers = answer.headers
    text = answer.read().decode()
    return Reply(answer.status, headers.get("Location", ""), text, cookies, headers.get("Retry-After", ""))
