"""How an application touches money: what its decision comes to, and the layers that pay for it."""

from collections.abc import Iterable, Mapping

from vouchers.kernel.findings import Finding
from vouchers.policy.pack.funding import Funding
from vouchers.policy.pack.measure import Measure
from vouchers.policy.pack.model import PolicyPack
from vouchers.policy.rules.funding import parted
from vouchers.policy.rules.results import Decision


def computed(pack: PolicyPack, decision: Decision | None) -> int | None:
    """The most that a decision gives in fen, units of a voucher in kind at their highest price; None if it is open."""
    if decision is None or decision.amount is None or decision.amount.maximum is None:
        return None
    return pack.measure(decision.kind).fen(decision.amount.maximum)


def whole_findings(amount: int, measure: Measure, *, field: str) -> list[Finding]:
    """Why so much in fen is not asked for or approved: a voucher in kind is in whole units."""
    if measure.is_whole(amount):
        return []
    message, way = "实物券按整{unit}计，数量不能有小数。", "请改成整数。"
    return [Finding("not-whole-units", message, {"unit": measure.word}, way, field=field)]


def requires_whole_layers(amounts: Iterable[int], funding: Funding) -> dict[str, int]:
    """What these vouchers need of each layer in fen, each parted to the fen as issuing will part it.

    Two vouchers of 1.01 yuan, halved, need 1.02 of the layer that bears what does not divide, and 1.00 of the other.
    """
    needed = dict.fromkeys((layer.id for layer in funding.layers), 0)
    for amount in amounts:
        for layer, part in parted(amount, funding).items():
            needed[layer] += part
    return needed


def fitting(left: Mapping[str, int], promised: Iterable[int], funding: Funding) -> int:
    """The largest single amount in fen that the layers bear besides what is promised, parted to the fen."""
    before = requires_whole_layers(promised, funding)
    least, most = 0, max(0, sum(left.values()))
    while least < most:
        middle = (least + most + 1) // 2
        parts = parted(middle, funding)
        if all(before[layer] + part <= left.get(layer, 0) for layer, part in parts.items()):
            least = middle
        else:
            most = middle - 1
    return least
