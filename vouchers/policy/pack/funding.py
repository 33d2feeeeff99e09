"""Who pays for a voucher: funding layers and their shares, and what administering the scheme costs."""

from fractions import Fraction
from typing import Annotated, Literal

from pydantic import Field, model_validator

from vouchers.policy.pack.clauses import Identifier, Rule, Sentence
from vouchers.policy.pack.phases import Kinds
from vouchers.policy.pack.values import Part, Rate


class Layer(Part):
    """A funding layer: the office that pays and its share."""

    id: Identifier
    name: Sentence
    share: Rate


class Funding(Rule):
    """The layers that pay for a voucher; their shares make one.

    `remainder` says who bears the fen that does not divide: the largest remainder (ties to the earlier layer), the
    first layer, or the last.
    """

    layers: Annotated[tuple[Layer, ...], Field(min_length=1)]
    remainder: Literal["largest", "first", "last"] | None = None

    @model_validator(mode="after")
    def _whole(self) -> "Funding":
        if sum((layer.share for layer in self.layers), Fraction(0)) != 1:
            raise ValueError("各级资金分担比例合计应为 100%")
        return self


class KindFunding(Funding):
    """Other shares for some voucher kinds."""

    kinds: Kinds


class Administration(Rule):
    """Whether administering the scheme may be paid from its fund, and how much of the fund at most."""

    paid_from: Literal["outside-the-fund", "within-the-fund"]
    most: Rate | None = None
