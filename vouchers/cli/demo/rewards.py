"""A second scheme, small: direct subsidies, offered from a register, awarded, and one to be taken back."""

import csv
import io
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from vouchers.applications import queries
from vouchers.applications import services as applications
from vouchers.candidates import queries as candidate_queries
from vouchers.candidates import services as candidates
from vouchers.candidates.reading import Row
from vouchers.candidates.services import NewList, Outcome
from vouchers.candidates.work import decided
from vouchers.cli.demo import cast
from vouchers.cli.demo.ground import assessment
from vouchers.cli.demo.papers import paper
from vouchers.cli.demo.timeline import Story
from vouchers.cli.demo.world import World
from vouchers.files.rules import Upload
from vouchers.files.services import lay_down
from vouchers.kernel.actor import job
from vouchers.kernel.clock import beijing_date
from vouchers.kernel.money import decimal_yuan
from vouchers.kernel.periods import DateRange
from vouchers.ledger.services.documents import NewDocument, check_document, record_document
from vouchers.ledger.states import DocumentKind
from vouchers.notices import services as notices
from vouchers.policy import queries as policy_queries
from vouchers.policy import services as policy
from vouchers.policy.services import NewWindow, Signing
from vouchers.redemption.invoices.bureau_xml import parse
from vouchers.redemption.invoices.invoice import Party, from_plain
from vouchers.redemption.invoices.specimen import Specimen, SpecimenLine, bureau_xml
from vouchers.redemption.services import InvoiceFile
from vouchers.review import services as review
from vouchers.review.services import MeetingDecision, StageDecision
from vouchers.review.states import Verdict
from vouchers.subsidies import services as subsidies
from vouchers.subsidies.services import NewInvoice, NewPaper
from vouchers.subsidies.states import PaperKind

PACK = cast.CAST.parent / "rewards.yaml"
KIND, LAYER = "reward", "own"
ENVELOPE = 20_000_000
_SELLER = Party(cast.uscc(99), "重庆示例域外云计算有限公司")  # an ex-post subsidy needs no listed provider


@dataclass(frozen=True, slots=True)
class Reward:
    """What one enterprise of the register paid, in fen, and how far its offer goes; days are working days ago."""

    enterprise: str
    paid: int
    until: str
    begins: int = 0


REWARDS = (
    Reward("yunfan", 18_000_000, "award", 40),
    Reward("jialing", 24_000_000, "propose", 38),
    Reward("liangjiang", 66_000_000, "approve", 36),
    Reward("hongya", 9_000_000, "decline", 34),
)
_LATER = (Reward("yunfan", 6_000_000, "offer"), Reward("pipa", 12_000_000, "offer"))
_LISTS = (("第一批", 50, REWARDS, 48), ("第二批", 20, _LATER, 18), ("第三批", 3, _LATER[1:], 0))
"""Registers: what they are called, when they came in, who is in them, and when they were released; working days ago."""


@dataclass(slots=True)
class Scheme:
    """The second scheme while it is told: its version and window by public id, and the window's last day."""

    version: str = ""
    scheme_id: int = 0
    window: str = ""
    last: date = date.max


def scheme(world: World, told: Scheme) -> Story:
    """The scheme in force with its money, a register brought in, read, and released by another person."""
    yield (at := world.days.at(60, "10:10"))
    drafter, signer = world.actors["zhengce"], world.actors["zhengce2"]
    text, lead = PACK.read_text(encoding="utf-8"), world.offices["lead"]
    version = policy.import_pack(text, PACK.name, office_id=lead, actor=drafter, at=at)
    told.version, told.scheme_id = version.public_id, version.scheme_id
    policy.check_version(told.version, actor=drafter, at=at)
    policy.review_fairness(told.version, assessment(version), actor=drafter, at=at)
    yield (at := world.days.at(59, "10:10"))
    signing = Signing(f"渝中数发〔{at.year}〕7号（演示）", "演示：按登记册逐户核对。", is_trial=True)
    policy.sign_version(told.version, signing, actor=signer, at=at)
    policy.publish_version(told.version, actor=signer, at=at)
    yield (at := world.days.at(58, "10:10"))
    _money(world, told, at)
    pack = policy_queries.pack(policy_queries.get_version(told.version))
    told.last = min(date.fromordinal(world.today.toordinal() + 60), pack.effective.last)
    closes = datetime.combine(told.last, at.timetz())
    new = NewWindow(told.version, KIND, f"{at.year}年算力奖补（演示）", at, closes)
    told.window = policy.open_window(new, actor=drafter, at=at).public_id
    for title, came, plans, released in _LISTS:
        yield (at := world.days.at(came, "10:10"))
        found = _bring_in(world, told, f"{title}名单（演示）", plans, at=at)
        if released:
            yield (at := world.days.at(released, "10:10"))
            candidates.release(found, seen_version=None, actor=signer, at=at)


def reward(world: World, plan: Reward) -> Story:
    """What one enterprise answers, and what comes of it."""
    yield (at := world.days.at(plan.begins, "10:50"))
    actor = world.actors[_part(plan)["sign_in"]]
    offer = candidate_queries.offers_to(actor.organisation_id or 0)[0]
    if plan.until == "decline":
        candidates.decline(offer.public_id, "本年不再需要。（演示）", actor=actor, at=at)
        return
    shown = candidates.shown_to(offer, actor.organisation_id or 0, at=at)
    case = candidates.confirm(offer.public_id, seen_hash=shown.hash, actor=actor, at=at).application.public_id
    _hand_in(world, plan, case, at)
    yield from _examined(world, plan, case)
    if plan.until == "approve":
        return
    yield (at := world.days.at(plan.begins - 8, "15:00"))
    claim = subsidies.award(case, actor=world.actors["shending"], at=at)
    if plan.until == "propose":
        yield (at := world.days.at(plan.begins - 10, "15:00"))
        reason = "复核发现所附发票对应的服务尚未交付完毕，拟撤销核定（演示）"
        subsidies.propose_reversal(claim.public_id, reason, actor=world.actors["shenhe"], at=at)


def _money(world: World, told: Scheme, at: datetime) -> None:
    """The envelope, recorded by one person and checked by another; what pays it is not there yet."""
    number = f"渝中财预〔{at.year}〕77号（演示）"
    new = NewDocument(DocumentKind.ENVELOPE, told.scheme_id, LAYER, number, ENVELOPE, voucher_kind=KIND)
    document = record_document(new, actor=world.actors["zhidan"], at=at).public_id
    check_document(document, actor=world.actors["fuhe"], at=at + timedelta(hours=2), seen_version=1)


def _bring_in(world: World, told: Scheme, title: str, plans: Sequence[Reward], *, at: datetime) -> str:
    """A register as the authority has it, and what its job makes of it, told here at its own day; the list.

    Our own bytes need no reading: DuckDB would take longer than all that comes of them.
    """
    rows, on = register_rows(plans), beijing_date(at)
    content = written(rows)
    received = candidates.receive_register(Upload("登记册.csv", content), field="file")
    new = NewList(told.window, title, "演示登记册", on - timedelta(days=5), told.last)
    found = candidates.upload(new, received, actor=world.actors["zhengce"], at=at)
    known = candidate_queries.enterprises_by_uscc([row.uscc for row in rows])
    outcome = Outcome([decided(found, row, known.get(row.uscc), on=on) for row in rows], (), on)
    candidates.keep_computed(found.public_id, outcome, actor=job(candidates.COMPUTE_JOB), at=at)
    return found.public_id


def register_rows(plans: Sequence[Reward]) -> tuple[Row, ...]:
    """The enterprises of a register, and one that does not qualify."""
    told = [(_part(plan)["number"], _part(plan)["name"], "enterprise", plan.paid) for plan in plans]
    told.append((98, "重庆示例学院", "university", 30_000_000))
    return tuple(
        Row(place, cast.uscc(number), name, {"legal_form": form, "paid_gross": decimal_yuan(paid)})
        for place, (number, name, form, paid) in enumerate(told, start=2)
    )


def written(rows: Sequence[Row]) -> bytes:
    """The register as a file."""
    text = io.StringIO()
    lines = csv.writer(text)
    lines.writerow(["uscc", "name", *rows[0].facts])
    lines.writerows([row.uscc, row.name, *row.facts.values()] for row in rows)
    return text.getvalue().encode()


def _hand_in(world: World, plan: Reward, case: str, at: datetime) -> None:
    """The invoice, the contract, the payment and the proof of delivery; then handed over and confirmed."""
    part, on = _part(plan), beijing_date(at) - timedelta(days=40)
    actor, service = world.actors[part["sign_in"]], DateRange(on - timedelta(days=60), on)
    contract = f"HT-JB-{part['number']:03d}"
    subsidies.add_invoice(case, NewInvoice(_invoice(world, plan, on), contract, service), actor=actor, at=at)
    for kind, name in ((PaperKind.CONTRACT, "合同"), (PaperKind.PAYMENT, "付款凭证"), (PaperKind.DELIVERY, "交付证明")):
        received = paper(f"{name}（演示）", part["name"], f"合同 {contract}", f"金额 {plan.paid / 100:.2f} 元")
        amount = plan.paid if kind is PaperKind.PAYMENT else None
        subsidies.add_paper(case, NewPaper(kind, received, on, amount), actor=actor, at=at)
    applications.hand_over(case, seen_version=_version(case), actor=actor, at=at)
    shown = applications.preview(queries.get(case), at=at)
    applications.confirm(case, seen_version=_version(case), seen_hash=shown.hash, actor=actor, at=at)


def _invoice(world: World, plan: Reward, on: date) -> InvoiceFile:
    part = _part(plan)
    net = plan.paid * 100 // 106
    world.invoices += 1
    line = SpecimenLine("*信息技术服务*智能算力服务费", net, plan.paid - net)
    buyer = Party(cast.uscc(part["number"]), part["name"])
    content = bureau_xml(Specimen(9_500_000 + world.invoices, on, _SELLER, buyer, (line,)))
    return InvoiceFile(lay_down(Upload("数电票.xml", content)), from_plain(parse(content)))


def _examined(world: World, plan: Reward, case: str) -> Story:
    examiner, decider = world.actors["shenhe"], world.actors["shending"]
    yield (at := world.days.at(plan.begins - 2, "11:20"))
    review.accept(case, seen_version=_version(case), actor=examiner, at=at)
    decision = StageDecision("review", Verdict.PASS, "发票、合同和付款一致。（演示）", _version(case))
    review.decide(case, decision, actor=examiner, at=at)
    yield (at := world.days.at(plan.begins - 4, "11:20"))
    meeting = f"{at.year}年第{at.month}次局长办公会纪要（演示）"
    settled = MeetingDecision(meeting, supports=True, reason="同意补助。", seen_version=_version(case))
    review.decide_meeting(case, settled, actor=decider, at=at)
    yield (at := world.days.at(plan.begins - 6, "11:20"))
    approval = notices.Approval(f"渝中数发〔{at.year}〕31号（演示）", _version(case))
    notices.approve(case, approval, actor=decider, at=at)


def _version(case: str) -> int:
    return queries.get(case).version


def _part(plan: Reward) -> cast.Part:
    return next(one for one in cast.parts("enterprises") if one["key"] == plan.enterprise)
