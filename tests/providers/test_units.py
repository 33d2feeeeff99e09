"""Units of services: how finely they divide, what is sold by which, and what a pack may count of them."""

from decimal import Decimal
from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.factories.providers import cardless
from vouchers.kernel.errors import RuleViolation
from vouchers.policy.checks.carried import METERED as COUNTED_BY_PACKS
from vouchers.policy.pack.vouchers import Kind
from vouchers.policy.rules.vocabulary import VOCABULARY
from vouchers.providers.rules import MOST_PRICE, OfferingTerms, offering_findings
from vouchers.providers.states import OfferingKind, Unit
from vouchers.providers.units import MOST, PARTS, SOLD_BY, counted, figure, places, price_of_part, recorded, shown

units = st.sampled_from(list(Unit))
BIGGEST = 2**63 - 1


@given(unit=units, data=st.data())
def test_what_is_shown_is_counted_the_same_again(unit: Unit, data: st.DataObject) -> None:
    quantity = data.draw(st.integers(1, MOST * PARTS[unit]))

    assert counted(Decimal(shown(quantity, unit).replace(",", "")), unit) == quantity


@given(unit=units)
def test_what_is_finer_than_the_unit_is_refused_and_what_is_as_fine_is_not(unit: Unit) -> None:
    finest = Decimal(1) / PARTS[unit]

    assert counted(finest, unit) == 1
    with pytest.raises(RuleViolation, match="不能分成小数" if PARTS[unit] == 1 else f"最多 {places(unit)} 位小数"):
        counted(finest / 10, unit)


@pytest.mark.parametrize(
    ("typed", "sentence"),
    [("0", "数量应大于零"), ("-3", "数量应大于零"), ("1000000000", "数量不能超过 999,999,999 件")],
)
def test_nothing_less_than_nothing_and_too_much_are_refused(typed: str, sentence: str) -> None:
    with pytest.raises(RuleViolation, match=sentence):
        counted(Decimal(typed), Unit.PIECE)


@given(amount=st.integers(0, 10**15), places=st.integers(0, 6))
def test_a_figure_is_the_number_it_stands_for(amount: int, places: int) -> None:
    assert Decimal(figure(amount, 10**places).replace(",", "")) * 10**places == amount


def test_prices_per_thousand_and_per_million_tokens_compare() -> None:
    assert price_of_part(1, Unit.THOUSAND_TOKENS) == price_of_part(1_000, Unit.MILLION_TOKENS)


def test_the_most_of_everything_fits_the_columns() -> None:
    assert max(PARTS.values()) * MOST < BIGGEST
    assert MOST_PRICE < BIGGEST


@pytest.mark.parametrize(
    ("entry", "code"),
    [
        (cardless(OfferingKind.CORPUS, Unit.CARD_HOUR), "unit"),
        (cardless(OfferingKind.COMPUTE, Unit.PIECE), "unit"),
        (cardless(OfferingKind.TOKEN, Unit.MILLION_TOKENS, green_share_bp=0), "card-of-no-card"),
        (cardless(OfferingKind.COMPUTE, Unit.CARD_HOUR), "card-missing"),
        (cardless(OfferingKind.TOKEN, Unit.MILLION_TOKENS, price=0), "price-range"),
        (cardless(OfferingKind.TOKEN, Unit.MILLION_TOKENS, price=10**9 + 1), "price-range"),
    ],
)
def test_an_entry_is_sold_by_a_unit_of_its_kind_and_has_a_card_by_the_card_hour_only(
    entry: OfferingTerms, code: str
) -> None:
    assert code in [finding.code for finding in offering_findings(entry, frozenset(OfferingKind))]


def test_what_a_pack_may_spend_on_is_what_providers_can_sell() -> None:
    """The packs stand below the catalogue and cannot ask it."""
    (kinds, *_rest) = get_args(Kind.model_fields["spent_on"].annotation)

    assert set(SOLD_BY) == set(OfferingKind)
    assert (
        {kind.value for kind in OfferingKind} == set(get_args(kinds)) == set(VOCABULARY["service_kind"].options or {})
    )


def test_a_pack_counts_by_a_unit_exactly_what_can_be_sold_by_it() -> None:
    sold = {
        unit: {kind.value for kind, ways in SOLD_BY.items() if any(unit in recorded(way, 1, 1) for way in ways)}
        for unit in COUNTED_BY_PACKS
    }

    assert sold == {unit: set(kinds) for unit, kinds in COUNTED_BY_PACKS.items()}
