"""Rounding of exact ratios to whole numbers."""

from vouchers.kernel.money import RoundingMode


def rounded_ratio(numerator: int, denominator: int, mode: RoundingMode) -> int:
    """A non-negative ratio as a whole number, rounded by the mode.

    >>> [rounded_ratio(5, 2, mode) for mode in RoundingMode]
    [2, 3, 2]
    """
    whole, rest = divmod(numerator, denominator)
    if not rest or mode is RoundingMode.DOWN:
        return whole
    doubled = 2 * rest
    if doubled == denominator:
        return whole + (1 if mode is RoundingMode.HALF_UP else whole % 2)
    return whole + (doubled > denominator)
