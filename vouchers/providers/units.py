"""What services are counted by: how finely, what is sold by which unit, and what a pack may count of it; pure."""

from collections.abc import Mapping
from decimal import Decimal
from fractions import Fraction

from vouchers.kernel.errors import RuleViolation
from vouchers.kernel.findings import Finding
from vouchers.policy.pack import values
from vouchers.providers.states import LABELS, OfferingKind, Unit

PARTS: Mapping[Unit, int] = {
    Unit.CARD_HOUR: 1_000,
    Unit.THOUSAND_TOKENS: 1_000,  # one token each
    Unit.MILLION_TOKENS: 1_000_000,
    Unit.ITEM: 1,
    Unit.SET: 1,
    Unit.HOUR: 1_000,
    Unit.PIECE: 1,
}
"""Into how many parts a unit is divided; quantities are kept as whole numbers of them."""

TOKENS = frozenset({Unit.THOUSAND_TOKENS, Unit.MILLION_TOKENS})
METERED = TOKENS | {Unit.CARD_HOUR}
"""What a meter counts while the service runs; everything else is handed over and counted then."""

SOLD_BY: Mapping[OfferingKind, tuple[Unit, ...]] = {
    OfferingKind.COMPUTE: (Unit.CARD_HOUR,),
    OfferingKind.MODEL: (Unit.CARD_HOUR, Unit.MILLION_TOKENS, Unit.THOUSAND_TOKENS, Unit.SET),
    OfferingKind.TRAINING: (Unit.CARD_HOUR,),
    OfferingKind.TOKEN: (Unit.MILLION_TOKENS, Unit.THOUSAND_TOKENS),
    OfferingKind.CORPUS: (Unit.PIECE, Unit.SET),
    OfferingKind.ANNOTATION: (Unit.ITEM, Unit.SET, Unit.HOUR),
    OfferingKind.DATA_PRODUCT: (Unit.PIECE, Unit.SET),
}
"""By which units each kind of service is sold, the usual one first."""

OF_PACKS: Mapping[values.Unit, Unit] = {"card-hours": Unit.CARD_HOUR}
"""By which unit of the catalogue the units of a voucher in kind are ordered, one for one."""

MOST = 999_999_999  # units: beyond it somebody mistook the unit


def counted(typed: Decimal, unit: Unit) -> int:
    """Parts of the unit from a number of units as typed.

    Raises RuleViolation for what is not above zero, finer than the unit can be divided, or beyond all measure.

    >>> counted(Decimal("1200.5"), Unit.CARD_HOUR), counted(Decimal(3), Unit.PIECE)
    (1200500, 3)
    """
    parts = typed * PARTS[unit]
    if parts != int(parts):
        raise RuleViolation([_too_fine(unit)])
    found = quantity_findings(int(parts), unit)
    if found:
        raise RuleViolation(found)
    return int(parts)


def quantity_findings(quantity: int, unit: Unit) -> list[Finding]:
    """Why so many parts of a unit are no quantity to order or to deliver."""
    if quantity <= 0:
        return [Finding("quantity_zero", "数量应大于零。", way="请核对数量。", field="quantity")]
    if quantity > MOST * PARTS[unit]:
        params = {"most": f"{MOST:,}", "unit": LABELS[unit]}
        way = "请核对数量和计价单位。"
        return [Finding("quantity_most", "数量不能超过 {most} {unit}。", params, way, field="quantity")]
    return []


def shown(quantity: int, unit: Unit) -> str:
    """Parts of a unit as a number of units, without needless zeros.

    >>> shown(1_000_000, Unit.CARD_HOUR), shown(1_234_567, Unit.MILLION_TOKENS), shown(12, Unit.PIECE)
    ('1,000', '1.234567', '12')
    """
    return figure(quantity, PARTS[unit])


def figure(amount: int, parts: int) -> str:
    """A number kept in so many parts of one (a power of ten), without needless zeros."""
    whole, rest = divmod(amount, parts)
    return f"{whole:,}.{str(parts + rest)[1:]}".rstrip("0").rstrip(".") if rest else f"{whole:,}"


def parts_named(unit: Unit) -> str:
    """What an account of parts of a unit counts, in its name.

    >>> parts_named(Unit.CARD_HOUR)
    'card-hour/1000'
    """
    return f"{unit.value}/{PARTS[unit]}"


def places(unit: Unit) -> int:
    """How many decimals a number of units may have.

    >>> places(Unit.CARD_HOUR), places(Unit.ITEM)
    (3, 0)
    """
    return len(str(PARTS[unit])) - 1


def price_of_part(price: int, unit: Unit) -> Fraction:
    """Fen for one part of a unit: by it prices per thousand and per million tokens compare."""
    return Fraction(price, PARTS[unit])


def recorded(unit: Unit, quantity: int, pflops_millihours: int) -> dict[values.Unit, int]:
    """What a pack may count of a quantity used: whole card-hours, PFLOPS-hours or tokens.

    >>> recorded(Unit.CARD_HOUR, 8_000_500, 2_496_156), recorded(Unit.MILLION_TOKENS, 2_500_001, 0)
    ({'card-hours': 8000, 'pflops-hours': 2496}, {'tokens': 2500001})
    """
    if unit is Unit.CARD_HOUR:
        return {"card-hours": quantity // PARTS[unit], "pflops-hours": pflops_millihours // 1_000}
    return {"tokens": quantity} if unit in TOKENS else {}


def _too_fine(unit: Unit) -> Finding:
    params: dict[str, str | int] = {"unit": LABELS[unit], "places": places(unit)}
    if not places(unit):
        message, way = "按{unit}计的服务不能分成小数。", "请填整数。"
        return Finding("quantity_indivisible", message, params, way, field="quantity")
    message, way = "按{unit}计的数量最多 {places} 位小数。", "请改正小数位数。"
    return Finding("quantity_places", message, params, way, field="quantity")
