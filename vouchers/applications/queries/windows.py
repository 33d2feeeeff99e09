"""Reading windows for the cases in them: whether it takes any more, whether it had any."""

from datetime import datetime

from sqlalchemy import exists, select

from vouchers.applications import rules
from vouchers.applications.models import Application
from vouchers.db.base import db
from vouchers.kernel.findings import Finding
from vouchers.policy import queries as policy
from vouchers.policy.models import Window


def not_open(window: Window, at: datetime, *, may_prepare: bool = False) -> list[Finding]:
    """Why a window takes no application at an instant; `may_prepare` lets one be made ready before its hour."""
    return rules.window_findings(
        window.opens_at,
        at,
        has_closed=policy.has_closed(window, at),
        is_stopped=window.is_stopped,
        may_prepare=may_prepare,
    )


def has_cases(window: Window) -> bool:
    """Whether anybody began an application in a window, be it a draft."""
    return bool(db.session.scalar(select(exists().where(Application.window_id == window.id))))
