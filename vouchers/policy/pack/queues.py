"""Examples of allocation: a queue of cases, the money there is, and what each must be given."""

from typing import Annotated

from pydantic import Field, model_validator

from vouchers.policy.pack.clauses import Identifier, Sentence
from vouchers.policy.pack.values import Part, Yuan


class Waiting(Part):
    """One who waits: the amount, and the score of the experts where cases are ranked by it."""

    id: Identifier
    amount: Yuan
    score: Annotated[int, Field(ge=0, le=100)] = 0


class QueueCase(Part):
    """Those who came, in order of arrival; `then` says of each the amount, `reserve` or `none`.

    `taken` slots were given before; `seed` is that of the lot.
    """

    say: Sentence
    kind: Identifier | None = None
    budget: Yuan
    taken: Annotated[int, Field(ge=0)] = 0
    seed: str = ""
    queue: Annotated[tuple[Waiting, ...], Field(min_length=1)]
    then: dict[Identifier, str]

    @model_validator(mode="after")
    def _of_these(self) -> "QueueCase":
        keys = [one.id for one in self.queue]
        if len(set(keys)) < len(keys) or set(self.then) != set(keys):
            raise ValueError("queue 里每个编号写一次，then 里逐个写明结果")
        return self
