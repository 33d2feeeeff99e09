"""Issuing: money from all layers of the envelope, quotas drawn, the certificate ordered."""

from collections.abc import Collection
from datetime import datetime

from vouchers.accounts import services as accounts
from vouchers.accounts.states import Duty, Role
from vouchers.applications import queries as application_queries
from vouchers.applications import services as applications
from vouchers.audit import services as audit
from vouchers.audit.services import Subject
from vouchers.db.base import db
from vouchers.db.numbers import hold_series, next_number
from vouchers.issuance import queries, rules
from vouchers.issuance.models import Voucher
from vouchers.issuance.queries import Case
from vouchers.issuance.services.moving import advance, granted_by, party_of, pot_of, subject_of
from vouchers.issuance.states import VoucherState
from vouchers.jobs import services as jobs
from vouchers.kernel.actor import Actor
from vouchers.kernel.clock import beijing_date
from vouchers.kernel.errors import NotPermitted, RuleViolation
from vouchers.kernel.findings import Finding
from vouchers.kernel.identifiers import new_voucher_code
from vouchers.ledger import services as ledger
from vouchers.ledger.rules import Move
from vouchers.ledger.states import TransferKind
from vouchers.messages import services as messages
from vouchers.parties import services as parties
from vouchers.policy import queries as policy
from vouchers.policy.rules.funding import parted
from vouchers.review.rules import Seat
from vouchers.review.services import check_authority

VOUCHER_SERIES = "SLQ"
_SERIES = {False: VOUCHER_SERIES, True: "BZ"}  # numbers of vouchers, and of subsidies (补助)
CERTIFICATE_JOB = "certificates.make"  # certificates stands above: it is asked for by name
_DIRECT = Finding("direct_subsidy", "该券种直接补助，不发券。", way="请在“直接补助”里核定。")
_NOT_DIRECT = Finding("not_direct", "该券种发券，不是直接补助。", way="请在“发券”里发放。")
_NO_AMOUNT = Finding("nothing_approved", "该申请没有核定金额，不能发券。", way="请先完成会议审定。")


def issue(application_public_id: str, *, actor: Actor, at: datetime) -> Voucher:
    """Issue the voucher of an approved case: money from all layers, quota drawn, certificate ordered."""
    voucher = _begin(application_public_id, "issue", actor=actor, at=at)
    _hand_over(voucher, actor=actor, at=at)
    return voucher


def record_award(application_public_id: str, *, actor: Actor, at: datetime) -> Voucher:
    """Record what an approved case is paid without a voucher: money and quotas move alike, nothing can be spent."""
    voucher = _begin(application_public_id, "award", actor=actor, at=at)
    advance(voucher, "award", actor=actor, at=at)
    return voucher


def hold_awarding(voucher: Voucher, *, at: datetime) -> None:
    """Hold what every award of the office takes first, so that one and its withdrawal never wait for each other.

    An award goes from envelopes over invoices to what is owed, a withdrawal the other way.
    """
    office_id = voucher.scheme_version.scheme.office_id
    hold_series(_SERIES[True], year=beijing_date(at).year, office_id=office_id)


def _begin(application_public_id: str, action: str, *, actor: Actor, at: datetime) -> Voucher:
    """What issuing and awarding share: everything is asked, then the case moves on and the money rests in the row."""
    application = application_queries.lock(application_public_id)
    if actor.person_id is None:
        raise NotPermitted("vouchers are issued by persons")
    if not application.approved:
        raise RuleViolation([_NO_AMOUNT])
    if (action == "award") != policy.pack(application.scheme_version).pays_directly(application.voucher_kind):
        raise RuleViolation([_DIRECT if action == "issue" else _NOT_DIRECT])
    check_authority(application, Seat(Role.DECIDER, None), stage="", actor=actor, at=at)
    days = policy.recusal_days(application.scheme_version)
    parties.check_impartial([application.enterprise.organisation_id], actor=actor, at=at, former_days=days)
    accounts.hold_duty(application.public_id, actor.person_id, duty=Duty.DECIDE, at=at)
    stopped = queries.not_issuable(application, on=beijing_date(at))
    if stopped:
        raise RuleViolation(stopped)
    return _made(application, action, actor=actor, at=at)


def make_at_once(application: Case, *, actor: Actor, at: datetime) -> Voucher:
    """The voucher of a case that its rules approved, held: nobody decides, so nobody's right to decide is asked."""
    voucher = _made(application, "issue", actor=actor, at=at)
    _hand_over(voucher, actor=actor, at=at)
    return voucher


def _made(application: Case, action: str, *, actor: Actor, at: datetime) -> Voucher:
    """Move a case on and let its money rest in the row of its voucher; whoever may is settled before."""
    if not application.approved:
        raise RuleViolation([_NO_AMOUNT])
    applications.advance(application, action, actor=actor, at=at)  # first: a case that is issued stays so
    voucher = _new_voucher(application, application.approved, at)
    _move_money(voucher, actor=actor, at=at)
    details = {"number": voucher.number, "face": voucher.face, "application": application.number}
    change = ("", VoucherState.ISSUED.value)
    audit.record("voucher.issue", subject_of(voucher), actor=actor, at=at, change=change, details=details)
    return voucher


def _hand_over(voucher: Voucher, *, actor: Actor, at: datetime) -> None:
    """Order the certificate, and let the voucher be spent from its first day on."""
    jobs.enqueue(CERTIFICATE_JOB, voucher.public_id, payload={"voucher": voucher.public_id}, at=at)
    if voucher.valid_from <= beijing_date(at):
        advance(voucher, "activate", actor=actor, at=at)


def issue_all(application_public_ids: Collection[str], *, actor: Actor, at: datetime) -> list[Voucher]:
    """Issue a voucher for each of these cases, all or none.

    One that does not meet what its pack asks again at the issue waits with its money promised; its holder is told why.
    """
    made: list[Voucher] = []
    stopped: list[Finding] = []
    for public_id in sorted(set(application_public_ids)):
        application = application_queries.lock(public_id)
        why = queries.not_issuable(application, on=beijing_date(at))
        if why:
            let_wait(application, why, actor=actor, at=at)
            stopped += why
        else:
            made.append(issue(public_id, actor=actor, at=at))
    if stopped and not made:
        raise RuleViolation(stopped)
    return made


def let_wait(application: Case, why: list[Finding], *, actor: Actor, at: datetime) -> None:
    """Leave an approved case as it is, with the reason on record and told to its holder."""
    policy.confirm_covered(application.scheme_version.scheme, actor, on=beijing_date(at))
    reason = "".join(finding.text for finding in why)
    subject, details = Subject("application", application.public_id), {"rules": [finding.code for finding in why]}
    audit.record("application.not_issued", subject, actor=actor, at=at, reason=reason, details=details)
    to = messages.to_organisation(application.enterprise.organisation_id)
    params = {"number": application.number, "reason": reason}
    messages.enqueue(
        "application_not_issued", params, to=to, at=at, link=f"/enterprise/applications/{application.public_id}"
    )


def _new_voucher(application: Case, face: int, at: datetime) -> Voucher:
    version = application.scheme_version
    issued_on = beijing_date(at)
    rule, measure = (
        policy.pack(version).voucher_rule(application.voucher_kind),
        application_queries.measure_of(application),
    )
    valid = rules.validity(rule, issued_on, policy.work_calendar(), window=queries.last_day_of(application))
    if valid.last is None:
        raise ValueError("a voucher has a last valid day")
    voucher = Voucher(
        number=next_number(_SERIES[rule.form == "direct"], year=issued_on.year, office_id=version.scheme.office_id),
        code=new_voucher_code(),
        application_id=application.id,
        enterprise_id=application.enterprise_id,
        scheme_version_id=version.id,
        voucher_kind=application.voucher_kind,
        tier=application.tier,
        face=face,
        units=measure.units(face),
        unit=measure.unit,
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


def _move_money(voucher: Voucher, *, actor: Actor, at: datetime) -> None:
    funding = policy.pack(voucher.scheme_version).amount.funding_of(voucher.voucher_kind)
    pot = pot_of(voucher)
    moves = [
        Move(
            TransferKind.ISSUE,
            pot.envelope(layer),
            pot.voucher(layer, voucher=voucher.public_id, party=party_of(voucher)),
            amount,
            f"issue:{voucher.public_id}:{layer}",
        )
        for layer, amount in parted(voucher.face, funding).items()
    ]
    units = queries.unit_figures(voucher)
    accounts = queries.unit_accounts(voucher)
    if units is not None and accounts is not None:
        moves.append(accounts.open(units.granted))
    ledger.post(moves, actor=actor, at=at, reason=voucher.number)
    for cap in (*queries.caps_to_draw(voucher), *queries.sheets_to_draw(voucher)):
        key = queries.draw_key(cap.key, voucher)
        ledger.draw(cap, granted_by(voucher, cap), key=key, actor=actor, at=at)
