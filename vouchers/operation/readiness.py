"""Whether this process can serve: what a load balancer asks every few seconds, so each look is cheap."""

import os
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path

from sqlalchemy import select

from vouchers.config import Settings
from vouchers.db.base import db
from vouchers.db.shape import wrong_shape
from vouchers.jobs import queries as jobs

LONGEST_WAIT = timedelta(minutes=15)  # a job due longer than this has no worker


def readiness(settings: Settings, migrations: str, *, at: datetime) -> dict[str, bool]:
    """Each thing a page needs, and whether it is there: database, newest schema, room for originals, a worker."""
    looks: dict[str, Callable[[], bool]] = {
        "database": _answers,
        "migrations": lambda: not wrong_shape(db.engine, Path(migrations)),
        "storage": lambda: os.access(settings.instance, os.R_OK | os.W_OK | os.X_OK),
        "queue": lambda: jobs.waiting_since(at=at) > at - LONGEST_WAIT,
    }
    return {name: _holds(look) for name, look in looks.items()}


def _holds(look: Callable[[], bool]) -> bool:
    try:
        return look()
    except Exception:  # noqa: BLE001  whatever is broken, the answer is: not ready
        db.session.rollback()
        return False


def _answers() -> bool:
    return db.session.scalar(select(1)) == 1
