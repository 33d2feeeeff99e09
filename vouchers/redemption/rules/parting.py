"""How an approved amount is parted over funding layers and over those who are paid; pure."""

from collections.abc import Mapping
from fractions import Fraction

from vouchers.ledger.rules import split_by_layer

ENTERPRISE, PROVIDER = "enterprise", "provider"


def parted(layers: Mapping[str, int], share: Fraction) -> dict[tuple[str, str], int]:
    """Amounts by layer, parted between enterprise (its share) and provider; each layer and the whole sum exactly.

    >>> parted({"city": 51, "district": 50}, Fraction(1, 2))
    {('city', 'enterprise'): 26, ('district', 'enterprise'): 25, ('city', 'provider'): 25, ('district', 'provider'): 25}
    """
    whole = sum(layers.values())
    total = split_by_layer(whole, {ENTERPRISE: share.numerator, PROVIDER: share.denominator - share.numerator})
    first = split_by_layer(total.get(ENTERPRISE, 0), layers) if total.get(ENTERPRISE) else {}
    rest = {layer: amount - first.get(layer, 0) for layer, amount in layers.items()}
    sides = {ENTERPRISE: first, PROVIDER: rest}
    return {(layer, side): part for side, parts in sides.items() for layer, part in parts.items() if part}
