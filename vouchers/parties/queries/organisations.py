"""Reading organisations: who acts for them, where they are paid, and what is known about them on a day."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import ColumnElement, false, or_, select

from vouchers.audit.services import Subject
from vouchers.db.base import db
from vouchers.files.models import StoredFile
from vouchers.kernel.errors import NotFound
from vouchers.kernel.identifiers import normalise
from vouchers.parties import rules
from vouchers.parties.models import BankAccount, Fact, FormerName, Organisation
from vouchers.parties.states import FactSource
from vouchers.policy.rules.facts import FactValue
from vouchers.policy.rules.vocabulary import VOCABULARY


@dataclass(frozen=True, slots=True)
class KnownFact:
    """A fact with where it comes from. `value` is as written in JSON; `typed` as rules read it."""

    name: str
    value: Any
    unit: str
    source: FactSource
    document: str
    document_name: str
    valid_from: date | None
    valid_until: date | None
    recorded_at: datetime
    recorded_by: str

    @property
    def typed(self) -> FactValue:
        """The value in the type of its word in the vocabulary."""
        return VOCABULARY[self.name].read(self.value)

    @property
    def shown(self) -> str:
        """The value as people read it."""
        return VOCABULARY[self.name].shown(self.typed)


@dataclass(frozen=True, slots=True)
class ShownAccount:
    """A bank account as pages show it: the number only by its tail."""

    public_id: str
    account_name: str
    bank: str
    bank_code: str
    tail: str
    valid_from: date
    valid_until: date | None
    is_current: bool
    is_paid_to: bool
    channel: str

    @property
    def is_wallet(self) -> bool:
        """Whether it is a wallet of 数字人民币."""
        return self.channel == rules.CHANNEL_LABELS[rules.WALLET]


def organisation(organisation_id: int) -> Organisation:
    """An organisation by its key."""
    found = db.session.get(Organisation, organisation_id)
    if found is None:
        raise NotFound(f"organisation {organisation_id}")
    return found


def get(public_id: str) -> Organisation:
    """An organisation by its public id."""
    found = db.session.scalar(select(Organisation).where(Organisation.public_id == public_id))
    if found is None:
        raise NotFound(f"organisation {public_id}")
    return found


def lock(organisation_id: int) -> Organisation:
    """An organisation, held until the commit."""
    found = db.session.get(Organisation, organisation_id, with_for_update=True, populate_existing=True)
    if found is None:
        raise NotFound(f"organisation {organisation_id}")
    return found


def names_of(found: Organisation) -> frozenset[str]:
    """What an organisation is called and was called before."""
    former = select(FormerName.name).where(FormerName.organisation_id == found.id)
    return frozenset({found.name, *db.session.scalars(former)})


def by_uscc(uscc: str) -> Organisation | None:
    """The organisation with this 统一社会信用代码, when it is known."""
    return db.session.scalar(select(Organisation).where(Organisation.uscc == normalise(uscc)))


def subject_of(found: Organisation) -> Subject:
    """An organisation as the subject of an event."""
    return Subject("organisation", found.public_id)


def facts_of(organisation_id: int, *, on: date) -> dict[str, KnownFact]:
    """What is known about an organisation on a day: of each fact the newest that holds then."""
    statement = (
        select(Fact, StoredFile.public_id, StoredFile.name)
        .outerjoin(StoredFile, StoredFile.id == Fact.document_id)
        .where(Fact.organisation_id == organisation_id, *_fact_holds(on))
        .order_by(Fact.recorded_at, Fact.id)
    )
    return {
        fact.name: _known(fact, document or "", document_name or "")
        for fact, document, document_name in db.session.execute(statement)
    }


def source_of(organisation_id: int, name: str, *, on: date) -> FactSource | None:
    """Who said what is known of one fact on a day; None where nothing is known."""
    statement = (
        select(Fact.source)
        .where(Fact.organisation_id == organisation_id, Fact.name == name, *_fact_holds(on))
        .order_by(Fact.recorded_at.desc(), Fact.id.desc())
    )
    return db.session.scalar(statement.limit(1))


def _fact_holds(on: date) -> tuple[ColumnElement[bool], ...]:
    return (
        or_(Fact.valid_from.is_(None), Fact.valid_from <= on),
        or_(Fact.valid_until.is_(None), Fact.valid_until >= on),
    )


def typed_facts_of(organisation_id: int, *, on: date) -> dict[str, FactValue]:
    """The same as rules read it: bare typed values by name."""
    return {name: fact.typed for name, fact in facts_of(organisation_id, on=on).items()}


def facts_history(organisation_id: int, name: str) -> list[KnownFact]:
    """Everything ever recorded under one name, the newest first."""
    statement = (
        select(Fact, StoredFile.public_id, StoredFile.name)
        .outerjoin(StoredFile, StoredFile.id == Fact.document_id)
        .where(Fact.organisation_id == organisation_id, Fact.name == name)
        .order_by(Fact.recorded_at.desc(), Fact.id.desc())
    )
    return [_known(fact, document or "", label or "") for fact, document, label in db.session.execute(statement)]


def files_of(organisation_id: int) -> list[StoredFile]:
    """All papers of an organisation, the newest first."""
    statement = select(StoredFile).where(StoredFile.owner_organisation_id == organisation_id)
    return list(db.session.scalars(statement.order_by(StoredFile.id.desc())))


def bank_account_of(organisation_id: int, *, on: date, channels: Collection[str] = (rules.BANK,)) -> BankAccount | None:
    """The account that payments go to on a day: the newest that holds, of the channels that are paid through."""
    named = [stored for one in channels if (stored := rules.stored_channel(one))]
    at_a_bank = BankAccount.channel.is_(None) if rules.BANK in channels else false()
    allowed = or_(BankAccount.channel.in_(named), at_a_bank)
    return db.session.scalar(
        select(BankAccount)
        .where(BankAccount.organisation_id == organisation_id, allowed, *_account_holds(on))
        .order_by(BankAccount.recorded_at.desc(), BankAccount.id.desc())
        .limit(1)
    )


def bank_accounts_of(organisation_id: int) -> list[BankAccount]:
    """All accounts of an organisation, the newest first."""
    statement = select(BankAccount).where(BankAccount.organisation_id == organisation_id)
    return list(db.session.scalars(statement.order_by(BankAccount.recorded_at.desc(), BankAccount.id.desc())))


def bank_accounts_shown(organisation_id: int, *, on: date) -> list[ShownAccount]:
    """All accounts for a page: which hold on a day, and to which one payments go."""
    paid_to = [bank_account_of(organisation_id, on=on, channels=[one]) for one in rules.CHANNEL_LABELS]
    current = {one.id for one in paid_to if one is not None}
    return [
        ShownAccount(
            one.public_id,
            one.account_name,
            one.bank,
            one.bank_code,
            one.number_tail,
            one.valid_from,
            one.valid_until,
            is_current=one.valid_from <= on and (one.valid_until is None or one.valid_until >= on),
            is_paid_to=one.id in current,
            channel=rules.CHANNEL_LABELS[one.channel or rules.BANK],
        )
        for one in bank_accounts_of(organisation_id)
    ]


def own_bank_account(public_id: str, organisation_id: int) -> BankAccount:
    """An account of this organisation, held until the commit; a stranger's looks like none."""
    own = (BankAccount.public_id == public_id, BankAccount.organisation_id == organisation_id)
    found = db.session.scalar(select(BankAccount).where(*own).with_for_update())
    if found is None:
        raise NotFound(f"bank account {public_id}")
    return found


def _account_holds(on: date) -> tuple[ColumnElement[bool], ...]:
    return BankAccount.valid_from <= on, or_(BankAccount.valid_until.is_(None), BankAccount.valid_until >= on)


def _known(fact: Fact, document: str, document_name: str) -> KnownFact:
    return KnownFact(
        name=fact.name,
        value=fact.value,
        unit=fact.unit,
        source=fact.source,
        document=document,
        document_name=document_name,
        valid_from=fact.valid_from,
        valid_until=fact.valid_until,
        recorded_at=fact.recorded_at,
        recorded_by=fact.recorded_by,
    )
