"""How an application touches money: the layers that pay for it."""

from collections.abc import Iterable, Mapping
from math import lcm

from vouchers.ledger.rules import split_by_layer
from vouchers.policy.pack.funding import Funding


def layer_weights(funding: Funding) -> dict[str, int]:
    """The shares of the funding layers as whole weights.

    The weights of 50 % and 50 % are 1 and 1.
    """
    common = lcm(*(layer.share.denominator for layer in funding.layers))
    return {layer.id: int(layer.share * common) for layer in funding.layers}


def requires_whole_layers(amounts: Iterable[int], weights: Mapping[str, int]) -> dict[str, int]:
    """What these vouchers need of each layer, each parted to the fen as issuing will part it.

    >>> requires_whole_layers([101, 101], {"city": 1, "district": 1})
    {'city': 102, 'district': 100}
    """
    needed = dict.fromkeys(sorted(weights), 0)
    for amount in amounts:
        for layer, part in split_by_layer(amount, weights).items():
            needed[layer] += part
    return needed


def fitting(left: Mapping[str, int], promised: Iterable[int], weights: Mapping[str, int]) -> int:
    """The largest single amount in fen that the layers bear besides what is promised, parted to the fen.

    >>> fitting({"city": 100, "district": 40}, [20], {"city": 1, "district": 1})
    61
    """
    before = requires_whole_layers(promised, weights)
    least, most = 0, max(0, sum(left.values()))
    while least < most:
        middle = (least + most + 1) // 2
        parts = split_by_layer(middle, weights)
        if all(before[layer] + part <= left.get(layer, 0) for layer, part in parts.items()):
            least = middle
        else:
            most = middle - 1
    return least
