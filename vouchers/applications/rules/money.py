"""How an application touches money: the layers that pay for it."""

from collections.abc import Iterable, Mapping

from vouchers.policy.pack.funding import Funding
from vouchers.policy.rules.funding import parted


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
