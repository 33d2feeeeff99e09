"""Releasing a list by a second person, dropping it, and its end when the days to answer are over."""

from datetime import datetime

from sqlalchemy import func, select, update

from vouchers.candidates import queries, rules
from vouchers.candidates.models import Candidate, CandidateList
from vouchers.candidates.services.moving import advance, person_of, seen_list
from vouchers.candidates.states import CandidateState
from vouchers.db.base import db
from vouchers.kernel.actor import Actor
from vouchers.kernel.clock import beijing_date
from vouchers.kernel.errors import RuleViolation
from vouchers.kernel.findings import Finding
from vouchers.messages.services import enqueue, to_organisation
from vouchers.parties.services import check_impartial
from vouchers.policy import queries as policy
from vouchers.policy.rules.results import Result

_PORTION = 20


def release(public_id: str, *, seen_version: int | None, actor: Actor, at: datetime) -> CandidateList:
    """Ask every enterprise that qualifies to confirm; by another person than the one who brought the register in."""
    found = seen_list(public_id, seen_version, actor=actor, at=at)
    person = person_of(actor)
    findings = [rules.SAME_PERSON] if person == found.uploaded_by_id else []
    findings += _late_findings(found, at)
    if findings:
        raise RuleViolation(findings)
    known = queries.enterprises_by_uscc(queries.qualifying(found.id))
    days = policy.recusal_days(found.window.scheme_version)
    own = [one.organisation_id for one in known.values()]
    check_impartial(own, actor=actor, at=at, former_days=days)
    found.released_by_id, found.released_at = person, at
    qualify = (
        Candidate.list_id == found.id,
        Candidate.result == Result.ELIGIBLE.value,
        Candidate.amount > 0,
    )
    asked = update(Candidate).where(*qualify).values(state=CandidateState.OFFERED)
    number = db.session.execute(asked, execution_options={"synchronize_session": False}).rowcount  # type: ignore[attr-defined]
    advance(found, "release", actor=actor, at=at, details={"asked": number, "digest": found.digest})
    _tell(found, at=at)
    return found


def drop(public_id: str, reason: str, *, seen_version: int | None, actor: Actor, at: datetime) -> None:
    """Put a list aside that was not released; it stays on record."""
    found = seen_list(public_id, seen_version, actor=actor, at=at)
    advance(found, "drop", actor=actor, at=at, reason=reason)


def end_due(*, actor: Actor, at: datetime) -> int:
    """End the lists whose last day to answer has passed; who did not answer is on record, and nothing is taken away."""
    due = queries.due_lists(beijing_date(at), _PORTION)
    for public_id in due:
        found = queries.lock(public_id)
        open_ones = (Candidate.list_id == found.id, Candidate.state == CandidateState.OFFERED)
        silent = db.session.scalar(select(func.count()).select_from(Candidate).where(*open_ones)) or 0
        lapsed = update(Candidate).where(*open_ones).values(state=CandidateState.EXPIRED)
        db.session.execute(lapsed, execution_options={"synchronize_session": False})
        advance(found, "end", actor=actor, at=at, details={"silent": silent})
    return len(due)


def _late_findings(found: CandidateList, at: datetime) -> list[Finding]:
    if found.expires_on >= beijing_date(at) and not policy.has_closed(found.window, at):
        return []
    message, way = "确认期限或窗口已过，不能再发布。", "请作废后重新上传，填写新的期限。"
    return [Finding("list-too-late", message, way=way)]


def _tell(found: CandidateList, *, at: datetime) -> None:
    """Write to those who have an account; the others find it when they register."""
    statement = select(Candidate).where(Candidate.list_id == found.id, Candidate.state == CandidateState.OFFERED)
    measure = policy.pack(found.window.scheme_version).measure(found.window.voucher_kind)
    asked = {one.uscc: one for one in db.session.scalars(statement.execution_options(populate_existing=True))}
    for number, enterprise in queries.enterprises_by_uscc(asked).items():
        one = asked[number]
        params = {"title": found.title, "amount": measure.said(one.amount or 0), "last": found.expires_on.isoformat()}
        link = f"/enterprise/offers/{one.public_id}"
        enqueue("candidate_offered", params, to=to_organisation(enterprise.organisation_id), at=at, link=link)
