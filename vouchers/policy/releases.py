"""定时放券: a window frees a number of vouchers at its opening; who comes first has one, who leaves gives it back."""

from datetime import datetime

from sqlalchemy import select, update
from sqlalchemy.orm import joinedload

from vouchers.db.base import db
from vouchers.kernel.findings import Finding
from vouchers.policy.models import Scheme, Window, WindowRelease
from vouchers.policy.pack.model import PolicyPack
from vouchers.policy.states import WindowState


def is_timed(pack: PolicyPack, kind: str) -> bool:
    """Whether the pack frees vouchers of a kind by the hour."""
    intake = pack.process.intake(kind)
    return intake is not None and intake.opens == "timed-release"


def quantity_findings(pack: PolicyPack, kind: str, quantity: int | None) -> list[Finding]:
    """Whether a window says how many it frees exactly where the pack frees vouchers by the hour."""
    if is_timed(pack, kind) and not quantity:
        message, way = "这个券种按方案定时放券，还没有写放多少份。", "请填写放券数量。"
        return [Finding("no-quantity", message, way=way, field="quantity")]
    if not is_timed(pack, kind) and quantity is not None:
        message, way = "方案没有写定时放券，这个窗口不能限定份数。", "请不填放券数量。"
        return [Finding("not-timed", message, way=way, field="quantity")]
    return []


def take(window: Window) -> bool:
    """Take one of the vouchers that a window freed; whether there was one. True where it frees no number.

    One statement: of two that come at the same moment the second waits, and sees what the first left.
    """
    if window.release is None:
        return True
    free = (WindowRelease.window_id == window.id, WindowRelease.taken < WindowRelease.quantity)
    taken = update(WindowRelease).where(*free).values(taken=WindowRelease.taken + 1).returning(WindowRelease.taken)
    return db.session.scalar(taken, execution_options={"synchronize_session": False}) is not None


def give_back(window: Window) -> None:
    """Let the next one have what a case took that ends without a voucher."""
    if window.release is None:
        return
    own = (WindowRelease.window_id == window.id, WindowRelease.taken > 0)
    given = update(WindowRelease).where(*own).values(taken=WindowRelease.taken - 1)
    db.session.execute(given, execution_options={"synchronize_session": False})


def coming(at: datetime) -> list[Window]:
    """Windows that will free vouchers at an hour still to come, the next one first."""
    statement = (
        select(Window)
        .join(Scheme)
        .join(WindowRelease)
        .options(joinedload(Window.scheme), joinedload(Window.scheme_version), joinedload(Window.release))
        .where(Window.state == WindowState.OPEN, Window.opens_at > at, Scheme.is_rehearsal.is_(False))
        .order_by(Window.opens_at, Window.id)
    )
    return list(db.session.scalars(statement))
