"""Acts on vouchers: issue, activate, freeze, void, expire."""

from collections.abc import Callable
from datetime import date, datetime

from vouchers.accounts import services as accounts
from vouchers.accounts.states import Duty
from vouchers.applications import queries as application_queries
from vouchers.applications import services as applications
from vouchers.applications.models import Application
from vouchers.audit import services as audit
from vouchers.audit.services import Subject
from vouchers.db.base import db
from vouchers.db.numbers import next_number
from vouchers.issuance import queries, rules
from vouchers.issuance.models import Voucher
from vouchers.issuance.states import VOUCHERS, VoucherState
from vouchers.jobs import services as jobs
from vouchers.kernel.actor import Actor
from vouchers.kernel.clock import beijing_date
from vouchers.kernel.errors import Conflict, RuleViolation
from vouchers.kernel.findings import Finding
from vouchers.kernel.identifiers import new_voucher_code
from vouchers.ledger import queries as ledger_queries
from vouchers.ledger import services as ledger
from vouchers.ledger.caps import Capped, caps_of
from vouchers.ledger.rules import Move, Pot, split_by_layer
from vouchers.ledger.states import AccountKind, TransferKind
from vouchers.policy import queries as policy
from vouchers.policy.pack.amounts import Phase

CERTIFICATE_JOB = "certificates.make"  # certificates stands above: it is asked for by name
_SWEEP = 100
_NO_AMOUNT = Finding("nothing_approved", "该申请没有核定金额，不能发券。", way="请先完成会议审定。")


def issue(application_public_id: str, *, actor: Actor, at: datetime) -> Voucher:
    """Issue the voucher of an approved case: money from all layers, quota drawn, certificate ordered."""
    application = application_queries.lock(application_public_id)
    accounts.hold_duty(application.public_id, _person(actor), duty=Duty.DECIDE, at=at)
    if not application.approved:
        raise RuleViolation([_NO_AMOUNT])
    voucher = _new_voucher(application, application.approved, at)
    _move_money(voucher, application, actor=actor, at=at)
    applications.advance(application, "issue", actor=actor, at=at)
    details = {"number": voucher.number, "face": voucher.face, "application": application.number}
    change = ("", VoucherState.ISSUED.value)
    audit.record("voucher.issue", _subject(voucher), actor=actor, at=at, change=change, details=details)
    jobs.enqueue(CERTIFICATE_JOB, voucher.public_id, payload={"voucher": voucher.public_id}, at=at)
    if voucher.valid_from <= beijing_date(at):
        _advance(voucher, "activate", actor=actor, at=at)
    return voucher


def freeze(public_id: str, reason: str, *, actor: Actor, at: datetime, seen_version: int | None = None) -> None:
    """Stop a voucher from being spent until it is unfrozen."""
    _advance(_locked(public_id, seen_version), "freeze", actor=actor, at=at, reason=reason)


def unfreeze(public_id: str, reason: str, *, actor: Actor, at: datetime, seen_version: int | None = None) -> None:
    """Let a frozen voucher be spent again."""
    _advance(_locked(public_id, seen_version), "unfreeze", actor=actor, at=at, reason=reason)


def void(public_id: str, reason: str, *, actor: Actor, at: datetime, seen_version: int | None = None) -> None:
    """End a voucher; what is left goes back to the envelopes. What orders hold stays held until they end."""
    voucher = _locked(public_id, seen_version)
    _advance(voucher, "void", actor=actor, at=at, reason=reason)
    _return_rest(voucher, TransferKind.VOID, actor=actor, at=at)


def expire_due(*, actor: Actor, at: datetime) -> int:
    """End vouchers whose last valid day is past, a sweep at a time; returns how many."""
    return _sweep(queries.ending_before, _expire, actor=actor, at=at)


def activate_due(*, actor: Actor, at: datetime) -> int:
    """Make vouchers active whose first valid day has come; returns how many."""
    return _sweep(queries.beginning_by, _activate, actor=actor, at=at)


def close_if_used_up(voucher: Voucher, *, actor: Actor, at: datetime, held: int) -> None:
    """Mark a voucher as used up when nothing is left on it and no order holds any of it; `held` in fen."""
    left = ledger_queries.balance_of(AccountKind.VOUCHER, voucher.public_id)
    if voucher.state is VoucherState.ACTIVE and left == 0 and held == 0:
        _advance(voucher, "use_up", actor=actor, at=at)


def reopen_if_left(voucher: Voucher, *, actor: Actor, at: datetime) -> None:
    """Let a voucher that was used up be spent again when something came back to it."""
    left = ledger_queries.balance_of(AccountKind.VOUCHER, voucher.public_id)
    if voucher.state is VoucherState.USED_UP and left > 0:
        _advance(voucher, "reopen", actor=actor, at=at)


def release_into(voucher: Voucher, order_public_id: str, *, key: str, actor: Actor, at: datetime) -> int:
    """Give back what an order holds (fen): to the voucher, or to the envelopes when it has ended."""
    pot, party = _pot(voucher), _party(voucher)
    has_ended = voucher.state in {VoucherState.EXPIRED, VoucherState.VOID} or voucher.valid_until < beijing_date(at)
    kind = TransferKind.RELEASE_ENDED if has_ended else TransferKind.RELEASE
    held = ledger_queries.balances_by_layer(AccountKind.HELD, order_public_id)
    moves = [
        Move(
            kind,
            pot.held(layer, subject=order_public_id, party=party),
            pot.envelope(layer) if has_ended else pot.voucher(layer, voucher=voucher.public_id, party=party),
            amount,
            f"{key}:{layer}",
        )
        for layer, amount in held.items()
    ]
    ledger.post(moves, actor=actor, at=at, reason=voucher.number)
    total = sum(held.values())
    if has_ended and total:
        _give_back_quota(voucher, total, key=key, actor=actor, at=at)
    return total


def _new_voucher(application: Application, face: int, at: datetime) -> Voucher:
    version = application.scheme_version
    rule = policy.pack(version).voucher_rule(application.voucher_kind)
    issued_on = beijing_date(at)
    valid = rules.validity(rule, issued_on, policy.work_calendar())
    if valid.last is None:
        raise ValueError("a voucher has a last valid day")
    voucher = Voucher(
        number=next_number("SLQ", year=issued_on.year, office_id=version.scheme.office_id),
        code=new_voucher_code(),
        application_id=application.id,
        enterprise_id=application.enterprise_id,
        scheme_version_id=version.id,
        voucher_kind=application.voucher_kind,
        tier=application.tier,
        face=face,
        state=VoucherState.ISSUED,
        valid_from=valid.first,
        valid_until=valid.last,
        issued_at=at,
        created_at=at,
        is_rehearsal=application.is_rehearsal,
    )
    db.session.add(voucher)
    db.session.flush()
    return voucher


def _move_money(voucher: Voucher, application: Application, *, actor: Actor, at: datetime) -> None:
    pack, pot, party = policy.pack(application.scheme_version), _pot(voucher), _party(voucher)
    parts = split_by_layer(voucher.face, rules.layer_weights(pack.amount.funding))
    moves = [
        Move(
            TransferKind.ISSUE,
            pot.envelope(layer),
            pot.voucher(layer, voucher=voucher.public_id, party=party),
            amount,
            f"issue:{voucher.public_id}:{layer}",
        )
        for layer, amount in parts.items()
    ]
    ledger.post(moves, actor=actor, at=at, reason=voucher.number)
    for cap in caps_of(pack, _capped(voucher, beijing_date(at)), Phase.APPLICATION):
        ledger.draw(cap, voucher.face, key=f"draw:{cap.key}:{voucher.public_id}", actor=actor, at=at)


def _return_rest(voucher: Voucher, kind: TransferKind, *, actor: Actor, at: datetime) -> None:
    pot, party = _pot(voucher), _party(voucher)
    rest = ledger_queries.balances_by_layer(AccountKind.VOUCHER, voucher.public_id)
    moves = [
        Move(
            kind,
            pot.voucher(layer, voucher=voucher.public_id, party=party),
            pot.envelope(layer),
            amount,
            f"{kind}:{voucher.public_id}:{layer}",
        )
        for layer, amount in rest.items()
    ]
    ledger.post(moves, actor=actor, at=at, reason=voucher.number)
    if moves:
        _give_back_quota(voucher, sum(rest.values()), key=f"{kind}:{voucher.public_id}", actor=actor, at=at)


def _give_back_quota(voucher: Voucher, amount: int, *, key: str, actor: Actor, at: datetime) -> None:
    pack = policy.pack(voucher.scheme_version)
    for cap in caps_of(pack, _capped(voucher, beijing_date(voucher.issued_at)), Phase.APPLICATION):
        ledger.give_back(cap, amount, key=f"give-back:{cap.key}:{key}", actor=actor, at=at)


def _sweep(
    find: Callable[[date, int], list[str]],
    act: Callable[[Voucher, Actor, datetime], None],
    *,
    actor: Actor,
    at: datetime,
) -> int:
    found = find(beijing_date(at), _SWEEP)
    for public_id in found:
        act(queries.lock(public_id), actor, at)
    return len(found)


def _expire(voucher: Voucher, actor: Actor, at: datetime) -> None:
    _advance(voucher, "expire", actor=actor, at=at)
    _return_rest(voucher, TransferKind.EXPIRE, actor=actor, at=at)


def _activate(voucher: Voucher, actor: Actor, at: datetime) -> None:
    _advance(voucher, "activate", actor=actor, at=at)


def _advance(voucher: Voucher, action: str, *, actor: Actor, at: datetime, reason: str = "") -> None:
    before = voucher.state
    voucher.state = VOUCHERS.after(before, action)
    if reason:
        voucher.reason = reason
    change = (before.value, voucher.state.value)
    audit.record(f"voucher.{action}", _subject(voucher), actor=actor, at=at, change=change, reason=reason)


def _locked(public_id: str, seen_version: int | None) -> Voucher:
    voucher = queries.lock(public_id)
    if seen_version is not None and voucher.version != seen_version:
        raise Conflict("the voucher changed since the page was shown")
    return voucher


def _capped(voucher: Voucher, on: date) -> Capped:
    scheme = voucher.scheme_version.scheme
    parties = {"applicant": _party(voucher), "scheme": scheme.public_id}
    facts = (voucher.application.decision or {}).get("facts", {})
    return Capped(scheme.id, voucher.voucher_kind, parties, voucher.tier, facts, on)


def _pot(voucher: Voucher) -> Pot:
    return Pot(voucher.scheme_version.scheme_id, voucher.voucher_kind)


def _party(voucher: Voucher) -> str:
    return voucher.enterprise.organisation.public_id


def _subject(voucher: Voucher) -> Subject:
    return Subject("voucher", voucher.public_id)


def _person(actor: Actor) -> int:
    if actor.person_id is None:
        raise RuleViolation([Finding("no_person", "发券须由具名人员办理。", way="请以审定人账号登录后办理。")])
    return actor.person_id
