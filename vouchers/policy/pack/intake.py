"""How cases come in and which way they may go: windows, instant and automatic tracks, scoring, objections."""

from datetime import date
from typing import Annotated, Literal

from pydantic import Field, model_validator

from vouchers.policy.pack.clauses import Identifier, Rule, Sentence
from vouchers.policy.pack.conditions import When
from vouchers.policy.pack.phases import Kinds
from vouchers.policy.pack.values import Part, Rate

Days = Annotated[int, Field(ge=1, le=250)]
Overdue = Literal["remind", "escalate", "pass", "return"]
"""What happens when a term passes: a reminder, a report to the superior, taken as passed, or sent back."""


class Criterion(Part):
    """One thing experts score, and its weight."""

    name: Sentence
    weight: Rate


class Scoring(Part):
    """How experts score a case: criteria, how many experts, the mark from which it passes; `kinds`: not all kinds."""

    criteria: Annotated[tuple[Criterion, ...], Field(min_length=1)]
    experts: Annotated[int, Field(ge=1, le=15)]
    pass_mark: Annotated[int, Field(ge=0, le=100)]
    kinds: Kinds | None = None

    @model_validator(mode="after")
    def _whole(self) -> "Scoring":
        if sum(criterion.weight for criterion in self.criteria) != 1:
            raise ValueError("评分项的权重合计应为 100%")
        return self


class ObjectionRule(Rule):
    """Within how many working days of the notice an objection may be lodged, and answered."""

    lodge_within: Days
    answer_within: Days | None = None


class Intake(Rule):
    """How applications for some kinds come in.

    `opens` is how often a window opens; timed-release frees a number of vouchers at an hour, to a named list where one
    is given. `track` is how a case is decided: by review, at once at checkout, or by the authority from what it knows.
    """

    kinds: Kinds
    opens: Literal["once", "quarterly", "half-yearly", "yearly", "rolling", "timed-release"]
    first: date | None = Field(None, alias="from")
    last: date | None = Field(None, alias="to")
    whitelist: Identifier | None = None
    track: Literal["reviewed", "instant", "automatic"]


class FastTrack(Rule):
    """A shorter way for cases that meet a condition, such as emergencies; what is skipped is named and made good."""

    kinds: Kinds
    when: When
    skips: Annotated[tuple[Identifier, ...], Field(min_length=1)]
    made_good_within: Days
