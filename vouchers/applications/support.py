"""What other schemes here pay an applicant, as slices above know it: they hand in a reader, the factory lists it."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from vouchers.kernel.identifiers import normalise
from vouchers.policy.rules.naming import NUMBER, SELLER

ON_CONTRACT, TO_APPLICANT = "other_support_contract", "other_support_applicant"


@dataclass(frozen=True, slots=True)
class Supported:
    """So many fen that a scheme pays or is asked to pay on a contract (by its number and the seller's code)."""

    scheme: str
    contract: str
    seller: str
    fen: int


SupportReader = Callable[[int, int], list[Supported]]
"""What an organisation has of all schemes but one."""

READERS: list[SupportReader] = []  # the factory fills it


def elsewhere(organisation_id: int, scheme_id: int) -> list[Supported]:
    """What other schemes here pay an organisation, contract by contract."""
    return [one for read in READERS for one in read(organisation_id, scheme_id)]


def on_contract(found: Iterable[Supported], named: Mapping[str, object]) -> int:
    """What of it is on the contract that an application names, in fen; how a number is typed makes no difference."""
    contract = tuple(normalise(str(named.get(name) or "")) for name in (NUMBER, SELLER))
    if not all(contract):
        return 0
    return sum(one.fen for one in found if (normalise(one.contract), normalise(one.seller)) == contract)
