"""Claims: the provider asks for its money with an invoice, a delivery confirmation and proof of the buyer's share."""

from dataclasses import dataclass
from datetime import date, datetime

from vouchers.cli.demo import cast, trade
from vouchers.cli.demo.papers import paper
from vouchers.cli.demo.timeline import Story
from vouchers.cli.demo.trade import OrderPlan, Usage
from vouchers.cli.demo.world import World
from vouchers.files.rules import Upload
from vouchers.files.services import lay_down
from vouchers.kernel.periods import DateRange
from vouchers.redemption import queries
from vouchers.redemption import services as redemption
from vouchers.redemption.invoices.bureau_xml import parse
from vouchers.redemption.invoices.invoice import Party, from_plain
from vouchers.redemption.invoices.specimen import REMARK, Specimen, SpecimenLine, bureau_xml
from vouchers.redemption.services import Approval, Delivery, InvoiceFile, NewClaim, Proof, Verification

_SERVICES = {"compute": "智能算力服务费", "training": "模型训练服务费", "model": "模型服务费"}


@dataclass(frozen=True, slots=True)
class ClaimPlan:
    """One claim: for which metered period of an order, how much in fen, on which days (working days ago) it moves.

    A day of 0 means that it has not come that far; `ending` names another end than being approved.
    """

    key: str
    order: OrderPlan
    usage: int
    amount: int
    handed_in: int
    verified: int = 0
    approved: int = 0
    ending: tuple[str, int] = ("", 0)
    is_draft: bool = False


def claim(world: World, plan: ClaimPlan) -> Story:
    """Tell a claim as far as its plan goes."""
    yield (at := world.days.at(plan.handed_in, "11:10"))
    new = _evidence(world, plan, world.days.day(plan.handed_in))
    provider = world.actors[trade.provider_of(plan.order.offering)["sign_in"]]
    act = redemption.draft_claim if plan.is_draft else redemption.submit_claim
    world.claims[plan.key] = act(new, actor=provider, at=at).public_id
    public_id = world.claims[plan.key]
    if plan.verified:
        yield (at := world.days.at(plan.verified, "11:40"))
        finding = "已在税务机关查验平台查验，票面信息一致，未作废、未红冲。（演示）"
        redemption.verify_claim(
            public_id, Verification(_version(public_id), finding), actor=world.actors["shenhe"], at=at
        )
    if plan.approved:
        yield (at := world.days.at(plan.approved, "11:50"))
        approval = Approval(_version(public_id), plan.amount)
        redemption.approve_claim(public_id, approval, actor=world.actors["shending"], at=at)
    ending, ago = plan.ending
    if ending:
        yield (at := world.days.at(ago, "14:30"))
        _end(world, plan, ending, at=at)


def _end(world: World, plan: ClaimPlan, ending: str, *, at: datetime) -> None:
    public_id, reviewer = world.claims[plan.key], world.actors["shenhe"]
    if ending == "send_back":
        redemption.send_back(public_id, "交付确认单没有企业签章，请补齐后重新提交。", actor=reviewer, at=at)
    elif ending == "reject":
        redemption.reject_claim(public_id, "查验平台显示该发票已红冲，不予核销。（演示）", actor=reviewer, at=at)
    else:
        provider = world.actors[trade.provider_of(plan.order.offering)["sign_in"]]
        redemption.withdraw_claim(public_id, actor=provider, at=at)


def _evidence(world: World, plan: ClaimPlan, on: date) -> NewClaim:
    order, usage = plan.order, plan.order.usage[plan.usage]
    gross = usage.hours * trade.price_of(world, order.offering)
    service = DateRange(world.days.day(usage.since), world.days.day(usage.until))
    number, buyer, seller = trade.contract_number(order), _buyer(world, order), trade.provider_of(order.offering)
    delivered = paper(
        "交付确认单", f"合同 {number}", f"{service.first} 至 {service.last}，{usage.hours} 卡时，企业已确认。"
    )
    own = gross - plan.amount
    paid = paper("自付部分付款凭证", f"合同 {number}", f"付款人：{buyer['name']}", f"付款 {own / 100:.2f} 元，{on}")
    return NewClaim(
        order=world.orders[order.key],
        amount=plan.amount,
        service=service,
        invoice=_invoice(world, plan, usage, on),
        delivery=Delivery(delivered, on),
        proofs=(Proof(paid, on, own, f"YH{on:%Y%m%d}{sum(seller['name'].encode()) % 1000:03d}{plan.usage}"),),
        reductions={"coupons": 0, "gifts": 0, "refunds": 0},
    )


def _invoice(world: World, plan: ClaimPlan, usage: Usage, on: date) -> InvoiceFile:
    order = plan.order
    buyer, seller = _buyer(world, order), trade.provider_of(order.offering)
    offered = next(one for one in seller["offerings"] if one["key"] == order.offering)
    gross = usage.hours * offered["price"]
    net = trade.net_of(gross)
    world.invoices += 1
    content = bureau_xml(
        Specimen(
            9_000_000 + world.invoices,
            on,
            seller=Party(cast.uscc(seller["number"]), seller["name"]),
            buyer=Party(cast.uscc(buyer["number"]), buyer["name"]),
            lines=(SpecimenLine(f"*信息技术服务*{_SERVICES[offered['kind']]}", net, gross - net),),
            remark=f"{REMARK}；合同编号 {trade.contract_number(order)}",
        )
    )
    received = lay_down(Upload("数电票.xml", content))
    return InvoiceFile(received, from_plain(parse(content)))  # our own bytes: no need of the sandbox


def _buyer(world: World, order: OrderPlan) -> cast.Part:
    return next(one for one in cast.parts("enterprises") if one["key"] == world.buyers[order.case])


def _version(public_id: str) -> int:
    return queries.get(public_id).version
