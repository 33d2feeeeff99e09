"""Parsers that misbehave, for the sandbox to stop."""

import os
import socket
import time
from pathlib import Path

from vouchers.kernel.errors import RuleViolation
from vouchers.kernel.findings import Finding


def length(content: bytes) -> dict[str, int]:
    return {"length": len(content)}


def refuse(content: bytes) -> None:
    raise RuleViolation([Finding("test.refused", "拒绝 {count} 字节", {"count": len(content)}, "，请重试。")])


def crash(content: bytes) -> None:
    os.abort()


def fail(content: bytes) -> None:
    raise KeyError("secret detail")


def spin(content: bytes) -> None:
    while True:
        pass


def sleep(content: bytes) -> None:
    time.sleep(60)


def eat_memory(content: bytes) -> int:
    return len(b"x" * 2**30)


def write_much(content: bytes) -> None:
    Path("big").write_bytes(b"x" * 2**26)


def environment(content: bytes) -> dict[str, str]:
    return dict(os.environ)


def where(content: bytes) -> str:
    return str(Path.cwd())


def call_home(content: bytes) -> str:
    with socket.create_connection(("127.0.0.1", int(content)), timeout=2):
        return "connected"
