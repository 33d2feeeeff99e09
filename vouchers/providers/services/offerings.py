"""服务目录: entries are listed, changed with a history of prices, withdrawn and listed again."""

from dataclasses import asdict, fields
from datetime import datetime

from vouchers.audit.services import Subject, record
from vouchers.db.base import db
from vouchers.kernel.actor import Actor
from vouchers.kernel.clock import beijing_date
from vouchers.kernel.errors import Conflict, RuleViolation
from vouchers.kernel.findings import Finding
from vouchers.providers import queries, rules
from vouchers.providers.models import Offering, OfferingPrice, Provider
from vouchers.providers.rules import OfferingTerms
from vouchers.providers.states import LABELS, OFFERINGS, OfferingKind, OfferingState


def list_offering(organisation_id: int, terms: OfferingTerms, *, actor: Actor, at: datetime) -> Offering:
    """Put an entry into the catalogue; only an admitted provider, and only of the kinds it is admitted for."""
    provider = queries.lock_own(organisation_id)
    _hold_to_admission(provider, terms, at=at)
    entry = Offering(provider_id=provider.id, state=OfferingState.LISTED, created_at=at, **asdict(terms))
    db.session.add(entry)
    db.session.flush()
    _note_price(entry, at=at)
    record("providers.list_offering", _subject(entry), actor=actor, at=at, change=("", entry.state))
    return entry


def change_offering(
    public_id: str, terms: OfferingTerms, *, seen_version: int | None, organisation_id: int, actor: Actor, at: datetime
) -> Offering:
    """Change an entry; a new price is added to its history. Orders keep the price they were agreed at.

    The unit stays: the prices before and the quantities ordered are counted by it.
    """
    provider = queries.lock_own(organisation_id)
    entry = _own(public_id, provider, seen_version)
    if terms.unit is not entry.unit:
        message, way = "计价单位上架后不能改变，现在按{unit}计价。", "请下架这一条，另外上架新的一条。"
        raise RuleViolation([Finding("unit-fixed", message, {"unit": LABELS[entry.unit]}, way, field="unit")])
    _hold_to_admission(provider, terms, at=at)
    before = entry.price
    for name, value in asdict(terms).items():
        setattr(entry, name, value)
    entry.version += 1
    if terms.price != before:
        _note_price(entry, at=at)
    details = {"price_before": before, "price": terms.price}
    record("providers.change_offering", _subject(entry), actor=actor, at=at, details=details)
    return entry


def withdraw_offering(
    public_id: str, *, seen_version: int | None, organisation_id: int, actor: Actor, at: datetime
) -> Offering:
    """Take an entry out of the catalogue; running orders go on."""
    entry = _own(public_id, queries.lock_own(organisation_id), seen_version)
    return _move(entry, "withdraw", actor=actor, at=at)


def relist_offering(
    public_id: str, *, seen_version: int | None, organisation_id: int, actor: Actor, at: datetime
) -> Offering:
    """Put a withdrawn entry back."""
    provider = queries.lock_own(organisation_id)
    entry = _own(public_id, provider, seen_version)
    _hold_to_admission(provider, _terms(entry), at=at)
    return _move(entry, "relist", actor=actor, at=at)


def _note_price(entry: Offering, *, at: datetime) -> None:
    """Add the price to the history; of two at the same instant the later counts."""
    same = next((one for one in queries.price_history(entry.id) if one.since == at), None)
    if same is None:
        db.session.add(OfferingPrice(offering_id=entry.id, price=entry.price, since=at))
    else:
        same.price = entry.price


def _hold_to_admission(provider: Provider, terms: OfferingTerms, *, at: datetime) -> None:
    day = beijing_date(at)
    admitted = frozenset(k for k in OfferingKind if queries.is_admitted(provider.id, kind=k, on=day))
    if not admitted:
        message = "本单位现在不是在库服务商，不能上架。"
        raise RuleViolation([Finding("not-admitted", message, way="入库或恢复后再上架。")])
    findings = rules.offering_findings(terms, admitted)
    if findings:
        raise RuleViolation(findings)


def _own(public_id: str, provider: Provider, seen_version: int | None) -> Offering:
    entry = queries.lock_own_offering(public_id, provider.id)
    if entry.version != seen_version:
        raise Conflict("the offering changed meanwhile")
    return entry


def _move(entry: Offering, action: str, *, actor: Actor, at: datetime) -> Offering:
    before = entry.state
    entry.state = OFFERINGS.after(before, action)
    entry.version += 1
    change = (before.value, entry.state.value)
    record(f"providers.{action}_offering", _subject(entry), actor=actor, at=at, change=change)
    return entry


def _terms(entry: Offering) -> OfferingTerms:
    return OfferingTerms(**{one.name: getattr(entry, one.name) for one in fields(OfferingTerms)})


def _subject(entry: Offering) -> Subject:
    return Subject("offering", entry.public_id)
