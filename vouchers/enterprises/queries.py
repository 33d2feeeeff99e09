"""Reading applicants: the enterprise of an organisation, its standing, and the table of size classes."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import select

from vouchers.db.base import db
from vouchers.db.filters import contains, one_of
from vouchers.db.lists import ListSpec, Page, page_of
from vouchers.enterprises.models import CreditRecord, Enterprise
from vouchers.enterprises.rules import size_of
from vouchers.enterprises.states import EnterpriseState
from vouchers.kernel.errors import NotFound
from vouchers.parties import queries as parties
from vouchers.parties.models import Organisation
from vouchers.policy.queries import size_standard
from vouchers.policy.rules.facts import FactValue
from vouchers.policy.rules.size_class import SizeResult


@dataclass(frozen=True, slots=True)
class EnterpriseRow:
    """One line of the office's list."""

    public_id: str
    name: str
    uscc: str
    state: EnterpriseState
    needs_review: bool
    created_at: datetime


ENTERPRISE_LIST = ListSpec(
    key=Enterprise.id,
    sorts={"created": Enterprise.created_at, "name": Organisation.name},
    default="-created",
    filters={"q": contains(Organisation.name, Organisation.uscc), "state": one_of(Enterprise.state, EnterpriseState)},
)


def get(public_id: str) -> Enterprise:
    """An enterprise by its public id."""
    return _found(db.session.scalar(select(Enterprise).where(Enterprise.public_id == public_id)), public_id)


def lock(public_id: str) -> Enterprise:
    """An enterprise, held until the commit."""
    statement = select(Enterprise).where(Enterprise.public_id == public_id).with_for_update(of=Enterprise)
    return _found(db.session.scalar(statement.execution_options(populate_existing=True)), public_id)


def find_of_organisation(organisation_id: int | None) -> Enterprise | None:
    """The enterprise that an organisation is, when it is one."""
    return db.session.scalar(select(Enterprise).where(Enterprise.organisation_id == organisation_id))


def of_organisation(organisation_id: int | None) -> Enterprise:
    """The enterprise that an organisation is; NotFound when it never registered as an applicant."""
    return _found(find_of_organisation(organisation_id), str(organisation_id))


def credit_records(enterprise_id: int) -> list[CreditRecord]:
    """The breaches on record, the newest first."""
    statement = select(CreditRecord).where(CreditRecord.enterprise_id == enterprise_id)
    return list(db.session.scalars(statement.order_by(CreditRecord.on.desc(), CreditRecord.id.desc())))


def list_enterprises(arguments: Mapping[str, str]) -> Page[EnterpriseRow]:
    """The office's list of applicants."""
    statement = select(
        Enterprise.public_id,
        Organisation.name,
        Organisation.uscc,
        Enterprise.state,
        Organisation.uscc_needs_review,
        Enterprise.created_at,
    ).join(Organisation, Organisation.id == Enterprise.organisation_id)
    return page_of(db.session(), statement, spec=ENTERPRISE_LIST, arguments=arguments, shape=EnterpriseRow)


def size_of_organisation(organisation_id: int, *, on: date) -> SizeResult:
    """The size class by what is known on a day."""
    return size_by(parties.typed_facts_of(organisation_id, on=on), on=on)


def size_by(facts: Mapping[str, FactValue], *, on: date) -> SizeResult:
    """The size class that these facts come to, by the standard of a day."""
    return size_of(facts, size_standard(on))


def _found(enterprise: Enterprise | None, key: str) -> Enterprise:
    if enterprise is None:
        raise NotFound(f"enterprise {key}")
    return enterprise
