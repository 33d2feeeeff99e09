"""Validity of a voucher, and the shares of its funding layers; pure."""

from datetime import date, timedelta
from math import lcm

from vouchers.issuance.states import VoucherState
from vouchers.kernel.findings import Finding
from vouchers.kernel.periods import DateRange
from vouchers.kernel.workdays import WorkCalendar
from vouchers.policy.pack.amounts import Funding
from vouchers.policy.pack.vouchers import VoucherRule


def validity(rule: VoucherRule, issued_on: date, calendar: WorkCalendar) -> DateRange:
    """From the day of issue to the last valid day, both included, as the scheme says."""
    if rule.valid_until is not None:
        return DateRange(issued_on, rule.valid_until)
    if rule.valid_for is None:
        raise ValueError("a voucher rule says how long a voucher is valid")
    if rule.valid_for.unit == "working day":
        return DateRange(issued_on, calendar.after(issued_on, rule.valid_for.count).day)
    return DateRange(issued_on, rule.valid_for.after(issued_on) - timedelta(days=1))


def layer_weights(funding: Funding) -> dict[str, int]:
    """Funding shares as whole-number weights.

    >>> from vouchers.policy.pack.amounts import Layer
    >>> from fractions import Fraction
    >>> halves = [Layer.model_construct(id=i, name=i, share=Fraction(1, 2)) for i in ("city", "district")]
    >>> layer_weights(Funding.model_construct(layers=halves))
    {'city': 1, 'district': 1}
    """
    whole = lcm(*(layer.share.denominator for layer in funding.layers))
    return {layer.id: int(layer.share * whole) for layer in funding.layers}


_ENDED: dict[VoucherState, Finding] = {
    VoucherState.FROZEN: Finding("voucher_frozen", "该券已被冻结，暂不能使用。", way="请联系主管部门了解原因。"),
    VoucherState.VOID: Finding("voucher_void", "该券已作废。", way="请使用其他有效的券。"),
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
