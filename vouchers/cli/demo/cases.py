"""Cases: an application from its draft as far as its plan says, step by step, each by whoever may take it."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from vouchers.applications import queries
from vouchers.applications import services as applications
from vouchers.applications.models import Application
from vouchers.applications.services import NewDraft, SavedFacts
from vouchers.cli.demo import cast
from vouchers.cli.demo.papers import paper
from vouchers.cli.demo.timeline import Story
from vouchers.cli.demo.world import VISITOR, World
from vouchers.kernel.actor import Actor
from vouchers.notices import services as notices
from vouchers.review import services as review
from vouchers.review.services import Correction, MeetingDecision, Rejection, StageDecision
from vouchers.review.states import Verdict


@dataclass(frozen=True, slots=True)
class Plan:
    """One case: who applies in which round for what, when, how far it goes, and how it ends there.

    `begins` and the other days are working days ago; `planned` is in yuan.
    """

    key: str
    enterprise: str
    round: int
    kind: str
    planned: int
    begins: int
    until: str
    ending: str = ""
    approved: int = 0
    green: str = "30%"
    reduced: int | None = None
    if_short: Literal["wait", "end"] = "wait"

    @property
    def clock(self) -> str:
        """A time of the working day, another one for each case."""
        return f"{9 + sum(self.key.encode()) % 7:02d}:{sum(self.key.encode()) % 60:02d}"


@dataclass(frozen=True, slots=True)
class Step:
    """One act: its name, how many working days after the beginning, and who does what."""

    name: str
    after: int
    act: Callable[[World, Plan, datetime], None]
    minutes: int = 0


def case(world: World, plan: Plan) -> Story:
    """Tell a case as far as its plan goes."""
    ago = plan.begins
    for step in _STEPS:
        ago = plan.approved if step.name == "approve" else plan.begins - step.after
        yield (at := world.days.at(ago, plan.clock) + timedelta(minutes=step.minutes))
        step.act(world, plan, at)
        if step.name == plan.until:
            break
    if plan.ending:
        yield (at := world.days.at(ago - 1, plan.clock))
        _ENDINGS[plan.ending](world, plan, at)


def notice(world: World, opened: int, plans: tuple[Plan, ...]) -> Story:
    """Put decided cases on notice."""
    yield (at := world.days.at(opened, "17:00"))
    title = f"{at.year}年算力券、模型券拟支持名单公示（演示，{at.month}月）"
    cases = tuple(world.cases[plan.key] for plan in plans)
    found = notices.open_notice(notices.NewNotice(title, cases), actor=world.actors["shenhe"], at=at)
    for plan, entry in ((plan, entry) for plan in plans for entry in found.entries):
        if entry.application.public_id == world.cases[plan.key]:
            world.entries[plan.key] = entry.public_id


def objection(world: World, plan: Plan, ago: int) -> Story:
    """Somebody objects to a case on notice."""
    yield (at := world.days.at(ago, "14:20"))
    text = "公示企业的算力需求与其主营业务不符，请核实。（演示）"
    new = notices.NewObjection(world.entries[plan.key], text, "示例·路见真", "19900000099")
    notices.lodge_objection(new, actor=VISITOR, at=at)


def mended(world: World, plan: Plan) -> Story:
    """A correction that was asked for before acceptance, and answered the next day."""
    yield (at := world.days.at(plan.begins - 1, "16:00"))
    _ask(world, plan, at)
    yield (at := world.days.at(plan.begins - 2, "09:10"))
    applicant = _applicant(world, plan)
    public_id = world.cases[plan.key]
    received = paper(
        "服务需求说明（补正）", f"预计服务费用（不含税）：{plan.planned} 元", "补充：列明卡型、用途和预计卡时。"
    )
    version = _version(world, plan)
    applications.add_document(
        public_id, "need-statement", received=received, seen_version=version, actor=applicant, at=at
    )
    shown = applications.preview(queries.get(public_id), at=at)
    applications.resubmit(public_id, seen_version=_version(world, plan), seen_hash=shown.hash, actor=applicant, at=at)


def _draft(world: World, plan: Plan, at: datetime) -> None:
    actor = _drafter(world, plan)
    started = applications.start(NewDraft(world.windows[plan.round, plan.kind]), actor=actor, at=at)
    world.cases[plan.key] = public_id = started.public_id
    values = {
        "planned_net": f"{plan.planned}.00",
        "green_share": plan.green,
        "other_support_contract": "0.00",
    }
    asked = {"planned_net", "green_share", "other_support_contract"}
    saved = SavedFacts({name: values[name] for name in sorted(asked)}, started.version)
    applications.save_facts(public_id, saved, actor=actor, at=at)
    if plan.until == "draft":
        return  # a draft still lacks its papers
    part = _enterprise(plan)
    papers = {
        "licence": paper("营业执照", f"名称：{part['name']}", f"统一社会信用代码：{cast.uscc(part['number'])}"),
        "size-proof": paper(
            "企业规模证明", part["name"], f"从业人员：{part['headcount']}", f"营业收入：{part['revenue']}"
        ),
        "need-statement": paper("服务需求说明", part["name"], f"预计服务费用（不含税）：{plan.planned} 元"),
    }
    for requirement, received in papers.items():
        version = _version(world, plan)
        applications.add_document(public_id, requirement, received=received, seen_version=version, actor=actor, at=at)


def _hand_over(world: World, plan: Plan, at: datetime) -> None:
    applications.hand_over(
        world.cases[plan.key], seen_version=_version(world, plan), actor=_drafter(world, plan), at=at
    )


def _confirm(world: World, plan: Plan, at: datetime) -> None:
    public_id = world.cases[plan.key]
    shown = applications.preview(queries.get(public_id), at=at)
    version = _version(world, plan)
    applications.confirm(public_id, seen_version=version, seen_hash=shown.hash, actor=_applicant(world, plan), at=at)


def _accept(world: World, plan: Plan, at: datetime) -> None:
    public_id, actor = world.cases[plan.key], world.actors["shenhe"]
    review.take(public_id, actor=actor, at=at)
    review.accept(public_id, seen_version=_version(world, plan), actor=actor, at=at)


def _first_review(world: World, plan: Plan, at: datetime) -> None:
    reason = "材料齐全，事实与材料一致，金额按规则计算。"
    if plan.reduced is not None:
        reason = "需求说明中的部分卡时与场景不符，核减后通过。"
    decision = StageDecision("first-review", Verdict.PASS, reason, _version(world, plan), amount=plan.reduced)
    review.decide(world.cases[plan.key], decision, actor=world.actors["shenhe"], at=at)


def _second_review(world: World, plan: Plan, at: datetime) -> None:
    decision = StageDecision("second-review", Verdict.PASS, "同意初审意见。", _version(world, plan))
    review.decide(world.cases[plan.key], decision, actor=world.actors["fushen"], at=at)


def _meet(world: World, plan: Plan, at: datetime) -> None:
    meeting = f"{at.year}年第{at.month}次局长办公会纪要（演示）"
    decision = MeetingDecision(
        meeting, supports=True, reason="同意支持。", seen_version=_version(world, plan), if_short=plan.if_short
    )
    review.decide_meeting(world.cases[plan.key], decision, actor=world.actors["shending"], at=at)


def _approve(world: World, plan: Plan, at: datetime) -> None:
    number = f"渝中数发〔{at.year}〕{20 + plan.round}号（演示）"
    approval = notices.Approval(number, _version(world, plan))
    notices.approve(world.cases[plan.key], approval, actor=world.actors["shending"], at=at)


def _ask(world: World, plan: Plan, at: datetime) -> None:
    message = "服务需求说明没有写明卡型、用途和预计卡时，请补充后重新上传。"
    ask = Correction(("need-statement", "planned_net"), message, _version(world, plan))
    review.ask_correction(world.cases[plan.key], ask, actor=world.actors["shenhe"], at=at)


def _reject(world: World, plan: Plan, at: datetime) -> None:
    reason = "需求说明所附合同已享受市级算力补贴，属同一合同重复支持。"
    rejection = Rejection("no-double-support", reason, _version(world, plan))
    review.reject(world.cases[plan.key], rejection, actor=world.actors["shenhe"], at=at)


def _withdraw(world: World, plan: Plan, at: datetime) -> None:
    applications.withdraw(
        world.cases[plan.key],
        seen_version=_version(world, plan),
        reason="项目暂缓，以后再申领。",
        actor=_applicant(world, plan),
        at=at,
    )


def _version(world: World, plan: Plan) -> int:
    found: Application = queries.get(world.cases[plan.key])
    return found.version


def _enterprise(plan: Plan) -> cast.Part:
    return next(one for one in cast.parts("enterprises") if one["key"] == plan.enterprise)


def _applicant(world: World, plan: Plan) -> Actor:
    return world.actors[_enterprise(plan)["sign_in"]]


def _drafter(world: World, plan: Plan) -> Actor:
    """The handler where the enterprise has one."""
    hired = cast.the_cast()["handler"]
    return world.actors[hired["sign_in"]] if hired["enterprise"] == plan.enterprise else _applicant(world, plan)


_STEPS = (
    Step("draft", 0, _draft),
    Step("hand_over", 0, _hand_over, 20),
    Step("confirm", 0, _confirm, 45),
    Step("accept", 3, _accept),
    Step("first_review", 5, _first_review),
    Step("second_review", 7, _second_review),
    Step("meet", 9, _meet),
    Step("approve", 0, _approve),
)
_ENDINGS = {"correct": _ask, "reject": _reject, "withdraw": _withdraw}
