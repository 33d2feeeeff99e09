"""A process of its own for one act: forked from the test, killed at a point or let through."""

import json
import os
import signal
import sys
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from flask import Flask

from tests.databases import let_go
from vouchers.db import transaction as opener
from vouchers.db.base import db
from vouchers.kernel import faults


@dataclass(frozen=True)
class End:
    """How the process ended: killed, or with what it said."""

    is_killed: bool
    said: Any = None


def alone(app: Flask, work: Callable[[], Any], fault: str = "") -> End:
    """Do the work in a process of its own, armed with a fault; every connection in it is its own."""
    db.session.remove()
    let_go(app)
    reading, writing = os.pipe()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # newer Pythons warn of threads; the child starts none
        pid = os.fork()
    if pid == 0:
        _work_and_leave(writing, work, fault)
    os.close(writing)
    with os.fdopen(reading) as pipe:
        said = pipe.read()
    _, status = os.waitpid(pid, 0)
    if os.WIFSIGNALED(status):
        assert os.WTERMSIG(status) == signal.SIGKILL
        return End(is_killed=True)
    assert os.waitstatus_to_exitcode(status) == 0, said
    return End(is_killed=False, said=json.loads(said))


def _work_and_leave(writing: int, work: Callable[[], Any], fault: str) -> None:
    code = 1
    try:
        for lock in opener._locks.values():
            if lock._file is not None:
                lock._file.close()
        opener._locks.clear()  # the lock file is opened anew, and the next commit moves the journal
        opener.CHECKPOINT_EVERY = 1
        faults.arm(faults.read(fault) if fault else None)
        os.write(writing, json.dumps(work()).encode())
        code = 0
    except BaseException as raised:  # noqa: BLE001  nothing of the test may run on in here
        os.write(writing, repr(raised).encode())
    finally:
        sys.stdout.flush()
        os._exit(code)
