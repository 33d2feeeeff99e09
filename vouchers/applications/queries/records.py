"""What this system knows of an applicant itself: size, breaches, whether it is a provider; and on whose side it is."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import select

from vouchers.applications import rules
from vouchers.db.base import db
from vouchers.enterprises import queries as enterprises
from vouchers.enterprises.models import CreditRecord, Enterprise
from vouchers.policy.rules.compiled import CompiledPack
from vouchers.policy.rules.facts import FactValue
from vouchers.providers import queries as providers
from vouchers.providers.models import Provider
from vouchers.providers.states import ProviderState

BY_APPLICATION, BY_REVIEWER, BY_LEDGER, BY_SYSTEM = "application", "reviewer", "ledger", "system"
BY_RECORD = "on_record"  # no less than this is known here; who knows of more says so
ROLE = "role"
_DISHONEST = frozenset({"dishonesty", "breach"})


@dataclass(frozen=True, slots=True)
class SeenFact:
    """A value with where it comes from; `value` as written in JSON."""

    name: str
    value: Any
    source: str
    document: str = ""
    at: datetime | None = None
    register: str = ""  # the name of the register it was taken over from

    @property
    def is_locked(self) -> bool:
        """Whether the applicant sees it and does not change it."""
        return rules.is_locked(self.source) or self.source == BY_LEDGER


def typed(seen: Mapping[str, SeenFact], compiled: CompiledPack) -> dict[str, FactValue]:
    """The typed values; one that does not fit its word is as good as missing."""
    facts: dict[str, FactValue] = {}
    for name, fact in seen.items():
        try:
            facts[name] = compiled.vocabulary[name].read(fact.value)
        except ValueError:
            continue
    return facts


def own_records(
    enterprise: Enterprise, known: Mapping[str, SeenFact], compiled: CompiledPack, *, on: date
) -> dict[str, SeenFact]:
    """What this system knows itself: the size class, breaches on record, whether the applicant is a provider."""
    statement = select(CreditRecord.kind, CreditRecord.on).where(CreditRecord.enterprise_id == enterprise.id)
    breaches = [row.on.isoformat() for row in db.session.execute(statement) if row.kind in _DISHONEST]
    admitted = db.session.scalar(
        select(Provider.id).where(
            Provider.organisation_id == enterprise.organisation_id, Provider.state == ProviderState.ADMITTED
        )
    )
    records = {"is_admitted_provider": SeenFact("is_admitted_provider", admitted is not None, BY_SYSTEM)}
    records.update(sized(known, compiled, on=on))
    if breaches or "dishonesty" not in known:
        told = known["dishonesty"].value if "dishonesty" in known else []
        records["dishonesty"] = SeenFact("dishonesty", sorted({*told, *breaches}), BY_SYSTEM)
    return records


def role_of(enterprise: Enterprise | None, compiled: CompiledPack, kind: str, *, on: date) -> dict[str, SeenFact]:
    """On whose side one applies, where the pack says who claims the kind: only an admitted provider of it sells."""
    stated = compiled.pack.kind(kind)
    if stated.claimed_by is None:
        return {}
    sells = (
        stated.claimed_by == "seller"
        and enterprise is not None
        and providers.serves(enterprise.organisation_id, stated.spent_on, on=on)
    )
    return {ROLE: SeenFact(ROLE, "seller" if sells else "buyer", BY_SYSTEM)}


def sized(known: Mapping[str, SeenFact], compiled: CompiledPack, *, on: date) -> dict[str, SeenFact]:
    """The size class that the known facts come to, unless it is on record."""
    computed = enterprises.size_by(typed(known, compiled), on=on).size_class
    if not computed or ("size_class" in known and known["size_class"].is_locked):
        return {}
    return {"size_class": SeenFact("size_class", computed, BY_SYSTEM)}
