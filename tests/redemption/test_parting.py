"""An amount parted over layers and sides: nothing is lost, nothing made, whatever the share."""

from fractions import Fraction

from hypothesis import given
from hypothesis import strategies as st

from vouchers.ledger.rules import split_by_layer
from vouchers.redemption.rules.parting import ENTERPRISE, parted

AMOUNTS = st.dictionaries(st.sampled_from(["city", "district", "province"]), st.integers(1, 10**12), min_size=1)
SHARES = st.fractions(0, 1, max_denominator=10_000)


@given(AMOUNTS, SHARES)
def test_each_layer_and_the_whole_sum_exactly_and_nothing_falls_below_one_fen(
    layers: dict[str, int], share: Fraction
) -> None:
    found = parted(layers, share)

    assert all(part > 0 for part in found.values())
    by_layer = {name: sum(part for (layer, _), part in found.items() if layer == name) for name in layers}
    assert by_layer == layers
    whole = sum(layers.values())
    weights = {ENTERPRISE: share.numerator, "provider": share.denominator - share.numerator}
    mine = sum(part for (_, side), part in found.items() if side == ENTERPRISE)
    assert mine == split_by_layer(whole, weights).get(ENTERPRISE, 0)
