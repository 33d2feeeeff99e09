"""Foreign files are parsed in a child process with little memory, little time, no secrets and no network."""

import json
import os
import signal
import subprocess
import sys
import threading
from contextlib import suppress
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from vouchers.kernel.errors import RuleViolation
from vouchers.kernel.findings import Finding

WALL_SECONDS = 10
MOST_ANSWER = 28 * 2**20
_PATIENCE_SECONDS = 30
_ROOT = Path(__file__).resolve().parents[2]
_START = "import sys; sys.path.insert(0, sys.argv[1]); from vouchers.files.confined import main; main(sys.argv[2])"
_PLACES = threading.BoundedSemaphore(2)  # as many as the smallest machine has cores
_KILLED_FOR_TIME = frozenset({-signal.SIGXCPU, -signal.SIGKILL})


def run(function: str, content: bytes) -> Any:
    """The JSON value that `function` ("package.module:name", bytes → value) makes of foreign bytes.

    What the function refuses by RuleViolation is raised here again; whatever else goes wrong there is a finding too.
    """
    if not _PLACES.acquire(timeout=_PATIENCE_SECONDS):
        raise _refused("file.parser.busy", "正在解析的文件太多", "，请稍后再试。")
    try:
        with TemporaryDirectory(prefix="vouchers-parse-") as folder:
            return _answer(*_run_child(function, content, Path(folder)))
    finally:
        _PLACES.release()


def _run_child(function: str, content: bytes, folder: Path) -> tuple[int | None, bytes]:
    """Return code (None when time ran out) and what the child wrote. Files, not pipes: their size is limited."""
    given, answer = folder / "given", folder / "answer"
    given.write_bytes(content)
    with given.open("rb") as stdin, answer.open("wb") as stdout:
        child = subprocess.Popen(  # noqa: S603  our own interpreter and our own script
            [sys.executable, "-I", "-B", "-c", _START, str(_ROOT), function],
            stdin=stdin,
            stdout=stdout,
            stderr=subprocess.DEVNULL,
            cwd=folder,
            env={"LANG": "C.UTF-8", "TMPDIR": str(folder)},
            start_new_session=True,
        )
        try:
            code: int | None = child.wait(WALL_SECONDS)
        except subprocess.TimeoutExpired:
            code = None
        finally:
            _end(child)
    return code, answer.read_bytes()[:MOST_ANSWER]


def _end(child: subprocess.Popen[bytes]) -> None:
    """End the child and whatever it started."""
    with suppress(ProcessLookupError):
        os.killpg(child.pid, signal.SIGKILL)
    child.wait()


def _answer(code: int | None, written: bytes) -> Any:
    if code is None or code in _KILLED_FOR_TIME:
        raise _refused("file.parser.slow", "文件在规定时间内没有解析完", "，请核对文件是否完整，或改交人工核对。")
    try:
        answer = json.loads(written)
    except ValueError:
        raise _refused("file.parser.failed", "文件无法解析", "，请从原系统重新下载后上传。") from None
    if "refused" in answer:
        raise RuleViolation([Finding(**finding) for finding in answer["refused"]])
    return answer["value"]


def _refused(code: str, message: str, way: str) -> RuleViolation:
    return RuleViolation([Finding(code, message, way=way)])
