"""排序: all cases of a closed window chosen among at once, as the pack says; the meeting settles the whole list."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from fractions import Fraction

from vouchers.applications import queries as application_queries
from vouchers.applications import rules as application_rules
from vouchers.applications import services as applications
from vouchers.audit.services import Subject, record
from vouchers.db.base import db
from vouchers.kernel.actor import Actor
from vouchers.kernel.canonical import digest
from vouchers.kernel.clock import beijing_date
from vouchers.kernel.errors import Conflict, RuleViolation
from vouchers.kernel.findings import Finding
from vouchers.policy import lots
from vouchers.policy import queries as policy
from vouchers.policy.pack.allocation import Allocation
from vouchers.policy.rules.allocating import Allotment, Candidate, allocate, lot
from vouchers.policy.rules.scoring import shown_score
from vouchers.review import queries, rules
from vouchers.review.models import Ranking, RankingEntry
from vouchers.review.queries import Case, Round
from vouchers.review.services.authority import person_of, say
from vouchers.review.services.meeting import authorise
from vouchers.review.states import REASON_LABELS, Verdict


@dataclass(frozen=True, slots=True)
class Line:
    """One case in the list for the meeting; amounts in fen."""

    case: Case
    place: int
    score: str
    lot: str
    asked: int
    given: int
    reason: str


@dataclass(frozen=True, slots=True)
class Proposal:
    """The list for the meeting as the rule makes it now; `digest` names exactly this list."""

    rule: Allocation
    lines: tuple[Line, ...]
    budget: int
    taken: int
    digest: str


@dataclass(frozen=True, slots=True)
class Settlement:
    """What the meeting decided: the list that was shown, under which minutes, and why."""

    meeting: str
    reason: str
    seen: str


def proposal(window: Round, *, held: bool = False) -> Proposal:
    """Who gets what, by the rule alone. Conflict where the window is not chosen among at once."""
    rule = queries.rule_of_window(window)
    if rule is None or not rule.at_once:
        raise Conflict("the cases of this window are taken as they come")
    cases, seed = queries.to_rank(window.id, held=held), lots.seed_of(lots.draw_of(window.id))
    if rule.seed is not None and not seed:
        cases = []  # nobody knows the order before lots are drawn
    scores = {case.number: queries.score_of(case) or 0 for case in cases}
    candidates = [
        Candidate(case.number, queries.latest_amount(case), case.submitted_at or case.created_at, scores[case.number])
        for case in cases
    ]
    taken = queries.slots_taken(window, rule) if rule.slots else 0
    read = queries.lock_envelopes if held else queries.left_in_envelopes
    left = read(window.scheme_id, window.voucher_kind)
    found, budget = _within_the_money(window, rule, candidates, left=left, draw=(seed, taken))
    by_number, is_scored = {case.number: case for case in cases}, "score" in rule.ranked_by
    lines = tuple(
        Line(
            case=by_number[one.key],
            place=place,
            score=shown_score(Fraction(scores[one.key])) if is_scored else "",
            lot=lot(seed, one.key) if rule.seed else "",
            asked=queries.latest_amount(by_number[one.key]),
            given=one.amount,
            reason=one.reason,
        )
        for place, one in enumerate(found, start=1)
    )
    told = [[line.case.number, line.place, line.score, line.lot, line.asked, line.given, line.reason] for line in lines]
    return Proposal(rule, lines, budget, taken, digest([rule.id, budget, taken, told]))


def settle(window_public_id: str, given: Settlement, *, actor: Actor, at: datetime) -> Ranking:
    """Record the meeting's decision on the whole list: chosen cases go on, reserves wait, the rest end."""
    window = policy.lock_window(window_public_id)
    policy.confirm_covered(window.scheme, actor, on=beijing_date(at))
    findings = [*_meeting_findings(given), *readiness_findings(window, at=at)]
    if findings:
        raise RuleViolation(findings)
    made = proposal(window, held=True)
    if made.digest != given.seen:
        raise Conflict("the list changed since the page was shown")
    ranking = Ranking(
        window_id=window.id,
        rule=made.rule.id,
        budget=made.budget,
        taken=made.taken,
        meeting=given.meeting.strip(),
        settled_by_id=person_of(actor),
        settled_at=at,
    )
    db.session.add(ranking)
    db.session.flush()
    details: dict[str, str | int] = {"list": made.digest, "budget": made.budget, "cases": len(made.lines)}
    subject = Subject("window", window.public_id)
    record("ranking.settle", subject, actor=actor, at=at, reason=given.reason, details=details)
    for line in made.lines:
        _settle_line(ranking, line, given, actor=actor, at=at)
    return ranking


def readiness_findings(window: Round, *, at: datetime) -> list[Finding]:
    """Why the list of a window cannot be settled yet, or not any more."""
    findings = []
    if queries.ranking_of(window.id) is not None:
        raise Conflict("the list was settled")
    if not policy.has_closed(window, at):
        findings.append(Finding("window-open", "窗口还在受理，不能排序。", way="请等窗口截止。"))
    waiting = queries.on_the_way(window.id)
    if waiting:
        message = "还有 {count} 件没有审核完，不能排序。"
        findings.append(Finding("cases-on-the-way", message, {"count": waiting}, "请先办完这些案件。"))
    rule, draw = queries.rule_of_window(window), lots.draw_of(window.id)
    if rule is not None and rule.seed is not None and not lots.seed_of(draw):
        findings.append(Finding("not-drawn", "还没有抽签。", way="请先填写公开数值，公布抽签结果。"))
    return findings


def draw_lots(window_public_id: str, value: str, *, actor: Actor, at: datetime) -> None:
    """Show the secret of a closed window with the public number; the list of those drawn is fixed by then."""
    window = policy.lock_window(window_public_id)
    policy.confirm_covered(window.scheme, actor, on=beijing_date(at))
    early = [one for one in readiness_findings(window, at=at) if one.code != "not-drawn"]
    if early:
        raise RuleViolation(early)
    lots.reveal(window, value, actor=actor, at=at)


def _within_the_money(
    window: Round, rule: Allocation, candidates: Sequence[Candidate], *, left: Mapping[str, int], draw: tuple[str, int]
) -> tuple[list[Allotment], int]:
    """The allotments, and the budget they were made of: what the layers bear, each voucher parted to the fen."""
    (seed, taken) = draw
    promised = queries.promised_amounts(window.scheme_id, window.voucher_kind)
    funding = policy.pack(window.scheme_version).amount.funding_of(window.voucher_kind)
    budget = application_rules.fitting(left, promised, funding)
    if not candidates:
        return [], budget
    while True:
        found = allocate(rule, candidates, budget, seed=seed, taken=taken)
        amounts = [one.amount for one in found if one.amount]
        short = rules.short_layers(left, application_rules.requires_whole_layers([*promised, *amounts], funding))
        if not short or budget == 0:
            return found, budget
        budget = max(0, budget - sum(short.values()))  # the odd fen of many vouchers may fall on one layer


def _settle_line(ranking: Ranking, line: Line, given: Settlement, *, actor: Actor, at: datetime) -> None:
    case = application_queries.lock(line.case.public_id)
    authorise(case, actor, at)
    db.session.add(
        RankingEntry(
            ranking_id=ranking.id,
            application_id=case.id,
            place=line.place,
            number=case.number,
            score=line.score,
            lot=line.lot,
            asked=line.asked,
            given=line.given,
            reason=line.reason,
        )
    )
    told = f"{REASON_LABELS[line.reason]}（第 {line.place} 位）"
    reason = f"{told}：{given.reason}"
    applications.mark_decided(case, given.meeting)
    if line.given:
        applications.approve_amount(case, line.given)
        applications.advance(case, "decide", actor=actor, at=at, reason=reason)
        say(case, Verdict.PASS, reason, stage=case.stage, actor=actor, at=at, amount=line.given)
        return
    applications.mark_outcome(case, reason=told)
    applications.advance(case, "queue" if line.reason == "reserve" else "run_out", actor=actor, at=at, reason=reason)


def _meeting_findings(given: Settlement) -> list[Finding]:
    findings = rules.reason_findings(given.reason)
    if not given.meeting.strip():
        findings.append(Finding("meeting-missing", "没有填写会议编号。", way="请填写会议纪要的编号。", field="meeting"))
    return findings
