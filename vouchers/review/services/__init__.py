"""Acts of reviewing: accepting, each stage by one function, the meeting, recusal, taking a case."""

from vouchers.review.services.acceptance import (
    Correction,
    Rejection,
    accept,
    ask_correction,
    reject,
)
from vouchers.review.services.authority import check_authority
from vouchers.review.services.fast import MakeGood, make_good, remind_skipped
from vouchers.review.services.lifts import LiftAnswer, decide_lift, propose_lift
from vouchers.review.services.meeting import (
    MeetingDecision,
    decide_meeting,
    run_out,
    shortage_of,
)
from vouchers.review.services.overdue import note_overdue
from vouchers.review.services.ranking import (
    Settlement,
    draw_lots,
    proposal,
    readiness_findings,
    settle,
)
from vouchers.review.services.scoring import Marks, score, scoring_findings
from vouchers.review.services.stages import StageDecision, decide
from vouchers.review.services.tasks import recuse, take

__all__ = [
    "Correction",
    "LiftAnswer",
    "MakeGood",
    "Marks",
    "MeetingDecision",
    "Rejection",
    "Settlement",
    "StageDecision",
    "accept",
    "ask_correction",
    "check_authority",
    "decide",
    "decide_lift",
    "decide_meeting",
    "draw_lots",
    "make_good",
    "note_overdue",
    "proposal",
    "propose_lift",
    "readiness_findings",
    "recuse",
    "reject",
    "remind_skipped",
    "run_out",
    "score",
    "scoring_findings",
    "settle",
    "shortage_of",
    "take",
]
