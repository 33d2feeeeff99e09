"""The child's side of the sandbox: give up rights, parse standard input, write one JSON answer."""

import ctypes
import json
import resource
import sys
from dataclasses import asdict
from importlib import import_module
from typing import Any

from vouchers.kernel.errors import RuleViolation

_MEMORY = 512 * 2**20
_CPU_SECONDS = 5
_ANSWER = 28 * 2**20  # a picture of the largest size, in base64
_OPEN_FILES = 64
_NEW_USER, _NEW_NETWORK = 0x10000000, 0x40000000
_TOO_LARGE = {"code": "file.parser.large", "message": "文件展开后太大", "way": "，请核对文件，或改交人工核对。"}
_FAILED = {"code": "file.parser.failed", "message": "文件无法解析", "way": "，请从原系统重新下载后上传。"}


def main(function: str) -> None:
    """Parse what stands on standard input with the named function."""
    module, name = function.split(":")
    parse = getattr(import_module(module), name)  # before the limits: our own code is trusted
    give_up_rights()
    answer = _parsed(parse, sys.stdin.buffer.read())
    sys.stdout.buffer.write(json.dumps(answer).encode())


def give_up_rights() -> None:
    """Set limits that hold from here on, for good; the network goes too where the system allows it."""
    for limit, value in (
        (resource.RLIMIT_AS, _MEMORY),
        (resource.RLIMIT_FSIZE, _ANSWER),
        (resource.RLIMIT_NOFILE, _OPEN_FILES),
        (resource.RLIMIT_CORE, 0),
    ):
        resource.setrlimit(limit, (value, value))
    resource.setrlimit(resource.RLIMIT_CPU, (_CPU_SECONDS, _CPU_SECONDS + 1))
    libc = ctypes.CDLL(None)
    if libc.unshare(_NEW_NETWORK) != 0:
        libc.unshare(_NEW_USER | _NEW_NETWORK)  # refused on some systems; the parsers open no sockets anyway


def _parsed(parse: Any, content: bytes) -> dict[str, Any]:
    try:
        return {"value": parse(content)}
    except RuleViolation as violation:
        return {"refused": [asdict(finding) for finding in violation.findings]}
    except (MemoryError, RecursionError):
        return {"refused": [_TOO_LARGE]}
    except Exception:  # noqa: BLE001  whatever a hostile file provokes is an answer, not a crash
        return {"refused": [_FAILED]}
