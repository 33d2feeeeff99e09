"""Bodies that are too large, lie about their length or never end, against the real server: cut off; others served."""

import socket
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from waitress.server import create_server

from tests.serving import Address, running
from tests.web.gallery import SETTINGS, make_gallery
from vouchers.cli import patience
from vouchers.cli.server import limits

MOST = 64 * 1024
HEAD = b"POST /gallery HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/x-www-form-urlencoded\r\n"


@pytest.fixture(scope="module")
def address() -> Iterator[Address]:
    """The product's server with its own limits, only smaller."""
    app = make_gallery()
    app.config.update(MAX_CONTENT_LENGTH=MOST, SETTINGS=SETTINGS)
    server = create_server(app, host="127.0.0.1", port=0, **limits(app))
    patience.be_patient_only_so_long([server])
    with running(server) as address:
        yield address


def answer_to(address: Address, *parts: bytes, pause: float = 0.0) -> bytes:
    """What comes back when these parts are sent; the server may hang up in between."""
    with socket.create_connection(address, timeout=10) as line:
        try:
            for part in parts:
                line.sendall(part)
                time.sleep(pause)
            return line.recv(65_536)
        except (BrokenPipeError, ConnectionResetError):
            return b""


def test_a_body_that_says_it_is_too_large_is_refused_before_it_is_sent(address: Address) -> None:
    answer = answer_to(address, HEAD + f"Content-Length: {MOST + 1}\r\n\r\n".encode())

    assert answer.startswith(b"HTTP/1.1 413")


def test_a_body_without_a_length_is_cut_off_at_the_limit(
    address: Address, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    chunk = b"4000\r\n" + b"x" * 0x4000 + b"\r\n"

    answer = answer_to(address, HEAD + b"Transfer-Encoding: chunked\r\n\r\n", *[chunk] * 40)

    assert answer == b"" or answer.startswith(b"HTTP/1.1 413")
    assert list(tmp_path.iterdir()) == []


def test_more_than_was_said_is_no_part_of_the_body(address: Address) -> None:
    answer = answer_to(address, HEAD + b"Content-Length: 4\r\n\r\na=1&" + b"b=2&" * 10_000)

    assert answer.startswith(b"HTTP/1.1 400")


@pytest.mark.parametrize("length", [b"-1", b"1, 2", b"0x10", b"9" * 40, b"abc", b"+5"])
def test_a_length_that_is_none_is_refused(address: Address, length: bytes) -> None:
    answer = answer_to(address, HEAD + b"Content-Length: " + length + b"\r\n\r\na=1")

    assert answer == b"" or answer[9:12] in {b"400", b"413", b"501"}


def test_who_drips_is_hung_up_on_and_others_are_served(address: Address, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(patience, "GRACE_SECONDS", 0.3)
    begun = time.monotonic()
    with socket.create_connection(address, timeout=10) as line:
        line.sendall(HEAD + b"Content-Length: 60000\r\n\r\n")
        other = answer_to(address, b"GET /gallery HTTP/1.1\r\nHost: localhost\r\n\r\n")
        was_cut = _dripped(line)

    assert other.startswith(b"HTTP/1.1 200")
    assert was_cut
    assert time.monotonic() - begun < 8


def test_who_sends_slowly_but_steadily_is_heard(address: Address, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(patience, "GRACE_SECONDS", 0.3)
    head = HEAD + b"Content-Length: 8000\r\n\r\n"

    answer = answer_to(address, head, *[b"a" * 2_000] * 4, pause=0.2)

    assert answer.startswith(b"HTTP/1.1 400")  # it lacks a form token: the page itself has answered


def _dripped(line: socket.socket) -> bool:
    for _ in range(60):
        try:
            line.sendall(b"a")
            line.settimeout(0.1)
            if line.recv(100) == b"":
                return True
        except TimeoutError:
            continue
        except (BrokenPipeError, ConnectionResetError):
            return True
    return False
