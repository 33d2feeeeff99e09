"""When a voucher can be spent; pure."""

from collections.abc import Iterator
from datetime import date, timedelta

from vouchers.issuance.states import OF_SUBSIDIES, VoucherState
from vouchers.kernel.findings import Finding
from vouchers.kernel.money import format_yuan
from vouchers.kernel.periods import DateRange
from vouchers.kernel.workdays import WorkCalendar
from vouchers.policy.pack.vouchers import VoucherRule

LAPSE = "lapse:"
"""How the key of a movement begins by which the rest of a voucher that is used once lapsed."""
UNITS_USED = "units-used:"
"""How it begins where a voucher in kind has no unit left, and its orders cost less than they might."""


def validity(rule: VoucherRule, issued_on: date, calendar: WorkCalendar, *, window: date) -> DateRange:
    """From the day of issue to the last valid day, both included, as the scheme says; `window` is its window's last."""
    within = {"window": window, "calendar-year": date(issued_on.year, 12, 31)}
    last = rule.valid_until or within.get(rule.valid_within or "") or (issued_on if rule.form == "direct" else None)
    if last is not None:
        return DateRange(issued_on, last)
    if rule.valid_for is None:
        raise ValueError("a voucher rule says how long a voucher is valid")
    if rule.valid_for.unit == "working day":
        return DateRange(issued_on, calendar.after(issued_on, rule.valid_for.count).day)
    return DateRange(issued_on, rule.valid_for.after(issued_on) - timedelta(days=1))


def object_findings(rule: VoucherRule, amount: int, *, on: date, window: date) -> list[Finding]:
    """Why no voucher of so much in fen is issued on a day: its window is over, it is not in whole sheets or units."""
    found = []
    if rule.valid_within == "window" and window < on:
        message = "券的有效期到窗口结束为止，窗口已于 {last} 结束，不能再发券。"
        found.append(Finding("window_over", message, {"last": window.isoformat()}, "请改用还在受理的窗口。"))
    if rule.face is not None and amount % rule.face:
        params = {"amount": format_yuan(amount), "face": format_yuan(rule.face)}
        message = "核定金额 {amount} 不是每张面额 {face} 的整数倍。"
        found.append(Finding("not_whole_sheets", message, params, "请按整张核定。"))
    if rule.unit_price is not None and amount % rule.unit_price:
        params = {"amount": format_yuan(amount), "price": format_yuan(rule.unit_price)}
        message = "核定金额 {amount} 不是每单位最高价 {price} 的整数倍。"
        found.append(Finding("not_whole_units", message, params, "请按整数核定数量。"))
    return found


_ENDED: dict[VoucherState, Finding] = {
    VoucherState.FROZEN: Finding("voucher_frozen", "该券已被冻结，暂不能使用。", way="请联系主管部门了解原因。"),
    VoucherState.VOID: Finding("voucher_void", "该券已作废。", way="请使用其他有效的券。"),
    VoucherState.DIRECT: Finding("voucher_direct", "这是直接补助，款项直接付给单位。", way="不用下单和核销。"),
    VoucherState.ANNULLED: Finding("voucher_annulled", "这笔直接补助已撤销核定。", way="请使用其他有效的券。"),
    VoucherState.USED_UP: Finding("voucher_used_up", "该券已用完。", way="请使用其他有效的券。"),
}


def usable_findings(state: VoucherState, valid: DateRange, on: date) -> list[Finding]:
    """Why a voucher cannot be spent on a day; nothing when it can."""
    if state in _ENDED:
        return [_ENDED[state]]
    if state is VoucherState.EXPIRED or (valid.last is not None and on > valid.last):
        last = {"last": valid.last.isoformat() if valid.last else ""}
        way = "余额已退回发放规模，请使用其他有效的券。"
        return [Finding("voucher_expired", "该券已于 {last} 过期。", last, way)]
    if on < valid.first:
        first = {"first": valid.first.isoformat()}
        return [Finding("voucher_not_yet", "该券自 {first} 起生效。", first, "请在生效后使用。")]
    return []


def standing(state: VoucherState, valid: DateRange, on: date) -> VoucherState:
    """What a voucher is on a day, whether or not the nightly sweep has been there yet.

    >>> standing(VoucherState.ACTIVE, DateRange(date(2026, 3, 2), date(2026, 9, 1)), date(2026, 9, 2))
    <VoucherState.EXPIRED: 'expired'>
    """
    if state in {VoucherState.VOID, VoucherState.USED_UP, VoucherState.EXPIRED, *OF_SUBSIDIES}:
        return state
    if valid.last is not None and on > valid.last:
        return VoucherState.EXPIRED
    if state is VoucherState.FROZEN:
        return state
    return VoucherState.ISSUED if on < valid.first else VoucherState.ACTIVE


WARNED_BEFORE = (3, 14, 30)
"""So many days before its last one the holder of a voucher is reminded, once each."""


def warning_spans(on: date) -> Iterator[tuple[int, date, date]]:
    """For each reminder the last days it is for: a holder who missed the first is told the nearest, not all of them.

    >>> [(days, str(first), str(last)) for days, first, last in warning_spans(date(2026, 3, 18))][:2]
    [(3, '2026-03-18', '2026-03-21'), (14, '2026-03-22', '2026-04-01')]
    """
    first = on
    for days in WARNED_BEFORE:
        last = on + timedelta(days=days)
        yield days, first, last
        first = last + timedelta(days=1)


def days_left(last: date, on: date) -> int:
    """Days on which a voucher can still be spent, today included; 0 when it has ended.

    >>> days_left(date(2026, 3, 20), date(2026, 3, 18)), days_left(date(2026, 3, 20), date(2026, 3, 21))
    (3, 0)
    """
    return max(0, (last - on).days + 1)
