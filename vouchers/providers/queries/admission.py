"""Reading providers: how far admission has come, by which papers and for what."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import ColumnElement, Select, or_, select
from sqlalchemy.orm import joinedload

from vouchers.db.base import db
from vouchers.db.filters import contains, one_of
from vouchers.db.lists import ListSpec, Page, page_of
from vouchers.kernel.errors import NotFound
from vouchers.parties import queries as parties
from vouchers.parties.models import Organisation
from vouchers.policy import force
from vouchers.policy import queries as policy
from vouchers.policy.rules.eligibility import Outcome
from vouchers.providers import rules
from vouchers.providers.models import Admission, Provider, ProviderDocument
from vouchers.providers.rules import Paper, Requirement
from vouchers.providers.states import OfferingKind, ProviderState


@dataclass(frozen=True, slots=True)
class ProviderRow:
    """One line of the office's list."""

    public_id: str
    name: str
    uscc: str
    state: ProviderState
    created_at: datetime


@dataclass(frozen=True, slots=True)
class PaperLine:
    """A paper asked for, and what was handed in for it."""

    paper: Paper
    file: str
    file_name: str
    valid_until: date | None
    added_at: datetime | None
    is_lapsed: bool


@dataclass(frozen=True, slots=True)
class Checklist:
    """Everything admission asks, and how far it is met on a day."""

    papers: tuple[PaperLine, ...]
    requirements: tuple[Requirement, ...]
    facts: Mapping[str, parties.KnownFact]

    @property
    def held(self) -> dict[str, date | None]:
        """Papers at hand, with their last day."""
        return {line.paper.id: line.valid_until for line in self.papers if line.file}

    @property
    def is_met(self) -> bool:
        """Whether nothing stands in the way."""
        papers = all(line.file and not line.is_lapsed for line in self.papers if line.paper.required)
        return papers and all(one.outcome is Outcome.PASS for one in self.requirements)


PROVIDER_LIST = ListSpec(
    key=Provider.id,
    sorts={"created": Provider.created_at, "name": Organisation.name},
    default="-created",
    filters={"q": contains(Organisation.name, Organisation.uscc), "state": one_of(Provider.state, ProviderState)},
)


def get(public_id: str) -> Provider:
    """A provider by its public id."""
    return _found(db.session.scalar(select(Provider).where(Provider.public_id == public_id)), public_id)


def lock(public_id: str) -> Provider:
    """A provider, held until the commit."""
    return _found(db.session.scalar(_locking(Provider.public_id == public_id)), public_id)


def lock_own(organisation_id: int | None) -> Provider:
    """The provider that this organisation is, held until the commit."""
    return _found(db.session.scalar(_locking(Provider.organisation_id == organisation_id)), str(organisation_id))


def find_of_organisation(organisation_id: int | None) -> Provider | None:
    """The provider that an organisation is, when it is one."""
    return db.session.scalar(select(Provider).where(Provider.organisation_id == organisation_id))


def of_organisation(organisation_id: int | None) -> Provider:
    """The provider that an organisation is; NotFound when it never registered as one."""
    return _found(find_of_organisation(organisation_id), str(organisation_id))


def is_admitted(provider_id: int, *, kind: OfferingKind | str, on: date) -> bool:
    """Whether a provider may serve this kind on a day: admitted, not suspended, and the kind is named."""
    return kind in kinds_admitted(provider_id, on=on)


def is_admitted_organisation(organisation_id: int, *, on: date) -> bool:
    """Whether an organisation is an admitted provider on a day, for whatever kind."""
    return bool(db.session.scalars(_admitted(Provider.organisation_id == organisation_id, on=on)).all())


def serves(organisation_id: int, kinds: Collection[str], *, on: date) -> bool:
    """Whether an organisation is a provider admitted on a day for one of these kinds of service."""
    provider = find_of_organisation(organisation_id)
    return provider is not None and bool(set(kinds).intersection(kinds_admitted(provider.id, on=on)))


def current_admission(provider_id: int) -> Admission | None:
    """The admission that has not been ended."""
    own = (Admission.provider_id == provider_id, Admission.ended_at.is_(None))
    return db.session.scalar(select(Admission).where(*own).order_by(Admission.id.desc()).limit(1))


def kinds_admitted(provider_id: int, *, on: date) -> list[OfferingKind]:
    """The kinds a provider may serve on a day, in their usual order."""
    named = [rules.kinds_of(text) for text in db.session.scalars(_admitted(Provider.id == provider_id, on=on))]
    return [kind for kind in OfferingKind if any(kind in kinds for kinds in named)]


def get_public(public_id: str) -> Provider:
    """A provider that everybody may see: one that is or was admitted."""
    provider = get(public_id)
    if provider.state not in {ProviderState.ADMITTED, ProviderState.SUSPENDED, ProviderState.REMOVED}:
        raise NotFound(f"provider {public_id}")
    return provider


def admissions_of(provider_id: int) -> list[Admission]:
    """All admissions of a provider, the newest first."""
    statement = select(Admission).where(Admission.provider_id == provider_id).order_by(Admission.id.desc())
    return list(db.session.scalars(statement))


def documents_of(provider_id: int) -> dict[str, ProviderDocument]:
    """The newest paper per requirement."""
    statement = (
        select(ProviderDocument)
        .options(joinedload(ProviderDocument.file))
        .where(ProviderDocument.provider_id == provider_id)
        .order_by(ProviderDocument.id)
    )
    return {document.requirement: document for document in db.session.scalars(statement)}


def checklist(provider: Provider, *, on: date) -> Checklist:
    """What admission asks of a provider by the packs in force, and how far it is met."""
    packs = [policy.pack(version) for version in force.versions_in_force(on=on)]
    facts = parties.facts_of(provider.organisation_id, on=on)
    documents = documents_of(provider.id)
    typed = {name: fact.typed for name, fact in facts.items()}
    lines = tuple(_line(paper, documents.get(paper.id), on=on) for paper in rules.papers_of(packs, typed, on))
    return Checklist(lines, rules.requirements_of(packs, typed, on), facts)


def list_providers(arguments: Mapping[str, str]) -> Page[ProviderRow]:
    """The office's list of providers."""
    statement = select(
        Provider.public_id, Organisation.name, Organisation.uscc, Provider.state, Provider.created_at
    ).join(Organisation, Organisation.id == Provider.organisation_id)
    return page_of(db.session(), statement, spec=PROVIDER_LIST, arguments=arguments, shape=ProviderRow)


def admission_holds(on: date | None) -> tuple[ColumnElement[bool], ...]:
    """The condition that an admission, joined with its provider, holds on a day; without a day it is not ended."""
    standing = (Provider.state == ProviderState.ADMITTED, Admission.ended_at.is_(None))
    if on is None:
        return standing
    return *standing, Admission.valid_from <= on, or_(Admission.valid_until.is_(None), Admission.valid_until >= on)


def _admitted(which: ColumnElement[bool], *, on: date) -> Select[str]:
    return (
        select(Admission.kinds).join(Provider, Provider.id == Admission.provider_id).where(which, *admission_holds(on))
    )


def _locking(which: ColumnElement[bool]) -> Select[Provider]:
    return select(Provider).where(which).with_for_update(of=Provider).execution_options(populate_existing=True)


def _line(paper: Paper, document: ProviderDocument | None, *, on: date) -> PaperLine:
    if document is None:
        return PaperLine(paper, "", "", None, None, is_lapsed=False)
    until = document.valid_until
    is_lapsed = until is not None and until < on
    return PaperLine(paper, document.file.public_id, document.file.name, until, document.added_at, is_lapsed=is_lapsed)


def _found(provider: Provider | None, key: str) -> Provider:
    if provider is None:
        raise NotFound(f"provider {key}")
    return provider
