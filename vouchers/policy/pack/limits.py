"""The least and the most: caps over a scope and a period, floors, rounding, and what other public support means."""

from typing import Annotated, Literal

from pydantic import Field, model_validator

from vouchers.kernel.money import RoundingMode
from vouchers.policy.pack.clauses import Rule, Sentence
from vouchers.policy.pack.conditions import When
from vouchers.policy.pack.phases import Kinds, Phases
from vouchers.policy.pack.selectors import AmountChoice
from vouchers.policy.pack.values import Amount, Quantity, Rate, Span, Unit, Yuan


class Cap(Rule):
    """The most that may be granted over a scope and a period; what was granted before is a fact, never fetched.

    Either an amount (`limit`) or how often (`count`, of claims, contracts or years). Several kinds in `kinds` share
    one cap. A soft cap (`hard: false`, 原则上) may be lifted by a reviewer with a reason; `liftable_when` says whose.
    """

    kinds: Kinds
    limit: Amount | AmountChoice | None = None
    count: Annotated[int, Field(ge=1, le=100_000)] | None = None
    counting: Literal["claims", "contracts", "years"] | None = None
    over: Literal["claim", "order", "contract", "applicant", "controller", "project", "seller", "scheme"]
    per: Literal["once", "month", "quarter", "calendar-year", "window", "rolling", "life"]
    span: Span | None = None
    at: Phases
    hard: bool = True
    liftable_when: When | None = None

    @model_validator(mode="after")
    def _one_measure(self) -> "Cap":
        if (self.limit is None) == (self.count is None):
            raise ValueError("上限只能有一种写法：limit（金额或数量）或 count（次数）")
        if (self.count is None) != (self.counting is None):
            raise ValueError("次数上限要写明 counting：claims（次）、contracts（合同）或 years（年）")
        if (self.per == "rolling") != (self.span is not None):
            raise ValueError("滚动期间（rolling）要写明 span，例如 12 months")
        if self.count is not None and self.per == "once":
            raise ValueError("次数上限要写明期间，不能是 once")
        if self.hard and self.liftable_when is not None:
            raise ValueError("可以放宽的上限要写 hard: false")
        return self

    @property
    def unit(self) -> Unit | None:
        """The unit of service that the limit is written in; None where it is money or a number of times."""
        written = self.limit.amounts if isinstance(self.limit, AmountChoice) else (self.limit,)
        return next((one.unit for one in written if isinstance(one, Quantity)), None)

    @property
    def granted_fact(self) -> str:
        """The fact that says how much of this cap is used; empty when each claim starts anew."""
        if self.count is not None:
            return f"counted:{self.id}"
        return "" if self.per == "once" else f"granted:{self.id}"

    @property
    def lifted_fact(self) -> str:
        """The fact that this cap was lifted for the case; empty where the cap is hard."""
        return "" if self.hard else f"lifted:{self.id}"

    @property
    def over_fact(self) -> str:
        """The fact that the contract or year of the case was counted over this cap before; empty where none ever is."""
        return "" if self.hard or self.counting not in {"contracts", "years"} else f"over:{self.id}"


class Floor(Rule):
    """An amount below which nothing is granted; the amount itself still passes."""

    kinds: Kinds
    at: Phases
    least: Amount


class RoundingRule(Rule):
    """How amounts are rounded and at which steps; stated by every pack.

    `end` rounds the result; `base-and-end` the base too; `each-step` the base, the amount before caps, and the result.
    """

    to: Yuan
    mode: RoundingMode
    step: Literal["end", "base-and-end", "each-step"]


class Stacking(Rule):
    """What other public support on the same thing means here.

    reject: any refuses; ceiling: all together at most a share of the base; higher-of: only where this one is higher,
    paying the whole of it or the difference; add: side by side; add-on-top: counted on what the other leaves to pay.
    """

    kinds: Kinds
    at: Phases
    scope: Literal["contract", "project", "applicant"]
    sources: Literal["this-scheme", "this-level", "all-levels", "named"]
    named: tuple[Sentence, ...] = ()
    effect: Literal["reject", "ceiling", "higher-of", "add", "add-on-top"]
    share: Rate | None = None
    pays: Literal["whole", "difference"] | None = None

    @model_validator(mode="after")
    def _stated(self) -> "Stacking":
        if (self.effect == "ceiling") != (self.share is not None):
            raise ValueError("合计上限（ceiling）要写明 share；其他写法不写 share")
        if (self.effect == "higher-of") != (self.pays is not None):
            raise ValueError("从高（higher-of）要写明 pays：whole（全额）或 difference（补差）；其他写法不写 pays")
        if (self.sources == "named") != bool(self.named):
            raise ValueError("指明的政策（named）要写出名称；其他来源不写 named")
        return self

    @property
    def fact(self) -> str:
        """The fact that holds the other support: the common one of the scope, or one of this rule's own."""
        shared = self.effect in {"reject", "ceiling"} and not self.named
        return f"other_support_{self.scope}" if shared else f"other_support:{self.id}"
