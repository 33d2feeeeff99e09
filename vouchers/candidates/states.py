"""The lifecycle of a list of candidates, and of each candidate on it."""

from enum import StrEnum

from vouchers.kernel.lifecycle import Lifecycle, Transition


class ListState(StrEnum):
    """How far a list has come."""

    READING = "reading"
    FAULTY = "faulty"
    READY = "ready"
    RELEASED = "released"
    ENDED = "ended"
    DROPPED = "dropped"


class CandidateState(StrEnum):
    """Whether an enterprise was asked, and what it answered."""

    FOUND = "found"
    OFFERED = "offered"
    CONFIRMED = "confirmed"
    DECLINED = "declined"
    OBJECTED = "objected"
    EXPIRED = "expired"


L, C = ListState, CandidateState

LISTS = Lifecycle(
    "candidate_list",
    [
        Transition("compute", frozenset({L.READING}), L.READY, "算出名单"),
        Transition("refuse", frozenset({L.READING}), L.FAULTY, "登记册有误"),
        Transition("release", frozenset({L.READY}), L.RELEASED, "发布名单"),
        Transition("drop", frozenset({L.READY, L.FAULTY}), L.DROPPED, "作废"),
        Transition("end", frozenset({L.RELEASED}), L.ENDED, "确认期满"),
    ],
)
CANDIDATES = Lifecycle(
    "candidate",
    [
        Transition("offer", frozenset({C.FOUND}), C.OFFERED, "请企业确认"),
        Transition("confirm", frozenset({C.OFFERED}), C.CONFIRMED, "企业确认"),
        Transition("decline", frozenset({C.OFFERED}), C.DECLINED, "企业放弃"),
        Transition("object", frozenset({C.OFFERED}), C.OBJECTED, "企业提出信息有误"),
        Transition("expire", frozenset({C.OFFERED}), C.EXPIRED, "到期没有答复"),
    ],
)

LABELS: dict[StrEnum, str] = {
    L.READING: "正在读取",
    L.FAULTY: "登记册有误",
    L.READY: "待发布",
    L.RELEASED: "已发布",
    L.ENDED: "已截止",
    L.DROPPED: "已作废",
}
CANDIDATE_LABELS: dict[StrEnum, str] = {
    C.FOUND: "未发布",
    C.OFFERED: "待企业确认",
    C.CONFIRMED: "企业已确认",
    C.DECLINED: "企业已放弃",
    C.OBJECTED: "企业提出信息有误",
    C.EXPIRED: "到期没有答复",
}
TONES: dict[StrEnum, str] = {
    L.READING: "wait",
    L.FAULTY: "bad",
    L.READY: "info",
    L.RELEASED: "ok",
    L.ENDED: "wait",
    L.DROPPED: "wait",
    C.FOUND: "wait",
    C.OFFERED: "info",
    C.CONFIRMED: "ok",
    C.DECLINED: "wait",
    C.OBJECTED: "warn",
    C.EXPIRED: "wait",
}
"""How a state is drawn; the word always stands beside it."""
