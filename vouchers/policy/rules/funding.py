"""Who pays which part of an amount: the shares of the funding layers, to the fen; pure."""

from math import lcm

from vouchers.kernel.money import split
from vouchers.policy.pack.funding import Funding


def parted(amount: int, funding: Funding) -> dict[str, int]:
    """What each layer pays of an amount in fen, layers that pay nothing left out.

    The fen that do not divide go to the largest remainder, to the first or to the last layer, as the pack says; where
    it says nothing, to the largest remainder, ties by the layer's key.
    """
    layers = funding.layers if funding.remainder else tuple(sorted(funding.layers, key=lambda layer: layer.id))
    common = lcm(*(layer.share.denominator for layer in layers))
    weights = [int(layer.share * common) for layer in layers]
    if funding.remainder in {"first", "last"}:
        parts = [amount * weight // common for weight in weights]
        parts[0 if funding.remainder == "first" else -1] += amount - sum(parts)
    else:
        parts = split(amount, weights)
    return {layer.id: part for layer, part in zip(layers, parts, strict=True) if part}
