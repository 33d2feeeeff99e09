"""How a value is chosen: by the value of a fact, by the first condition that holds, or as a share of a fact."""

from collections.abc import Callable
from fractions import Fraction
from typing import Annotated, Any

from pydantic import Field, PlainValidator, model_validator

from vouchers.policy.pack.conditions import When
from vouchers.policy.pack.values import Amount, Part, Quantity, Rate, read_amount, read_rate

NONE = "none"


def or_none(read: Callable[[object], Any]) -> Callable[[object], Any]:
    """A reader that also takes the word none: nobody is given anything there."""
    return lambda raw: None if raw == NONE else read(raw)


class RateRow(Part):
    """A rate for the cases that meet a condition."""

    when: When
    then: Rate


class AmountRow(Part):
    """An amount for the cases that meet a condition."""

    when: When
    then: Amount


class Choice(Part):
    """What all choices share: `by` a fact with a row for each value, or `match` with conditions tried in order.

    Where conditions are tried, `otherwise` says what the rest get: a value, or none.
    """

    by: str = ""

    @model_validator(mode="after")
    def _stated(self) -> "Choice":
        ways = [bool(self.by), bool(getattr(self, "match", ())), bool(getattr(self, "of", ""))]
        if sum(ways) != 1:
            raise ValueError(
                "选择只能有一种写法：by（按事实的值）、match（按条件）；金额还可以写 share 和 of（占某项金额的比例）"
            )
        if bool(self.by) != bool(getattr(self, "rows", {})):
            raise ValueError("by 和 rows 要一起写")
        if bool(getattr(self, "match", ())) != ("otherwise" in self.model_fields_set):
            raise ValueError("match 要写明 otherwise：都不符合时的数，或 none（不予支持）")
        return self


class RateChoice(Choice):
    """A rate chosen by a fact, by the tier or by conditions; nothing is chosen where no row fits."""

    rows: dict[str, Rate] = Field(default_factory=dict)
    match: tuple[RateRow, ...] = ()
    otherwise: Annotated[Fraction | None, PlainValidator(or_none(read_rate))] = None


class AmountChoice(Choice):
    """An amount chosen by a fact, by the tier, by conditions, or as a share of another amount."""

    rows: dict[str, Amount] = Field(default_factory=dict)
    match: tuple[AmountRow, ...] = ()
    otherwise: Annotated[int | Quantity | None, PlainValidator(or_none(read_amount))] = None
    share: Rate | None = None
    of: str = ""

    @model_validator(mode="after")
    def _share_of_something(self) -> "AmountChoice":
        if bool(self.of) != (self.share is not None):
            raise ValueError("share 和 of 要一起写：占哪一项金额的百分之几")
        return self

    @property
    def amounts(self) -> tuple[int | Quantity, ...]:
        """Every amount that may be chosen."""
        found = (*self.rows.values(), *(row.then for row in self.match), self.otherwise)
        return tuple(one for one in found if one is not None)
