"""Facts of a pack's own: words that the common vocabulary does not have."""

from typing import Annotated, Literal

from pydantic import Field, model_validator

from vouchers.policy.pack.clauses import Sentence
from vouchers.policy.pack.values import Part

OwnName = Annotated[str, Field(pattern=r"^[a-z][a-z0-9]*(_[a-z0-9]+)*$", max_length=60)]


class OwnFact(Part):
    """A fact that only this pack uses: its type, what it is called, who supplies it, and what proves it."""

    name: OwnName
    type: Literal["flag", "count", "money", "share", "date", "dates", "choice", "text", "area", "words"]
    label: Sentence
    supplied_by: Literal["enterprise", "provider", "register", "order", "ledger", "reviewer"]
    document: str = ""
    unit: str = ""
    options: dict[str, Sentence] | None = None

    @model_validator(mode="after")
    def _options_of_a_choice(self) -> "OwnFact":
        if (self.type == "choice") != bool(self.options):
            raise ValueError("选项类（choice）的事实要写明 options；其他类型不写")
        return self
