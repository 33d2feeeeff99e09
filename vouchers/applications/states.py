"""The lifecycle of a case from draft to issue. Stages are data of the pack: one state IN_STAGE plus the stage's key."""

from datetime import date
from enum import StrEnum

from vouchers.kernel.lifecycle import Lifecycle, Transition


class ApplicationState(StrEnum):
    """Where a case stands."""

    DRAFT = "draft"
    TO_CONFIRM = "to_confirm"
    SUBMITTED = "submitted"
    IN_STAGE = "in_stage"
    CORRECTION = "correction"
    TO_DECIDE = "to_decide"
    DECIDED = "decided"
    ON_NOTICE = "on_notice"
    OBJECTED = "objected"
    NOTICE_ENDED = "notice_ended"
    APPROVED = "approved"
    ISSUED = "issued"
    AWARDED = "awarded"
    WAITING = "waiting"
    OUT_OF_FUNDS = "out_of_funds"
    REJECTED = "rejected"
    WITHDRAWN = "withdrawn"
    LAPSED = "lapsed"


class LiftState(StrEnum):
    """Where the lifting of a soft cap stands: one person proposes it, another decides."""

    PROPOSED = "proposed"
    GRANTED = "granted"
    REFUSED = "refused"


S = ApplicationState

OPEN_TO_OFFICE = (
    S.SUBMITTED,
    S.IN_STAGE,
    S.CORRECTION,
    S.TO_DECIDE,
    S.WAITING,
    S.DECIDED,
    S.ON_NOTICE,
    S.OBJECTED,
    S.NOTICE_ENDED,
    S.APPROVED,
)
NO_PROMISE = date(9999, 12, 30)
"""Sorts cases without a promised day behind all others that wait."""
NOT_THE_OFFICES = frozenset({S.DRAFT, S.TO_CONFIRM})
"""States in which a case is the applicant's own, and no office sees it."""

NOT_WAITING = date(9999, 12, 31)
"""Where a case stands in the queue that does not wait for the office at all."""

LIVE = frozenset(set(S) - {S.ISSUED, S.AWARDED, S.OUT_OF_FUNDS, S.REJECTED, S.WITHDRAWN, S.LAPSED})
"""States in which a case still wants something; one enterprise has one such case per window and kind."""

BEFORE_APPROVAL = frozenset(
    {S.DRAFT, S.TO_CONFIRM, S.SUBMITTED, S.IN_STAGE, S.CORRECTION, S.TO_DECIDE, S.DECIDED, S.WAITING, S.ON_NOTICE}
)
REJECTABLE = frozenset(
    {S.SUBMITTED, S.IN_STAGE, S.TO_DECIDE, S.DECIDED, S.WAITING, S.ON_NOTICE, S.OBJECTED, S.NOTICE_ENDED}
)

APPLICATIONS = Lifecycle(
    "application",
    [
        Transition("hand_over", frozenset({S.DRAFT}), S.TO_CONFIRM, "送授权人确认"),
        Transition("take_back", frozenset({S.TO_CONFIRM}), S.DRAFT, "退回修改"),
        Transition("confirm", frozenset({S.TO_CONFIRM}), S.SUBMITTED, "确认并提交"),
        Transition("confirm_at_once", frozenset({S.TO_CONFIRM}), S.APPROVED, "确认，由规则即时核准"),
        Transition("accept", frozenset({S.SUBMITTED}), S.IN_STAGE, "受理"),
        Transition("accept_to_decide", frozenset({S.SUBMITTED}), S.TO_DECIDE, "受理，按快速通道提交审定"),
        Transition("pass_stage", frozenset({S.IN_STAGE}), S.IN_STAGE, "通过本环节"),
        Transition("pass_last_stage", frozenset({S.IN_STAGE}), S.TO_DECIDE, "通过，提交会议审定"),
        Transition("pass_stage_by_time", frozenset({S.IN_STAGE}), S.IN_STAGE, "逾期未办，视为通过本环节"),
        Transition("pass_last_stage_by_time", frozenset({S.IN_STAGE}), S.TO_DECIDE, "逾期未办，视为通过"),
        Transition("return_stage_by_time", frozenset({S.IN_STAGE, S.TO_DECIDE}), S.IN_STAGE, "逾期未办，退回上一环节"),
        Transition(
            "return_to_acceptance_by_time", frozenset({S.IN_STAGE, S.TO_DECIDE}), S.SUBMITTED, "逾期未办，退回受理"
        ),
        Transition("request_correction", frozenset({S.SUBMITTED, S.IN_STAGE}), S.CORRECTION, "要求补正"),
        Transition("resubmit", frozenset({S.CORRECTION}), S.SUBMITTED, "补正后重新提交"),
        Transition("resubmit_to_stage", frozenset({S.CORRECTION}), S.IN_STAGE, "补正后回到本环节"),
        Transition("lapse", frozenset({S.CORRECTION}), S.LAPSED, "逾期未补正"),
        Transition("decide", frozenset({S.TO_DECIDE, S.WAITING}), S.DECIDED, "会议审定拟支持"),
        Transition("queue", frozenset({S.TO_DECIDE}), S.WAITING, "规模不足，排队等待"),
        Transition("run_out", frozenset({S.TO_DECIDE, S.WAITING}), S.OUT_OF_FUNDS, "规模用完"),
        Transition("open_notice", frozenset({S.DECIDED}), S.ON_NOTICE, "公示"),
        Transition("object", frozenset({S.ON_NOTICE}), S.OBJECTED, "收到异议"),
        Transition("dismiss_objection", frozenset({S.OBJECTED}), S.ON_NOTICE, "异议不成立"),
        Transition("end_notice", frozenset({S.ON_NOTICE}), S.NOTICE_ENDED, "公示期满无异议"),
        Transition("withdraw_notice", frozenset({S.ON_NOTICE}), S.DECIDED, "公示撤下，待重新公示"),
        Transition("approve", frozenset({S.NOTICE_ENDED}), S.APPROVED, "批复"),
        Transition("approve_without_notice", frozenset({S.DECIDED}), S.APPROVED, "批复（方案不要求公示）"),
        Transition("issue", frozenset({S.APPROVED}), S.ISSUED, "发券"),
        Transition("award", frozenset({S.APPROVED}), S.AWARDED, "核定直接补助"),
        Transition("reject", REJECTABLE, S.REJECTED, "不予通过"),
        Transition("withdraw", BEFORE_APPROVAL, S.WITHDRAWN, "撤回"),
    ],
)

LIFTS = Lifecycle(
    "cap_lift",
    [
        Transition("grant", frozenset({LiftState.PROPOSED}), LiftState.GRANTED, "同意放宽"),
        Transition("refuse", frozenset({LiftState.PROPOSED}), LiftState.REFUSED, "不同意放宽"),
    ],
)

LABELS: dict[StrEnum, str] = {
    S.DRAFT: "草稿",
    S.TO_CONFIRM: "待授权人确认",
    S.SUBMITTED: "待受理",
    S.IN_STAGE: "审核中",
    S.CORRECTION: "待补正",
    S.TO_DECIDE: "待会议审定",
    S.DECIDED: "拟支持",
    S.ON_NOTICE: "公示中",
    S.OBJECTED: "异议处理中",
    S.NOTICE_ENDED: "公示期满",
    S.APPROVED: "已批复",
    S.ISSUED: "已发券",
    S.AWARDED: "已核定补助",
    S.WAITING: "排队等待",
    S.OUT_OF_FUNDS: "规模用完",
    S.REJECTED: "不予通过",
    S.WITHDRAWN: "已撤回",
    S.LAPSED: "逾期失效",
}

LIFT_LABELS: dict[StrEnum, str] = {
    LiftState.PROPOSED: "待第二人决定",
    LiftState.GRANTED: "同意放宽",
    LiftState.REFUSED: "不同意放宽",
}

TONES: dict[StrEnum, str] = {
    S.DRAFT: "wait",
    S.TO_CONFIRM: "warn",
    S.SUBMITTED: "info",
    S.IN_STAGE: "info",
    S.CORRECTION: "warn",
    S.TO_DECIDE: "info",
    S.DECIDED: "info",
    S.ON_NOTICE: "info",
    S.OBJECTED: "warn",
    S.NOTICE_ENDED: "info",
    S.APPROVED: "ok",
    S.ISSUED: "ok",
    S.AWARDED: "ok",
    S.WAITING: "wait",
    S.OUT_OF_FUNDS: "bad",
    S.REJECTED: "bad",
    S.WITHDRAWN: "wait",
    S.LAPSED: "bad",
}
"""How a state is drawn; the word always stands beside it."""


def queue_day(state: ApplicationState, due_on: date | None) -> date:
    """Where a case stands in the office's queue.

    >>> queue_day(ApplicationState.ISSUED, None) == NOT_WAITING, queue_day(ApplicationState.DECIDED, None) == NO_PROMISE
    (True, True)
    """
    if state not in OPEN_TO_OFFICE:
        return NOT_WAITING
    return due_on or NO_PROMISE
