"""恢复后对账: after a restore no payment leaves until one person compared with the bank and another confirmed it."""

from dataclasses import dataclass
from datetime import datetime

from vouchers.audit import queries as chain
from vouchers.audit import services as audit
from vouchers.audit.services import Subject
from vouchers.db.base import db
from vouchers.kernel.actor import Actor
from vouchers.kernel.clock import beijing_date
from vouchers.kernel.errors import Conflict, NotPermitted, RuleViolation
from vouchers.kernel.findings import Finding
from vouchers.kernel.money import format_yuan
from vouchers.policy.reach import covers_every_scheme
from vouchers.settlement import queries
from vouchers.settlement.models import BankComparison
from vouchers.settlement.states import COMPARISONS, ComparisonState

AFTER_RESTORE = Finding(
    "settlement.after_restore",
    "数据刚从备份恢复，恢复前付出的款项这里可能没有，暂不能签发或导出支付。",
    way="请先在「恢复后对账」由两人与银行的支付清单核对并确认。",
)
_SAME_PERSON = Finding("settlement.same_comparer", "登记对账的人不能自己确认。", way="请由另一位财务人员确认。")
_TOTAL = Finding(
    "settlement.comparison_total",
    "您录入的合计 {typed} 与登记的不一致。",
    way="请按自己手中的银行清单重新合计；如登记有误，请退回重做。",
    field="total",
)


@dataclass(frozen=True, slots=True)
class NewComparison:
    """What one person found: from which list of the bank, how many payments over how much, and the outcome."""

    source: str
    payments: int
    total: int
    outcome: str


def confirm_compared() -> None:
    """RuleViolation while the data are restored and nobody has confirmed the comparison with the bank."""
    if chain.restoration_under_way() is not None:
        raise RuleViolation([AFTER_RESTORE])


def record_comparison(new: NewComparison, *, actor: Actor, at: datetime) -> BankComparison:
    """Put on record what the bank has paid since the backup was made, for a second person to confirm."""
    restoration = chain.restoration_under_way()
    if restoration is None:
        raise Conflict("no restoration is under way")
    if queries.waiting_comparison(restoration.id) is not None:
        raise Conflict("a comparison waits to be confirmed already")
    comparison = BankComparison(
        restoration_id=restoration.id,
        state=ComparisonState.RECORDED,
        source=new.source,
        payments=new.payments,
        total=new.total,
        outcome=new.outcome,
        recorded_by_id=_person(actor, at),
        created_at=at,
    )
    db.session.add(comparison)
    db.session.flush()
    details = {"source": new.source, "payments": new.payments, "total": new.total}
    change = ("", ComparisonState.RECORDED.value)
    subject = Subject("comparison", comparison.public_id)
    audit.record("comparison.record", subject, actor=actor, at=at, change=change, reason=new.outcome, details=details)
    return comparison


def confirm_comparison(
    public_id: str, total: int, *, actor: Actor, at: datetime, seen_version: int | None = None
) -> BankComparison:
    """Confirm as a second person, with a total of one's own: payments may leave again."""
    comparison = _checked_by_another(public_id, actor=actor, at=at, seen_version=seen_version)
    if total != comparison.total:
        raise RuleViolation(
            [Finding(_TOTAL.code, _TOTAL.message, {"typed": format_yuan(total)}, _TOTAL.way, field="total")]
        )
    audit.end_restoration(comparison.restoration_id, at=at)
    return _advance(comparison, "confirm", actor=actor, at=at)


def return_comparison(
    public_id: str, reason: str, *, actor: Actor, at: datetime, seen_version: int | None = None
) -> BankComparison:
    """Hand the comparison back to be done again."""
    comparison = _checked_by_another(public_id, actor=actor, at=at, seen_version=seen_version)
    comparison.reason = reason
    return _advance(comparison, "return", actor=actor, at=at, reason=reason)


def _checked_by_another(public_id: str, *, actor: Actor, at: datetime, seen_version: int | None) -> BankComparison:
    comparison = queries.lock_comparison(public_id)
    if seen_version is not None and comparison.version != seen_version:
        raise Conflict("the comparison changed since the page was shown")
    if _person(actor, at) == comparison.recorded_by_id:
        raise RuleViolation([_SAME_PERSON])
    return comparison


def _advance(
    comparison: BankComparison, action: str, *, actor: Actor, at: datetime, reason: str = ""
) -> BankComparison:
    before = comparison.state
    comparison.state = COMPARISONS.after(before, action)
    comparison.checked_by_id, comparison.checked_at = _person(actor, at), at
    db.session.flush()
    subject, change = Subject("comparison", comparison.public_id), (before.value, comparison.state.value)
    audit.record(f"comparison.{action}", subject, actor=actor, at=at, change=change, reason=reason)
    return comparison


def _person(actor: Actor, at: datetime) -> int:
    """Who compares: with the bank's whole list, hence for every scheme."""
    if actor.person_id is None:
        raise NotPermitted("comparisons are made by persons")
    if not covers_every_scheme(actor, on=beijing_date(at)):
        raise NotPermitted("a comparison covers every scheme, the appointment does not")
    return actor.person_id
