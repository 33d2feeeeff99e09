"""What is subsidised: the measure of money or quantity, what is taken off, the part in a period; and tiers."""

from datetime import date
from typing import Annotated, Literal

from pydantic import Field, model_validator

from vouchers.policy.pack.clauses import Identifier, Rule, Sentence
from vouchers.policy.pack.phases import Kinds, Phases
from vouchers.policy.pack.values import Part, Span, Unit, Yuan

_POOLED = 2


def fact_of_quantity(unit: Unit) -> str:
    """The fact that holds how much of a unit was used."""
    return f"used_{unit.replace('-', '_')}"


class Bounds(Part):
    """A slice of amounts. `from` and `to` include their bound, `above` (超过) and `below` (不足) exclude it."""

    starts: Yuan | None = Field(None, alias="from")
    above: Yuan | None = None
    below: Yuan | None = None
    ends: Yuan | None = Field(None, alias="to")

    @model_validator(mode="after")
    def _one_bound_each(self) -> "Bounds":
        if (self.starts is None) == (self.above is None):
            raise ValueError("每段的起点只能有一种写法：from（含本数）或 above（超过，不含本数）")
        if self.below is not None and self.ends is not None:
            raise ValueError("每段的终点只能有一种写法：to（含本数）或 below（不足，不含本数）")
        return self

    @property
    def lowest(self) -> int:
        """The least whole amount in fen that lies in the slice."""
        return self.starts if self.starts is not None else (self.above or 0) + 1

    @property
    def highest(self) -> int | None:
        """The least whole amount in fen above the slice; None where the slice has no end."""
        return self.below if self.ends is None else self.ends + 1

    @property
    def edges(self) -> tuple[int, int | None]:
        """The written bounds in fen, whether included or not."""
        return (self.starts if self.starts is not None else self.above or 0), (
            self.below if self.ends is None else self.ends
        )


class Tier(Bounds):
    """One tier of a voucher kind, by an amount."""

    id: Identifier
    name: Sentence


class Tiers(Rule):
    """The tiers of one or more kinds and the amount that sorts cases into them."""

    kinds: Kinds
    by: str
    rows: Annotated[tuple[Tier, ...], Field(min_length=1)]


class Prorate(Part):
    """Only the days of service that fall in a period count: a calendar year, stated dates, or dates from facts.

    `days` says how days are counted: with both ends (a service of one day has one), or without the last.
    """

    into: Literal["calendar-year", "dates", "facts"]
    first: date | None = Field(None, alias="from")
    last: date | None = Field(None, alias="to")
    facts: Annotated[tuple[str, ...], Field(min_length=2, max_length=2)] | None = None
    days: Literal["both-ends", "last-excluded"]

    @model_validator(mode="after")
    def _stated_period(self) -> "Prorate":
        if (self.into == "dates") != (self.first is not None and self.last is not None):
            raise ValueError("按日分摊到固定期间时，要写 into: dates、from 和 to")
        if (self.into == "facts") != (self.facts is not None):
            raise ValueError("按日分摊到事实给出的期间时，要写 into: facts 和 facts: [起, 止]")
        return self


class Base(Rule):
    """What is subsidised: the measure, before or after tax, what is taken off first, and the part in a period.

    `pooled` adds up several facts over a period; `quantity` counts card-hours, PFLOPS-hours or tokens in place of
    money; `no_more_than` names other measures of which none may be exceeded (孰低).
    """

    kinds: Kinds
    at: Phases
    of: Literal[
        "planned", "contract", "approved", "incurred", "paid", "metered", "invoiced", "yearly", "pooled", "quantity"
    ]
    tax: Literal["included", "excluded"] | None = None
    parts: tuple[str, ...] = ()
    over: Span | None = None
    unit: Unit | None = None
    less: tuple[str, ...] = ()
    no_more_than: tuple[str, ...] = ()
    prorate: Prorate | None = None

    @model_validator(mode="after")
    def _stated(self) -> "Base":
        if (self.of == "quantity") == (self.tax is not None):
            raise ValueError("金额基数要写明 tax：included（含税）或 excluded（不含税）；数量基数不写 tax")
        if (self.of == "quantity") != (self.unit is not None):
            raise ValueError("数量基数（quantity）要写明 unit：card-hours、pflops-hours 或 tokens")
        if (self.of == "pooled") != (len(self.parts) >= _POOLED and self.over is not None):
            raise ValueError("合并基数（pooled）要写明 parts（至少两项金额）和 over（合并的期间）")
        return self

    @property
    def facts(self) -> tuple[str, ...]:
        """The facts that hold the measure, to be added up."""
        if self.of == "pooled":
            return self.parts
        if self.of == "quantity":
            return (fact_of_quantity(self.unit),) if self.unit else ()
        return (f"{self.of}_{'gross' if self.tax == 'included' else 'net'}",)
