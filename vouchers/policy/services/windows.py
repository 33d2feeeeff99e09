"""申报窗口: opening and closing them."""

from dataclasses import dataclass
from datetime import datetime

from vouchers.audit import services as audit
from vouchers.audit.services import Subject
from vouchers.db.base import db
from vouchers.kernel.actor import Actor
from vouchers.kernel.clock import beijing_date
from vouchers.kernel.errors import Conflict, RuleViolation
from vouchers.kernel.findings import Finding
from vouchers.kernel.periods import DateRange
from vouchers.policy import beside, force, lots, queries, releases
from vouchers.policy.models import SchemeVersion, Window, WindowRelease
from vouchers.policy.rules.opening import opening_findings
from vouchers.policy.services.standing import require_own_office, seen
from vouchers.policy.states import WINDOWS, Standing, VersionState, WindowState


@dataclass(frozen=True, slots=True)
class NewWindow:
    """A window to open."""

    version_public_id: str
    voucher_kind: str
    title: str
    opens_at: datetime
    closes_at: datetime
    quantity: int | None = None  # how many vouchers are freed at its opening, where the pack frees them by the hour
    lot_source: str = ""  # where the public number of a draw will be found; only where lots are drawn


def open_window(new: NewWindow, *, actor: Actor, at: datetime) -> Window:
    """Take applications for one voucher kind of a published version from an instant to another."""
    version = queries.lock_version(new.version_public_id)
    require_own_office(version.scheme, actor)
    findings = _window_findings(new, version, at)
    if findings:
        raise RuleViolation(findings)
    window = Window(
        scheme_id=version.scheme_id,
        scheme_version_id=version.id,
        voucher_kind=new.voucher_kind,
        title=new.title.strip(),
        opens_at=new.opens_at,
        closes_at=new.closes_at,
        state=WindowState.OPEN,
        created_at=at,
    )
    db.session.add(window)
    db.session.flush()
    details: dict[str, str | int] = {
        "version": version.public_id,
        "kind": new.voucher_kind,
        "closes_at": new.closes_at.isoformat(),
    }
    if new.quantity is not None:
        db.session.add(WindowRelease(window_id=window.id, quantity=new.quantity, taken=0))
        details |= {"opens_at": new.opens_at.isoformat(), "quantity": new.quantity}
    subject = Subject("window", window.public_id)
    audit.record("policy.open_window", subject, actor=actor, at=at, change=("", "open"), details=details)
    if lots.is_drawn(queries.pack(version), new.voucher_kind):
        lots.bind(window, new.lot_source, actor=actor, at=at)
    return window


def close_window(
    public_id: str, *, actor: Actor, at: datetime, seen_version: int | None = None, reason: str = ""
) -> Window:
    """Take no further applications."""
    window = seen(queries.lock_window(public_id), seen_version)
    require_own_office(window.scheme, actor)
    before = window.state
    window.state = WINDOWS.after(before, "close")
    window.version += 1
    window.closes_at = max(min(window.closes_at, at), window.opens_at + window.closes_at.resolution)
    subject, change = Subject("window", public_id), (before.value, window.state.value)
    audit.record("policy.close_window", subject, actor=actor, at=at, change=change, reason=reason)
    return window


def stop_windows(of: SchemeVersion, *, actor: Actor, at: datetime, reason: str) -> list[Window]:
    """Take no further applications in any window that a stopped version leaves behind; their last days stand.

    A case handed in before goes on as if nothing had happened, and a voucher may run as long as its window was to.
    """
    locked = [queries.lock_window(one.public_id) for one in beside.ending_with(of, on=beijing_date(at))]
    stopped = [window for window in locked if window.state is WindowState.OPEN]  # none that closed meanwhile
    for window in stopped:
        before = window.state
        window.state = WINDOWS.after(before, "stop")
        window.version += 1
        subject, change = Subject("window", window.public_id), (before.value, window.state.value)
        audit.record("policy.stop_window", subject, actor=actor, at=at, change=change, reason=reason)
    return stopped


def close_due(*, actor: Actor, at: datetime) -> int:
    """Close the windows whose time is over; how many there were."""
    due = queries.windows_due(at)
    for public_id in due:
        close_window(public_id, actor=actor, at=at)
    return len(due)


def _window_findings(new: NewWindow, version: SchemeVersion, at: datetime) -> list[Finding]:
    findings = []
    if force.standing_of(version, on=beijing_date(at)) not in {VersionState.PUBLISHED, Standing.WAITING}:
        raise Conflict("a window is opened on the version in force, or on one that waits for its day")
    pack = queries.pack(version)
    if all(kind.id != new.voucher_kind for kind in pack.kinds):
        findings.append(Finding("no-kind", "方案里没有这个券种。", field="voucher_kind"))
    findings += releases.quantity_findings(pack, new.voucher_kind, new.quantity)
    if not new.title.strip():
        findings.append(Finding("no-title", "请填写窗口名称，例如“2026年第一批”。", field="title"))
    if new.closes_at <= new.opens_at:
        findings.append(Finding("window-order", "截止时间应晚于开始时间。", field="last"))
    findings += lots.source_findings(pack, new.voucher_kind, new.lot_source)
    findings += _day_findings(new, version)
    return findings + _plan_findings(new, version)


def _day_findings(new: NewWindow, version: SchemeVersion) -> list[Finding]:
    """Whether a window lies in the days of its version, and begins before a newer text takes its place."""
    findings = []
    effective, begins = queries.pack(version).effective, beijing_date(new.opens_at)
    if begins < effective.first:
        message, params = "第一天早于方案开始执行的日子（{first}）。", {"first": effective.first.isoformat()}
        findings.append(Finding("window-early", message, params, "请改为那一天或以后。", field="first"))
    successor = force.successor_of(version, on=begins)
    if successor is not None:
        message = "到窗口的第一天，这一版已由第 {number} 版取代（自 {first} 起执行）。"
        params = {"number": str(successor.number), "first": str(successor.effective_from)}
        way = "请把第一天改到那以前，或在新的一版打开窗口。"
        findings.append(Finding("window-overtaken", message, params, way, field="first"))
    if beijing_date(new.closes_at) > effective.last:
        message, params = "截止时间超出方案有效期（至 {last}）。", {"last": effective.last.isoformat()}
        findings.append(Finding("window-beyond", message, params, "请改为那一天或以前。", field="last"))
    return findings


def _plan_findings(new: NewWindow, version: SchemeVersion) -> list[Finding]:
    """Whether the pack has a window of this kind open in these days, beside those there are."""
    if new.closes_at <= new.opens_at:
        return []
    plan = beside.plan_of(queries.compiled(version), new.voucher_kind)
    wanted = DateRange(beijing_date(new.opens_at), beijing_date(new.closes_at))
    return opening_findings(plan, wanted, beside.rounds_of(version, new.voucher_kind))
