"""The lifecycle of a scheme version and of a window."""

from enum import StrEnum

from vouchers.kernel.lifecycle import Lifecycle, Transition


class VersionState(StrEnum):
    """How far a text of a scheme has come."""

    DRAFT = "draft"
    CHECKED = "checked"
    SIGNED = "signed"
    PUBLISHED = "published"
    SUPERSEDED = "superseded"
    STOPPED = "stopped"


class Standing(StrEnum):
    """What the day makes of a published version, beyond its state."""

    WAITING = "not-yet-in-force"


class WindowState(StrEnum):
    """Whether applications are taken."""

    OPEN = "open"
    CLOSED = "closed"
    STOPPED = "scheme-stopped"


class Conclusion(StrEnum):
    """What the 公平竞争审查 comes to."""

    MEETS = "meets"
    EXEMPT = "exempt"
    FAILS = "fails"


class SimulationState(StrEnum):
    """How far a simulation has come."""

    WAITING = "waiting"
    DONE = "done"
    REFUSED = "refused"


V, W = VersionState, WindowState

VERSIONS = Lifecycle(
    "scheme_version",
    [
        Transition("check", frozenset({V.DRAFT, V.CHECKED}), V.CHECKED, "检查"),
        Transition("sign", frozenset({V.CHECKED}), V.SIGNED, "签署"),
        Transition("publish", frozenset({V.SIGNED}), V.PUBLISHED, "发布"),
        Transition("supersede", frozenset({V.PUBLISHED}), V.SUPERSEDED, "由新版本取代"),
        Transition("stop", frozenset({V.PUBLISHED}), V.STOPPED, "停止执行"),
    ],
)
WINDOWS = Lifecycle(
    "window",
    [
        Transition("close", frozenset({W.OPEN}), W.CLOSED, "关闭"),
        Transition("stop", frozenset({W.OPEN}), W.STOPPED, "随方案停止"),
    ],
)

LABELS: dict[StrEnum, str] = {
    V.DRAFT: "草稿",
    V.CHECKED: "已检查",
    V.SIGNED: "已签署",
    V.PUBLISHED: "执行中",
    Standing.WAITING: "已发布，待执行",
    V.SUPERSEDED: "已被取代",
    V.STOPPED: "已停止",
    W.OPEN: "受理中",
    W.CLOSED: "已关闭",
    W.STOPPED: "已随方案停止",
    SimulationState.WAITING: "正在测算",
    SimulationState.DONE: "已算完",
    SimulationState.REFUSED: "登记册有误",
    Conclusion.MEETS: "符合审查标准，可以出台",
    Conclusion.EXEMPT: "适用例外规定，可以出台",
    Conclusion.FAILS: "不符合审查标准，不得出台",
}
