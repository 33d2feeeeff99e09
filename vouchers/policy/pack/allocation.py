"""Who gets the money when it is short: in order of arrival, by rank, by slots, by pools, in proportion, or by lot."""

from typing import Annotated, Literal

from pydantic import Field, model_validator

from vouchers.policy.pack.clauses import Rule
from vouchers.policy.pack.phases import Kinds
from vouchers.policy.pack.values import Yuan

TieBreak = Literal["score", "submitted", "amount-smaller", "amount-larger", "lot"]


_WITH_RESERVES = frozenset({"ranked-window", "slots", "lottery"})
_AT_ONCE = _WITH_RESERVES | {"pro-rata"}


class Allocation(Rule):
    """How the money of some kinds is given out.

    first-come: until it is used up; ranked-window: by the `ranked_by` of all who came in a window; slots: the same, for
    so many; pool-per-seller: a cap over sellers, see `checks.meaning`; yearly-control: approved within the year's
    total by the authority; pro-rata: all cut in one proportion; lottery: by lot. Ties go by `ties`, in order; a lot
    needs a seed that is published before. `reserves` stand by, in order, for those who drop out.
    """

    kinds: Kinds
    way: Literal["first-come", "ranked-window", "slots", "pool-per-seller", "yearly-control", "pro-rata", "lottery"]
    ranked_by: tuple[TieBreak, ...] = ()
    slots: Annotated[int, Field(ge=1, le=100_000)] | None = None
    per: Literal["window", "calendar-year", "life"] | None = None
    pool: Yuan | None = None
    partly: bool | None = None
    seed: Literal["published-before"] | None = None
    reserves: Annotated[int, Field(ge=1, le=1_000)] | None = None

    @model_validator(mode="after")
    def _stated(self) -> "Allocation":
        if (self.way == "slots") != (self.slots is not None and self.per is not None):
            raise ValueError("名额（slots）要写明 slots（几个）和 per（每个窗口、每年或有效期内）；其他方式不写")
        if self.way in {"ranked-window", "slots"} and not self.ranked_by:
            raise ValueError("排序的方式要写明 ranked_by：先比什么，再比什么")
        if (self.way == "pool-per-seller") != (self.pool is not None):
            raise ValueError("按服务商分配（pool-per-seller）要写明 pool（每家多少）")
        if (self.way == "lottery" or "lot" in self.ranked_by) != (self.seed is not None):
            raise ValueError("抽签要写明 seed: published-before（随机种子事先公布）；不抽签不写")
        if self.way in {"first-come", "ranked-window", "lottery", "pool-per-seller"} and self.partly is None:
            raise ValueError("要写明 partly：余额不足一份时，是否给余下的部分")
        if self.reserves is not None and self.way not in _WITH_RESERVES:
            raise ValueError("候补（reserves）只用在排序、名额和抽签的方式里")
        return self

    @property
    def at_once(self) -> bool:
        """Whether all who came in a window are chosen among at once, and not as they come."""
        return self.way in _AT_ONCE
