"""When a rule is asked, and of which voucher kinds."""

from enum import StrEnum
from typing import Annotated

from pydantic import Field

from vouchers.policy.pack.clauses import Identifier


class Phase(StrEnum):
    """When a rule is asked: at the application, at issue, when money is claimed on a voucher, before it is paid."""

    APPLICATION = "application"
    ISSUE = "issue"
    REDEMPTION = "redemption"
    PAYMENT = "payment"


Phases = Annotated[tuple[Phase, ...], Field(min_length=1)]
Kinds = Annotated[tuple[Identifier, ...], Field(min_length=1)]
