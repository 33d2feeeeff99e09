"""Which contract and which seller an application names: what caps over them are counted by; pure."""

from collections.abc import Iterable, Mapping
from hashlib import sha256

from vouchers.kernel.identifiers import normalise
from vouchers.policy.pack.limits import Cap
from vouchers.policy.pack.phases import Phase

NUMBER, SELLER = "contract_number", "contract_seller"
NAMING = frozenset({NUMBER, SELLER})
_LONGEST = 40  # characters of a party in the ledger


def naming_facts(caps: Iterable[Cap], kind: str, phase: Phase) -> tuple[str, ...]:
    """The facts an application must give so that these caps can be counted."""
    asked = [cap for cap in caps if kind in cap.kinds and phase is Phase.APPLICATION and phase in cap.at]
    if any(by_contract(cap) for cap in asked):
        return (NUMBER, SELLER)
    return (SELLER,) if any(cap.over == "seller" for cap in asked) else ()


def by_contract(cap: Cap) -> bool:
    """Whether a cap is counted by contract."""
    return cap.over == "contract" or cap.counting == "contracts"


def contract_named(facts: Mapping[str, object], buyer: str) -> str:
    """A contract as the ledger knows it before there is an order: by buyer, seller and number; empty when not named.

    How a number is typed makes no difference.

    >>> contract_named({"contract_number": "ht-01", "contract_seller": "A"}, "b") == contract_named(
    ...     {"contract_number": "HT 01", "contract_seller": "a"}, "b")
    True
    """
    parts = [normalise(str(facts.get(name) or "")) for name in (NUMBER, SELLER)]
    return sha256("|".join([buyer, *parts]).encode()).hexdigest()[:_LONGEST] if all(parts) else ""


def seller_named(facts: Mapping[str, object]) -> str:
    """The seller that an application names, by its code; empty when not named."""
    return normalise(str(facts.get(SELLER) or ""))[:_LONGEST]
