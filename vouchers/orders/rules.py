"""What an order must satisfy, what may be recorded on it, and how card-hours become PFLOPS-hours; pure."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from vouchers.kernel.findings import Finding
from vouchers.kernel.money import format_yuan
from vouchers.kernel.periods import DateRange
from vouchers.orders.states import ORDERS, OrderState, Side
from vouchers.policy.pack import values
from vouchers.providers.states import LABELS, Unit
from vouchers.providers.units import PARTS, quantity_findings, recorded, shown

RECORDABLE = frozenset({OrderState.CONFIRMED, OrderState.IN_SERVICE})
GFLOPS_PER_PFLOPS = 1_000_000


@dataclass(frozen=True, slots=True)
class Terms:
    """What the two sides agree: the quantity in parts of the unit, amounts in fen, days."""

    quantity: int
    unit_price: int
    net: int
    tax: int
    gross: int
    hold: int
    service: DateRange


@dataclass(frozen=True, slots=True)
class Grounds:
    """What the terms are judged against, looked up by the caller."""

    balance: int
    valid: DateRange
    spent_on: tuple[str, ...]
    offering_kind: str
    is_listed: bool
    is_admitted: bool
    sheet: int = 0  # the face of one sheet, where only whole ones are used
    unit: Unit = Unit.CARD_HOUR
    clause: str = ""  # of the kind of voucher: what it may be spent on
    counted: values.Unit | None = None  # what the voucher is redeemed by, where that is a quantity
    in_kind: "InKind | None" = None


@dataclass(frozen=True, slots=True)
class InKind:
    """What a voucher in kind still gives, in parts of the offering's unit, and what a unit may cost at most, in fen."""

    left: int
    most: int


def pflops_millihours(card_millihours: int, gflops_per_card: int) -> int:
    """PFLOPS-hours in thousandths from card-hours in thousandths and a card's speed; what is below a thousandth falls.

    >>> pflops_millihours(1_000_000, 312_000)  # 1,000 card-hours at 312 TFLOPS
    312000
    """
    return card_millihours * gflops_per_card // GFLOPS_PER_PFLOPS


def highest_gross(quantity: int, unit_price: int, unit: Unit = Unit.CARD_HOUR) -> int:
    """The catalogue price of so many parts of a unit in fen, a started fen counted full."""
    return -(-quantity * unit_price // PARTS[unit])


def order_findings(terms: Terms, grounds: Grounds) -> list[Finding]:
    """Everything that stands against an order, at once."""
    found = [*_service_findings(terms, grounds), *quantity_findings(terms.quantity, grounds.unit)]
    found += _amount_findings(terms, grounds)
    if grounds.in_kind is not None and _is_counted(grounds):
        found += _in_kind_findings(terms, grounds, grounds.in_kind)
    return found


def _is_counted(grounds: Grounds) -> bool:
    """Whether the service is sold by what the voucher counts."""
    return grounds.counted is None or grounds.counted in recorded(grounds.unit, 0, 0)


def choice_findings(grounds: Grounds, on: date) -> list[Finding]:
    """What stands against a voucher and a service on a day, before anybody fills in a contract for them."""
    found = list(_offer_findings(grounds))
    if grounds.valid.last is not None and on > grounds.valid.last:
        params = {"last": grounds.valid.last.isoformat()}
        message, way = "这张券的有效期到 {last} 为止。", "请换一张在有效期内的券。"
        found.append(Finding("voucher_ended", message, params, way, field="voucher"))
    elif not grounds.balance:
        way = "请等占用释放，或换一张还有余额的券。"
        found.append(Finding("voucher_spent", "这张券现在没有可用余额。", way=way, field="voucher"))
    return found


def _offer_findings(grounds: Grounds) -> Iterator[Finding]:
    if grounds.offering_kind not in grounds.spent_on:
        message, way = "该服务不在这张券可用的服务类别内（依据：{clause}）。", "请选择券种允许的服务。"
        clause = grounds.clause
        yield Finding("offering_kind", message, {"clause": clause}, way, clause, field="offering")
    elif grounds.counted and not _is_counted(grounds):
        params = {"counted": values.UNIT_LABELS[grounds.counted], "unit": LABELS[grounds.unit]}
        message, way = "这张券按{counted}核销，该服务按{unit}计，算不出数量。", "请选择按{counted}计量的服务。"
        yield Finding("offering_unit", message, params, way, grounds.clause, field="offering")
    if not grounds.is_listed:
        yield Finding("offering_withdrawn", "该服务已下架。", way="请选择在架的服务。", field="offering")
    if not grounds.is_admitted:
        yield Finding("provider_not_admitted", "服务商目前不在库。", way="请选择在库的服务商。", field="offering")


def _service_findings(terms: Terms, grounds: Grounds) -> Iterator[Finding]:
    yield from _offer_findings(grounds)
    if terms.service.first not in grounds.valid:
        params = {"first": grounds.valid.first.isoformat(), "last": str(grounds.valid.last)}
        message = "服务开始日期不在券的有效期（{first} 至 {last}）内。"
        yield Finding("service_outside", message, params, "请把开始日期改到有效期内。", field="service_from")


def _amount_findings(terms: Terms, grounds: Grounds) -> Iterator[Finding]:
    if terms.gross != terms.net + terms.tax:
        params = {"sum": format_yuan(terms.net + terms.tax), "gross": format_yuan(terms.gross)}
        message = "不含税金额与税额之和为 {sum}，与价税合计 {gross} 不一致。"
        yield Finding("totals", message, params, "请按合同核对三个金额。", field="gross")
    highest = highest_gross(terms.quantity, terms.unit_price, grounds.unit)
    if terms.gross > highest:
        params = {"gross": format_yuan(terms.gross), "highest": format_yuan(highest)}
        message = "价税合计 {gross} 高于目录价 {highest}。"
        yield Finding("above_catalogue", message, params, "请按目录价或更低价格签订。", field="gross")
    if terms.hold > terms.gross:
        params = {"gross": format_yuan(terms.gross)}
        yield Finding(
            "hold_above_gross", "用券金额不能超过价税合计 {gross}。", params, "请改小用券金额。", field="hold"
        )
    if grounds.sheet and terms.hold % grounds.sheet:
        params = {"sheet": format_yuan(grounds.sheet)}
        message = "定额券按整张使用，用券金额应为每张 {sheet} 的整数倍。"
        yield Finding("whole_sheets", message, params, "请按整张改正用券金额。", field="hold")
    if terms.hold > grounds.balance:
        yield short_balance(terms.hold, grounds.balance)


def _in_kind_findings(terms: Terms, grounds: Grounds, kind: InKind) -> Iterator[Finding]:
    """A voucher in kind pays the whole of services that cost no more than was put aside for their units."""
    params = {"most": format_yuan(kind.most), "unit": LABELS[grounds.unit]}
    most = terms.quantity * kind.most // PARTS[grounds.unit]  # a started fen would be missing in the end
    if terms.unit_price > kind.most:
        message = "这张券每{unit}最高 {most}，该服务的目录价 {price} 更高。"
        params["price"] = format_yuan(terms.unit_price)
        yield Finding("above_ceiling", message, params, "请选择价格不高于此的服务。", grounds.clause, field="offering")
    elif terms.gross > most:
        params |= {"gross": format_yuan(terms.gross), "sum": format_yuan(most)}
        message = "价税合计 {gross} 高于按每{unit}最高 {most} 计的 {sum}。"
        yield Finding("above_ceiling", message, params, "请改小价税合计。", grounds.clause, field="gross")
    if terms.hold != terms.gross:
        gross = {"gross": format_yuan(terms.gross)}
        way = "请把用券金额改成价税合计。"
        yield Finding("hold_not_gross", "实物券支付全部价款，用券金额应为 {gross}。", gross, way, field="hold")
    if terms.quantity > kind.left:
        yield short_units(terms.quantity, kind.left, grounds.unit)


def short_units(quantity: int, left: int, unit: Unit) -> Finding:
    """More units are ordered than a voucher in kind has left; both in parts of the unit."""
    params = {"quantity": shown(quantity, unit), "left": shown(left, unit), "unit": LABELS[unit]}
    message = "数量 {quantity} {unit}超过券上剩余的 {left} {unit}。"
    return Finding("units_above_left", message, params, "请把数量改到剩余以内。", field="quantity")


def short_balance(hold: int, balance: int) -> Finding:
    """More is asked of a voucher than is left on it; amounts in fen."""
    params = {"hold": format_yuan(hold), "balance": format_yuan(balance)}
    message = "用券金额 {hold} 超过券面余额 {balance}。"
    return Finding("hold_above_balance", message, params, "请把用券金额改到余额以内。", field="hold")


def acts_of(side: Side, state: OrderState, proposed_by: Side) -> tuple[str, ...]:
    """What a side may do with an order now, besides reading it.

    >>> acts_of(Side.PROVIDER, OrderState.PROPOSED, Side.ENTERPRISE)
    ('confirm', 'cancel')
    """
    offered = [act for act in ("confirm", "complete", "cancel") if ORDERS.allows(state, act)]
    if proposed_by is side and "confirm" in offered:
        offered.remove("confirm")
    if side is Side.PROVIDER and state in RECORDABLE:
        offered.insert(0, "record_usage")
    return tuple(offered)


def prefilled(quantity: int, unit_price: int, tax_rate_bp: int, unit: Unit = Unit.CARD_HOUR) -> tuple[int, int, int]:
    """Net, tax and gross at the catalogue price, in fen, to be compared with the contract.

    >>> prefilled(1_000_000, 1060, 600)
    (1000000, 60000, 1060000)
    """
    gross = highest_gross(quantity, unit_price, unit)
    net = (gross * 20_000 + (10_000 + tax_rate_bp)) // (2 * (10_000 + tax_rate_bp))
    return net, gross - net, gross


def ending_findings(side: Side, *, has_usage: bool, held: int) -> list[Finding]:
    """Why a side may not end an order: a buyer cannot take back what a provider has served and not yet charged.

    >>> [finding.code for finding in ending_findings(Side.ENTERPRISE, has_usage=True, held=100)]
    ['served_not_charged']
    """
    if side is Side.PROVIDER or not has_usage or not held:
        return []
    message = "服务商已经提供服务，订单为其留有 {held}；企业单方结束会把这笔款退走。"
    way = "请等服务商核销完毕，或请服务商在其页面结束订单，双方一致后余额退回。"
    return [Finding("served_not_charged", message, {"held": format_yuan(held)}, way)]


@dataclass(frozen=True, slots=True)
class Metered:
    """What was used or delivered in a period, and what the order still has room for, in parts of the unit."""

    period: DateRange
    quantity: int
    already: int
    ordered: int
    service: DateRange
    taken: tuple[DateRange, ...]
    today: date
    unit: Unit = Unit.CARD_HOUR
    green_share_bp: int | None = None


def usage_findings(usage: Metered) -> list[Finding]:
    """Everything that stands against a statement of what was used or delivered, at once."""
    return [*_usage_findings(usage), *quantity_findings(usage.quantity, usage.unit), *_green_findings(usage)]


def _usage_findings(usage: Metered) -> Iterator[Finding]:
    last = usage.period.last
    if usage.period.first not in usage.service or last is None or last not in usage.service:
        params = {"first": usage.service.first.isoformat(), "last": str(usage.service.last)}
        message = "填报的期间不在订单服务期（{first} 至 {last}）内。"
        yield Finding("usage_outside", message, params, "请按服务期填写。", field="period_from")
    if last is not None and last > usage.today:
        yield Finding("usage_future", "填报的期间尚未结束。", way="请在期间结束后填报。", field="period_until")
    if any(usage.period.overlaps(taken) for taken in usage.taken):
        way = "请改为未填报的日期。"
        yield Finding("usage_overlaps", "该期间与已填报的期间重叠。", way=way, field="period_from")
    if usage.already + usage.quantity > usage.ordered:
        params = {"left": shown(usage.ordered - usage.already, usage.unit), "unit": LABELS[usage.unit]}
        way = "请核对数量，超出部分另签订单。"
        yield Finding("usage_above_order", "数量超过订单剩余的 {left} {unit}。", params, way, field="quantity")


def _green_findings(usage: Metered) -> Iterator[Finding]:
    """A share of green electricity belongs to card-hours, and to nothing else."""
    if usage.unit is Unit.CARD_HOUR and usage.green_share_bp is None:
        yield Finding("green_missing", "按卡时计的服务要写明绿电占比。", way="请填写绿电占比。", field="green_share")
    if usage.unit is not Unit.CARD_HOUR and usage.green_share_bp is not None:
        params = {"unit": LABELS[usage.unit]}
        way = "请清空这一栏。"
        yield Finding("green_of_no_card", "按{unit}计的服务没有绿电占比。", params, way, field="green_share")
